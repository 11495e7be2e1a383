#include "reports/wording.hpp"

#include <gtest/gtest.h>

#include "tests/unit/reports/sample_result.hpp"

namespace rehearse::reports {
namespace {

RunResult only(size_t index) {
  RunResult r = sample_result(4);
  r.objectives = {r.objectives[index]};
  r.verdict = r.objectives[0].verdict;
  return r;
}

TEST(Wording, AllowanceIsOneScaleForEveryObjective) {
  const auto used = [](const char* op, double bound, const char* unit, double value) {
    return allowance_used(sample_objective("m(x)", "", op, bound, {value, 0, 0, unit}, {}), value);
  };
  EXPECT_DOUBLE_EQ(used("<", 0.2, "s", 0.3), 1.5);
  EXPECT_DOUBLE_EQ(used(">=", 0.99, "ratio", 0.995), 0.5);  // half of the error budget
  EXPECT_DOUBLE_EQ(used(">=", 100, "1/s", 150), 0.5);
  EXPECT_DOUBLE_EQ(used(">=", 100, "1/s", 50), 1.5);
  EXPECT_DOUBLE_EQ(used(">=", 100, "1/s", 500), 0);
  EXPECT_DOUBLE_EQ(used("<=", 0, "1", 0), 1);
  EXPECT_DOUBLE_EQ(used("<=", 0, "1", 3), 2);
  EXPECT_DOUBLE_EQ(used(">=", 1, "ratio", 1), 1);
  EXPECT_DOUBLE_EQ(used(">=", 1, "ratio", 0.9), 2);
  EXPECT_GT(used("<", 0.2, "s", kInf), 1e6);
  EXPECT_EQ(used(">", 0.2, "1/s", kInf), 0);
}

TEST(Wording, TheSentenceSaysWhatFailedAndByHowMuch) {
  EXPECT_EQ(verdict_sentence(only(0)), "fails: p95(gateway/fraud) is 231 ms ± 4, above 200 ms");
}

TEST(Wording, OfSeveralFailuresTheWorstIsNamed) {
  RunResult r = sample_result(4);
  r.objectives[1].verdict = Verdict::fails;
  r.objectives[1].estimate = sample_estimate(0.05, 0.001, "ratio");  // five times what is allowed
  EXPECT_EQ(verdict_sentence(r),
            "fails: error_rate(traders) is 5.0 % ± 0.1, above 1 % (and 1 more fails)");
}

TEST(Wording, WindowsAndOpenVerdictsAreExplained) {
  EXPECT_EQ(verdict_sentence(only(2)),
            "undecided: p99(gateway) <= 250ms in 99% of 1m windows: met in 98.9 % [98.5, 99.1] of "
            "them, too close to 99 % to tell");
  EXPECT_EQ(verdict_sentence(only(6)),
            "inconclusive: session-cache: hit_ratio(sessions) has no figure: no request reached "
            "the cache after the warm-up");
}

TEST(Wording, WhatHoldsNamesTheClosest) {
  EXPECT_EQ(verdict_sentence(only(5)), "holds: mean_wait(rules) is 1.231 ms ± 0.013, within 5 ms");
  RunResult r = sample_result(4);
  std::erase_if(r.objectives, [](const auto& o) { return o.verdict != Verdict::holds; });
  r.verdict = Verdict::holds;
  EXPECT_EQ(verdict_sentence(r),
            "holds: all 4 objectives; closest: throughput(gateway) during 10m..28m is 212.4/s ± "
            "0.9, at least 200/s");
}

TEST(Wording, WithoutObjectivesNothingIsClaimed) {
  RunResult r = sample_result(4);
  r.objectives.clear();
  r.verdict = Verdict::undecided;
  EXPECT_EQ(verdict_sentence(r), "undecided: there is no objective to judge");
  EXPECT_EQ(decisive_objective(r), nullptr);
  EXPECT_EQ(objective_counts(r), "");
  EXPECT_EQ(certainty_sentence(r), "");
}

TEST(Wording, SaysHowSureItIs) {
  EXPECT_EQ(certainty_sentence(only(0)),
            "the whole 95 % interval, 227.2 ms to 235.4 ms, lies above 200 ms");
  EXPECT_EQ(certainty_sentence(only(2)), "the 95 % interval, 98.51 % to 99.14 %, contains 99 %");
  RunResult single = only(0);
  single.objectives[0].estimate.low = -kInf;
  EXPECT_EQ(certainty_sentence(single), "");
}

TEST(Wording, MethodNamesTrialsWarmUpAndInterruption) {
  RunResult r = sample_result(4);
  EXPECT_EQ(method_sentence(r), "40 trials of 30 min, 2 min warm-up cut (MSER-5), 95 % intervals");
  r.trials = 1;
  r.warmup = 0;
  r.warmup_rule = "none: traffic is not stationary";
  r.interrupted = true;
  EXPECT_EQ(method_sentence(r),
            "1 trial of 30 min, no warm-up cut (traffic is not stationary), 95 % intervals, "
            "interrupted");
}

TEST(Wording, LeadsToTheCauseAndToTrust) {
  RunResult r = sample_result(4);
  EXPECT_EQ(objective_counts(r), "1 fails, 1 undecided, 1 inconclusive, 4 hold");
  EXPECT_EQ(busiest_sentence(r), "busiest: ml, 94 % ± 1 used, mean wait 26.8 ms ± 1.3");
  EXPECT_EQ(checks_sentence(r),
            "all 9 self-checks hold (Little's law, utilisation law, flow balance)");
  r.checks[4].holds = false;
  EXPECT_EQ(checks_sentence(r), "1 of 9 self-checks do not hold: utilisation law at ml");
  EXPECT_EQ(reproduce_command(r), "rehearse run scenario.resolved.yaml --seed 7 --trials 40");
}

TEST(Wording, TargetsReadAsWrittenOrSayWhatTheyMeasure) {
  ObjectiveResult o = sample_result(4).objectives[2];
  EXPECT_EQ(target_text(o), "<= 250ms in 99% of 1m windows");
  o.text = "p99( gateway )<=250ms in 99% of 1m windows";
  o.target = ">= 99%";
  EXPECT_EQ(target_text(o), ">= 99% of 1m windows");
  o.window = 0;
  o.during = std::pair{40.0, 100.0};
  EXPECT_EQ(target_text(o), ">= 99% during 40s..1m40s");
  o.text = "p99(gateway) something else";
  EXPECT_EQ(target_text(o), ">= 99% during 40s..1m40s");
}

TEST(Wording, AnIntervalBesideTheBoundMayStillBeTooNear) {
  RunResult r = only(0);
  r.objectives[0].verdict = r.verdict = Verdict::undecided;
  EXPECT_EQ(verdict_sentence(r),
            "undecided: p95(gateway/fraud) is 231 ms ± 4, too close to 200 ms to tell for sure");
  EXPECT_EQ(certainty_sentence(r),
            "the 95 % interval, 227.2 ms to 235.4 ms, does not contain 200 ms, but is too near for "
            "a verdict");
}

TEST(Wording, AnIdlePlatformHasNoBusiestService) {
  RunResult r = sample_result(4);
  for (SubjectResult& s : r.subjects)
    for (auto& [metric, estimate] : s.metrics)
      if (metric == "utilization" || metric == "mean_wait")
        estimate =
            sample_estimate(metric == "utilization" ? *estimate.value / 10 : 0, 0, estimate.unit);
  EXPECT_EQ(busiest_sentence(r), "no service is busy: ml leads with 9.380 % ± 0 used");
}

TEST(Wording, LawsAreNamedWithoutTheirFormulas) {
  RunResult r = sample_result(4);
  for (SelfCheck& c : r.checks) c.law = "flow balance: arrivals = ended + in flight";
  EXPECT_EQ(checks_sentence(r), "all 9 self-checks hold (flow balance)");
}

}  // namespace
}  // namespace rehearse::reports
