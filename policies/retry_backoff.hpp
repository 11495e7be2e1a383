#pragma once
/// How long to wait before the n-th retry: exponentially longer, up to a limit, and spread at
/// random so that clients that failed together do not return together.
///
///   none          d(n) = min(initial × multiplier^(n-1), most)
///   full          uniform in [0, d(n))
///   equal         d(n) / 2, and uniform in [0, d(n) / 2) more
///   decorrelated  min(most, uniform in [initial, 3 × the wait before)); the first from initial
///   spread        d(n) × uniform in [1 - spread, 1 + spread)
///
/// Units: ns; `uniform` is the caller's draw from [0, 1). Retries count from 1. No state: who waits
/// remembers its last wait. O(1), no allocation.
/// Source: M. Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015 (full, equal,
/// decorrelated); gRPC, gRFC A6 (spread 20 %). Conformance: retry_budget.json.

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "base/time.hpp"

namespace rehearse::policies {

struct RetryBackoff {
  enum class Jitter : std::uint8_t { none, full, equal, decorrelated, spread };

  Duration initial = Duration::milliseconds(100);
  double multiplier = 2;  ///< at least 1
  Duration most = Duration::seconds(10);
  Jitter jitter = Jitter::full;
  double spread = 0.2;

  /// Without jitter.
  Duration longest(std::uint32_t retry) const {
    const double factor = std::pow(multiplier, static_cast<double>(retry) - 1);
    return std::min(most, Duration::from_seconds(initial.to_seconds() * factor));
  }
  /// `before`: the wait before the last retry, zero for the first.
  Duration delay(std::uint32_t retry, double uniform, Duration before = Duration::zero()) const {
    const auto scaled = [](Duration d, double by) {
      return Duration::from_seconds(d.to_seconds() * by);
    };
    switch (jitter) {
      case Jitter::none:
        break;
      case Jitter::full:
        return scaled(longest(retry), uniform);
      case Jitter::equal:
        return scaled(longest(retry), 0.5 + 0.5 * uniform);
      case Jitter::decorrelated: {
        const Duration to = std::max(scaled(before, 3), initial);
        return std::min(most, initial + scaled(to - initial, uniform));
      }
      case Jitter::spread:
        return scaled(longest(retry), 1 - spread + 2 * spread * uniform);
    }
    return longest(retry);
  }
};

}  // namespace rehearse::policies
