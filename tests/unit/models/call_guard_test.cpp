// What stands around calls: breakers, budgets, bulkheads, hedges, fallbacks.

#include "tests/unit/models/one_trial.hpp"

namespace rehearse::models {
namespace call_guard_test {

sim::UInt128 ms(std::int64_t n) {
  return static_cast<sim::UInt128>(Duration::milliseconds(n).ns());
}

// So many requests, 100 ms apart from 0.1 s on; the workload's own keys in `more`.
std::string requests(int count, const std::string& services, const std::string& more) {
  return "experiment: {horizon: 100s, drain: true}\nsystem: {services: {" + services +
         "}}\nworkload: {client: {arrivals: {constant: 10rps}, requests: " + std::to_string(count) +
         ", " + more + "}}\n";
}

std::string steady(const std::string& services, const std::string& rate, const std::string& more) {
  return "experiment: {horizon: 100s, drain: true}\nsystem: {services: {" + services +
         "}}\nworkload: {client: {arrivals: {constant: " + rate + "}, " + more + "}}\n";
}

const GuardRecord& guard(const OneTrial& trial, std::size_t number = 0) {
  return trial.record().guards.at(number);
}

TEST(CallGuard, BreakerOpensAndTriesAgain) {
  // Ten a second, all fail. Open with the tenth answer, at 1 s; then two trials every 5 s or so.
  const OneTrial trial(steady("a: {endpoints: {x: [{fail: 100%}]}}", "10rps",
                              "to: a/x, breaker: {calls: 10, minimum_calls: 10, failure_rate: 50%, "
                              "wait: 4.95s, half_open_calls: 2}"));
  // 10, and then of 50 requests 2 go through: at 6.0 and 6.1 s, 11.1 and 11.2 s ...
  const std::uint64_t through = trial.at("a/x", "endpoint").arrivals;
  EXPECT_EQ(through, 10U + 2 * 19U);
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::error), through);
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::short_circuited),
            trial.at("client", "workload").arrivals - through);
  EXPECT_EQ(guard(trial).broken, trial.outcome("client", "workload", Outcome::short_circuited));
  EXPECT_EQ(guard(trial).opened, 20U);
  std::vector<std::string> said;
  for (const PlatformEvent& event : trial.record().log) said.push_back(event.what);
  ASSERT_GE(said.size(), 3U);
  EXPECT_EQ(said[0], "breaker.opened");
  EXPECT_EQ(said[1], "breaker.half_open");
  EXPECT_EQ(said[2], "breaker.opened");
}

TEST(CallGuard, BreakerIsOfEachInstance) {
  // Round robin over two instances of `a`; the first has seen enough after its 10th call.
  const OneTrial trial(
      steady("a: {instances: 2, endpoints: {x: [{call: {to: b/y, breaker: {calls: "
             "10, minimum_calls: 10, wait: 1000s}}}]}}, "
             "b: {endpoints: {y: [{fail: 100%}]}}",
             "10rps", "to: a/x"));
  EXPECT_EQ(trial.at("b/y", "endpoint").arrivals, 20U);
  EXPECT_EQ(guard(trial).opened, 2U);
}

TEST(CallGuard, RefusalsOfABreakerAreErrorsFurtherUp) {
  const OneTrial trial(
      steady("a: {endpoints: {x: [{call: {to: b/y, breaker: {calls: 10, "
             "minimum_calls: 10, wait: 1000s}}}]}}, "
             "b: {endpoints: {y: [{fail: 100%}]}}",
             "10rps", "to: a/x"));
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::error),
            trial.at("client", "workload").arrivals);
}

