#include "policies/forecast_trial.hpp"

#include <algorithm>
#include <cmath>

namespace rehearse::policies {

std::vector<ForecastScore> rolling_origin(std::span<const double> values, Seasons seasons,
                                          std::span<const std::size_t> distances,
                                          std::size_t warmup, Forecaster& forecaster) {
  History history(seasons);
  std::vector<std::vector<double>> said(distances.size(), std::vector<double>(values.size(), 0.0));
  for (std::size_t t = 0; t < values.size(); ++t) {
    history.append(values[t]);
    forecaster.learn(history);
    for (std::size_t i = 0; i < distances.size(); ++i)
      if (t + distances[i] < values.size() && t + distances[i] >= warmup)
        said[i][t + distances[i]] = forecaster.ahead(history, distances[i]);
  }
  std::vector<ForecastScore> scores(distances.size());
  if (values.empty()) return scores;
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  // Of a constant, rounding is no divergence.
  const double least = 1e-9 * std::max(std::abs(*low), std::abs(*high));
  const double range = std::max({*high - *low, least, 1e-12});
  for (std::size_t i = 0; i < distances.size(); ++i) {
    ForecastScore& score = scores[i];
    double errors = 0;
    double sum = 0;
    std::vector<double> above;
    for (std::size_t t = std::max(warmup, distances[i]); t < values.size(); ++t) {
      const double error = values[t] - said[i][t];
      errors += std::abs(error);
      sum += std::abs(values[t]);
      above.push_back(std::max(0.0, error));
      score.worst = std::max(score.worst, std::abs(error) / range);
    }
    score.cases = above.size();
    if (above.empty()) continue;
    const auto n = static_cast<double>(above.size());
    const auto at = above.begin() + static_cast<std::ptrdiff_t>(0.95 * (n - 1));
    std::nth_element(above.begin(), at, above.end());
    score.wape = errors / std::max(sum, 1e-12);
    score.under = *at / std::max(sum / n, 1e-12);
  }
  return scores;
}

}  // namespace rehearse::policies
