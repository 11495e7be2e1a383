// Queues that are fair to tenants.

#include "tests/unit/models/one_trial.hpp"

namespace rehearse::models {
namespace {

// A server that needs 10 ms each; all tenants together ask for more than it can do.
std::string crowded(const std::string& weights, const std::string& workloads) {
  return "experiment: {horizon: 100s}\nsystem: {services: {a: {servers: 1, service_time: 10ms, "
         "queue: {limit: 400, patience: 1s, discipline: fair, weights: {" +
         weights + "}}}}}\nworkload: {" + workloads + "}\n";
}

double served(const OneTrial& trial, const std::string& workload) {
  return static_cast<double>(trial.outcome(workload, "workload", Outcome::ok));
}

TEST(FairQueue, SharesByWeightsUnderOverload) {
  const OneTrial trial(crowded("gold: 3",
                               "gold: {arrivals: {poisson: 150rps}, to: a}, "
                               "free: {arrivals: {poisson: 150rps}, to: a}"));
  EXPECT_NEAR(served(trial, "gold"), 7500, 30);
  EXPECT_NEAR(served(trial, "free"), 2500, 30);
}

TEST(FairQueue, LeavesTheRestToTheOthers) {
  // One tenant stays below its share and gets all that it asks for, at once.
  const OneTrial trial(crowded("",
                               "calm: {arrivals: {poisson: 20rps}, to: a}, "
                               "loud: {arrivals: {poisson: 500rps}, to: a}"));
  EXPECT_EQ(trial.outcome("calm", "workload", Outcome::abandoned), 0U);
  EXPECT_LT(trial.at("calm", "workload").response.quantile_seconds(0.9), 0.05);
  EXPECT_NEAR(served(trial, "calm") + served(trial, "loud"), 10000, 30);
}

TEST(FairQueue, CountsWorkloadsOfOneTenantTogether) {
  const OneTrial trial(crowded("",
                               "web: {arrivals: {poisson: 100rps}, to: a, tenant: big}, "
                               "app: {arrivals: {poisson: 100rps}, to: a, tenant: big}, "
                               "other: {arrivals: {poisson: 100rps}, to: a}"));
  EXPECT_NEAR(served(trial, "other"), 5000, 60);
  EXPECT_NEAR(served(trial, "web") + served(trial, "app"), 5000, 60);
}

TEST(FairQueue, KeepsARoomForEachTenant) {
  const OneTrial trial(R"(
experiment: {horizon: 100s}
system: {services: {a: {servers: 1, service_time: 10ms, queue: {limit: 5, discipline: fair}}}}
workload:
  calm: {arrivals: {constant: 10rps}, to: a}
  loud: {arrivals: {poisson: 500rps}, to: a}
)");
  EXPECT_EQ(trial.outcome("calm", "workload", Outcome::rejected), 0U);
  EXPECT_GT(trial.outcome("loud", "workload", Outcome::rejected), 30000U);
}

TEST(FairQueue, ServesInOrderWithinATenant) {
  const OneTrial trial(R"(
experiment: {horizon: 10s, drain: true}
system: {services: {a: {servers: 1, service_time: 10ms, queue: {discipline: fair}}}}
workload: {client: {arrivals: {constant: 200rps}, requests: 100, to: a}}
)");
  // Every 5 ms one more comes: the n-th waits for 5 n ms.
  EXPECT_EQ(trial.at("a", "endpoint").wait.max(), Duration::milliseconds(495));
}

}  // namespace
}  // namespace rehearse::models