TEST(CallGuard, QuotaBoundsRetries) {
  // Nothing succeeds, so nothing is put back: five retries, and none more.
  const OneTrial trial(steady("a: {endpoints: {x: [{fail: 100%}]}}", "10rps",
                              "to: a/x, retry: {attempts: 3, budget: {quota: {}}}"));
  EXPECT_EQ(guard(trial).retries, 5U);
  EXPECT_EQ(trial.at("a/x", "endpoint").arrivals, trial.at("client", "workload").arrivals + 5);
  EXPECT_EQ(guard(trial).retries_denied, trial.at("client", "workload").arrivals - 2);
}

TEST(CallGuard, ARatioIsAShareOfRequests) {
  const OneTrial trial(steady("a: {endpoints: {x: [{fail: 100%}]}}", "10rps",
                              "to: a/x, retry: {attempts: 3, budget: 10%}"));
  const std::uint64_t asked = trial.at("client", "workload").arrivals;
  EXPECT_NEAR(static_cast<double>(guard(trial).retries), static_cast<double>(asked) / 10, 2);
}

TEST(CallGuard, FailuresStopRetries) {
  // Ten tokens, five may go: the fifth failure leaves five, which is no more than half.
  const OneTrial trial(steady("a: {endpoints: {x: [{fail: 100%}]}}", "10rps",
                              "to: a/x, retry: {attempts: 2, budget: {failures: {}}}"));
  EXPECT_EQ(guard(trial).retries, 2U);
}

TEST(CallGuard, ABreakerOfRetriesLetsFirstTriesPass) {
  // The first failure of one request is no more than one per request; each later one is.
  const OneTrial trial(steady("a: {endpoints: {x: [{fail: 100%}]}}", "10rps",
                              "to: a/x, retry: {attempts: 3, budget: {breaker: {most: 100%}}}"));
  EXPECT_EQ(guard(trial).retries, 1U);
  EXPECT_EQ(guard(trial).retries_denied, trial.at("client", "workload").arrivals);
  EXPECT_EQ(trial.at("a/x", "endpoint").arrivals, trial.at("client", "workload").arrivals + 1);
}

TEST(CallGuard, BudgetOfWhatIsInFlight) {
  // All wait for ever: three retries at once are always allowed. 10 attempts time out each second.
  const OneTrial trial(steady(
      "a: {service_time: 1000s}", "1rps",
      "to: a, timeout: 10s, retry: {attempts: 2, budget: {in_flight: {share: 0%, least: 2}}}"));
  // From 10 s on one first attempt ends each second; a retry takes 10 s, two at once.
  EXPECT_GE(guard(trial).retries, 18U);
  EXPECT_LE(guard(trial).retries, 22U);
}

TEST(CallGuard, BulkheadRefusesWhatItHasNoPlaceFor) {
  // At 0.1 and 0.2 s two get in; the next place is free at 1.1 s.
  const OneTrial trial(
      requests(11, "a: {service_time: 0.95s, servers: 10}", "to: a, bulkhead: {concurrent: 2}"));
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::short_circuited), 8U);
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::ok), 3U);
  EXPECT_EQ(guard(trial).bulkhead_full, 8U);
}

TEST(CallGuard, BulkheadLetsThemWaitInOrder) {
  // One at a time: 0.1-1.1 s, 1.1-2.1 s, and the third has waited for 1.5 s at 1.8 s.
  const OneTrial trial(requests(3, "a: {service_time: 1s, servers: 10}",
                                "to: a, bulkhead: {concurrent: 1, waiting: 5, longest_wait: "
                                "1.5s}"));
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::ok), 2U);
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::short_circuited), 1U);
  EXPECT_EQ(trial.at("client", "workload").sojourn, ms(1000 + 1900 + 1500));
  EXPECT_EQ(trial.at("a", "endpoint").arrivals, 2U);
}

TEST(CallGuard, TimeoutBeginsBehindTheBulkhead) {
  const OneTrial trial(requests(2, "a: {service_time: 1s, servers: 10}",
                                "to: a, timeout: 1.5s, bulkhead: {concurrent: 1, waiting: 5}"));
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::ok), 2U);
}

