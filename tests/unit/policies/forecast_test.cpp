#include <gtest/gtest.h>

#include <cmath>

#include "policies/forecast_blend.hpp"
#include "policies/forecast_smoothing.hpp"
#include "policies/forecast_trial.hpp"

namespace rehearse::policies {
namespace forecast_test {

constexpr double kPi = 3.14159265358979;
constexpr Seasons kSeasons{48};  // half hours
const std::vector<std::size_t> kDistances{1, 6, 48};

// Chance for tests: the same on every machine.
class Noise {
 public:
  double operator()() {  // in [0, 1)
    bits_ = bits_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<double>(bits_ >> 11) * 0x1.0p-53;
  }

 private:
  std::uint64_t bits_ = 7;
};

double wave(std::size_t t) {
  return 100 + 50 * std::sin(2 * kPi * static_cast<double>(t % 48) / 48);
}

std::vector<double> series(std::size_t n, auto&& value) {
  std::vector<double> values;
  for (std::size_t t = 0; t < n; ++t) values.push_back(value(t));
  return values;
}

BlendForecaster blend() {
  return BlendForecaster({.seasons = kSeasons, .distances = kDistances});
}

TEST(History, RemembersTwoWeeksAndADay) {
  History history(Seasons{2});
  for (int i = 0; i < 100; ++i) history.append(i);
  EXPECT_EQ(history.ago(30), 69);
  EXPECT_FALSE(history.knows(31));
  EXPECT_EQ(history.season_before(1, 14), 86);  // of number 100
  EXPECT_EQ(history.season_before(14, 14), 99);
}

TEST(SeasonalNaive, RepeatsTheLastKnownDay) {
  History history(kSeasons);
  SeasonalNaiveForecaster naive(Seasons::Period::day);
  for (std::size_t t = 0; t < 100; ++t) history.append(wave(t));
  for (const std::size_t steps : {1U, 48U, 49U, 60U})
    EXPECT_DOUBLE_EQ(naive.ahead(history, steps), wave(99 + steps));
}

TEST(SeasonalNaive, IsReadyFromTheFirstWholeSeason) {
  History history(kSeasons);
  const SeasonalNaiveForecaster week(Seasons::Period::week);
  while (history.count() < 7 * 48 - 6) history.append(1);
  EXPECT_TRUE(week.ready(history, 7));  // what is asked for comes a week after the first value
  EXPECT_FALSE(week.ready(history, 6));
}

TEST(RollingOrigin, TakesRoundingForNoDivergence) {
  const auto values = series(48 * 10, [](std::size_t) { return 1e6 / 3; });
  BlendForecaster all = blend();
  for (const ForecastScore& score : rolling_origin(values, kSeasons, kDistances, 48 * 5, all)) {
    EXPECT_LT(score.wape, 1e-12);
    EXPECT_LT(score.worst, 1e-3);
  }
  for (const ForecastScore& score : rolling_origin({}, kSeasons, kDistances, 48, all))
    EXPECT_EQ(score.cases, 0U);
}

TEST(Forecasters, KnowAPureSeason) {
  const auto values = series(48 * 14, wave);
  HoltWintersForecaster smoothing(kSeasons);
  BlendForecaster all = blend();
  for (Forecaster* forecaster :
       {static_cast<Forecaster*>(&smoothing), static_cast<Forecaster*>(&all)})
    for (const ForecastScore& score :
         rolling_origin(values, kSeasons, kDistances, 48 * 7, *forecaster))
      EXPECT_LT(score.wape, 0.01) << forecaster->name();
}

TEST(Blend, PrefersTheMedianWhereThereIsOnlyNoise) {
  Noise noise;
  const auto values = series(48 * 21, [&](std::size_t) { return -std::log(1 - noise()); });
  BlendForecaster all = blend();
  NaiveForecaster naive;
  const auto ours = rolling_origin(values, kSeasons, kDistances, 48 * 7, all);
  const auto theirs = rolling_origin(values, kSeasons, kDistances, 48 * 7, naive);
  // Exponential with mean 1: the median errs by ln 2, the last value by 1.
  for (std::size_t i = 0; i < kDistances.size(); ++i) {
    EXPECT_NEAR(theirs[i].wape, 1, 0.1);
    EXPECT_LT(ours[i].wape, 0.78);
  }
}

// Nights are alike, days are not: each day of the week has its own height.
double week_of_days(std::size_t t) {
  constexpr double kHeights[]{60, 45, 55, 40, 70, 10, 15};
  return 20 + kHeights[t / 48 % 7] * std::max(0.0, std::sin(2 * kPi * static_cast<double>(t) / 48));
}

TEST(Blend, TrustsAWeekAsTheDayBeforeOneIsKnown) {
  History history(kSeasons);
  BlendForecaster all = blend();
  const auto weight = [&](std::size_t steps, std::string_view name) {
    for (const auto& [member, share] : all.weights(steps))
      if (member == name) return share;
    return -1.0;
  };
  for (std::size_t t = 0; t < 48 * 6; ++t) {
    history.append(week_of_days(t));
    all.learn(history);
  }
  for (const std::size_t steps : kDistances) {
    EXPECT_GT(weight(steps, "weekly naive"), 0);
    EXPECT_EQ(weight(steps, "weekly naive"), weight(steps, "seasonal naive"));
  }
}

TEST(Blend, IsBetterThanADayAgoInTheSecondWeek) {
  const auto values = series(48 * 11, week_of_days);
  BlendForecaster all = blend();
  SeasonalNaiveForecaster day(Seasons::Period::day);
  const auto ours = rolling_origin(values, kSeasons, kDistances, 48 * 7, all);
  const auto theirs = rolling_origin(values, kSeasons, kDistances, 48 * 7, day);
  for (std::size_t i = 0; i < kDistances.size(); ++i)
    EXPECT_LT(ours[i].wape, 0.5 * theirs[i].wape) << kDistances[i];
}

TEST(BreakWatch, SeesNoneWhereErrorsAreAlwaysAlike) {
  Noise noise;
  History seen(kSeasons);
  BreakWatch watch(kSeasons);
  for (std::size_t t = 0; t < 48 * 10; ++t) {
    const double value = 10 + noise();
    EXPECT_EQ(watch.check(seen, value, noise()), BreakWatch::Break::none) << t;
    seen.append(value);
  }
}

TEST(Blend, FollowsAnotherLevelWithinHours) {
  Noise noise;
  const std::size_t change = 48 * 10;
  History history(kSeasons);
  BlendForecaster all = blend();
  for (std::size_t t = 0; t < change + 6; ++t) {
    history.append((t < change ? 10 : 60) + noise());
    all.learn(history);
  }
  for (const std::size_t steps : kDistances) EXPECT_NEAR(all.ahead(history, steps), 60.5, 3);
}

TEST(Blend, StaysWithinReachOfWhatItHasSeen) {
  Noise noise;
  const auto inputs = std::vector<std::vector<double>>{
      series(48 * 10, [](std::size_t) { return 0.0; }),
      series(48 * 10, [](std::size_t t) { return t % 97 == 0 ? 1e12 : 1.0; }),
      series(48 * 10, [](std::size_t t) { return std::exp2(static_cast<double>(t) / 40); }),
      series(48 * 10, [&](std::size_t t) { return t % 2 == 0 ? 0 : 1e-9 * noise(); }),
      series(48 * 10, [&](std::size_t) { return -5 + noise(); })};
  for (const auto& values : inputs) {
    BlendForecaster all = blend();
    for (const ForecastScore& score : rolling_origin(values, kSeasons, kDistances, 1, all)) {
      EXPECT_TRUE(std::isfinite(score.wape));
      EXPECT_LE(score.worst, 1.5);
    }
  }
}

TEST(Blend, SaysHowMuchMoreMayCome) {
  Noise noise;
  History history(kSeasons);
  BlendForecaster all = blend();
  int above = 0;
  int cases = 0;
  double most = 0;
  for (std::size_t t = 0; t < 48 * 60; ++t) {
    const double value = wave(t) * (0.8 + 0.4 * noise());
    if (t > 48 * 30) {
      above += value > most ? 1 : 0;
      ++cases;
    }
    history.append(value);
    all.learn(history);
    most = all.ahead(history, 1) * (1 + all.shortfall(1));
  }
  EXPECT_NEAR(static_cast<double>(above) / cases, 0.05, 0.03);
}

TEST(Blend, GoesOnAlikeFromACopy) {
  Noise noise;
  History history(kSeasons);
  BlendForecaster all = blend();
  const auto step = [&](Forecaster& forecaster) { forecaster.learn(history); };
  for (std::size_t t = 0; t < 48 * 9; ++t) {
    history.append(wave(t) + noise());
    step(all);
  }
  const std::unique_ptr<Forecaster> copy = all.clone();
  for (std::size_t t = 48 * 9; t < 48 * 12; ++t) {
    history.append(wave(t) + noise());
    step(all);
    step(*copy);
    ASSERT_EQ(all.ahead(history, 6), copy->ahead(history, 6));
  }
}

}  // namespace forecast_test
}  // namespace rehearse::policies
