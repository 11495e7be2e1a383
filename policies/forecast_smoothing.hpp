#pragma once
/// Holt-Winters, additive: level, trend and a season of one day, each an exponential mean. The
/// trend is damped, so that it does not run away. Smoothing parameters are picked from a grid, as
/// those with the least one-step error so far (weights halve every week).
///
/// Before a whole day is known the season is flat. Cost: O(parameters in the grid) a step.
/// Source: P. Winters, "Forecasting sales by exponentially weighted moving averages", Management
/// Science 6, 1960; damping: E. Gardner and E. McKenzie, Management Science 31, 1985.

#include <array>
#include <vector>

#include "policies/forecast.hpp"

namespace rehearse::policies {

class HoltWintersForecaster final : public CopyableForecaster<HoltWintersForecaster> {
 public:
  explicit HoltWintersForecaster(Seasons seasons);
  std::string_view name() const override { return "Holt-Winters"; }
  void learn(const History& history) override;
  double ahead(const History& history, std::size_t steps) const override;

 private:
  struct Smoothing {
    double alpha = 0.3;  // of the level
    double beta = 0.0;   // of the trend
    double gamma = 0.1;  // of the season
    double level = 0;
    double trend = 0;
    double error = 0;  // mean absolute, of one step
    std::vector<double> season;

    double ahead(std::size_t steps, std::size_t next_slot) const;
  };

  std::size_t season_;  // a day; a week where steps are days
  double kept_;         // of the error, a step
  std::vector<Smoothing> grid_;
  std::vector<double> first_;  // season, to begin with
  std::size_t slot_ = 0;       // of the next value
  std::size_t best_ = 0;
};

}  // namespace rehearse::policies
