#include "policies/forecast.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace rehearse::policies {

void MedianForecaster::learn(const History& history) {
  if (history.knows(window_)) {
    const auto old = std::lower_bound(sorted_.begin(), sorted_.end(), history.ago(window_));
    if (old != sorted_.end() && sorted_.size() >= window_) sorted_.erase(old);
  }
  const double value = history.latest();
  sorted_.insert(std::upper_bound(sorted_.begin(), sorted_.end(), value), value);
}

double MedianForecaster::ahead(const History& history, std::size_t /*steps*/) const {
  if (sorted_.empty()) return history.latest();
  const std::size_t middle = sorted_.size() / 2;
  return sorted_.size() % 2 == 1 ? sorted_[middle] : (sorted_[middle - 1] + sorted_[middle]) / 2;
}

SmoothForecaster::SmoothForecaster(double half_life) : kept_(std::exp2(-1 / half_life)) {}

void SmoothForecaster::learn(const History& history) {
  sum_ = kept_ * sum_ + (1 - kept_) * history.latest();
  weight_ = kept_ * weight_ + (1 - kept_);
}

double ProfileForecaster::usual(const History& history, std::size_t first,
                                std::size_t period) const {
  std::array<double, 32> seen{};
  std::size_t n = 0;
  std::size_t back = first;
  for (std::size_t i = 0; i < periods_; ++i, back += period)
    for (const std::size_t near : {back, back + 1, back > 0 ? back - 1 : back}) {
      if (history.knows(near) && n < seen.size()) seen[n++] = history.ago(near);
      if (!neighbours_) break;
    }
  if (n == 0) return history.latest();
  const auto middle = seen.begin() + static_cast<std::ptrdiff_t>(n / 2);
  std::nth_element(seen.begin(), middle, seen.begin() + static_cast<std::ptrdiff_t>(n));
  return *middle;
}

bool ProfileForecaster::ready(const History& history, std::size_t steps) const {
  const std::size_t period = history.seasons().steps(period_);
  return history.knows_season_before(steps, period) && (follow_ == 0 || history.knows(period));
}

double ProfileForecaster::ahead(const History& history, std::size_t steps) const {
  const std::size_t period = history.seasons().steps(period_);
  const double then = usual(history, (steps + period - 1) / period * period - steps, period);
  if (follow_ == 0) return then;
  // The present, as the mean of the last three steps, against what was usual for it.
  double above = 0;
  std::size_t n = 0;
  for (; n < 3 && history.knows(n + period); ++n)
    above += history.ago(n) - usual(history, n + period, period);
  return n == 0 ? history.latest() : then + follow_ * above / static_cast<double>(n);
}

void ScaledSeasonForecaster::learn(const History& history) {
  const std::size_t period = history.seasons().steps(period_);
  if (!history.knows(period + window_)) return;
  double now = 0;
  double before = 0;
  for (std::size_t back = 0; back < window_; ++back) {
    now += history.ago(back);
    before += history.ago(back + period);
  }
  ratio_ = now > 0 && before > 0 ? std::clamp(now / before, 0.25, 4.0) : 1;
}

bool ScaledSeasonForecaster::ready(const History& history, std::size_t steps) const {
  const std::size_t period = history.seasons().steps(period_);
  return history.knows_season_before(steps, period) && history.knows(period + window_);
}

double ScaledSeasonForecaster::ahead(const History& history, std::size_t steps) const {
  return ratio_ * history.season_before(steps, history.seasons().steps(period_));
}

}  // namespace rehearse::policies
