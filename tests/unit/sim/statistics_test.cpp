#include "sim/statistics.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace rehearse::sim {
namespace {

Duration ns(std::int64_t n) {
  return Duration::nanoseconds(n);
}

TEST(TimeIntegral, AddsUpValueTimesTime) {
  TimeIntegral busy;
  busy.add(Instant::at_ns(10), 2);
  busy.add(Instant::at_ns(30), -1);
  EXPECT_EQ(busy.value(), 1);
  EXPECT_TRUE(busy.take(Instant::at_ns(35)) == 2 * 20 + 1 * 5);
  EXPECT_TRUE(busy.take(Instant::at_ns(35)) == 0);
  EXPECT_TRUE(busy.take(Instant::at_ns(36)) == 1);
}

TEST(TimeIntegral, HoldsAMillionForACentury) {
  TimeIntegral queue;
  queue.add(Instant::start(), 1'000'000);
  const std::int64_t century = 3'153'600'000'000'000'000;
  EXPECT_DOUBLE_EQ(static_cast<double>(queue.take(Instant::at_ns(century))), 3.1536e24);
}

TEST(TimeIntegralDeathTest, RefusesToGoBackInTimeOrBelowZero) {
  TimeIntegral queue;
  queue.add(Instant::at_ns(10), 1);
  EXPECT_DEATH((void)queue.take(Instant::at_ns(9)), "area >= 0");
  EXPECT_DEATH(queue.add(Instant::at_ns(11), -2), "value_ >= 0");
}

TEST(Tally, GivesMeanAndVariance) {
  Tally tally;
  for (const int x : {2, 4, 4, 4, 5, 5, 7, 9}) tally.record(Duration::seconds(x));
  EXPECT_EQ(tally.count(), 8U);
  EXPECT_DOUBLE_EQ(tally.mean_seconds(), 5);
  EXPECT_DOUBLE_EQ(tally.variance_seconds2(), 32.0 / 7);
}

TEST(Tally, KeepsTheVarianceOfNearlyEqualLongTimes) {
  Tally tally;  // a second-by-second difference of sums in doubles gives zero or worse here
  for (int i = 0; i < 1000; ++i) tally.record(Duration::seconds(100'000'000) + ns(i % 2));
  EXPECT_NEAR(tally.variance_seconds2(), 0.25e-18 * 1000 / 999, 1e-27);
}

TEST(Tally, MergesExactly) {
  Tally all;
  Tally a;
  Tally b;
  for (int i = 1; i <= 100; ++i) {
    all.record(ns(i * i));
    (i % 3 == 0 ? a : b).record(ns(i * i));
  }
  a.merge(b);
  EXPECT_EQ(a.count(), all.count());
  EXPECT_EQ(a.mean_seconds(), all.mean_seconds());
  EXPECT_EQ(a.variance_seconds2(), all.variance_seconds2());
}

TEST(Tally, SaysNothingWithoutValues) {
  Tally tally;
  EXPECT_TRUE(std::isnan(tally.mean_seconds()));
  tally.record(ns(5));
  EXPECT_TRUE(std::isnan(tally.variance_seconds2()));
}

TEST(Histogram, IsExactForShortTimes) {
  Histogram h;
  for (int i = 0; i < 256; ++i) h.record(ns(i));
  EXPECT_DOUBLE_EQ(h.quantile_seconds(0.5), 127e-9);
  EXPECT_DOUBLE_EQ(h.quantile_seconds(1), 255e-9);
  EXPECT_DOUBLE_EQ(h.quantile_seconds(0), 0);
  EXPECT_DOUBLE_EQ(h.share_above(ns(127)), 0.5);
  EXPECT_DOUBLE_EQ(h.share_above(ns(254)), 1.0 / 256);
  EXPECT_DOUBLE_EQ(h.share_above(ns(255)), 0);
}

TEST(Histogram, IsExactWhereAllValuesAreEqual) {
  Histogram h;
  for (int i = 0; i < 10; ++i) h.record(Duration::milliseconds(100));
  for (const double p : {0.0, 0.001, 0.5, 0.99, 1.0}) EXPECT_DOUBLE_EQ(h.quantile_seconds(p), 0.1);
  EXPECT_EQ(h.share_above(Duration::milliseconds(100)), 0);
  EXPECT_EQ(h.share_above(ns(99'999'999)), 1);
}

TEST(Histogram, KeepsMeanAndExtremesExactly) {
  Histogram h;
  h.record(Duration::seconds(1));
  h.record(Duration::seconds(2) + ns(1));
  EXPECT_DOUBLE_EQ(h.mean_seconds(), 1.5000000005);
  EXPECT_EQ(h.min(), Duration::seconds(1));
  EXPECT_EQ(h.max(), Duration::seconds(2) + ns(1));
}

TEST(Histogram, TakesTheWholeRangeOfTime) {
  Histogram h;
  h.record(Duration::zero());
  h.record(Duration::max());
  EXPECT_EQ(h.count(), 2U);
  EXPECT_EQ(h.quantile_seconds(0), 0);
  EXPECT_DOUBLE_EQ(h.quantile_seconds(1), Duration::max().to_seconds());
  EXPECT_LT(h.memory_bytes(), 64U * 1024);  // growing may double what is needed
}

TEST(Histogram, SaysNothingWithoutValues) {
  Histogram h;
  EXPECT_TRUE(std::isnan(h.mean_seconds()));
  EXPECT_TRUE(std::isnan(h.quantile_seconds(0.5)));
  EXPECT_TRUE(std::isnan(h.share_above(ns(1))));
  EXPECT_TRUE(h.bins().empty());
  h.record(ns(7));
  h.clear();
  EXPECT_EQ(h.count(), 0U);
  EXPECT_TRUE(std::isnan(h.quantile_seconds(0.5)));
  EXPECT_EQ(h, Histogram());
}

TEST(Histogram, GrowsDownwardsAsWell) {
  Histogram h;
  h.record(Duration::seconds(1));
  h.record(ns(3));
  h.record(Duration::milliseconds(1));
  EXPECT_DOUBLE_EQ(h.quantile_seconds(0), 3e-9);
  EXPECT_NEAR(h.quantile_seconds(0.5), 1e-3, 0.8e-5);
  EXPECT_DOUBLE_EQ(h.quantile_seconds(1), 1);
}

TEST(Histogram, MergesRangesThatDoNotMeet) {
  Histogram low;
  Histogram high;
  low.record(ns(3));
  high.record(Duration::seconds(5));
  Histogram other = high;
  other.merge(low);
  low.merge(high);
  EXPECT_EQ(low, other);
  EXPECT_EQ(low.count(), 2U);
  Histogram empty;
  empty.merge(low);
  EXPECT_EQ(empty, low);
  empty.merge(Histogram());
  EXPECT_EQ(empty, low);
}

TEST(Histogram, CountsPastThirtyTwoBitsInABin) {
  Histogram h;
  h.record(Duration::milliseconds(1));
  h.record(Duration::seconds(1));
  for (int i = 0; i < 34; ++i) h.merge(h);  // doubles: 2^34 values of each
  EXPECT_EQ(h.count(), std::uint64_t{1} << 35);
  EXPECT_DOUBLE_EQ(h.share_above(Duration::milliseconds(10)), 0.5);
  EXPECT_DOUBLE_EQ(h.mean_seconds(), 0.5005);
  Histogram twice = h;
  twice.merge(h.compact());
  EXPECT_EQ(twice.count(), std::uint64_t{1} << 36);
  EXPECT_DOUBLE_EQ(twice.share_above(Duration::milliseconds(10)), 0.5);
  std::uint64_t binned = 0;
  for (const Histogram::Bin& bin : h.bins()) binned += bin.count;
  EXPECT_EQ(binned, h.count());
}

TEST(Histogram, MergesBinsForShowing) {
  Histogram h;
  for (int ms = 1; ms <= 1000; ++ms) h.record(Duration::milliseconds(ms));
  for (const int per_octave : {1, 8, 128}) {
    const auto bins = h.bins(per_octave);
    std::uint64_t sum = 0;
    double before = 0;
    for (const Histogram::Bin& bin : bins) {
      EXPECT_GT(bin.upper_seconds, before);
      before = bin.upper_seconds;
      sum += bin.count;
      // All values up to the bin's upper bound, and no other, have been counted so far.
      EXPECT_EQ(sum, std::min<std::uint64_t>(
                         static_cast<std::uint64_t>(bin.upper_seconds * 1000 + 1e-9), 1000));
    }
    EXPECT_EQ(sum, 1000U);
    EXPECT_LE(bins.size(), static_cast<std::size_t>(11 * per_octave));
  }
}

TEST(HistogramDeathTest, RefusesNegativeTimes) {
  Histogram h;
  EXPECT_DEATH(h.record(ns(-1)), "value >= Duration::zero");
}

}  // namespace
}  // namespace rehearse::sim
