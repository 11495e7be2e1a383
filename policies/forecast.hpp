#pragma once
/// Forecasts of a load on a regular grid: a value per step in, the expected value so many steps
/// ahead out. Seasons are a day and a week, in steps.
///
/// Every method is a Forecaster and works from the same History. None knows the future, a clock or
/// chance. Expected means the median where a method can choose: what is judged is the absolute
/// error (WAPE, the sum of absolute errors over the sum of absolute values).
///
///   naive            the last value
///   seasonal naive   the value a day (a week) before the one that is asked for
///   Holt-Winters     level, trend and daily season, smoothed (forecast_smoothing.hpp)
///   harmonics        regression on the harmonics of day and week, and part of the latest error
///   direct           regression for each distance on recent and seasonal values
///   blend            weighs all of them by what their errors have been (forecast_blend.hpp)
///
/// Units: those of the values; distances in steps. Cost: O(1) a step unless a method says more; no
/// allocation after construction. Copies are snapshots.
/// Source: R. Hyndman and G. Athanasopoulos, "Forecasting: Principles and Practice", 3rd edition.

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "base/assert.hpp"

namespace rehearse::policies {

/// Steps in a day and in a week.
struct Seasons {
  std::size_t day = 144;
  std::size_t week() const { return 7 * day; }
  /// Many loads have jobs in them that run once an hour.
  std::size_t hour() const { return day < 24 ? 1 : day / 24; }

  enum class Period { hour, day, week };
  std::size_t steps(Period period) const {
    return period == Period::hour ? hour() : (period == Period::day ? day : week());
  }
};

/// The latest values, two weeks and a day of them.
class History {
 public:
  explicit History(Seasons seasons)
      : seasons_(seasons), values_(2 * seasons.week() + seasons.day + 1, 0.0) {}

  void append(double value) {
    head_ = head_ + 1 == values_.size() ? 0 : head_ + 1;
    values_[head_] = value;
    ++count_;
    low_ = count_ == 1 || value < low_ ? value : low_;
    high_ = count_ == 1 || value > high_ ? value : high_;
  }
  /// The value so many steps before the latest was another one.
  void amend(std::size_t steps, double value) {
    REHEARSE_ASSERT(knows(steps));
    values_[head_ >= steps ? head_ - steps : head_ + values_.size() - steps] = value;
    low_ = std::min(low_, value);
    high_ = std::max(high_, value);
  }
  Seasons seasons() const { return seasons_; }
  /// Values appended so far; the number of the latest is count() - 1.
  std::size_t count() const { return count_; }
  /// Whether ago(steps) is known.
  bool knows(std::size_t steps) const { return steps < count_ && steps < values_.size(); }
  /// The value so many steps before the latest. REQUIRES: knows(steps).
  double ago(std::size_t steps) const {
    REHEARSE_ASSERT(knows(steps));
    return values_[head_ >= steps ? head_ - steps : head_ + values_.size() - steps];
  }
  double latest() const { return ago(0); }
  /// The known value a whole number of `period` before the one that comes `steps` after the latest;
  /// the latest where none is known.
  double season_before(std::size_t steps, std::size_t period) const {
    const std::size_t back = (steps + period - 1) / period * period - steps;
    return knows(back) ? ago(back) : latest();
  }
  /// Whether season_before() has such a value.
  bool knows_season_before(std::size_t steps, std::size_t period) const {
    return knows((steps + period - 1) / period * period - steps);
  }
  double low() const { return low_; }  ///< of all values so far
  double high() const { return high_; }