TEST(CallGuard, DeadlineEndsTheWaitInABulkhead) {
  // The second goes out at 1.1 s and has until 1.4 s.
  const OneTrial trial(requests(2, "a: {service_time: 1s, servers: 10}",
                                "to: a, deadline: 1.2s, bulkhead: {concurrent: 1, waiting: 5}"));
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::ok), 1U);
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::timeout), 1U);
  EXPECT_EQ(trial.at("client", "workload").sojourn, ms(1000 + 1200));
  // The first is given up at 1.3 s, which lets the second go; the third is 0.2 s younger.
  const OneTrial late(requests(2, "a: {service_time: 2s, servers: 10}",
                               "to: a, deadline: 1.2s, bulkhead: {concurrent: 1, waiting: 5}"));
  EXPECT_EQ(late.outcome("client", "workload", Outcome::timeout), 2U);
  EXPECT_EQ(late.at("a", "endpoint").arrivals, 2U);
}

TEST(CallGuard, HedgeTakesTheFirstAnswer) {
  const std::string services =
      "a: {instances: 2, endpoints: {x: [{choose: [{share: 50%, steps: [{wait: 1s}]}, "
      "{share: 50%, steps: [{wait: 10ms}]}]}]}}";
  const OneTrial trial(steady(services, "10rps",
                              "to: a/x, hedge: {after: 100ms, extra_load: "
                              "100%}"));
  // Half are late; of their hedges half are late as well.
  const WindowRecord& client = trial.at("client", "workload");
  const auto asked = static_cast<double>(client.arrivals);
  EXPECT_NEAR(static_cast<double>(guard(trial).hedges), asked / 2, 60);
  EXPECT_NEAR(static_cast<double>(guard(trial).hedges_won), asked / 4, 60);
  EXPECT_EQ(trial.at("a/x", "endpoint").arrivals, client.arrivals + guard(trial).hedges);
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::ok), client.arrivals);
  const double mean = static_cast<double>(client.sojourn) * 1e-9 / asked;
  EXPECT_NEAR(mean, 0.5 * 0.01 + 0.25 * 0.11 + 0.25 * 1, 0.03);
}

TEST(CallGuard, AFailedAnswerLeavesTheHedgeItsChance) {
  // Of 200 ms each way; a bad answer, with a hedge under way for 100 ms, is not the last word.
  const OneTrial trial(steady("a: {endpoints: {x: [{wait: 200ms}, {fail: 50%}]}}", "10rps",
                              "to: a/x, hedge: {after: 100ms, extra_load: 100%}"));
  const WindowRecord& client = trial.at("client", "workload");
  const auto asked = static_cast<double>(client.arrivals);
  EXPECT_EQ(guard(trial).hedges, client.arrivals);
  EXPECT_NEAR(static_cast<double>(trial.outcome("client", "workload", Outcome::ok)), 0.75 * asked,
              50);
  EXPECT_NEAR(static_cast<double>(guard(trial).hedges_won), asked / 2, 60);
  EXPECT_NEAR(static_cast<double>(client.sojourn) * 1e-9 / asked, 0.2 / 2 + 0.3 / 2, 0.01);
}

TEST(CallGuard, HedgesAreBoundedByTheirCredit) {
  const OneTrial trial(steady("a: {endpoints: {x: [{wait: 1s}]}}", "10rps",
                              "to: a/x, hedge: {after: 100ms, extra_load: 10%}"));
  EXPECT_NEAR(static_cast<double>(guard(trial).hedges),
              static_cast<double>(trial.at("client", "workload").arrivals) / 10, 2);
}

