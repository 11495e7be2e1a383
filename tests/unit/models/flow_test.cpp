#include "models/flow.hpp"

#include "tests/unit/models/one_trial.hpp"

namespace rehearse::models {
namespace flow_test {

// One request at t = 0 and no more: every instant below can be worked out by hand.
std::string one_request(const std::string& call, const std::string& system) {
  return "experiment: {horizon: 60s, drain: true}\nsystem:\n" + system +
         "workload: {client: {users: 1, requests: 1, " + call + "}}\n";
}

TEST(Flow, AddsUpTheStepsOfAPlan) {
  const OneTrial trial(one_request("to: shop", R"(
  services:
    shop:
      cpu: {limit: 1}
      endpoints: {order: [{cpu: 30ms}, {call: stock}, {wait: 5ms}, {query: db/read}]}
    stock: {servers: 1, service_time: 20ms}
  databases: {db: {pool: {size: 1}, queries: {read: 7ms}}}
)"));
  EXPECT_EQ(trial.at("client", "workload").response.max(), Duration::milliseconds(62));
  EXPECT_EQ(trial.at("stock", "endpoint").arrivals, 1U);
  EXPECT_EQ(trial.at("db/read", "endpoint").response.max(), Duration::milliseconds(7));
}

TEST(Flow, JoinsParallelBranchesAtTheSlowest) {
  const OneTrial trial(one_request("to: page", R"(
  services:
    page: {endpoints: {view: [{parallel: [{wait: 10ms}, {wait: 40ms}, {call: slow}]}, {wait: 1ms}]}}
    slow: {service_time: 25ms}
)"));
  EXPECT_EQ(trial.at("client", "workload").response.max(), Duration::milliseconds(41));
}

TEST(Flow, GoesOnWhenAQuorumHasSucceeded) {
  const OneTrial trial(one_request("to: page", R"(
  services:
    page:
      endpoints:
        view: [{parallel: {require: 2, steps: [{wait: 10ms}, {wait: 20ms}, {wait: 30ms}]}}]
)"));
  EXPECT_EQ(trial.at("client", "workload").response.max(), Duration::milliseconds(20));
}

TEST(Flow, FailsAForkOnceTheQuorumIsOutOfReach) {
  const OneTrial trial(one_request("to: page", R"(
  services:
    page:
      endpoints:
        view: [{parallel: {require: 2, steps: [{fail: 100%}, {fail: 100%}, {wait: 30ms}]}}]
)"));
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::error), 1U);
}

TEST(Flow, TimesOutAndLeavesTheCalleeWorkingForNobody) {
  const OneTrial trial(one_request("to: slow, timeout: 100ms", R"(
  services: {slow: {servers: 1, service_time: 1s}}
)"));
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::timeout), 1U);
  EXPECT_EQ(trial.at("client", "workload").sojourn, 100'000'000U);
  EXPECT_EQ(trial.outcome("slow", "endpoint", Outcome::ok), 1U);
  EXPECT_EQ(trial.at("slow", "endpoint").gone, 1U);
}

TEST(Flow, RetriesWithExponentialBackoff) {
  // Three attempts of 100 ms with pauses of 10 and 20 ms between them.
  const OneTrial trial(one_request(
      "to: slow, timeout: 100ms, retry: {attempts: 3, backoff: {exponential: 10ms, jitter: none}}",
      "  services: {slow: {service_time: 1s}}\n"));
  EXPECT_EQ(trial.at("slow", "endpoint").arrivals, 3U);
  EXPECT_EQ(trial.at("client", "workload").sojourn, 330'000'000U);
}

TEST(Flow, BoundsThePauseBetweenAttempts) {
  const OneTrial trial(
      one_request("to: slow, timeout: 100ms, retry: {attempts: 4, backoff: "
                  "{exponential: 10ms, factor: 10, max: 50ms, jitter: none}}",
                  "  services: {slow: {service_time: 1s}}\n"));
  EXPECT_EQ(trial.at("client", "workload").sojourn, 400'000'000U + 110'000'000U);
}

TEST(Flow, RetriesOnlyTheOutcomesAskedFor) {
  const OneTrial trial(one_request("to: bad, retry: {attempts: 5, on: [timeout]}",
                                   "  services: {bad: {endpoints: {x: [{fail: 100%}]}}}\n"));
  EXPECT_EQ(trial.at("bad/x", "endpoint").arrivals, 1U);
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::error), 1U);
}

TEST(Flow, ContinuesWithoutAnAnswerWhereToldTo) {
  const OneTrial trial(one_request("to: page", R"(
  services:
    page:
      endpoints:
        view: [{call: {to: slow, timeout: 50ms, on_failure: continue}}, {wait: 10ms}]
    slow: {service_time: 1s}
)"));
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::ok), 1U);
  EXPECT_EQ(trial.at("client", "workload").response.max(), Duration::milliseconds(60));
}

TEST(Flow, TurnsAFailedDependencyIntoAnError) {
  const OneTrial trial(one_request("to: page", R"(
  services:
    page: {endpoints: {view: [{call: {to: slow, timeout: 50ms}}]}}
    slow: {service_time: 1s}
)"));
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::error), 1U);
}

