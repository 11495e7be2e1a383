#include "models/service.hpp"

#include "tests/unit/models/one_trial.hpp"

namespace rehearse::models {
namespace {

// Ten requests a millisecond apart, each of which takes 100 ms: one server, a queue of three.
std::string burst(const std::string& service, const std::string& workload = "") {
  return "experiment: {horizon: 60s, drain: true}\nsystem: {services: {s: {" + service +
         "}}}\nworkload: {c: {arrivals: {constant: 1000rps}, requests: 10, to: s" + workload +
         "}}\n";
}

TEST(Service, RejectsWhatItsQueueCannotHold) {
  const OneTrial trial(burst("servers: 1, queue: {limit: 3}, service_time: 100ms"));
  EXPECT_EQ(trial.outcome("s", "endpoint", Outcome::ok), 4U);
  EXPECT_EQ(trial.outcome("s", "endpoint", Outcome::rejected), 6U);
  EXPECT_EQ(trial.outcome("c", "workload", Outcome::rejected), 6U);
}

TEST(Service, ServesFirstComeFirst) {
  const OneTrial trial(burst("servers: 1, service_time: 100ms"));
  EXPECT_EQ(trial.at("s", "endpoint").wait.max(), Duration::milliseconds(9 * 99));
}

TEST(Service, ServesLastComeFirstWhereToldTo) {
  // The second request is overtaken by all eight that came after it.
  const OneTrial trial(burst("servers: 1, queue: {discipline: lifo}, service_time: 100ms"));
  EXPECT_EQ(trial.at("s", "endpoint").wait.max(), Duration::milliseconds(900 - 1));
}

TEST(Service, ServesByPriority) {
  const OneTrial trial(R"(
experiment: {horizon: 60s, drain: true}
system:
  services:
    s:
      servers: 1
      queue: {discipline: priority}
      endpoints:
        low: {priority: 1, steps: [{wait: 100ms}]}
        high: {priority: 0, steps: [{wait: 100ms}]}
workload:
  a: {arrivals: {constant: 1000rps}, requests: 3, to: s/low}
  b: {arrivals: {constant: 500rps}, requests: 3, to: s/high}
)");
  // Low arrives at 1, 2, 3 ms and starts first; high at 2, 4, 6 ms goes before the two that wait.
  EXPECT_EQ(trial.at("s/high", "endpoint").wait.max(), Duration::milliseconds(301 - 6));
  EXPECT_EQ(trial.at("s/low", "endpoint").wait.max(), Duration::milliseconds(501 - 3));
}

TEST(Service, LetsTheImpatientGo) {
  const OneTrial trial(burst("servers: 1, queue: {patience: 150ms}, service_time: 100ms"));
  EXPECT_EQ(trial.outcome("s", "endpoint", Outcome::ok), 2U);
  EXPECT_EQ(trial.outcome("c", "workload", Outcome::abandoned), 8U);
}

TEST(Service, DropsQueuedWorkWhoseCallerHasGoneWhereToldTo) {
  const OneTrial served(burst("servers: 1, service_time: 100ms", ", timeout: 150ms"));
  EXPECT_EQ(served.outcome("s", "endpoint", Outcome::ok), 10U);
  EXPECT_EQ(served.at("s", "endpoint").gone, 9U);
  const OneTrial dropped(
      burst("servers: 1, abandoned: drop, service_time: 100ms", ", timeout: 150ms"));
  EXPECT_EQ(dropped.outcome("s", "endpoint", Outcome::ok), 2U);
  EXPECT_EQ(dropped.outcome("s", "endpoint", Outcome::abandoned), 8U);
}

TEST(Service, SharesItsCores) {
  // Two requests of 100 ms from t = 1 ms and 51 ms on one core: alone for 50 ms, then at half
  // speed.
  const OneTrial trial(R"(
experiment: {horizon: 60s, drain: true}
system: {services: {s: {cpu: {limit: 1}, service_time: 100ms}}}
workload: {c: {arrivals: {constant: 20rps}, requests: 2, to: s}}
)");
  EXPECT_NEAR(trial.at("s", "endpoint").response.max().to_seconds(), 0.150, 1e-6);
  EXPECT_NEAR(trial.at("s", "endpoint").response.min().to_seconds(), 0.150, 1e-6);
}

TEST(Service, GoesRoundItsInstances) {
  const OneTrial trial(burst("instances: 10, servers: 1, service_time: 100ms"));
  EXPECT_EQ(trial.at("s", "endpoint").wait.max(), Duration::zero());
}

TEST(Service, LimitsConcurrencyOverTheWholePlan) {
  const OneTrial trial(R"(
experiment: {horizon: 60s, drain: true}
system:
  services:
    front: {concurrency: 1, endpoints: {x: [{call: back}]}}
    back: {service_time: 100ms}
workload: {c: {arrivals: {constant: 1000rps}, requests: 2, to: front}}
)");
  EXPECT_EQ(trial.at("front/x", "endpoint").wait.max(), Duration::milliseconds(99));
}

}  // namespace
}  // namespace rehearse::models