TEST(CallGuard, AdaptiveTimeoutFollowsAnswers) {
  // 1 % hang; the others take 10 ms, so that the timeout comes down to 20 ms or so.
  const OneTrial trial(
      steady("a: {endpoints: {x: [{choose: [{share: 1%, steps: [{wait: 50s}]}, {share: 99%, steps: "
             "[{wait: 10ms}]}]}]}}",
             "100rps", "to: a/x, adaptive_timeout: {quantile: 90%, factor: 2, most: 5s}"));
  const WindowRecord& client = trial.at("client", "workload");
  const auto late = static_cast<double>(trial.outcome("client", "workload", Outcome::timeout));
  EXPECT_NEAR(late, 100, 40);
  // 5 s each for the first few, 20 ms for the rest.
  EXPECT_LT(static_cast<double>(client.sojourn) * 1e-9, 10'000 * 0.0101 + 6 * 5 + late * 0.025);
}

TEST(CallGuard, AdaptiveTimeoutLeavesNoDeadlineBehind) {
  const OneTrial trial(requests(3, "a: {service_time: 1s, servers: 10}",
                                "to: a, deadline: 50ms, adaptive_timeout: {most: 20ms}"));
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::timeout), 3U);
  EXPECT_EQ(trial.at("client", "workload").sojourn, ms(3 * 20));
}

TEST(CallGuard, ThrottleAsksLessWhereItIsTurnedAway) {
  // Room for 10 requests a second, 100 come: with K = 2 about 20 are sent.
  const OneTrial trial(
      steady("a: {endpoints: {x: []}, rate_limits: [{token_bucket: {rate: 10rps, "
             "burst: 20}, per: service}]}",
             "100rps", "to: a/x, throttle: {k: 2, window: 10s}"));
  const double sent = static_cast<double>(guard(trial).attempts - guard(trial).throttled);
  EXPECT_NEAR(sent / 100, 20, 3);
}

TEST(CallGuard, FallbackStandsInForTheAnswer) {
  const OneTrial trial(requests(
      1,
      "a: {endpoints: {x: [{call: {to: b/y, fallback: [{wait: 5ms}, {call: c}]}}, {wait: 1ms}]}}, "
      "b: {endpoints: {y: [{fail: 100%}]}}, c: {service_time: 10ms}",
      "to: a/x"));
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::ok), 1U);
  EXPECT_EQ(trial.at("client", "workload").sojourn, ms(5 + 10 + 1));
}

TEST(CallGuard, FallbackIsLeftOutWhereAllIsWell) {
  const OneTrial trial(
      requests(1,
               "a: {endpoints: {x: [{call: {to: b/y, fallback: [{wait: 5ms}]}}, {wait: 1ms}]}}, "
               "b: {endpoints: {y: [{wait: 2ms}]}}",
               "to: a/x"));
  EXPECT_EQ(trial.at("client", "workload").sojourn, ms(3));
}

TEST(CallGuard, InstancesThatStopLeaveNothingBehind) {
  // Instances with calls in a bulkhead, some of which wait, die again and again.
  std::string text = R"(
experiment: {horizon: 200s, drain: true}
system:
  services:
    a:
      instances: 2
      startup: 100ms
      endpoints:
        x: [{call: {to: b, timeout: 3s, bulkhead: {concurrent: 2, waiting: 4, longest_wait: 2s},
                    retry: {attempts: 2, budget: {in_flight: {}}}, breaker: {calls: 20},
                    hedge: {after: 500ms, extra_load: 50%}}}]
    b: {instances: 2, servers: 1, service_time: {exponential: 400ms}, abandoned: cancel}
workload: {client: {arrivals: {poisson: 12rps}, to: a/x, timeout: 20s}}
faults:
)";
  for (int at = 10; at < 190; at += 5)
    text += "  - {at: " + std::to_string(at) +
            "s, fault: instance.kill, target: a, for: 1s, in_flight: lost}\n";
  const OneTrial trial(text);
  const WindowRecord& client = trial.at("client", "workload");
  EXPECT_EQ(client.ended(), client.arrivals);
  EXPECT_GT(guard(trial).bulkhead_full, 100U);
}

}  // namespace call_guard_test
}  // namespace rehearse::models
