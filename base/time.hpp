#pragma once
/// Simulated and real time as whole nanoseconds in 64 bits: exact, ordered, 292 years long.
/// A bare number never means time: an Instant is a point, a Duration a distance, and only sensible
/// combinations compile. Overflow is a bug and asserts.

#include <compare>
#include <cstdint>
#include <limits>

#include "base/assert.hpp"

namespace rehearse {

class Duration {
 public:
  constexpr Duration() = default;
  static constexpr Duration nanoseconds(std::int64_t n) { return Duration(n); }
  static constexpr Duration microseconds(std::int64_t n) { return scaled(n, 1'000); }
  static constexpr Duration milliseconds(std::int64_t n) { return scaled(n, 1'000'000); }
  static constexpr Duration seconds(std::int64_t n) { return scaled(n, 1'000'000'000); }
  static constexpr Duration zero() { return Duration(0); }
  static constexpr Duration max() { return Duration(std::numeric_limits<std::int64_t>::max()); }

  /// The one place where a real number becomes time: rounds to the nearest nanosecond, ties away
  /// from zero; saturates at max() so that an absurd sample is late, not undefined.
  static constexpr Duration from_seconds(double s) {
    const double ns = s * 1e9;
    if (!(ns < 9.2233720368547e18)) return max();
    if (ns <= -9.2233720368547e18) return Duration(std::numeric_limits<std::int64_t>::min());
    return Duration(static_cast<std::int64_t>(ns + (ns < 0 ? -0.5 : 0.5)));
  }

  constexpr std::int64_t ns() const { return ns_; }
  constexpr double to_seconds() const { return static_cast<double>(ns_) * 1e-9; }
  constexpr auto operator<=>(const Duration&) const = default;

  friend constexpr Duration operator+(Duration a, Duration b) {
    std::int64_t r = 0;
    REHEARSE_ASSERT(!__builtin_add_overflow(a.ns_, b.ns_, &r));
    return Duration(r);
  }
  friend constexpr Duration operator-(Duration a, Duration b) {
    std::int64_t r = 0;
    REHEARSE_ASSERT(!__builtin_sub_overflow(a.ns_, b.ns_, &r));
    return Duration(r);
  }
  friend constexpr Duration operator*(std::int64_t k, Duration d) { return scaled(k, d.ns_); }
  friend constexpr std::int64_t operator/(Duration a, Duration b) { return a.ns_ / b.ns_; }
  friend constexpr Duration operator/(Duration a, std::int64_t k) { return Duration(a.ns_ / k); }

 private:
  explicit constexpr Duration(std::int64_t n) : ns_(n) {}
  static constexpr Duration scaled(std::int64_t n, std::int64_t by) {
    std::int64_t r = 0;
    REHEARSE_ASSERT(!__builtin_mul_overflow(n, by, &r));
    return Duration(r);
  }
  std::int64_t ns_ = 0;
};

/// Nanoseconds since the start of the run (simulation) or of the process's epoch (live).
class Instant {
 public:
  constexpr Instant() = default;
  static constexpr Instant at_ns(std::int64_t n) { return Instant(n); }
  static constexpr Instant start() { return Instant(0); }
  /// Later than every instant that can happen: "nothing planned".
  static constexpr Instant never() { return Instant(std::numeric_limits<std::int64_t>::max()); }

  constexpr std::int64_t ns() const { return ns_; }
  constexpr double to_seconds() const { return static_cast<double>(ns_) * 1e-9; }
  constexpr auto operator<=>(const Instant&) const = default;

  friend constexpr Instant operator+(Instant a, Duration d) {
    std::int64_t r = 0;
    REHEARSE_ASSERT(!__builtin_add_overflow(a.ns_, d.ns(), &r));
    return Instant(r);
  }
  friend constexpr Duration operator-(Instant a, Instant b) {
    return Duration::nanoseconds(a.ns_) - Duration::nanoseconds(b.ns_);
  }

 private:
  explicit constexpr Instant(std::int64_t n) : ns_(n) {}
  std::int64_t ns_ = 0;
};

/// `at + d`, or Instant::never() where the sum lies beyond the end of time. For sampled delays.
constexpr Instant saturating_add(Instant at, Duration d) {
  std::int64_t r = 0;
  if (__builtin_add_overflow(at.ns(), d.ns(), &r)) return Instant::never();
  return Instant::at_ns(r);
}

}  // namespace rehearse
