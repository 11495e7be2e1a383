#include "experiments/difference.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "reports/comparison_wording.hpp"
#include "sim/special_functions.hpp"

namespace rehearse::experiments {
namespace {

using reports::Comparison;
using reports::Estimate;
using reports::RunResult;
using reports::Trend;
using reports::Verdict;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// n values of this mean and standard deviation, as a result states them.
Measured sample(double mean, double deviation, double n) {
  const double half = sim::student_t(0.975, n - 1) * deviation / std::sqrt(n);
  return {{mean, mean - half, mean + half, "s"}, 0.95, n - 1};
}

// t = 2.39281 on 26.516 degrees of freedom, t = 1.48842 on 16.943: tails of Student's density,
// integrated numerically.
TEST(WelchP, OfUnequalSizesAndVariances) {
  EXPECT_NEAR(welch_p(sample(20.8, 2.8, 15), sample(23.0, 2.2, 15)), 0.0240801, 1e-6);
  EXPECT_NEAR(welch_p(sample(10.0, 0.5, 4), sample(10.6, 2.0, 40)), 0.155017, 1e-6);
  EXPECT_NEAR(welch_p(sample(1.0, 1.0, 10), sample(1.0, 3.0, 10)), 1.0, 1e-12);
}

TEST(WelchP, NeedsIntervalsOnBothSides) {
  const Measured good = sample(1, 0.1, 10);
  const Measured open{{1.0, -kInfinity, kInfinity, "s"}, 0.95, 19};
  const Measured none{{std::nullopt, 0, 0, "s"}, 0.95, 9};
  Measured other = sample(2, 0.1, 10);
  other.estimate.unit = "ratio";
  EXPECT_TRUE(std::isnan(welch_p(good, open)));
  EXPECT_TRUE(std::isnan(welch_p(none, good)));
  EXPECT_TRUE(std::isnan(welch_p(good, other)));
}

TEST(WelchP, FiguresWithoutSpreadDifferForSureOrNotAtAll) {
  EXPECT_EQ(welch_p(sample(1, 0, 5), sample(2, 0, 5)), 0);
  EXPECT_EQ(welch_p(sample(2, 0, 5), sample(2 + 1e-15, 0, 5)), 1);
}

// The arm that is cut off at zero says nothing about the spread.
TEST(WelchP, TakesTheLongerArm) {
  Measured cut = sample(0.01, 0.02, 10);
  const double whole = welch_p(cut, sample(0.03, 0.02, 10));
  cut.estimate.low = 0;
  EXPECT_DOUBLE_EQ(welch_p(cut, sample(0.03, 0.02, 10)), whole);
}

// The example of the paper: 15 p-values, of which Bonferroni's rule rejects three and this four.
TEST(Discoveries, OfBenjaminiAndHochbergsExample) {
  const std::vector<double> p = {0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
                                 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000};
  std::vector<bool> expected(15, false);
  for (int i = 0; i < 4; ++i) expected[static_cast<size_t>(i)] = true;
  EXPECT_EQ(discoveries(p, 0.05), expected);
  EXPECT_THAT(discoveries(std::vector<double>{kNaN, 0.01}, 0.05), ElementsAre(false, true));
  EXPECT_TRUE(discoveries(std::vector<double>{}, 0.05).empty());
}

RunResult result(double p95, Verdict verdict) {
  RunResult r;
  r.scenario_name = "shop";
  r.trials = 10;
  r.seed = 1;
  r.verdict = verdict;
  reports::ObjectiveResult o;
  o.id = o.text = "p95(web) < 200ms";
  o.metric = "p95(web)";
  o.target = "< 200ms";
  o.op = "<";
  o.bound = 0.2;
  o.estimate = {p95, p95 - 0.004, p95 + 0.004, "s"};
  o.verdict = verdict;
  r.objectives = {o};
  reports::SubjectResult web;
  web.name = "web";
  web.kind = "service";
  web.metrics = {{"throughput", {100, 99, 101, "1/s"}},
                 {"utilization", {0.6, 0.59, 0.61, "ratio"}},
                 {"p95", o.estimate}};
  r.subjects = {web};
  return r;
}

TEST(CompareResults, EqualResultsDoNotDiffer) {
  const Comparison c = compare_results(result(0.18, Verdict::holds), result(0.18, Verdict::holds));
  EXPECT_EQ(c.verdicts_changed(), 0);
  EXPECT_FALSE(c.worsened());
  EXPECT_TRUE(c.figures.empty());
  EXPECT_EQ(c.figures_compared, 3U);
  EXPECT_EQ(c.figures_left_out, 0U);
  EXPECT_FALSE(c.settings_known);
  EXPECT_THAT(c.test, HasSubstr("same seed"));
}

TEST(CompareResults, AFailureIsAWorsening) {
  RunResult after = result(0.22, Verdict::fails);
  after.subjects[0].metrics[0].second = {120, 119, 121, "1/s"};
  after.subjects[0].metrics[1].second = {0.7, 0.69, 0.71, "ratio"};
  const Comparison c = compare_results(result(0.18, Verdict::holds), after);
  EXPECT_TRUE(c.worsened());
  ASSERT_EQ(c.objectives.size(), 1U);
  EXPECT_EQ(c.objectives[0].figure.trend, Trend::worse);
  ASSERT_EQ(c.figures.size(), 3U);
  EXPECT_EQ(c.figures[0].metric, "p95");
  EXPECT_EQ(c.figures[0].figure.trend, Trend::worse);
  EXPECT_EQ(c.figures[1].metric, "throughput");
  EXPECT_EQ(c.figures[1].figure.trend, Trend::better);
  EXPECT_EQ(c.figures[2].figure.trend, Trend::other);
}

TEST(CompareResults, DifferencesWithinTheNoiseAreNone) {
  const Comparison c =
      compare_results(result(0.180, Verdict::holds), result(0.183, Verdict::undecided));
  EXPECT_EQ(c.verdicts_changed(), 1);
  EXPECT_FALSE(c.worsened());
  EXPECT_FALSE(c.objectives[0].figure.significant);
  EXPECT_TRUE(c.figures.empty());
}

TEST(CompareResults, SmallButCertainDifferencesAreCountedOnly) {
  RunResult before = result(0.18, Verdict::holds), after = before;
  before.subjects[0].metrics[2].second = {0.18, 0.17999, 0.18001, "s"};
  after.subjects[0].metrics[2].second = {0.181, 0.18099, 0.18101, "s"};
  const Comparison c = compare_results(before, after);
  EXPECT_TRUE(c.figures.empty());
  EXPECT_EQ(c.figures_left_out, 1U);
}

TEST(CompareResults, ANewTargetIsNoOtherObjective) {
  RunResult after = result(0.18, Verdict::holds);
  after.objectives[0].id = after.objectives[0].text = "p95(web) < 190ms";
  after.objectives[0].target = "< 190ms";
  after.objectives.push_back(after.objectives[0]);
  after.objectives[1].id = after.objectives[1].text = "p99(web) < 300ms";
  after.objectives[1].metric = "p99(web)";
  after.objectives[1].verdict = Verdict::fails;
  const Comparison c = compare_results(result(0.18, Verdict::holds), after);
  ASSERT_EQ(c.objectives.size(), 2U);
  EXPECT_EQ(c.objectives[0].target_before, "< 200ms");
  EXPECT_EQ(c.objectives[1].before, std::nullopt);
  EXPECT_TRUE(c.worsened());  // nobody had measured it
  const Comparison back = compare_results(after, result(0.18, Verdict::holds));
  ASSERT_EQ(back.objectives.size(), 2U);
  EXPECT_EQ(back.objectives[1].after, std::nullopt);
  EXPECT_FALSE(back.worsened());
}

TEST(CompareSettings, ByPath) {
  std::vector<reports::SettingChange> out;
  ASSERT_TRUE(compare_settings("a: 1\nb: {c: [1, 2], \"d.e\": x}\nf: [{g: 1}]\n",
                               "a: 1\nb: {c: [1, 3]}\nf: [{g: 2}, {g: 3}]\n", out));
  std::vector<std::string> sentences;
  for (const auto& change : out) sentences.push_back(reports::change_sentence(change));
  EXPECT_THAT(sentences, ElementsAre("b.c: [1, 2] → [1, 3]", "f.0.g: 1 → 2", "f.1.g: 3, new",
                                     "b.\"d.e\": x, gone"));
  EXPECT_FALSE(compare_settings("a: 1", "a: [", out));
}

}  // namespace
}  // namespace rehearse::experiments
