#include "models/critical_path.hpp"

#include <map>

#include "models/traffic.hpp"
#include "tests/unit/models/scenario_text.hpp"

namespace rehearse::models {
namespace {

/// The path of the first workload: milliseconds by endpoint.
struct Spent {
  CriticalPath path;
  std::map<std::string, double> ms;
  std::vector<std::string> order;  ///< "1 back": depth and name
};

Spent spent_in(const std::string& text) {
  const Scenario scenario = scenario_of(text);
  const Traffic traffic(scenario);
  const WorkloadSpec& workload = scenario.blueprint.workloads[0];
  const PlanFigures request = client_figures(traffic.plans(), workload.mix[0].second, workload);
  Spent spent{critical_path(traffic.plans(), request), {}, {}};
  double sum = spent.path.network;
  for (const CriticalHop& hop : spent.path.hops) {
    const std::string& name = scenario.blueprint.endpoints[hop.endpoint].name;
    spent.ms[name] = hop.time * 1e3;
    spent.order.push_back(std::to_string(hop.depth) + " " + name);
    sum += hop.time;
  }
  EXPECT_NEAR(sum, spent.path.duration, 1e-12);
  EXPECT_NEAR(spent.path.duration, request.duration, 1e-15);
  return spent;
}

TEST(CriticalPath, AddsUpStepsInARow) {
  const Spent spent = spent_in(R"(
system:
  services:
    front:
      cpu: {limit: 500m}
      endpoints: {e: [{cpu: 2ms}, {call: short}, {call: long/e}, {wait: 3ms}]}
    short: {service_time: 5ms}
    long: {endpoints: {e: [{wait: 7ms}, {call: deep}]}}
    deep: {service_time: 11ms}
workload: {w: {arrivals: {poisson: 1rps}, to: front/e}}
)");
  EXPECT_NEAR(spent.path.duration, 0.030, 1e-12);
  EXPECT_NEAR(spent.ms.at("front/e"), 7, 1e-9);  // half a core takes twice the demand
  EXPECT_NEAR(spent.ms.at("short"), 5, 1e-9);
  EXPECT_NEAR(spent.ms.at("long/e"), 7, 1e-9);
  EXPECT_NEAR(spent.ms.at("deep"), 11, 1e-9);
  EXPECT_EQ(spent.order, (std::vector<std::string>{"0 front/e", "1 long/e", "2 deep", "1 short"}));
}

TEST(CriticalPath, FollowsTheSlowestOfParallelBranches) {
  const auto text = [](const std::string& quorum) {
    return R"(
system:
  services:
    front: {endpoints: {e: [{parallel: {steps: [{call: a}, {call: b}, [{call: c}, {wait: 1ms}]])" +
           quorum + R"(}}]}}
    a: {service_time: 10ms}
    b: {service_time: 30ms}
    c: {service_time: 20ms}
workload: {w: {arrivals: {poisson: 1rps}, to: front/e}}
)";
  };
  const Spent all = spent_in(text(""));
  EXPECT_NEAR(all.ms.at("b"), 30, 1e-9);
  EXPECT_EQ(all.ms.count("a") + all.ms.count("c"), 0U);
  const Spent two = spent_in(text(", require: 2"));
  EXPECT_NEAR(two.path.duration, 0.021, 1e-12);
  EXPECT_NEAR(two.ms.at("c"), 20, 1e-9);
  EXPECT_NEAR(two.ms.at("front/e"), 1, 1e-9);
  EXPECT_EQ(two.ms.count("a") + two.ms.count("b"), 0U);
}

TEST(CriticalPath, WeighsWaysAndAttempts) {
  // A fifth of the attempts fail: 1.2 of them in the mean, in a quarter of the requests.
  const Spent spent = spent_in(R"(
system:
  services:
    front:
      endpoints:
        e:
          - choose:
              - share: 25%
                steps: [{call: {to: a/q, retry: {attempts: 2, backoff: {constant: 1ms}}}}]
              - {share: 75%, steps: [{wait: 4ms}]}
    a: {endpoints: {q: [{wait: 10ms}, {fail: 20%}]}}
workload: {w: {arrivals: {poisson: 1rps}, to: front/e}}
)");
  EXPECT_NEAR(spent.ms.at("a/q"), 3, 1e-9);
  EXPECT_NEAR(spent.ms.at("front/e"), 3, 1e-9);
}

TEST(CriticalPath, CountsEveryTurnOfALoop) {
  const Spent spent = spent_in(R"(
system:
  services:
    front: {endpoints: {e: [{repeat: {times: 3, steps: [{call: a}, {wait: 1ms}]}}]}}
    a: {service_time: 4ms}
workload: {w: {arrivals: {poisson: 1rps}, to: front/e}}
)");
  EXPECT_NEAR(spent.ms.at("a"), 12, 1e-9);
  EXPECT_NEAR(spent.ms.at("front/e"), 3, 1e-9);
}

TEST(CriticalPath, EndsAtTheTimeout) {
  // The caller waits 6 of 12 ms; half of what is done below it counts.
  const Spent spent = spent_in(R"(
system:
  services:
    front: {endpoints: {e: [{call: {to: a/q, timeout: 6ms, on_failure: continue}}]}}
    a: {endpoints: {q: [{wait: 4ms}, {call: b}]}}
    b: {service_time: 8ms}
workload: {w: {arrivals: {poisson: 1rps}, to: front/e}}
)");
  EXPECT_NEAR(spent.path.duration, 0.006, 1e-12);
  EXPECT_NEAR(spent.ms.at("a/q"), 2, 1e-9);
  EXPECT_NEAR(spent.ms.at("b"), 4, 1e-9);
}

TEST(CriticalPath, KeepsMessagesApart) {
  const Spent spent = spent_in(R"(
system:
  network: [{between: [clients, eu], latency: 5ms}, {between: zones, latency: 1ms}]
  regions: {eu: {zones: [a, b]}}
  services:
    front: {zones: [eu/a], endpoints: {e: [{call: back}]}}
    back: {zones: [eu/b], service_time: 8ms}
workload: {w: {arrivals: {poisson: 1rps}, to: front/e}}
)");
  EXPECT_NEAR(spent.path.network, 0.012, 1e-12);
  EXPECT_NEAR(spent.path.duration, 0.020, 1e-12);
  EXPECT_EQ(spent.ms.at("front/e"), 0);
}

TEST(CriticalPath, CountsWhatIsReachedOnTwoWaysOnce) {
  const Spent spent = spent_in(R"(
system:
  services:
    front: {endpoints: {e: [{call: a/x}, {call: b/x}]}}
    a: {endpoints: {x: [{wait: 1ms}, {call: deep}]}}
    b: {endpoints: {x: [{wait: 2ms}, {call: deep}, {call: deep}]}}
    deep: {service_time: 10ms}
workload: {w: {arrivals: {poisson: 1rps}, to: front/e}}
)");
  EXPECT_NEAR(spent.path.duration, 0.033, 1e-12);
  EXPECT_NEAR(spent.ms.at("deep"), 30, 1e-9);
  EXPECT_EQ(spent.order.size(), 4U);
}

}  // namespace
}  // namespace rehearse::models
