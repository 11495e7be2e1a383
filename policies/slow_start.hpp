#pragma once
/// How much of its weight a backend gets that has just come into rotation: a share that grows with
/// time, so that cold caches and fresh connections do not meet full traffic at once.
///   max(min_weight, (max(t, 1 s) / window)^(1 / aggression)), and all of it after `window`.
/// Aggression 1 is a straight line; more gives more in the beginning.
/// Source: Envoy 1.28, "Slow start mode" (its defaults: aggression 1, min_weight_percent 10).

#include <algorithm>
#include <cmath>

#include "base/time.hpp"

namespace rehearse::policies {

struct SlowStart {
  Duration window;  ///< zero: none
  double aggression = 1;
  double min_weight = 0.1;

  /// Share of the weight of a backend that came in `since` ago; in (0, 1].
  double share(Duration since) const {
    if (since >= window) return 1;
    const double time = std::max(since.to_seconds(), 1.0) / window.to_seconds();
    return std::clamp(std::pow(std::min(time, 1.0), 1 / aggression), min_weight, 1.0);
  }
};

}  // namespace rehearse::policies
