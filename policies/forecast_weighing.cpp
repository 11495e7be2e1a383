#include "policies/forecast_weighing.hpp"

#include <algorithm>
#include <cmath>

namespace rehearse::policies {
namespace {

// Of one case, in units of the scale: an outlier decides nothing.
constexpr double kMostError = 10;
constexpr double kMostSaved = 4;
constexpr double kLeastHalfLife = 25;  // steps

}  // namespace

Weighing::Weighing(std::vector<double> prior, double half_life, double sharpness)
    : kept_(std::exp2(-1 / std::max(kLeastHalfLife, half_life))),
      sharpness_(sharpness),
      sums_(prior.size(), 0.0),
      squares_(prior.size(), 0.0),
      prior_(std::move(prior)) {
  double total = 0;
  for (const double each : prior_) total += each;
  for (double& each : prior_) each /= total;
  weights_ = prior_;
}

double Weighing::of(const double* said) const {
  double sum = 0;
  for (std::size_t i = 0; i < weights_.size(); ++i) sum += weights_[i] * said[i];
  return sum;
}

void Weighing::forget() {
  std::fill(sums_.begin(), sums_.end(), 0.0);
  std::fill(squares_.begin(), squares_.end(), 0.0);
  weights_ = prior_;
}

// Both set weights that do not add up to one yet, and give their sum.
double Weighing::by_error(const double* said, double value, double scale) {
  for (std::size_t i = 0; i < sums_.size(); ++i)
    sums_[i] = kept_ * sums_[i] + std::min(std::abs(value - said[i]) / scale, kMostError);
  const double least = std::max(*std::min_element(sums_.begin(), sums_.end()), 1e-9);
  double total = 0;
  for (std::size_t i = 0; i < weights_.size(); ++i)
    total += weights_[i] = std::exp(-sharpness_ * (sums_[i] / least - 1));
  return total;
}

double Weighing::by_regret(const double* said, double together, double value, double scale) {
  const double sign = together > value ? 1 : (together < value ? -1 : 0);
  double total = 0;
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    const double saved = std::clamp(sign * (together - said[i]) / scale, -kMostSaved, kMostSaved);
    sums_[i] = kept_ * sums_[i] + saved;
    squares_[i] = kept_ * squares_[i] + saved * saved;
    weights_[i] = squares_[i] > 0 ? std::max(0.0, sums_[i]) / squares_[i] : 0;
    total += weights_[i];
  }
  return total;
}

void Weighing::settle(const double* said, double together, double value, double scale) {
  const double total =
      sharpness_ > 0 ? by_error(said, value, scale) : by_regret(said, together, value, scale);
  if (!(total > 0) || !std::isfinite(total)) {
    weights_ = prior_;
    return;
  }
  for (double& weight : weights_) weight /= total;
}

}  // namespace rehearse::policies
