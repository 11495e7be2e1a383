#include "reports/diagnosis.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/reports/sample_result.hpp"

namespace rehearse::reports {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Ten windows of a minute: p95 of `api` rises above 200 ms in the fifth, `db` is busy then.
RunResult incident() {
  RunResult r;
  r.horizon = 600;
  r.series_interval = 60;
  r.verdict = Verdict::fails;
  r.objectives = {sample_objective("p95(api)", "< 200ms", "<", 0.2,
                                   sample_estimate(0.25, 0.01, "s"), Verdict::fails)};
  Series api{.subject = "api", .kind = "service"};
  Series db{.subject = "db", .kind = "database"};
  for (int i = 0; i < 10; ++i) {
    r.series_at.push_back(60.0 * i);
    api.p95.push_back(i < 4 ? 0.1 : 0.3);
    api.utilization.push_back(0.5);
    db.utilization.push_back(i < 4 ? 0.4 : 0.98);
    db.queue_length.push_back(i < 4 ? 0 : 12);
  }
  r.series = {api, db};
  r.subjects = {{"api", "service", {{"utilization", sample_estimate(0.5, 0, "ratio")}}, {}, {}, {}},
                {"db",
                 "database",
                 {{"utilization", sample_estimate(0.75, 0, "ratio")},
                  {"queue_length", sample_estimate(7.2, 0, "1")}},
                 {},
                 {},
                 {}}};
  return r;
}

TEST(Diagnosis, FindsTheFirstWindowBeyondTheBound) {
  const RunResult r = incident();
  const std::optional<Breach> breach = first_breach(r);
  ASSERT_TRUE(breach);
  EXPECT_EQ(breach->at, 240);
  EXPECT_EQ(breach->windows, 6U);
  EXPECT_EQ(breach->of, 10U);
  EXPECT_EQ(breach_sentence(r), "p95(api) at 4 min: 300 ms, above 200 ms; so in 6 of 10 windows");
}

TEST(Diagnosis, LooksOnlyAtWhatIsMeasured) {
  RunResult r = incident();
  r.warmup = 360;
  EXPECT_EQ(first_breach(r)->at, 360);
  r.objectives[0].during = std::pair{0.0, 240.0};
  EXPECT_FALSE(first_breach(r));
  EXPECT_EQ(breach_sentence(r), "");
}

TEST(Diagnosis, NamesTheBusiestPartThenAndOnAverage) {
  EXPECT_EQ(cause_sentence(incident()),
            "db was 98 % used, 12 waiting then (75 % used, 7.2 waiting on average)");
}

TEST(Diagnosis, WhatIsLeftAfterInstancesWentDownMayBeFull) {
  RunResult r = incident();
  r.topology.parts = {{"api", "service", {{"eu", "a", 2}, {"eu", "b", 1}}}};
  r.timeline = {{200, "instance.stopped", "api", 2, ""}};
  r.series[0].utilization.assign(10, 0.66);
  r.series[1].utilization.assign(10, 0.4);
  EXPECT_EQ(cause_sentence(r),
            "api was 66 % used then (50 % used on average), with 2 of 3 instances up: no room was "
            "left");
}

TEST(Diagnosis, NamesTheFaultUnderWayOrJustOver) {
  RunResult r = incident();
  r.faults = {{"slow disk", "service.slowdown", 10, 180, 500, 3, true}};
  EXPECT_THAT(cause_sentence(r), HasSubstr("slow disk (service.slowdown) began 1 min before; db"));
  r.faults[0].ended = 210;
  EXPECT_THAT(cause_sentence(r), HasSubstr("slow disk (service.slowdown) ended right then"));
  r.faults[0].took_effect = false;
  EXPECT_THAT(cause_sentence(r), Not(HasSubstr("slow disk")));
  r.faults[0] = {"later", "service.slowdown", 10, 400, 500, 3, true};
  EXPECT_THAT(cause_sentence(r), Not(HasSubstr("later")));
}

TEST(Diagnosis, SaysWhatMostOfTheTimeIsSpentOn) {
  RunResult r = incident();
  r.time_spent = {{"users.api", "users.api;api", "api", "work", 10, 0.01, 0.2},
                  {"users.api", "users.api;api;db queue", "db", "queue", 10, 0.03, 0.6},
                  {"users.api", "users.api;api;db", "db", "work", 10, 0.01, 0.2},
                  {"users.other", "users.other", "other", "work", 1000, 9, 1}};
  EXPECT_THAT(cause_sentence(r), HasSubstr("; 60 % of the time of api is queue in db"));
}

TEST(Diagnosis, WhatIsNotAskedForCannotBeAnswered) {
  RunResult r = incident();
  r.objectives[0] = sample_objective("throughput(api)", ">= 200rps", ">=", 200,
                                     sample_estimate(50, 1, "1/s"), Verdict::fails);
  r.series[0].throughput.assign(10, 50);
  for (double& used : r.series[1].utilization) used = 0.4;
  r.subjects[0].metrics.emplace_back("arrival_rate", sample_estimate(50, 1, "1/s"));
  EXPECT_EQ(cause_sentence(r),
            "no more than 50/s is asked for on average; nothing is short of capacity: api leads "
            "with 50 % used");
}

TEST(Diagnosis, AnObjectiveThatHoldsOnTheWholeIsSaidToHold) {
  RunResult r = incident();
  r.objectives[0].verdict = r.verdict = Verdict::holds;
  EXPECT_EQ(breach_sentence(r),
            "nothing; p95(api) was above 200 ms in 6 of 10 windows, first at 4 min (300 ms)");
}

TEST(Diagnosis, AvailabilityIsBoundAsAnErrorRatio) {
  ObjectiveResult o = sample_objective("availability(api)", ">= 99%", ">=", 0.99,
                                       sample_estimate(0.98, 0.001, "ratio"), Verdict::fails);
  const std::optional<ColumnBound> bound = column_bound(o);
  ASSERT_TRUE(bound);
  EXPECT_STREQ(bound->column, "error_ratio");
  EXPECT_NEAR(bound->value, 0.01, 1e-12);
  EXPECT_TRUE(bound->upper);
  o.window = 60;
  EXPECT_FALSE(column_bound(o));
  EXPECT_FALSE(column_bound(
      sample_objective("p99.9(api)", "< 1s", "<", 1, sample_estimate(1, 0, "s"), Verdict::holds)));
}

TEST(Diagnosis, KnowsNothingOfAnEmptyResult) {
  EXPECT_EQ(breach_sentence(RunResult{}), "");
  EXPECT_EQ(cause_sentence(RunResult{}), "");
}

}  // namespace
}  // namespace rehearse::reports
