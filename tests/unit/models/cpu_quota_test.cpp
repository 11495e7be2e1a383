// A CPU limit as a quota per period, by the arithmetic of CFS bandwidth control.

#include <gtest/gtest.h>

#include <vector>

#include "models/processor.hpp"
#include "tests/unit/models/one_trial.hpp"

namespace rehearse::models {
namespace {

/// Milliseconds at which requests of these demands (ms), all there from `start` on, are done.
std::vector<double> done_at(double limit, double cores, double start,
                            const std::vector<double>& demands) {
  Processor processor(cores, {limit * 0.1, Duration::milliseconds(100), Instant::start()});
  std::vector<Frame> frames(demands.size());
  Instant now = Instant::at_ns(static_cast<std::int64_t>(start * 1e6));
  for (std::size_t i = 0; i < demands.size(); ++i) processor.add(now, frames[i], demands[i] * 1e-3);
  std::vector<double> done(demands.size());
  for (int events = 0; processor.jobs() > 0 && events < 1000; ++events) {
    now = processor.next_done();
    std::vector<Frame*> finished;
    processor.take_done(now, finished);
    for (const Frame* frame : finished)
      done[static_cast<std::size_t>(frame - frames.data())] = static_cast<double>(now.ns()) * 1e-6;
  }
  return done;
}

void expect_near(const std::vector<double>& is, const std::vector<double>& expected) {
  ASSERT_EQ(is.size(), expected.size());
  for (std::size_t i = 0; i < is.size(); ++i) EXPECT_NEAR(is[i], expected[i], 1e-5) << i;
}

TEST(CpuQuota, LeavesShortRequestsTheFullSpeed) {
  // 200m: 20 ms per 100 ms. At a fifth of the speed this would take 50 ms.
  expect_near(done_at(0.2, 1, 0, {10}), {10});
}

TEST(CpuQuota, StopsALongRequestUntilTheNextPeriod) {
  // 20 ms, 80 ms of nothing, 20 ms, 80 ms of nothing, 10 ms.
  expect_near(done_at(0.2, 1, 0, {50}), {210});
}

TEST(CpuQuota, BeginsAnewAtTheNextPeriodOfTheGrid) {
  // From 90 ms on: 10 ms of this period, then the quota of the next.
  expect_near(done_at(0.2, 1, 90, {25}), {115});
  expect_near(done_at(0.2, 1, 90, {35}), {205});
}

TEST(CpuQuota, IsUsedUpFasterByMoreCores) {
  // Four threads use 20 ms of quota in 5 ms; each has then had 5 of its 10 ms.
  expect_near(done_at(0.2, 4, 0, {10, 10, 10, 10}), {105, 105, 105, 105});
  // On one core they take turns: 20 ms in the first period, 20 in the second.
  expect_near(done_at(0.2, 1, 0, {10, 10, 10, 10}), {120, 120, 120, 120});
}

TEST(CpuQuota, NeverStopsWhatStaysBelowIt) {
  // One thread on a quota of two cores.
  expect_near(done_at(2, 4, 37, {1000}), {1037});
  expect_near(done_at(1, 4, 37, {1000}), {1037});
}

TEST(CpuQuota, LetsThroughItsShareInTheLongRun) {
  // Twice as much work as the limit allows: 0.2 core-seconds a second are done, no more, no less.
  const OneTrial trial(R"(
experiment: {horizon: 1000s}
system:
  services:
    a:
      cpu: {limit: 200m, period: 100ms, cores: 4}
      concurrency: 100
      queue: {limit: 10}
      service_time: {exponential: 4ms}
workload: {client: {arrivals: {poisson: 100rps}, to: a}}
)");
  const double busy = static_cast<double>(trial.at("a", "station").busy) * 1e-12;
  EXPECT_NEAR(busy / 1000, 0.2, 0.2 * 1e-3);
  EXPECT_NEAR(static_cast<double>(trial.outcome("a", "endpoint", Outcome::ok)), 50000, 1000);
}

TEST(CpuQuota, SurvivesADeathInThrottledState) {
  const OneTrial trial(R"(
experiment: {horizon: 10s, drain: true}
system: {services: {a: {cpu: {limit: 100m, period: 1s, cores: 1}, service_time: 500ms}}}
workload: {client: {arrivals: {constant: 1rps}, requests: 3, to: a}}
faults: [{at: 1900ms, for: 50ms, fault: instance.kill, target: a}]
)");
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::error), 1U);
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::ok), 2U);
}

}  // namespace
}  // namespace rehearse::models
