#include "experiments/compare.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "experiments/difference.hpp"
#include "tests/unit/models/scenario_text.hpp"

namespace rehearse::experiments {
namespace compare_test {

using reports::Trend;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Differences 1, 2, 3: mean 2, deviation 1, half-width t(0.975, 2) / sqrt(3); t = 3.4641 on two
// degrees of freedom has p = 1 - t / sqrt(2 + t^2).
TEST(PairedTest, OfThreePairs) {
  const std::vector<double> before = {10, 20, 40}, after = {11, 22, 43};
  const PairedTest test = paired_test(before, after, 0.95, "s");
  EXPECT_DOUBLE_EQ(*test.difference.change.value, 2);
  EXPECT_DOUBLE_EQ(*test.difference.before, 70.0 / 3);
  EXPECT_DOUBLE_EQ(*test.difference.after, 76.0 / 3);
  EXPECT_NEAR(test.difference.change.high - 2, 4.302653 / std::sqrt(3), 1e-6);
  EXPECT_NEAR(test.difference.change.low, 4 - test.difference.change.high, 1e-12);
  EXPECT_NEAR(test.p, 1 - std::sqrt(12.0 / 14), 1e-9);
  EXPECT_EQ(test.difference.pairs, 3U);
  EXPECT_EQ(test.difference.change.unit, "s");
  // Sums of squares around the means: 466.667, 528.667, and 2 of the differences.
  EXPECT_NEAR(test.difference.variance_ratio, 2 / (1400.0 / 3 + 1586.0 / 3), 1e-9);
  EXPECT_NEAR(test.difference.correlation, 0.9996, 1e-3);
}

TEST(PairedTest, LeavesOutPairsWithoutAValue) {
  const std::vector<double> before = {1, kNaN, 2, 3}, after = {2, 5, kNaN, 5};
  const PairedTest test = paired_test(before, after, 0.95, "s");
  EXPECT_EQ(test.difference.pairs, 2U);
  EXPECT_DOUBLE_EQ(*test.difference.change.value, 1.5);
  const std::vector<double> none = {kNaN, kNaN, kNaN, kNaN};
  EXPECT_EQ(paired_test(before, none, 0.95, "s").difference.change.value, std::nullopt);
  EXPECT_TRUE(std::isnan(paired_test(before, none, 0.95, "s").p));
  const std::vector<double> one = {kNaN, kNaN, kNaN, 4};
  EXPECT_TRUE(std::isnan(paired_test(before, one, 0.95, "s").p));
  EXPECT_TRUE(std::isinf(paired_test(before, one, 0.95, "s").difference.change.high));
}

TEST(PairedTest, DifferencesWithoutSpreadAreSureOrNone) {
  const std::vector<double> before = {1, 2, 3}, same = before, more = {2, 3, 4};
  EXPECT_EQ(paired_test(before, more, 0.95, "s").p, 0);
  EXPECT_EQ(paired_test(before, same, 0.95, "s").p, 1);
  EXPECT_EQ(paired_test(before, same, 0.95, "s").difference.variance_ratio, 0);
}

models::Scenario station(int servers, const std::string& experiment,
                         const std::string& policies = "", const std::string& horizon = "60s") {
  return models::scenario_of("experiment: {horizon: " + horizon + ", warmup: 0s, " + experiment +
                             R"(}
system: {services: {web: {servers: )" +
                             std::to_string(servers) +
                             R"(, queue: {limit: 40}, service_time: {exponential: 100ms}}}}
workload: {clients: {arrivals: {poisson: 16rps}, to: web}}
objectives: [p95(clients) < 500ms]
)" + policies);
}

CompareOutcome compared(const std::vector<Variant>& variants, const CompareOptions& options = {}) {
  EXPECT_EQ(why_not_comparable(variants), "");
  Diagnostics problems;
  auto outcome = compare(variants, options, problems);
  EXPECT_TRUE(outcome.has_value()) << problems.render();
  return outcome ? std::move(*outcome) : CompareOutcome{};
}

TEST(Compare, TheSameScenarioDiffersInNothing) {
  const models::Scenario one = station(2, "trials: 4"), other = station(2, "trials: 4");
  const std::vector<Variant> variants = {{"one", &one}, {"other", &other}};
  const auto all = compare_all(variants, compared(variants));
  ASSERT_EQ(all.comparisons.size(), 1U);
  const reports::Comparison& c = all.comparisons.front();
  EXPECT_EQ(c.before.fingerprint, c.after.fingerprint);
  EXPECT_TRUE(c.figures.empty());
  EXPECT_TRUE(c.cautions.empty());
  ASSERT_FALSE(c.headline.empty());
  for (const reports::FigureChange& f : c.headline) {
    EXPECT_EQ(f.figure.paired->change.value, 0) << f.metric;
    EXPECT_EQ(f.figure.paired->pairs, 4U) << f.metric;
    EXPECT_FALSE(f.figure.significant) << f.metric;
  }
  EXPECT_FALSE(all.worsened());
  EXPECT_THAT(choice_sentence(c), HasSubstr("other and one are not told apart by p95 and errors"));
}

TEST(Compare, PairsSeeWhatIndependentTrialsDoNot) {
  const models::Scenario narrow = station(2, "trials: 10"), wide = station(3, "trials: 10");
  const std::vector<Variant> variants = {{"narrow", &narrow}, {"wide", &wide}};
  const CompareOutcome outcome = compared(variants);
  EXPECT_NEAR(outcome.level, 0.05, 1e-12);
  const auto all = compare_all(variants, outcome);
  const reports::Comparison& c = all.comparisons.front();
  EXPECT_EQ(c.before.source, "narrow");
  const auto found = choice_figures(c);
  ASSERT_EQ(found.size(), 2U);  // nobody scales: no instance hours
  EXPECT_EQ(found[0]->metric, "p95");
  EXPECT_EQ(found[0]->figure.trend, Trend::better);
  EXPECT_LT(found[0]->figure.paired->change.high, 0);
  EXPECT_GT(found[0]->figure.paired->correlation, 0);
  EXPECT_LT(found[0]->figure.paired->variance_ratio, 1);
  ASSERT_EQ(c.objectives.size(), 1U);
  EXPECT_EQ(c.objectives[0].figure.paired->pairs, 10U);
  EXPECT_THAT(choice_sentence(c), HasSubstr("wide beats narrow on p95 (-"));
  // Availability is what errors leave.
  const auto of = [&](const char* metric) -> const reports::Difference& {
    for (const auto& f : c.headline)
      if (f.kind == "workload" && f.metric == metric) return f.figure;
    ADD_FAILURE() << metric;
    return c.headline.front().figure;
  };
  EXPECT_NEAR(*of("availability").paired->change.value, -*of("error_ratio").paired->change.value,
              1e-12);
  EXPECT_NEAR(of("availability").paired->change.low, -of("error_ratio").paired->change.high, 1e-12);
  EXPECT_NEAR(*of("availability").after.value, 1 - *of("error_ratio").after.value, 1e-12);
}

TEST(Compare, ThreadsLeaveNoTrace) {
  const models::Scenario a = station(2, "trials: 5"), b = station(3, "trials: 5"),
                         c = station(4, "trials: 5");
  const std::vector<Variant> variants = {{"a", &a}, {"b", &b}, {"c", &c}};
  const std::string one = to_json(compare_all(variants, compared(variants, {.jobs = 1})));
  EXPECT_EQ(to_json(compare_all(variants, compared(variants, {.jobs = 3}))), one);
  const auto all = compare_all(variants, compared(variants));
  ASSERT_EQ(all.comparisons.size(), 3U);
  EXPECT_EQ(all.comparisons[2].before.source, "b");
  EXPECT_EQ(all.comparisons[2].after.source, "c");
  EXPECT_EQ(all.with_baseline(2).after.source, "c");
}

TEST(Compare, AutoEndsWhenEveryDifferenceIsDecided) {
  const models::Scenario narrow = station(2, "trials: auto"), wide = station(4, "trials: auto");
  const std::vector<Variant> same = {{"one", &narrow}, {"other", &narrow}};
  EXPECT_EQ(compared(same).results.front().trials, 10);
  EXPECT_EQ(compared(same).results.front().trials_rule, "auto: every difference is decided");
  const std::vector<Variant> different = {{"narrow", &narrow}, {"wide", &wide}};
  const CompareOutcome outcome = compared(different);
  EXPECT_LE(outcome.level, 0.05 / 2 + 1e-12);  // a share of the errors is left for later looks
  const models::Scenario limited = station(2, "trials: auto, max_trials: 10, precision: 0.001%"),
                         near = station(2, "trials: auto, seed: 2");
  const std::vector<Variant> alike = {{"one", &limited}, {"other", &near}};
  EXPECT_EQ(compared(alike).results.front().trials_rule, "auto: limit of 10 reached");
}

TEST(Compare, AFixedServiceCountsItsInstanceHoursToo) {
  const models::Scenario fixed = station(2, "trials: 3");
  const models::Scenario scaled = station(2, "trials: 3", R"(
policies: {p: {target: web, scheduled: {min: 1, max: 2, period: 10s, every: 1h,
                                        windows: [{from: 30s, to: 1h, instances: 2}]}}}
)");
  const std::vector<Variant> variants = {{"fixed", &fixed}, {"scaled", &scaled}};
  const auto all = compare_all(variants, compared(variants));
  const auto found = choice_figures(all.comparisons.front());
  ASSERT_EQ(found.back()->metric, "instance_hours");
  EXPECT_NEAR(*found.back()->figure.before.value, 60.0 / 3600, 1e-12);
  EXPECT_NEAR(*found.back()->figure.paired->change.value, 30.0 / 3600, 1e-12);
  EXPECT_TRUE(found.back()->figure.significant);  // nothing varies
}

TEST(Compare, SaysWhyTrialsAreNoPairs) {
  const models::Scenario one = station(2, "trials: 4"), single = station(2, "trials: 1"),
                         longer = station(2, "trials: 4", "", "2m"),
                         seeded = station(2, "trials: 4, seed: 2");
  EXPECT_THAT(why_not_comparable({{"a", &one}}), HasSubstr("nothing to compare with"));
  EXPECT_THAT(why_not_comparable({{"a", &single}, {"b", &one}}), HasSubstr("two or more"));
  EXPECT_THAT(why_not_comparable({{"a", &one}, {"b", &longer}}),
              HasSubstr("trials of 1m ('a') and of 2m ('b') are no pairs"));
  const std::vector<Variant> variants = {{"a", &one}, {"b", &seeded}};
  const auto all = compare_all(variants, compared(variants));
  EXPECT_THAT(all.comparisons.front().cautions,
              ElementsAre("the seeds differ (1, 2): trials share no random numbers, and pairing "
                          "gains nothing"));
}

// Whoever interrupts finds as many trials of one as of another.
TEST(Compare, AnInterruptedRunKeepsWholePairs) {
  const models::Scenario a = station(2, "trials: 100000"), b = station(3, "trials: 100000");
  const std::vector<Variant> variants = {{"a", &a}, {"b", &b}};
  std::atomic<bool> stop{false};
  CompareOptions options{.jobs = 2, .interrupt = &stop};
  options.progress = [&](const Progress& now) { stop = now.trials_done > 20; };
  const CompareOutcome outcome = compared(variants, options);
  EXPECT_EQ(outcome.end, PoolEnd::interrupted);
  EXPECT_GT(outcome.results[0].trials, 2);
  EXPECT_EQ(outcome.results[0].trials, outcome.results[1].trials);
  EXPECT_TRUE(outcome.results[1].interrupted);
  EXPECT_EQ(outcome.trials[0].objectives[0].size(), outcome.trials[1].objectives[0].size());
}

}  // namespace compare_test
}  // namespace rehearse::experiments
