#pragma once
/// How good a forecaster would have been: rolling origin. From a warm-up on, every step is an
/// origin; what was said for each distance is compared with what came. All see the same values in
/// the same order, none sees more than the past.

#include <span>

#include "policies/forecast.hpp"

namespace rehearse::policies {

struct ForecastScore {
  double wape = 0;   ///< sum of absolute errors over sum of absolute values
  double under = 0;  ///< 95th percentile of what came above the forecast, in means of the values
  double worst = 0;  ///< largest absolute error, in ranges of the values: above 1 is divergence
  std::size_t cases = 0;
};

/// Scores by distance, in the order of `distances`. Cases are those whose target comes after the
/// first `warmup` values.
std::vector<ForecastScore> rolling_origin(std::span<const double> values, Seasons seasons,
                                          std::span<const std::size_t> distances,
                                          std::size_t warmup, Forecaster& forecaster);

}  // namespace rehearse::policies