TEST(Flow, AddsTheNetworkBothWays) {
  const OneTrial trial(one_request("to: far", R"(
  regions: {here: {}, there: {}}
  network: [{between: [clients, here], latency: 5ms}, {between: regions, rtt: 80ms}]
  services:
    far: {zones: [here], endpoints: {x: [{call: remote}]}}
    remote: {zones: [there], service_time: 10ms}
)"));
  EXPECT_EQ(trial.at("client", "workload").response.max(), Duration::milliseconds(2 * 5 + 80 + 10));
}

TEST(Flow, FindsALostMessageByItsTimeout) {
  const OneTrial trial(one_request("to: far, timeout: 1s", R"(
  regions: {here: {}}
  network: [{between: [clients, here], latency: 5ms, loss: 100%}]
  services: {far: {service_time: 10ms}}
)"));
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::timeout), 1U);
  EXPECT_EQ(trial.at("far", "endpoint").arrivals, 0U);
}

TEST(Flow, TreatsASilentCacheAsAMissAndDoesNotFillIt) {
  const OneTrial trial(R"(
experiment: {horizon: 60s, drain: true}
system:
  services: {shop: {endpoints: {x: [{cache: {get: c, on_miss: [{wait: 10ms}]}}]}}}
  caches: {c: {entries: 10, keys: {uniform: 1}, latency: 1s, timeout: 20ms}}
workload: {client: {users: 1, requests: 3, to: shop}}
)");
  EXPECT_EQ(trial.at("c", "store").hits + trial.at("c", "store").misses, 0U);
  EXPECT_EQ(trial.at("client", "workload").response.max(), Duration::milliseconds(30));
}

TEST(Flow, FillsTheCacheThatMissed) {
  const OneTrial trial(R"(
experiment: {horizon: 60s, drain: true}
system:
  services:
    shop:
      endpoints: {x: [{cache: {get: a, on_miss: [{cache: {get: b, on_miss: [{wait: 1ms}]}}]}}]}
  caches:
    a: {entries: 10, keys: {uniform: 1}}
    b: {entries: 10, keys: {uniform: 1}}
workload: {client: {users: 1, requests: 5, to: shop}}
)");
  EXPECT_EQ(trial.at("a", "store").misses, 1U);
  EXPECT_EQ(trial.at("a", "store").hits, 4U);
  EXPECT_EQ(trial.at("b", "store").misses, 1U);
}

TEST(Flow, RepeatsStepsOneTurnAfterTheOther) {
  // 3 x (2 x 10 ms + 1 ms) = 63 ms.
  const OneTrial trial(one_request("to: page", R"(
  services:
    page:
      endpoints:
        view:
          - repeat: {times: 3, steps: [{repeat: {times: 2, steps: [{call: slow}]}}, {wait: 1ms}]}
          - repeat: {times: 0, steps: [{wait: 1s}]}
          - repeat: {times: 5, steps: []}
    slow: {service_time: 10ms}
)"));
  EXPECT_EQ(trial.at("client", "workload").response.max(), Duration::milliseconds(63));
  EXPECT_EQ(trial.at("slow", "endpoint").arrivals, 6U);
}

TEST(Flow, EndsALoopWithTheTurnThatFails) {
  const OneTrial trial(one_request("to: page", R"(
  services:
    page: {endpoints: {view: [{repeat: {times: 3, steps: [{call: slow}, {fail: 100%}]}}]}}
    slow: {service_time: 10ms}
)"));
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::error), 1U);
  EXPECT_EQ(trial.at("slow", "endpoint").arrivals, 1U);
}

TEST(Flow, CountsTurnsOfEachBranchOnItsOwn) {
  const OneTrial trial(one_request("to: page", R"(
  services:
    page:
      endpoints:
        view:
          - repeat:
              times: 2
              steps:
                - parallel:
                    copies: 2
                    steps: [{repeat: {times: 3, steps: [{wait: 10ms}, {call: counted}]}}]
    counted: {service_time: 1ms}
)"));
  EXPECT_EQ(trial.at("counted", "endpoint").arrivals, 12U);
  EXPECT_EQ(trial.at("client", "workload").response.max(), Duration::milliseconds(2 * 3 * 11));
}

TEST(Flow, DrawsTheNumberOfTurnsByItsLaw) {
  const OneTrial trial(R"(
experiment: {horizon: 60s, drain: true}
system:
  services:
    page: {endpoints: {view: [{repeat: {times: {geometric: 4}, steps: [{call: counted}]}}]}}
    counted: {service_time: 1ms}
workload: {client: {users: 1, requests: 10000, to: page}}
)");
  // Mean 4, standard deviation sqrt(12) per request: 10,000 of them are 40,000 +- 350.
  EXPECT_NEAR(static_cast<double>(trial.at("counted", "endpoint").arrivals), 40000, 1400);
}

}  // namespace flow_test
}  // namespace rehearse::models
