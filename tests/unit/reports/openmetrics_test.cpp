#include "reports/openmetrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "reports/instances.hpp"
#include "reports/text.hpp"
#include "tests/unit/reports/golden.hpp"
#include "tests/unit/reports/sample_result.hpp"

namespace rehearse::reports {
namespace {

using testing::HasSubstr;
using testing::Not;

/// A web service with two instances, four windows of ten seconds; one instance is gone for a while.
RunResult small_result() {
  RunResult r;
  r.version = "0.1.0";
  r.scenario_name = "shop";
  r.seed = 7;
  r.trials = 2;
  r.horizon = 35;
  r.fingerprint = "beef";
  r.timing.started = "2026-03-01T12:00:00Z";
  r.series_interval = 10;
  r.series_at = {0, 10, 20, 30};
  r.heat_at = {0, 20};
  Series web;
  web.subject = "web";
  web.kind = "service";
  web.arrival_rate = {10, 10, 10, 10};
  web.throughput = {10, 8, kNaN, 12};
  web.error_ratio = {0, 0.25, kNaN, 0};
  web.mean_response = {0.1, 0.2, kNaN, 0.1};
  web.in_system = {1, 2, 0, 1.5};
  web.utilization = {0.5, 0.75, 0, 0.5};
  web.queue_length = {0, 0.5, 0, 0};
  web.heat = {{0.131072, {150, 119}}, {0.262144, {171, 0}}};
  Series clients = web;
  clients.subject = "clients";
  clients.kind = "workload";
  clients.queue_length.clear();
  clients.utilization.clear();
  r.series = {web, clients};
  r.subjects = {{"web", "service", {}, {}, {}, {}}, {"clients", "workload", {}, {}, {}, {}}};
  r.topology.parts = {{"clients", "workload", {}}, {"web", "service", {{"", "a", 2}}}};
  r.timeline = {{12, "fault.began", "kill", -1, ""},
                {12, "instance.stopped", "web", 1, ""},
                {28, "instance.started", "web", 1, ""}};
  r.faults = {{"kill", "instance.kill", 2, 12, 28, 3, true}};
  r.objectives = {sample_objective("p95(web)", "< 200ms", "<", 0.2,
                                   sample_estimate(0.25, 0.01, "s"), Verdict::fails)};
  return r;
}

/// Samples by series, in the order of the text.
std::map<std::string, std::vector<std::pair<double, double>>> samples_of(const std::string& text) {
  std::map<std::string, std::vector<std::pair<double, double>>> out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    const size_t at = line.rfind(' ');
    const size_t value = line.rfind(' ', at - 1);
    out[line.substr(0, value)].emplace_back(std::stod(line.substr(at + 1)),
                                            std::stod(line.substr(value + 1)));
  }
  return out;
}

TEST(OpenMetrics, IsAsExpected) {
  expect_golden("openmetrics.txt", to_openmetrics(small_result()));
}

// 10/s for 10 s, then 8/s of which a quarter fails, nothing, 12/s for 5 s.
TEST(OpenMetrics, CountersAreIntegralsOfRates) {
  const auto samples = samples_of(to_openmetrics(small_result()));
  const auto& good = samples.at(R"(http_requests_total{job="web",code="200"})");
  ASSERT_EQ(good.size(), 5U);
  EXPECT_DOUBLE_EQ(good[0].second, 0);
  EXPECT_DOUBLE_EQ(good[1].second, 100);
  EXPECT_DOUBLE_EQ(good[2].second, 160);
  EXPECT_DOUBLE_EQ(good[3].second, 160);
  EXPECT_DOUBLE_EQ(good[4].second, 220);
  EXPECT_DOUBLE_EQ(samples.at(R"(http_requests_total{job="web",code="500"})").back().second, 20);
  // It ends when the run was started, at a horizon of 35 s.
  EXPECT_DOUBLE_EQ(good[4].first - good[0].first, 35);
  EXPECT_DOUBLE_EQ(good[4].first, 1772366400);
}

TEST(OpenMetrics, HistogramsAreCumulative) {
  const auto samples = samples_of(to_openmetrics(small_result()));
  const std::string name = R"(http_request_duration_seconds_bucket{job="web",code="200",le=")";
  const auto last = [&](const std::string& bound) {
    return samples.at(name + bound + "\"}").back().second;
  };
  EXPECT_DOUBLE_EQ(last("0.131072"), 135);  // (150 + 119) / 2 trials, rounded
  EXPECT_DOUBLE_EQ(last("0.262144"), 220);
  EXPECT_DOUBLE_EQ(last("+Inf"), 220);
  const auto& sum = samples.at(R"(http_request_duration_seconds_sum{job="web",code="200"})");
  EXPECT_NEAR(sum.back().second, 0.1 * 100 + 0.2 * 60 + 0.1 * 60, 1e-9);
  EXPECT_NEAR(sum[1].second, 0.1 * 100 + 0.2 * 60, 1e-9);
}

