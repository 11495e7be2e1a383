// Histograms against the sorted list of what was recorded, and the laws of merging.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "sim/output_analysis.hpp"
#include "sim/statistics.hpp"

namespace rehearse::sim {
namespace {

using Values = std::vector<std::int64_t>;

/// Durations over all magnitudes: a random number of random bits.
rc::Gen<Values> durations() {
  return rc::gen::container<Values>(rc::gen::map(
      rc::gen::pair(rc::gen::inRange(0, 63), rc::gen::arbitrary<std::uint64_t>()),
      [](const std::pair<int, std::uint64_t>& p) {
        return static_cast<std::int64_t>(p.second & ((std::uint64_t{1} << p.first) - 1));
      }));
}

Histogram histogram_of(const Values& values) {
  Histogram h;
  for (const std::int64_t v : values) h.record(Duration::nanoseconds(v));
  return h;
}

RC_GTEST_PROP(HistogramProperty, MergingIsRecordingBoth, ()) {
  const Values a = *durations();
  const Values b = *durations();
  Values both = a;
  both.insert(both.end(), b.begin(), b.end());
  Histogram merged = histogram_of(a);
  merged.merge(histogram_of(b));
  RC_ASSERT(merged == histogram_of(both));
}

RC_GTEST_PROP(HistogramProperty, MergesInAnyOrder, ()) {
  const Histogram a = histogram_of(*durations());
  const Histogram b = histogram_of(*durations());
  const Histogram c = histogram_of(*durations());
  Histogram left = a;
  left.merge(b);
  left.merge(c);
  Histogram right = c;
  right.merge(b);
  right.merge(a);
  RC_ASSERT(left == right);
  for (const double p : {0.0, 0.1, 0.5, 0.99, 1.0})
    RC_ASSERT(left.count() == 0 || left.quantile_seconds(p) == right.quantile_seconds(p));
}

RC_GTEST_PROP(HistogramProperty, QuantilesLieWithinABinOfTheSortedList, ()) {
  Values values = *durations();
  RC_PRE(!values.empty());
  const Histogram h = histogram_of(values);
  std::sort(values.begin(), values.end());
  const int percent = *rc::gen::inRange(0, 101);
  const double rank = percent / 100.0 * static_cast<double>(values.size());
  const auto at = static_cast<std::size_t>(std::max(std::ceil(rank) - 1, 0.0));
  const auto exact = static_cast<double>(values[at]) * 1e-9;
  const double got = h.quantile_seconds(percent / 100.0);
  RC_ASSERT(std::fabs(got - exact) <= exact / 128 + 1e-18);
}

RC_GTEST_PROP(HistogramProperty, QuantilesNeverFall, ()) {
  const Values values = *durations();
  RC_PRE(!values.empty());
  const Histogram h = histogram_of(values);
  double before = h.quantile_seconds(0);
  RC_ASSERT(before >= h.min().to_seconds() * (1 - 1e-15));
  for (int i = 1; i <= 100; ++i) {
    const double next = h.quantile_seconds(i / 100.0);
    RC_ASSERT(next >= before);
    before = next;
  }
}

RC_GTEST_PROP(HistogramProperty, ShareAboveCountsAllButTheBinOfTheBound, ()) {
  const Values values = *durations();
  RC_PRE(!values.empty());
  const Histogram h = histogram_of(values);
  const std::int64_t bound = values[*rc::gen::inRange<std::size_t>(0, values.size())];
  const auto slack = static_cast<double>(bound) / 128;
  double surely = 0;
  double perhaps = 0;
  for (const std::int64_t v : values) {
    surely += static_cast<double>(v) > static_cast<double>(bound) + slack ? 1 : 0;
    perhaps += static_cast<double>(v) >= static_cast<double>(bound) - slack ? 1 : 0;
  }
  const auto n = static_cast<double>(values.size());
  const double got = h.share_above(Duration::nanoseconds(bound)) * n;
  RC_ASSERT(got >= surely - 1e-9 && got <= perhaps + 1e-9);
}

RC_GTEST_PROP(HistogramProperty, BinsCountEverything, ()) {
  const Values values = *durations();
  const Histogram h = histogram_of(values);
  const int per_octave = 1 << *rc::gen::inRange(0, 8);
  std::uint64_t sum = 0;
  for (const Histogram::Bin& bin : h.bins(per_octave)) {
    sum += bin.count;
    // Cumulative counts agree with the list at every border.
    std::uint64_t below = 0;
    for (const std::int64_t v : values)
      below += static_cast<double>(v) * 1e-9 <= bin.upper_seconds * (1 + 1e-15) ? 1 : 0;
    RC_ASSERT(sum == below);
  }
  RC_ASSERT(sum == values.size());
}

rc::Gen<std::vector<double>> samples() {
  return rc::gen::container<std::vector<double>>(
      rc::gen::map(rc::gen::inRange(-1000, 1000), [](int i) { return i / 8.0; }));
}

RC_GTEST_PROP(IntervalProperty, OfAMeanHoldsItAndWidensWithConfidence, ()) {
  const std::vector<double> values = *samples();
  RC_PRE(values.size() >= 2);
  const MeanEstimate narrow = t_interval(values, 0.8);
  const MeanEstimate wide = t_interval(values, 0.99);
  RC_ASSERT(wide.interval.low <= narrow.interval.low);
  RC_ASSERT(narrow.interval.low <= narrow.mean);
  RC_ASSERT(narrow.mean <= narrow.interval.high);
  RC_ASSERT(narrow.interval.high <= wide.interval.high);
}

RC_GTEST_PROP(IntervalProperty, OfAQuantileHoldsItsSampleQuantileAndWidensWithConfidence, ()) {
  std::vector<double> values = *samples();
  std::sort(values.begin(), values.end());
  const double p = *rc::gen::inRange(1, 100) / 100.0;
  const Interval narrow = order_statistic_interval(values, p, 0.8);
  const Interval wide = order_statistic_interval(values, p, 0.99);
  RC_ASSERT(wide.low <= narrow.low && narrow.low <= narrow.high && narrow.high <= wide.high);
  if (values.empty()) return;
  const auto at = static_cast<std::size_t>(p * static_cast<double>(values.size()));
  const double quantile = values[std::min(at, values.size() - 1)];
  RC_ASSERT(wide.low <= quantile && quantile <= wide.high);
}

RC_GTEST_PROP(IntervalProperty, OfAProportionHoldsItAndShrinksWithMoreTrials, ()) {
  const int n = *rc::gen::inRange(1, 2000);
  const int successes = *rc::gen::inRange(0, n + 1);
  const Interval few = proportion_interval(successes, n, 0.95);
  const Interval many = proportion_interval(10.0 * successes, 10.0 * n, 0.95);
  const double p = static_cast<double>(successes) / n;
  RC_ASSERT(0 <= few.low && few.low <= p && p <= few.high && few.high <= 1);
  RC_ASSERT(many.high - many.low < few.high - few.low);
}

}  // namespace
}  // namespace rehearse::sim
