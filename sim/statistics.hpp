#pragma once
/// Observers of one quantity. Everything adds up in whole numbers, so that merging in any order and
/// on any number of threads gives the same bits.

#include <cstdint>
#include <vector>

#include "base/time.hpp"

namespace rehearse::sim {

/// Integral over time of a whole number (queue length, busy servers). 24 bytes.
class TimeIntegral {
 public:
  void add(Instant now, std::int64_t delta) {
    settle(now);
    value_ += delta;
  }
  void settle(Instant now) {
    area_ += static_cast<unsigned __int128>(value_) *
             static_cast<std::uint64_t>(now.ns() - since_.ns());
    since_ = now;
  }
  std::int64_t value() const { return value_; }
  /// Value x nanoseconds since the last take(); `now` settles first.
  unsigned __int128 take(Instant now) {
    settle(now);
    const unsigned __int128 area = area_;
    area_ = 0;
    return area;
  }

 private:
  unsigned __int128 area_ = 0;
  Instant since_;
  std::int64_t value_ = 0;
};

/// Log-linear histogram of durations: 128 bins per power of two, so a bin is at most 0.79 % wide and
/// a quantile, interpolated inside its bin, is off by at most 0.4 %; exact below 256 ns. Merging is
/// addition of counts: exact, in any order (the layout of G. Tene's HdrHistogram). Grows on demand by
/// powers of two; record() is O(1) and allocates only when a new power of two is seen.
class Histogram {
 public:
  void record(Duration value);
  void merge(const Histogram& other);
  void clear();
  std::uint64_t count() const { return count_; }
  double mean_seconds() const;  ///< exact: from the sum, not from bins
  Duration max() const { return max_; }
  double quantile_seconds(double p) const;  ///< p in [0, 1]; NaN where count() == 0
  double share_above(Duration value) const;  ///< P(X > value), interpolated
  struct Bin {
    double upper_seconds;
    std::uint64_t count;
  };
  /// Non-empty bins, merged to `per_octave` (a power of two <= 128) per power of two.
  std::vector<Bin> bins(int per_octave = 8) const;
  size_t memory_bytes() const;

 private:
  static std::uint32_t index(std::uint64_t ns);
  void grow(std::uint32_t index);
  std::vector<std::uint32_t> counts_;  // bins first_ .. first_ + size - 1; 4e9 a bin is asserted
  std::uint32_t first_ = 0;
  std::uint64_t count_ = 0;
  unsigned __int128 sum_ns_ = 0;
  Duration max_ = Duration::zero();
};

}  // namespace rehearse::sim
