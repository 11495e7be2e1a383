#pragma once
/// Weights of several forecasts by what their errors have been; never below zero, adding up to one.
///
/// By mean absolute error, in which what was learnt halves every `half_life` steps: a forecast that
/// is 10 % worse than the best has exp(-sharpness / 10) of its weight. Or, with sharpness zero, by
/// regret: what following one rather than all together would have saved, to first order; weights
/// are in proportion to positive regret over the squares of its steps, so that the error together
/// comes near to that of the best fixed weights and no rate is to be chosen.
///
/// Units: errors in units of a scale that the caller gives with each case. O(forecasts) a case.
/// Source: regret: P. Gaillard, G. Stoltz and T. van Erven, "A second-order bound with excess
/// losses", COLT 2014 (ML-Poly); forgetting is ours. Means: exponentially weighted average.

#include <vector>

namespace rehearse::policies {

class Weighing {
 public:
  /// `prior`: weights while nothing is known, one for each forecast, in any unit.
  Weighing(std::vector<double> prior, double half_life, double sharpness);

  double of(const double* said) const;
  double weight(std::size_t forecast) const { return weights_[forecast]; }
  /// What came of a case. `said`: the forecasts; `together`: what they came to with the weights of
  /// then.
  void settle(const double* said, double together, double value, double scale);
  void forget();

 private:
  double by_error(const double* said, double value, double scale);
  double by_regret(const double* said, double together, double value, double scale);

  double kept_;
  double sharpness_;
  std::vector<double> sums_;     // of errors, or of regret
  std::vector<double> squares_;  // of the steps of regret
  std::vector<double> prior_;
  std::vector<double> weights_;
};

}  // namespace rehearse::policies
