#pragma once
/// Observers of one quantity. Everything adds up in whole numbers, so that merging in any order and
/// on any number of threads gives the same bits.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "base/time.hpp"
#include "sim/wide.hpp"

namespace rehearse::sim {

/// Integral over time of a whole number >= 0 (queue length, busy servers). 32 bytes. Kept as the
/// sum of -change x instant, so that a change costs an addition and no product of two variables.
class TimeIntegral {
 public:
  /// REQUIRES: `now` never decreases; the value stays >= 0.
  void add(Instant now, std::int64_t delta) {
    value_ += delta;
    sum_ -= static_cast<Int128>(delta) * now.ns();
    REHEARSE_ASSERT(value_ >= 0);
  }
  std::int64_t value() const { return value_; }
  /// Value x nanoseconds since the last take(), up to `now`.
  UInt128 take(Instant now) {
    const Int128 level = static_cast<Int128>(value_) * now.ns();
    const Int128 area = sum_ + level;
    REHEARSE_ASSERT(area >= 0);
    sum_ = -level;
    return static_cast<UInt128>(area);
  }

 private:
  Int128 sum_ = 0;
  std::int64_t value_ = 0;
};

/// Count, sum and sum of squares of durations, exact. Mean and variance without bins: 48 bytes.
/// The sum of squares holds 2^48 values of an hour each; more is asserted.
class Tally {
 public:
  /// REQUIRES: value >= 0.
  void record(Duration value) {
    REHEARSE_ASSERT(value >= Duration::zero());
    const auto ns = static_cast<std::uint64_t>(value.ns());
    ++count_;
    sum_ns_ += ns;
    REHEARSE_ASSERT(!__builtin_add_overflow(squares_, static_cast<UInt128>(ns) * ns, &squares_));
  }
  void merge(const Tally& other);
  std::uint64_t count() const { return count_; }
  double mean_seconds() const;       ///< NaN where count() == 0
  double variance_seconds2() const;  ///< of the sample, over n - 1; NaN where count() < 2

 private:
  UInt128 sum_ns_ = 0;
  UInt128 squares_ = 0;
  std::uint64_t count_ = 0;
};

/// Log-linear histogram of durations: 128 bins per power of two, so a bin is at most 0.79 % wide
/// and a quantile, interpolated inside its bin, is off by less than that (0.4 % where the bin is
/// evenly filled); exact below 256 ns, and where all values are equal. Merging is addition of
/// counts: exact, in any order (the layout of G. Tene's HdrHistogram). record() is O(1) and
/// allocates only when a new power of two is seen. Memory: 512 bytes per power of two between the
/// extremes.
class Histogram {
 public:
  /// REQUIRES: value >= 0.
  void record(Duration value) {
    REHEARSE_ASSERT(value >= Duration::zero());
    const auto ns = static_cast<std::uint64_t>(value.ns());
    std::uint32_t at = index(ns) - first_;
    if (at >= counts_.size()) [[unlikely]]
      at = grow(index(ns));
    if (++counts_[at] == 0) [[unlikely]]
      carry(first_ + at, 1);
    ++count_;
    sum_ns_ += ns;
    if (value > max_) max_ = value;
    if (value < min_) min_ = value;
  }
  void merge(const Histogram& other);
  /// A copy with no more memory than its values need.
  Histogram compact() const;
  /// Forgets all values and keeps the memory.
  void clear();
  std::uint64_t count() const { return count_; }
  double mean_seconds() const;  ///< exact: from the sum, not from bins; NaN where count() == 0
  UInt128 sum_ns() const { return sum_ns_; }
  Duration min() const { return count_ == 0 ? Duration::zero() : min_; }
  Duration max() const { return max_; }
  double quantile_seconds(double p) const;   ///< p in [0, 1]; NaN where count() == 0
  double share_above(Duration value) const;  ///< P(X > value), interpolated; NaN where empty
  struct Bin {
    double upper_seconds;  ///< inclusive
    std::uint64_t count;
  };
  /// Non-empty bins, merged to `per_octave` (a power of two <= 128) per power of two.
  std::vector<Bin> bins(int per_octave = 8) const;
  std::size_t memory_bytes() const;
  /// Equal counts, sums and extremes; how much memory was grown does not matter.
  bool operator==(const Histogram& other) const;

 private:
  static constexpr std::uint32_t kSubBins = 128;
  /// Bins 0 .. 255 hold one value each; from there on each power of two has kSubBins of them.
  static std::uint32_t index(std::uint64_t ns) {
    const auto shift = static_cast<std::uint32_t>(std::bit_width(ns | kSubBins)) - 8;
    return shift * kSubBins + static_cast<std::uint32_t>(ns >> shift);
  }
  static std::uint32_t bin_of(Duration value) {
    return index(static_cast<std::uint64_t>(value.ns()));
  }
  static std::uint64_t lowest(std::uint32_t index);  ///< value of the bin, ns
  static std::uint64_t width(std::uint32_t index);   ///< number of whole values in the bin
  std::uint32_t grow(std::uint32_t index);
  void carry(std::uint32_t index, std::uint32_t times);
  std::uint64_t count_at(std::uint32_t index) const;
  template <class Visit>
  void each_bin(Visit visit) const;

  std::vector<std::uint32_t> counts_;  // bins first_ .. first_ + size - 1
  std::uint32_t first_ = 0;
  std::uint64_t count_ = 0;
  UInt128 sum_ns_ = 0;
  Duration max_ = Duration::zero();
  Duration min_ = Duration::max();
  // Multiples of 2^32 of the few bins that overflow 32 bits, by index. Empty in all but huge runs.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> carries_;
};

}  // namespace rehearse::sim
