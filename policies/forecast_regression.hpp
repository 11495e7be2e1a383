#pragma once
/// Forecasts by least squares that forget: the weight of what was learnt halves every
/// `half_life` steps. Large errors count less than squares would have them (each is weighted by one
/// over its size), so that what is fitted is close to the median.
///
///   harmonics  sines and cosines of day and week, and an offset; then a share of the latest error
///              that fades with distance, as fast as errors have faded
///   direct     for each distance on its own: recent values and means, the values a day and a week
///              before what is asked for, and the same as of now, of which they are the difference
///              (nothing of a week before one is known: a regressor does not change its meaning)
///
/// A little ridge keeps solutions small where regressors say the same. Coefficients are solved for
/// once an hour. Cost: O(n²) a step for n regressors (12 to 19), and O(n³) an hour; direct: for
/// each distance.
/// Source: weights: P. Holland and R. Welsch, "Robust regression using iteratively reweighted
/// least-squares", 1977. Harmonics: A. De Livera et al., JASA 106, 2011, in the simplest form.

#include <memory>
#include <vector>

#include "policies/forecast.hpp"

namespace rehearse::policies {

/// y ≈ coefficients · x, refitted as pairs come.
class ForgettingFit {
 public:
  ForgettingFit(std::size_t regressors, double half_life, std::size_t refit_every);
  /// REQUIRES: as many regressors as said.
  void learn(const std::vector<double>& x, double y);
  double value(const std::vector<double>& x) const;
  bool ready() const { return fitted_; }

 private:
  void solve();
  std::size_t n_;
  double kept_;
  std::size_t refit_every_;
  std::size_t since_ = 0;
  std::size_t learnt_ = 0;
  bool fitted_ = false;
  double scale_ = 0;              // mean absolute error
  std::vector<double> moments_;   // n × n, row by row: sum of w x xᵀ
  std::vector<double> products_;  // n: sum of w x y
  std::vector<double> coefficients_;
};

class HarmonicForecaster final : public CopyableForecaster<HarmonicForecaster> {
 public:
  HarmonicForecaster(Seasons seasons, double half_life_days);
  std::string_view name() const override { return "harmonics"; }
  void learn(const History& history) override;
  double ahead(const History& history, std::size_t steps) const override;

 private:
  void regressors(std::size_t step, std::vector<double>& x) const;
  Seasons seasons_;
  ForgettingFit fit_;
  double error_ = 0;  // the latest, smoothed over three steps
  double now_ = 0;    // sums of products of errors: with itself, and with the one before
  double before_ = 0;
  mutable std::vector<double> x_;
};

class DirectForecaster final : public CopyableForecaster<DirectForecaster> {
 public:
  /// Distances are learnt for `distances` only; others take the nearest.
  DirectForecaster(Seasons seasons, std::vector<std::size_t> distances, double half_life_days);
  std::string_view name() const override { return "direct"; }
  void learn(const History& history) override;
  double ahead(const History& history, std::size_t steps) const override;

 private:
  static constexpr std::size_t kMeans = 3;
  void regressors(const History& history, std::size_t origin, std::size_t steps,
                  std::vector<double>& x) const;
  std::size_t nearest(std::size_t steps) const;

  Seasons seasons_;
  std::vector<std::size_t> distances_;
  std::vector<ForgettingFit> fits_;  // by distance
  std::vector<double> kept_;         // of the exponential means, a step
  std::vector<double> means_;        // the latest `longest + 1` steps of each, a ring
  std::size_t head_ = 0;
  std::size_t rows_ = 0;
  std::size_t known_ = 0;
  mutable std::vector<double> x_;
};

}  // namespace rehearse::policies