TEST(OpenMetrics, InstancesComeFromTheTimeline) {
  const auto samples = samples_of(to_openmetrics(small_result()));
  const auto values = [&](const std::string& series) {
    std::vector<double> out;
    for (const auto& [at, value] : samples.at(series)) out.push_back(value);
    return out;
  };
  EXPECT_EQ(values(R"(up{job="web",instance="web-1"})"), (std::vector<double>{1, 0, 1, 1}));
  EXPECT_EQ(values(R"(up{job="web",instance="web-0"})"), (std::vector<double>{1, 1, 1, 1}));
  EXPECT_EQ(values(R"(kube_deployment_status_replicas_available{deployment="web"})"),
            (std::vector<double>{2, 1, 2, 2}));
  EXPECT_EQ(values(R"(rehearse_fault_active{fault="kill",kind="instance.kill"})"),
            (std::vector<double>{0, 1, 0, 0}));
  RunResult cut = small_result();
  cut.timeline_left_out = 5;  // nothing is known after 28 s
  EXPECT_EQ(samples_of(to_openmetrics(cut)).at(R"(up{job="web",instance="web-0"})").size(), 2U);
}

TEST(OpenMetrics, AnEndpointIsAHandlerOfItsService) {
  RunResult r = small_result();
  Series fraud = r.series[0];
  fraud.subject = "web/fraud";
  fraud.kind = "endpoint";
  r.series.push_back(fraud);
  const auto samples = samples_of(to_openmetrics(r));
  EXPECT_TRUE(samples.contains(R"(http_requests_total{job="web",handler="fraud",code="200"})"));
  EXPECT_FALSE(samples.contains(R"(http_requests_total{job="web",code="200"})"));  // not twice
}

TEST(OpenMetrics, EachSeriesIsInOrderOfTimeAndThereOnce) {
  for (const RunResult& r : {sample_result(), hostile_result(), small_result()}) {
    const std::string text = to_openmetrics(r);
    EXPECT_THAT(text, testing::EndsWith("\n# EOF\n"));
    for (const auto& [series, samples] : samples_of(text))
      for (size_t i = 1; i < samples.size(); ++i)
        ASSERT_LT(samples[i - 1].first, samples[i].first) << series;
  }
}

TEST(OpenMetrics, NamesStayText) {
  EXPECT_EQ(openmetrics_label("a\"b\\c\nd"), R"(a\"b\\c\\nd)");
  const std::string text = to_openmetrics(hostile_result());
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, Not(HasSubstr("\xE2\x80\xAE")));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    EXPECT_TRUE(line.starts_with("# ") || std::isalpha(line.front())) << line;
}

TEST(OpenMetrics, WithoutDataThereIsNothingButTheRun) {
  RunResult r;
  EXPECT_THAT(to_openmetrics(r), HasSubstr("rehearse_run_info{"));
  r.timing.started = "2026-02-30T12:00:00Z";  // no such day: as if there were none
  r.horizon = 60;
  EXPECT_THAT(to_openmetrics(r), HasSubstr("} 1 60.000\n"));
}

TEST(Instances, WhatCameBeforeFollowsFromTheFirstChange) {
  RunResult r = small_result();
  r.timeline = {{5, "instance.ready", "web", 0, ""}, {9, "instance.started", "web", 1, ""}};
  const std::vector<InstanceHistory> all = instance_histories(r);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].available(0), 0);
  EXPECT_EQ(all[0].available(5), 1);
  EXPECT_EQ(all[0].available(9), 2);
}

}  // namespace
}  // namespace rehearse::reports