 private:
  Seasons seasons_;
  std::vector<double> values_;
  std::size_t head_ = 0;
  std::size_t count_ = 0;
  double low_ = 0;
  double high_ = 0;
};

class Forecaster {
 public:
  virtual ~Forecaster() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// A value has been appended.
  virtual void learn(const History& history) = 0;
  /// Whether enough is known for what the method is about; before, ahead() makes do with less.
  [[nodiscard]] virtual bool ready(const History& /*history*/, std::size_t /*steps*/) const {
    return true;
  }
  /// What comes `steps` after the latest value. REQUIRES: history.count() > 0, steps >= 1.
  [[nodiscard]] virtual double ahead(const History& history, std::size_t steps) const = 0;
  [[nodiscard]] virtual std::unique_ptr<Forecaster> clone() const = 0;
};

/// clone() for a class that can be copied.
template <class Derived>
class CopyableForecaster : public Forecaster {
 public:
  std::unique_ptr<Forecaster> clone() const final {
    return std::make_unique<Derived>(static_cast<const Derived&>(*this));
  }
};

class NaiveForecaster final : public CopyableForecaster<NaiveForecaster> {
 public:
  std::string_view name() const override { return "naive"; }
  void learn(const History& /*history*/) override {}
  double ahead(const History& history, std::size_t /*steps*/) const override {
    return history.latest();
  }
};

class SeasonalNaiveForecaster final : public CopyableForecaster<SeasonalNaiveForecaster> {
 public:
  using Period = Seasons::Period;
  explicit SeasonalNaiveForecaster(Period period) : period_(period) {}
  std::string_view name() const override {
    if (period_ == Period::hour) return "hourly naive";
    return period_ == Period::day ? "seasonal naive" : "weekly naive";
  }
  void learn(const History& /*history*/) override {}
  bool ready(const History& history, std::size_t steps) const override {
    return history.knows_season_before(steps, history.seasons().steps(period_));
  }
  double ahead(const History& history, std::size_t steps) const override {
    return history.season_before(steps, history.seasons().steps(period_));
  }

 private:
  Period period_;
};

/// The median of the last `window` steps: what is best where there is nothing but noise.
class MedianForecaster final : public CopyableForecaster<MedianForecaster> {
 public:
  explicit MedianForecaster(std::size_t window) : window_(window) { sorted_.reserve(window + 1); }
  std::string_view name() const override { return "median"; }
  void learn(const History& history) override;
  double ahead(const History& history, std::size_t steps) const override;

 private:
  std::size_t window_;
  std::vector<double> sorted_;  // the window in order; O(window) a step
};

/// The mean of all values with weights that halve every `half_life` steps.
class SmoothForecaster final : public CopyableForecaster<SmoothForecaster> {
 public:
  explicit SmoothForecaster(double half_life);
  std::string_view name() const override { return "exponential mean"; }
  void learn(const History& history) override;
  double ahead(const History& /*history*/, std::size_t /*steps*/) const override {
    return weight_ > 0 ? sum_ / weight_ : 0;
  }

 private:
  double kept_;
  double sum_ = 0;
  double weight_ = 0;
};

/// The median of what was the same time of the hour, day or week for so many `periods`, with or
/// without its neighbours, moved by a share of how far the present is from it.
class ProfileForecaster final : public CopyableForecaster<ProfileForecaster> {
 public:
  using Period = Seasons::Period;
  ProfileForecaster(Period period, std::size_t periods, bool neighbours, double follow)
      : period_(period), periods_(periods), neighbours_(neighbours), follow_(follow) {}
  std::string_view name() const override { return "profile"; }
  void learn(const History& /*history*/) override {}
  bool ready(const History& history, std::size_t steps) const override;
  double ahead(const History& history, std::size_t steps) const override;

 private:
  double usual(const History& history, std::size_t first, std::size_t period) const;
  Period period_;
  std::size_t periods_;
  bool neighbours_;
  double follow_;  // 0: the profile alone; 1: as far above it as now
};

/// The value a period before, times how much more there has been in the last `window` steps than in
/// the same steps a period before: loads that grow keep their shape.
class ScaledSeasonForecaster final : public CopyableForecaster<ScaledSeasonForecaster> {
 public:
  ScaledSeasonForecaster(Seasons::Period period, std::size_t window)
      : period_(period), window_(window > 0 ? window : 1) {}
  std::string_view name() const override { return "scaled season"; }
  void learn(const History& history) override;
  bool ready(const History& history, std::size_t steps) const override;
  double ahead(const History& history, std::size_t steps) const override;

 private:
  Seasons::Period period_;
  std::size_t window_;
  double ratio_ = 1;
};

}  // namespace rehearse::policies
