#include "policies/forecast_smoothing.hpp"

#include <algorithm>
#include <cmath>

namespace rehearse::policies {
namespace {

constexpr double kDamping = 0.98;  // of the trend, a step

}  // namespace

HoltWintersForecaster::HoltWintersForecaster(Seasons seasons)

    : season_(seasons.day > 1 ? seasons.day : seasons.week()),
      kept_(std::exp2(-1.0 / static_cast<double>(seasons.week()))) {
  for (const double alpha : {0.05, 0.2, 0.5, 0.8})
    for (const double beta : {0.0, 0.05})
      for (const double gamma : {0.1, 0.3})
        grid_.push_back({alpha, beta, gamma, 0, 0, 0, std::vector<double>(season_, 0.0)});
  first_.reserve(season_);
}

double HoltWintersForecaster::Smoothing::ahead(std::size_t steps, std::size_t next_slot) const {
  const double runs = (1 - std::pow(kDamping, static_cast<double>(steps))) / (1 - kDamping);
  return level + trend * kDamping * runs + season[(next_slot + steps - 1) % season.size()];
}

void HoltWintersForecaster::learn(const History& history) {
  const double value = history.latest();
  if (first_.size() < season_) {
    first_.push_back(value);
    double mean = 0;
    for (const double each : first_) mean += each / static_cast<double>(first_.size());
    const bool whole = first_.size() == season_;
    for (Smoothing& each : grid_) {
      each.level = mean;
      for (std::size_t i = 0; whole && i < season_; ++i) each.season[i] = first_[i] - mean;
    }
    return;
  }
  for (Smoothing& each : grid_) {
    const double error = std::abs(value - each.ahead(1, slot_));
    each.error = kept_ * each.error + (1 - kept_) * error;
    const double before = each.level;
    double& season = each.season[slot_];
    each.level =
        each.alpha * (value - season) + (1 - each.alpha) * (each.level + kDamping * each.trend);
    each.trend = each.beta * (each.level - before) + (1 - each.beta) * kDamping * each.trend;
    season = each.gamma * (value - each.level) + (1 - each.gamma) * season;
  }
  slot_ = slot_ + 1 == season_ ? 0 : slot_ + 1;
  const auto least = std::min_element(
      grid_.begin(), grid_.end(), [](const auto& a, const auto& b) { return a.error < b.error; });
  best_ = static_cast<std::size_t>(least - grid_.begin());
}

double HoltWintersForecaster::ahead(const History& /*history*/, std::size_t steps) const {
  return grid_[best_].ahead(steps, slot_);
}

}  // namespace rehearse::policies
