#include "policies/forecast_regression.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

namespace rehearse::policies {
namespace {

// Without allocation: so many regressors at most.
constexpr int kMost = 24;
using Square = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, 0, kMost, kMost>;
using Column = Eigen::Matrix<double, Eigen::Dynamic, 1, 0, kMost, 1>;

constexpr double kPi = 3.14159265358979323846;
constexpr std::size_t kDayHarmonics = 6;
constexpr std::size_t kWeekHarmonics = 4;
constexpr double kRidge = 1e-4;      // of the mean square of the regressors
constexpr double kLeastError = 0.3;  // of the mean error: below, weights grow no further

}  // namespace

ForgettingFit::ForgettingFit(std::size_t regressors, double half_life, std::size_t refit_every)
    : n_(regressors),
      kept_(std::exp2(-1 / half_life)),
      refit_every_(std::max<std::size_t>(1, refit_every)),
      moments_(regressors * regressors, 0.0),
      products_(regressors, 0.0),
      coefficients_(regressors, 0.0) {
  REHEARSE_ASSERT(regressors >= 1 && regressors <= static_cast<std::size_t>(kMost));
}

void ForgettingFit::learn(const std::vector<double>& x, double y) {
  double weight = 1;
  if (fitted_) {
    const double error = std::abs(y - value(x));
    scale_ = scale_ <= 0 ? error : kept_ * scale_ + (1 - kept_) * error;
    weight = scale_ <= 0 ? 1 : scale_ / std::max(error, kLeastError * scale_);
  }
  for (std::size_t i = 0; i < n_; ++i) {
    products_[i] = kept_ * products_[i] + weight * x[i] * y;
    for (std::size_t j = 0; j <= i; ++j)
      moments_[i * n_ + j] = kept_ * moments_[i * n_ + j] + weight * x[i] * x[j];
  }
  ++learnt_;
  if (++since_ < refit_every_ || learnt_ < 3 * n_) return;
  since_ = 0;
  solve();
}

void ForgettingFit::solve() {
  const auto n = static_cast<Eigen::Index>(n_);
  Square moments(n, n);
  Column products(n);
  double trace = 0;
  for (Eigen::Index i = 0; i < n; ++i) {
    products(i) = products_[static_cast<std::size_t>(i)];
    for (Eigen::Index j = 0; j <= i; ++j)
      moments(i, j) = moments(j, i) = moments_[static_cast<std::size_t>(i * n + j)];
    trace += moments(i, i);
  }
  if (!(trace > 0)) return;
  moments.diagonal().array() += kRidge * trace / static_cast<double>(n_);
  const Column solution = moments.ldlt().solve(products);
  if (!solution.allFinite()) return;
  for (Eigen::Index i = 0; i < n; ++i) coefficients_[static_cast<std::size_t>(i)] = solution(i);
  fitted_ = true;
}

double ForgettingFit::value(const std::vector<double>& x) const {
  double sum = 0;
  for (std::size_t i = 0; i < n_; ++i) sum += coefficients_[i] * x[i];
  return sum;
}

HarmonicForecaster::HarmonicForecaster(Seasons seasons, double half_life_days)
    : seasons_(seasons),
      fit_(1 + 2 * (kDayHarmonics + kWeekHarmonics),
           half_life_days * static_cast<double>(seasons.day), seasons.day / 24),
      x_(1 + 2 * (kDayHarmonics + kWeekHarmonics)) {}

void HarmonicForecaster::regressors(std::size_t step, std::vector<double>& x) const {
  std::size_t i = 0;
  x[i++] = 1;
  const auto waves = [&](std::size_t period, std::size_t harmonics) {
    const double phase = 2 * kPi * static_cast<double>(step % period) / static_cast<double>(period);
    for (std::size_t k = 1; k <= harmonics; ++k) {
      x[i++] = std::cos(static_cast<double>(k) * phase);
      x[i++] = std::sin(static_cast<double>(k) * phase);
    }
  };
  waves(seasons_.day, kDayHarmonics);
  waves(seasons_.week(), kWeekHarmonics);
}

void HarmonicForecaster::learn(const History& history) {
  regressors(history.count() - 1, x_);
  const double latest = history.latest();
  if (fit_.ready()) {
    const double error = latest - fit_.value(x_);
    const double smoothed = error_ + (error - error_) * 0.5;
    now_ = 0.999 * now_ + error_ * error_;
    before_ = 0.999 * before_ + error_ * error;
    error_ = smoothed;
  }
  fit_.learn(x_, latest);
}

double HarmonicForecaster::ahead(const History& history, std::size_t steps) const {
  if (!fit_.ready()) return history.latest();
  regressors(history.count() - 1 + steps, x_);
  const double fades = now_ > 0 ? std::clamp(before_ / now_, 0.0, 0.995) : 0;
  return fit_.value(x_) + error_ * std::pow(fades, static_cast<double>(steps));
}

DirectForecaster::DirectForecaster(Seasons seasons, std::vector<std::size_t> distances,
                                   double half_life_days)
    : seasons_(seasons), distances_(std::move(distances)) {
  constexpr std::size_t kRegressors = 12;
  const auto day = static_cast<double>(seasons.day);
  for (std::size_t i = 0; i < distances_.size(); ++i)
    fits_.emplace_back(kRegressors, half_life_days * day, seasons.day / 24);
  for (const double hours : {1.0, 6.0, 24.0}) kept_.push_back(std::exp2(-24 / (hours * day)));
  rows_ = *std::max_element(distances_.begin(), distances_.end()) + 1;
  means_.resize(rows_ * kMeans);
  x_.resize(kRegressors);
}

std::size_t DirectForecaster::nearest(std::size_t steps) const {
  std::size_t best = 0;
  const auto off = [&](std::size_t i) {
    return distances_[i] > steps ? distances_[i] - steps : steps - distances_[i];
  };
  for (std::size_t i = 1; i < distances_.size(); ++i)
    if (off(i) < off(best)) best = i;
  return best;
}

// As of `origin` steps before the latest value, for what came `steps` after that.
void DirectForecaster::regressors(const History& history, std::size_t origin, std::size_t steps,
                                  std::vector<double>& x) const {
  const auto near = [&](std::size_t back) {  // with its neighbours
    double sum = 0;
    double weight = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      if (back + i < 1 || !history.knows(back + i - 1) || back + i - 1 < origin) continue;
      const double w = i == 1 ? 2 : 1;
      sum += w * history.ago(back + i - 1);
      weight += w;
    }
    return weight > 0 ? sum / weight : history.ago(origin);
  };
  const auto before = [&](std::size_t period) {  // of the target, a season ago, seen from now
    return origin + (steps + period - 1) / period * period - steps;
  };
  const std::size_t day = seasons_.day;
  const std::size_t week = seasons_.week();
  const bool knows_week = history.knows(origin + week + 1);
  const std::size_t row = (head_ + rows_ - origin % rows_) % rows_;
  std::size_t i = 0;
  x[i++] = history.ago(origin);
  x[i++] = history.knows(origin + 1) ? history.ago(origin + 1) : history.ago(origin);
  for (std::size_t k = 0; k < kMeans; ++k) x[i++] = means_[row * kMeans + k];
  x[i++] = near(before(day));
  x[i++] = near(origin + day);
  x[i++] = knows_week ? near(before(week)) : 0;
  x[i++] = knows_week ? near(origin + week) : 0;
  double then = 0;
  double now = 0;
  double n = 0;
  for (std::size_t back = 0; back < 5 * day; back += day) {
    if (!history.knows(before(day) + back + 1) || !history.knows(origin + day + back + 1)) break;
    then += near(before(day) + back);
    now += near(origin + day + back);
    n += 1;
  }
  x[i++] = n > 0 ? then / n : history.ago(origin);
  x[i++] = n > 0 ? now / n : history.ago(origin);
  x[i++] = (history.low() + history.high()) / 2;
}

void DirectForecaster::learn(const History& history) {
  const std::size_t last = head_;
  head_ = head_ + 1 == rows_ ? 0 : head_ + 1;
  const double latest = history.latest();
  for (std::size_t k = 0; k < kMeans; ++k)
    means_[head_ * kMeans + k] =
        known_ == 0 ? latest : kept_[k] * means_[last * kMeans + k] + (1 - kept_[k]) * latest;
  ++known_;
  for (std::size_t i = 0; i < distances_.size(); ++i) {
    const std::size_t steps = distances_[i];
    if (known_ <= steps + seasons_.day + 2) continue;
    regressors(history, steps, steps, x_);
    fits_[i].learn(x_, latest);
  }
}

double DirectForecaster::ahead(const History& history, std::size_t steps) const {
  const std::size_t i = nearest(steps);
  if (!fits_[i].ready()) return history.latest();
  regressors(history, 0, distances_[i], x_);
  return fits_[i].value(x_);
}

}  // namespace rehearse::policies
