#pragma once
/// All forecasters of this library at once, weighed for each distance by what their errors have
/// been of late (forecast_weighing.hpp). How fast to forget, and how sharply to prefer the best, is
/// learnt in the same way: several weighings run side by side and are weighed themselves, and with
/// them what has been learnt for the other distances: where a day goes by before a forecast is put
/// to the test, those that are tested sooner may know better. So the blend always lies between its
/// members, and it is kept within what has been seen and a margin.
///
/// Until a week is known, those that ask what was a week ago say what their like say of the day
/// before. So a week is trusted, when it comes, as far as the day has deserved, and is not held to
/// have been wrong all the week.
///
/// After a break (forecast_break.hpp) weights begin anew with those members that follow at once,
/// and forecasts from before it teach nothing. Outliers are cut off before anyone learns from them.
///
/// It also says how sure it is: how much more has come than was foreseen, in all but a small share
/// of the cases.
///
/// Cost a step: members × distances; memory: as many numbers times the longest distance. No
/// allocation after construction. What it reaches: tests/forecast.

#include <array>
#include <utility>

#include "policies/forecast_break.hpp"
#include "policies/forecast_weighing.hpp"

namespace rehearse::policies {

class BlendForecaster final : public Forecaster {
 public:
  struct Params {
    Seasons seasons;
    /// In steps, in ascending order. Others take what was learnt for the nearest.
    std::vector<std::size_t> distances = {1, 3, 6, 18, 36, 72, 144};
  };
  explicit BlendForecaster(const Params& params);
  BlendForecaster(const BlendForecaster& other);
  BlendForecaster& operator=(const BlendForecaster& other) = delete;

  std::string_view name() const override { return "blend"; }
  void learn(const History& history) override;
  double ahead(const History& history, std::size_t steps) const override;
  std::unique_ptr<Forecaster> clone() const override {
    return std::make_unique<BlendForecaster>(*this);
  }

  /// Of the members, for the distance nearest to `steps`.
  std::vector<std::pair<std::string_view, double>> weights(std::size_t steps) const;
  /// By how much the value has been above the forecast, as a share of the forecast, in all but one
  /// of twenty recent cases. An estimate that follows slowly; 0 where little is known.
  double shortfall(std::size_t steps) const;
  /// Mean absolute error of late, as a share of the mean of late; 1 where little is known.
  double error(std::size_t steps) const;

 private:
  struct Distance {
    std::size_t steps = 0;
    std::vector<Weighing> paces;  // of members, by how fast they forget and how sharply they prefer
    Weighing top;                 // of paces, and of what the other distances would have
    std::vector<double> own;      // weight of each member by the paces alone
    double scale = 0;             // mean absolute error of late
    double mean = 0;              // and of the values that it is an error of
    double shortfall = 0;
    std::vector<double> asked;  // ring: for each step what members, top's and the blend said
  };
  std::size_t opinions() const;  // that the top weighs
  std::size_t columns() const;
  std::size_t nearest(std::size_t steps) const;
  double weight(const Distance& distance, std::size_t member) const;
  void weigh_own(Distance& distance) const;
  double say(std::size_t member, std::size_t steps) const;
  const double* said(const Distance& distance) const {
    return &distance.asked[learnt_ % distance.steps * columns()];
  }
  void settle(Distance& distance, double value);
  void ask(Distance& distance);
  double kept_within(double value) const;

  Params params_;
  std::vector<std::unique_ptr<Forecaster>> members_;
  std::vector<std::size_t> stand_ins_;  // who speaks for each member until it is ready
  std::vector<Distance> distances_;
  History seen_;  // with outliers cut off
  BreakWatch watch_;
  std::size_t learnt_ = 0;
};

}  // namespace rehearse::policies
