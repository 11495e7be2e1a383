#include <gtest/gtest.h>

#include "experiments/run.hpp"
#include "experiments/twins.hpp"
#include "tests/unit/models/scenario_text.hpp"

/// What results say of services that policies scale.

namespace rehearse::experiments {
namespace scaled_services_test {

// One instance at first, three from 20 s on: 1 x 100 s + 2 x 80 s. Each second ten requests keep
// 4 servers busy, of one instance with 8 and then of three.
models::Scenario scaled(const std::string& trials) {
  return models::scenario_of("experiment: {horizon: 100s, trials: " + trials + R"(}
system: {services: {a: {servers: 8, service_time: 400ms}, b: {instances: 2, service_time: 1ms}}}
workload:
  client: {arrivals: {constant: 10rps}, to: a}
  other: {arrivals: {constant: 10rps}, to: b}
policies:
  p: {target: a, scheduled: {min: 1, max: 4, period: 10s, every: 1000s,
      windows: [{from: 15s, to: 1000s, instances: 3}]}}
objectives:
  - instance_hours(a) < 1
  - instance_hours(b) > 0
  - instance_hours(a) < 1 during 20s..100s
)");
}

TEST(ScaledServices, CountInstanceHoursOfOneTrial) {
  for (const char* trials : {"1", "3"}) {
    Diagnostics problems;
    const auto outcome = run(scaled(trials), {}, problems);
    ASSERT_TRUE(outcome.has_value()) << problems.render();
    const reports::RunResult& result = outcome->result;
    EXPECT_NEAR(*result.objectives[0].estimate.value, 260.0 / 3600, 1e-12) << trials;
    EXPECT_NEAR(*result.objectives[1].estimate.value, 200.0 / 3600, 1e-12) << trials;
    EXPECT_NEAR(*result.objectives[2].estimate.value, 240.0 / 3600, 1e-12) << trials;
    EXPECT_GE(result.objectives[0].estimate.high, 260.0 / 3600);
    EXPECT_LE(result.objectives[0].estimate.low, 260.0 / 3600);
    EXPECT_NEAR(*result.find("a", "service")->find("instance_hours")->value, 260.0 / 3600, 1e-12);
    // Busy: 4 servers, but for the first requests.
    EXPECT_NEAR(*result.find("a", "service")->find("utilization")->value,
                (4 * 100 - 0.4 * 5.5) / (260 * 8), 1e-3);
  }
}

TEST(ScaledServices, CountWhatIsReservedWhereAPolicySaysHowMuch) {
  const auto outcome_of = [](const std::string& mode) {
    Diagnostics problems;
    const models::Scenario scenario = models::scenario_of(R"(
experiment: {horizon: 10m, trials: 1, window: 1m}
system: {services: {a: {instances: 2, cpu: {limit: 2}, memory: {limit: 4Gi, base: 1Gi},
  endpoints: {x: [{cpu: 500ms}]}}, b: {service_time: 1ms}}}
workload:
  client: {arrivals: {constant: 1rps}, to: a/x}
  other: {arrivals: {constant: 1rps}, to: b}
policies: {p: {target: a, vertical: {mode: )" + mode + R"(}}}
objectives: [core_hours(a) < 1, memory_hours(a) < 1 during 5m..10m]
)");
    const auto outcome = run(scenario, {}, problems);
    EXPECT_TRUE(outcome.has_value()) << problems.render();
    return outcome->result;
  };
  const reports::RunResult advised = outcome_of("advise");
  EXPECT_NEAR(*advised.objectives[0].estimate.value, 2 * 2 * 600 / 3600.0, 1e-12);
  EXPECT_NEAR(*advised.objectives[1].estimate.value, 2 * 4 * 300 / 3600.0, 1e-12);
  EXPECT_EQ(advised.find("b", "service")->find("core_hours"), nullptr);
  EXPECT_TRUE(advised.find_series("b", "service")->reserved_cores.empty());
  // Both are as large as advised after a minute: 1.15 of what is used, to the width of a bucket.
  const reports::RunResult replaced = outcome_of("replace");
  const std::vector<double>& memory = replaced.find_series("a", "service")->reserved_memory;
  ASSERT_EQ(memory.size(), 10U);
  EXPECT_NEAR(memory[0], 8, 0.1);
  EXPECT_NEAR(memory[5], 2 * 1.15, 0.1);
  double sum = 0;
  for (const double gib : memory) sum += gib / 60;
  EXPECT_NEAR(*replaced.find("a", "service")->find("memory_hours")->value, sum, 1e-9);
}

TEST(ScaledServices, CountNodeHoursAndWhatTheyCost) {
  // One node all the time, another from its order at 20 s on.
  for (const char* trials : {"1", "3"}) {
    Diagnostics problems;
    const models::Scenario scenario = models::scenario_of(std::string(R"(
experiment: {horizon: 100s, trials: )") + trials + R"(}
system:
  nodes: {n: {cpu: 2, memory: 8Gi, boot: 30s, price: 36}, other: {cpu: 1, memory: 1Gi}}
  services: {a: {instances: 2, requests: {cpu: 1, memory: 4Gi}, service_time: 1ms}}
workload: {client: {arrivals: {constant: 10rps}, to: a}}
policies:
  p: {target: a, scheduled: {min: 1, max: 4, period: 10s, every: 1000s,
      windows: [{from: 0s, to: 15s, instances: 2}, {from: 15s, to: 1000s, instances: 4}]}}
  nodes: {node_pools: {pools: {n: {max: 2}}}}
objectives: [node_hours(n) < 1, cost(n) < 1, cost(n) < 1 during 50s..100s]
)");
    const auto outcome = run(scenario, {}, problems);
    ASSERT_TRUE(outcome.has_value()) << problems.render();
    const reports::RunResult& result = outcome->result;
    EXPECT_NEAR(*result.objectives[0].estimate.value, 180.0 / 3600, 1e-12) << trials;
    EXPECT_NEAR(*result.objectives[1].estimate.value, 1.8, 1e-12) << trials;
    EXPECT_NEAR(*result.objectives[2].estimate.value, 1.0, 1e-12) << trials;
    const reports::SubjectResult* pool = result.find("n", "pool");
    ASSERT_NE(pool, nullptr);
    EXPECT_EQ(pool->find("utilization"), nullptr);
    EXPECT_NEAR(*pool->find("cost")->value, 1.8, 1e-12);
    EXPECT_EQ(result.find("other", "pool"), nullptr);  // nobody counts it
    EXPECT_NEAR(result.find_series("n", "pool")->instances.back(), 2, 1e-9);
  }
}

TEST(ScaledServices, LogWhatWasDecided) {
  Diagnostics problems;
  const auto outcome = run(scaled("2"), {}, problems);
  ASSERT_TRUE(outcome.has_value()) << problems.render();
  ASSERT_EQ(outcome->result.decisions.size(), 1U);  // of the first trial
  const reports::DecisionEntry& decision = outcome->result.decisions.front();
  EXPECT_EQ(decision.at, 20);
  EXPECT_EQ(decision.policy, "p");
  EXPECT_EQ(decision.kind, "scheduled");
  EXPECT_EQ(decision.subject, "a");
  EXPECT_EQ(decision.from, 1);
  EXPECT_EQ(decision.to, 3);
  EXPECT_EQ(decision.because, "a window begins");
  EXPECT_EQ(decision.outcome, "done");
}

TEST(ScaledServices, HaveNoClosedForm) {
  EXPECT_TRUE(closed_form_twins(scaled("1")).empty());
}

}  // namespace scaled_services_test
}  // namespace rehearse::experiments
