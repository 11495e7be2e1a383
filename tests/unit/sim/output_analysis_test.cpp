#include "sim/output_analysis.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "sim/random.hpp"

namespace rehearse::sim {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// A ripple around 10, after a start-up of `transient` values that are 100 higher.
std::vector<double> steady(std::size_t n, std::size_t transient) {
  std::vector<double> series(n);
  for (std::size_t i = 0; i < n; ++i)
    series[i] = (i < transient ? 110 : 10) + static_cast<double>(i / 5 % 2);
  return series;
}

TEST(Mser5, CutsAStepWhereItEnds) {
  EXPECT_EQ(mser5(steady(1000, 100)), 100U);
  EXPECT_EQ(mser5(steady(1000, 98)), 100U);  // whole batches only
  EXPECT_EQ(mser5(steady(1000, 0)), 0U);
}

TEST(Mser5, CutsNothingFromAConstant) {
  EXPECT_EQ(mser5(std::vector<double>(100, 3.5)), 0U);
}

TEST(Mser5, SeesNoSteadyStateInARise) {
  std::vector<double> rising(200);
  for (std::size_t i = 0; i < rising.size(); ++i) rising[i] = static_cast<double>(i);
  EXPECT_EQ(mser5(rising), std::nullopt);
}

// The mean of a queue that starts empty approaches its limit like this one.
TEST(Mser5, CutsAnExponentialStartUpBelowItsNoise) {
  Stream stream({1, 0}, "series", "noise");
  std::vector<double> series(2000);
  for (std::size_t i = 0; i < series.size(); ++i)
    series[i] = 10 - 10 * std::exp(-static_cast<double>(i) / 50) + stream.uniform() - 0.5;
  const std::size_t cut = mser5(series).value();
  EXPECT_GT(cut, 100U);  // e^-2 of the bias would be left
  EXPECT_LT(cut, 500U);
}

TEST(Mser5, WantsTwentyValues) {
  EXPECT_EQ(mser5({}), std::nullopt);
  EXPECT_EQ(mser5(std::vector<double>(19, 1.0)), std::nullopt);
  EXPECT_EQ(mser5(std::vector<double>(20, 1.0)), 0U);
}

TEST(Mser5, SkipsGapsAndCountsThemInThePosition) {
  std::vector<double> series = steady(1000, 100);
  series.insert(series.begin() + 50, 10, kNan);
  EXPECT_EQ(mser5(series), 110U);
  EXPECT_EQ(mser5(std::vector<double>(100, kNan)), std::nullopt);
}

TEST(TInterval, MeetsAHandCalculation) {
  // Mean 3, deviation sqrt(2.5), t(0.975, 4) = 2.776445.
  const MeanEstimate e = t_interval(std::vector<double>{1, 2, 3, 4, 5}, 0.95);
  EXPECT_DOUBLE_EQ(e.mean, 3);
  EXPECT_NEAR(e.interval.low, 3 - 2.776445 * std::sqrt(0.5), 1e-6);
  EXPECT_NEAR(e.interval.high, 3 + 2.776445 * std::sqrt(0.5), 1e-6);
  EXPECT_EQ(e.n, 5U);
}

TEST(TInterval, IsInfiniteForOneAndEmptyForNone) {
  const MeanEstimate one = t_interval(std::vector<double>{7}, 0.95);
  EXPECT_EQ(one.mean, 7);
  EXPECT_EQ(one.interval, (Interval{-kInfinity, kInfinity}));
  EXPECT_TRUE(std::isnan(t_interval({}, 0.95).mean));
}

TEST(SectionInterval, SpreadsAroundThePooledEstimate) {
  const std::vector<double> sections = {1, 2, 3, 4, 5};
  const MeanEstimate mean = t_interval(sections, 0.9);
  EXPECT_EQ(section_interval(3, sections, 0.9), mean.interval);
  // Off the mean of the sections the interval is wider: the bias counts.
  const Interval off = section_interval(3.5, sections, 0.9);
  EXPECT_DOUBLE_EQ((off.low + off.high) / 2, 3.5);
  EXPECT_GT(off.high - off.low, mean.interval.high - mean.interval.low);
}

TEST(SectionInterval, LeavesOutEmptySections) {
  EXPECT_EQ(section_interval(3, std::vector<double>{2, kNan, 4}, 0.9),
            section_interval(3, std::vector<double>{2, 4}, 0.9));
  EXPECT_EQ(section_interval(3, std::vector<double>{2, kNan}, 0.9),
            (Interval{-kInfinity, kInfinity}));
  EXPECT_EQ(section_interval(kNan, std::vector<double>{2, 4}, 0.9),
            (Interval{-kInfinity, kInfinity}));
}

std::vector<double> ranks(std::size_t n) {
  std::vector<double> values(n);
  for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<double>(i + 1);
  return values;
}

TEST(OrderStatisticInterval, MeetsTheTableForMedians) {
  // Classic ranks of the sign test at 95 %: n = 6: 1 and 6; 10: 2 and 9; 20: 6 and 15; 100: 40
  // and 61.
  EXPECT_EQ(order_statistic_interval(ranks(6), 0.5, 0.95), (Interval{1, 6}));
  EXPECT_EQ(order_statistic_interval(ranks(10), 0.5, 0.95), (Interval{2, 9}));
  EXPECT_EQ(order_statistic_interval(ranks(20), 0.5, 0.95), (Interval{6, 15}));
  EXPECT_EQ(order_statistic_interval(ranks(100), 0.5, 0.95), (Interval{40, 61}));
}

TEST(OrderStatisticInterval, IsOpenWhereTheExtremeIsNoBound) {
  EXPECT_EQ(order_statistic_interval(ranks(5), 0.5, 0.95), (Interval{-kInfinity, kInfinity}));
  // 0.99^n <= 0.025 from n = 368 on.
  EXPECT_TRUE(std::isinf(order_statistic_interval(ranks(367), 0.99, 0.95).high));
  EXPECT_EQ(order_statistic_interval(ranks(368), 0.99, 0.95).high, 368);
  EXPECT_EQ(order_statistic_interval({}, 0.5, 0.95), (Interval{-kInfinity, kInfinity}));
}

TEST(OrderStatisticInterval, CoversAsOftenAsItSays) {
  constexpr int kExperiments = 4000;
  Stream stream({1, 0}, "quantile", "coverage");
  int covered = 0;
  for (int i = 0; i < kExperiments; ++i) {
    std::vector<double> values(100);
    for (double& v : values) v = stream.exponential();
    std::sort(values.begin(), values.end());
    const Interval interval = order_statistic_interval(values, 0.9, 0.9);
    covered += interval.low <= std::log(10.0) && std::log(10.0) <= interval.high ? 1 : 0;
  }
  // At least 0.9 by construction; the steps of the binomial law add a little.
  EXPECT_GT(covered, kExperiments * 0.9 - 3 * std::sqrt(kExperiments * 0.09));
  EXPECT_LT(covered, kExperiments * 0.96);
}

TEST(ProportionInterval, MeetsPublishedValues) {
  const Interval some = proportion_interval(10, 100, 0.95);
  EXPECT_NEAR(some.low, 0.0490047, 1e-7);
  EXPECT_NEAR(some.high, 0.1762226, 1e-7);
  // None in n: the upper bound is 1 - tail^(1 / n), "the rule of three" for one-sided 95 %.
  const Interval none = proportion_interval(0, 100, 0.95);
  EXPECT_EQ(none.low, 0);
  EXPECT_NEAR(none.high, 1 - std::pow(0.025, 0.01), 1e-12);
  const Interval all = proportion_interval(100, 100, 0.95);
  EXPECT_NEAR(all.low, std::pow(0.025, 0.01), 1e-12);
  EXPECT_EQ(all.high, 1);
  EXPECT_EQ(proportion_interval(0, 0, 0.95), (Interval{0, 1}));
}

TEST(Decide, IsOpenOnlyWhereTheBoundLiesInside) {
  const Interval i = {1, 2};
  EXPECT_EQ(decide(i, Relation::less, 3), Decision::satisfied);
  EXPECT_EQ(decide(i, Relation::less, 1.5), Decision::open);
  EXPECT_EQ(decide(i, Relation::less, 2), Decision::open);
  EXPECT_EQ(decide(i, Relation::less_equal, 2), Decision::satisfied);
  EXPECT_EQ(decide(i, Relation::less, 1), Decision::violated);
  EXPECT_EQ(decide(i, Relation::less_equal, 1), Decision::open);
  EXPECT_EQ(decide(i, Relation::greater, 0.5), Decision::satisfied);
  EXPECT_EQ(decide(i, Relation::greater, 1), Decision::open);
  EXPECT_EQ(decide(i, Relation::greater_equal, 1), Decision::satisfied);
  EXPECT_EQ(decide(i, Relation::greater, 2), Decision::violated);
  EXPECT_EQ(decide(i, Relation::greater_equal, 2), Decision::open);
  EXPECT_EQ(decide({-kInfinity, kInfinity}, Relation::less, 1), Decision::open);
  EXPECT_EQ(decide({kNan, kNan}, Relation::less, 1), Decision::open);
  EXPECT_EQ(decide(i, Relation::less, kNan), Decision::open);
}

TEST(RelativeHalfWidth, ComparesWithTheEstimate) {
  EXPECT_DOUBLE_EQ(relative_half_width(10, {9, 11}), 0.1);
  EXPECT_DOUBLE_EQ(relative_half_width(-10, {-11, -9}), 0.1);
  EXPECT_EQ(relative_half_width(0, {0, 0}), 0);
  EXPECT_TRUE(std::isinf(relative_half_width(0, {-1, 1})));
  EXPECT_TRUE(std::isinf(relative_half_width(1, {-kInfinity, kInfinity})));
}

TEST(LookConfidence, SpendsTheWholeErrorOverAllLooks) {
  double spent = 0;
  for (int look = 1; look <= 1000; ++look) spent += 1 - look_confidence(0.95, look);
  EXPECT_NEAR(spent, 0.05, 0.05 / 1000);
  EXPECT_LE(spent, 0.05);
  EXPECT_DOUBLE_EQ(look_confidence(0.95, 1), 0.975);
}

// Why looks have a price: a fair coin that is judged by a fresh 90 % interval after each doubling.
TEST(LookConfidence, KeepsTheErrorOfStoppingAtTheFirstDecision) {
  constexpr int kExperiments = 2000;
  Stream stream({1, 0}, "looks", "test");
  int naive = 0;
  int honest = 0;
  for (int i = 0; i < kExperiments; ++i) {
    std::vector<double> values;
    bool naive_wrong = false;
    bool honest_wrong = false;
    std::size_t n = 10;
    for (int look = 1; look <= 5; ++look, n = next_look(n, 1000)) {
      while (values.size() < n) values.push_back(normal_quantile(stream.uniform()));
      const auto wrong = [&](double confidence) {
        return decide(t_interval(values, confidence).interval, Relation::less, 0) != Decision::open;
      };
      naive_wrong = naive_wrong || wrong(0.9);
      honest_wrong = honest_wrong || wrong(look_confidence(0.9, look));
    }
    naive += naive_wrong ? 1 : 0;
    honest += honest_wrong ? 1 : 0;
  }
  EXPECT_GT(naive, kExperiments * 0.2);
  EXPECT_LT(honest, kExperiments * 0.1);
}

TEST(NextLook, DoublesUpToTheLimit) {
  EXPECT_EQ(next_look(0, 200), 2U);
  EXPECT_EQ(next_look(10, 200), 20U);
  EXPECT_EQ(next_look(160, 200), 200U);
  EXPECT_EQ(next_look(200, 200), 200U);
}

}  // namespace
}  // namespace rehearse::sim
