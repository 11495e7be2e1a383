#pragma once
/// What came of the latest calls: of the last `n` of them, or of those of the last `n` seconds.
///
/// By time there is a bucket per second of the clock, so that the window is between n - 1 and n
/// seconds long; the clock's zero is a whole second. Buckets are emptied when somebody looks.
/// Units: calls; durations in ns. O(1) per call (by time: plus the seconds that have passed, n at
/// most), no allocation after construction. Copies are snapshots.
/// Source: resilience4j 2.x, FixedSizeSlidingWindowMetrics and SlidingTimeWindowMetrics.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/time.hpp"

namespace rehearse::policies {

struct OutcomeCounts {
  std::uint32_t calls = 0;
  std::uint32_t failed = 0;
  std::uint32_t slow = 0;  ///< of `calls`
  std::uint32_t slow_failed = 0;
  std::int64_t took_ns = 0;  ///< together

  void add(bool failed_call, bool slow_call, std::int64_t ns) {
    ++calls;
    failed += failed_call ? 1U : 0U;
    slow += slow_call ? 1U : 0U;
    slow_failed += failed_call && slow_call ? 1U : 0U;
    took_ns += ns;
  }
  void subtract(const OutcomeCounts& other) {
    calls -= other.calls;
    failed -= other.failed;
    slow -= other.slow;
    slow_failed -= other.slow_failed;
    took_ns -= other.took_ns;
  }
  /// In percent; zero where nothing was called.
  double failure_rate() const { return calls == 0 ? 0 : failed * 100.0 / calls; }
  double slow_rate() const { return calls == 0 ? 0 : slow * 100.0 / calls; }
  Duration average() const {
    return calls == 0 ? Duration::zero() : Duration::nanoseconds(took_ns / calls);
  }
  bool operator==(const OutcomeCounts&) const = default;
};

class OutcomeWindow {
 public:
  enum class Kind : std::uint8_t { count, time };

  /// REQUIRES: size >= 1 (calls, or seconds).
  OutcomeWindow(Kind kind, std::uint32_t size) : kind_(kind), slots_(size) {
    REHEARSE_ASSERT(size >= 1);
  }

  void record(Instant now, bool failed, bool slow, Duration took) noexcept {
    if (kind_ == Kind::time) {
      roll(now);
    } else {
      head_ = head_ + 1 == slots_.size() ? 0 : head_ + 1;
      total_.subtract(slots_[head_]);
      slots_[head_] = {};
    }
    slots_[head_].add(failed, slow, took.ns());
    total_.add(failed, slow, took.ns());
  }
  const OutcomeCounts& counts(Instant now) noexcept {
    if (kind_ == Kind::time) roll(now);
    return total_;
  }
  void clear(Instant now) noexcept {
    std::fill(slots_.begin(), slots_.end(), OutcomeCounts{});
    total_ = {};
    second_ = now.ns() / kSecond;
  }
  bool operator==(const OutcomeWindow&) const = default;

 private:
  static constexpr std::int64_t kSecond = 1'000'000'000;

  void roll(Instant now) noexcept {
    if (now.ns() < (second_ + 1) * kSecond) return;
    const std::int64_t second = now.ns() / kSecond;
    const auto size = static_cast<std::int64_t>(slots_.size());
    for (std::int64_t passed = std::min(second - second_, size); passed > 0; --passed) {
      head_ = head_ + 1 == slots_.size() ? 0 : head_ + 1;
      total_.subtract(slots_[head_]);
      slots_[head_] = {};
    }
    second_ = second;
  }

  Kind kind_;
  std::vector<OutcomeCounts> slots_;
  std::size_t head_ = 0;
  OutcomeCounts total_;
  std::int64_t second_ = 0;  // of the clock, that head_ stands for
};

}  // namespace rehearse::policies
