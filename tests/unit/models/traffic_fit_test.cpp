#include "models/traffic_fit.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "sim/random.hpp"

namespace rehearse::models {
namespace {

constexpr double kHour = 3600;

/// So many intervals of a season without noise: hours as the clock, Saturday and Sunday at half.
TraceCounts season(std::size_t days, double begin) {
  TraceCounts trace{{}, 600, begin};
  for (std::size_t i = 0; i < days * 144; ++i) {
    const double at = begin + static_cast<double>(i) * 600;
    const double hour = std::floor(std::fmod(at / kHour, 24));
    trace.counts.push_back((1 + hour) * 40 * (std::fmod(at / (24 * kHour), 7) >= 5 ? 0.5 : 1));
  }
  return trace;
}

/// Counts of Poisson arrivals at a rate (1/s) that jumps between two states.
TraceCounts jumping(double first, double first_stay, double second, double second_stay,
                    std::size_t intervals) {
  sim::Stream stream({1, 0}, "trace", "arrivals");
  TraceCounts trace{std::vector<double>(intervals, 0), 60, 0};
  BurstWalk walk;
  const std::vector<BurstState> states{{first, first_stay}, {second, second_stay}};
  for (Instant at = walk.next(states, Instant::start(), stream);;
       at = walk.next(states, at, stream)) {
    const auto i = static_cast<std::size_t>(at.to_seconds() / 60);
    if (i >= intervals) return trace;
    ++trace.counts[i];
  }
}

TEST(TrafficFit, FindsTheSeasonOfCountsWithoutNoise) {
  // The trace begins on a Wednesday at noon and has a weekend and a half.
  const TrafficFit fit = fit_traffic(season(11, 60 * kHour));
  ASSERT_TRUE(fit.has_hours);
  for (std::size_t h = 0; h < 24; ++h)
    EXPECT_NEAR(fit.hours[h], static_cast<double>(h + 1) / 12.5, 1e-9) << h;
  EXPECT_NEAR(fit.weekend, 0.5, 1e-9);
  EXPECT_NEAR(fit.mean, 12.5 * 40 / 600, 1e-9);
  EXPECT_TRUE(fit.bursts.empty());
  EXPECT_NEAR(fit.dispersion[0].index, 0, 1e-9);  // not even Poisson's noise
}

TEST(TrafficFit, LeavesWeekendsAloneWhereThereAreNone) {
  EXPECT_EQ(fit_traffic(season(4, 0)).weekend, 1);
  EXPECT_EQ(fit_traffic(season(2, 5 * 24 * kHour)).weekend, 1);
}

TEST(TrafficFit, TellsNoHoursFromLessThanADay) {
  const TrafficFit fit = fit_traffic({{50, 60, 40, 50}, 60, 0});
  EXPECT_FALSE(fit.has_hours);
  EXPECT_DOUBLE_EQ(fit.rate, 50. / 60);
  EXPECT_DOUBLE_EQ(fit.mean, fit.rate);
}

TEST(TrafficFit, TakesPoissonArrivalsForWhatTheyAre) {
  const TrafficFit fit = fit_traffic(jumping(0.2, 1e9, 0.2, 1e9, 5000));
  EXPECT_TRUE(fit.bursts.empty());
  EXPECT_NEAR(fit.rate, 0.2, 5 * std::sqrt(0.2 / (5000. * 60)));
  EXPECT_NEAR(fit.dispersion[0].index, 1, 5 * std::sqrt(2 / 5000.));
}

TEST(TrafficFit, FindsBurstsAgain) {
  // Factors 0.5 and 1.5, each for half an hour: variance 1 / 4, memory 1 / (1 / 30 + 1 / 30) min.
  const TrafficFit fit = fit_traffic(jumping(0.1, 1800, 0.3, 1800, 40000));
  ASSERT_EQ(fit.bursts.size(), 2u);
  EXPECT_NEAR(fit.bursts[0].rate, 0.5, 0.05);
  EXPECT_NEAR(fit.bursts[1].rate, 1.5, 0.05);
  EXPECT_NEAR(fit.bursts[0].stay, 1800, 360);
  EXPECT_DOUBLE_EQ(fit.bursts[0].stay, fit.bursts[1].stay);
}

TEST(TrafficFit, MakesStrongBurstsRare) {
  // Nothing for nine minutes of ten: a variance of 9, which takes a state without traffic.
  const TrafficFit fit = fit_traffic(jumping(0, 5400, 2, 600, 40000));
  ASSERT_EQ(fit.bursts.size(), 2u);
  EXPECT_EQ(fit.bursts[0].rate, 0);
  EXPECT_NEAR(fit.bursts[1].rate, 10, 2);
  EXPECT_NEAR(fit.bursts[1].stay, 600, 200);
  const double time = fit.bursts[0].stay + fit.bursts[1].stay;
  EXPECT_NEAR(fit.bursts[1].rate * fit.bursts[1].stay / time, 1, 1e-9);  // keeps the mean
}

TEST(TrafficFit, IsWrittenAsAWorkload) {
  const SpecNode node = workload_of(fit_traffic(season(11, 60 * kHour)), 60 * kHour, "day", "a/b");
  const SpecNode& day = *node.find("workload")->find("day");
  EXPECT_EQ(day.find("to")->text, "a/b");
  const SpecNode& season = *day.find("arrivals")->find("season");
  EXPECT_EQ(season.find("hours")->items.size(), 24u);
  EXPECT_EQ(season.find("hours")->items.back().text, "1.92");
  EXPECT_EQ(season.find("weekend")->text, "50%");
  EXPECT_EQ(season.find("begin")->text, "2d12h");
  EXPECT_EQ(season.find("bursts"), nullptr);
}

TEST(TrafficFit, OfAFlatTraceIsPoisson) {
  const SpecNode node = workload_of(fit_traffic({{60, 60, 60}, 60, 0}), 0, "x", "y");
  EXPECT_EQ(node.find("workload")->find("x")->find("arrivals")->find("poisson")->text, "1rps");
}

}  // namespace
}  // namespace rehearse::models
