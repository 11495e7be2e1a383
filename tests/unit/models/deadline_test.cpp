// Deadlines that are passed on, and requests that are taken back.

#include "tests/unit/models/one_trial.hpp"

namespace rehearse::models {
namespace deadline_test {

sim::UInt128 ms(std::int64_t n) {
  return static_cast<sim::UInt128>(Duration::milliseconds(n).ns());
}

// One request at t = 0 of `services`.
std::string one(const std::string& services, const std::string& to, const std::string& limits) {
  return "experiment: {horizon: 100s, drain: true}\nsystem: {services: {" + services +
         "}}\nworkload: {client: {users: 1, requests: 1, to: " + to + ", " + limits + "}}\n";
}

TEST(Deadline, EndsTheWaitOfTheClient) {
  const OneTrial trial(one("a: {service_time: 1s}", "a", "deadline: 100ms"));
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::timeout), 1U);
  EXPECT_EQ(trial.at("client", "workload").sojourn, ms(100));
  EXPECT_EQ(trial.at("a", "endpoint").gone, 1U);
}

TEST(Deadline, LeavesAloneWhatIsInTime) {
  const OneTrial trial(one("a: {service_time: 99ms}", "a", "deadline: 100ms"));
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::ok), 1U);
}

TEST(Deadline, CoversAllAttemptsAndPauses) {
  // Attempts at 0, 40 and 80 ms; the fourth would begin at 120 ms.
  const OneTrial trial(one("a: {endpoints: {a: [{fail: 100%}]}}", "a",
                           "deadline: 100ms, retry: {attempts: 10, backoff: {constant: 40ms, "
                           "jitter: none}}"));
  EXPECT_EQ(trial.at("a", "station").arrivals, 0U);
  EXPECT_EQ(trial.at("a/a", "endpoint").arrivals, 3U);
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::error), 1U);
  EXPECT_EQ(trial.at("client", "workload").sojourn, ms(80));
}

TEST(Deadline, IsPassedOnToNestedCalls) {
  // 60 ms at `a`, which leaves 40 ms for `b`: timeouts beyond that are cut.
  for (const char* call : {"{to: b}", "{to: b, timeout: 1s}", "{to: b, deadline: 1s}"}) {
    const OneTrial trial(one("a: {endpoints: {x: [{wait: 60ms}, {call: " + std::string(call) +
                                 "}]}}, b: {service_time: 100ms}",
                             "a/x", "deadline: 100ms"));
    EXPECT_EQ(trial.outcome("client", "workload", Outcome::timeout), 1U);
    EXPECT_EQ(trial.at("a/x", "endpoint").sojourn, ms(100)) << call;
    EXPECT_EQ(trial.outcome("a/x", "endpoint", Outcome::error), 1U);
    EXPECT_EQ(trial.at("b", "endpoint").sojourn, ms(100));
  }
}

TEST(Deadline, OfACallMayBeTheNearerOne) {
  const OneTrial trial(
      one("a: {endpoints: {x: [{call: {to: b, deadline: 30ms, timeout: 20ms, retry: {attempts: "
          "5}}}]}}, "
          "b: {endpoints: {y: [{call: c}]}}, c: {service_time: 1s}",
          "a/x", "deadline: 10s"));
  // A timeout at 20 ms, the second attempt until 30 ms.
  EXPECT_EQ(trial.at("a/x", "endpoint").sojourn, ms(30));
  EXPECT_EQ(trial.at("b/y", "endpoint").arrivals, 2U);
  EXPECT_EQ(trial.at("b/y", "endpoint").sojourn, ms(30 + 10));
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::error), 1U);
}

TEST(Deadline, LetsCallsBehindItFailAtOnce) {
  const std::string b = "b: {service_time: 1ms}";
  const OneTrial fails(one("a: {endpoints: {x: [{wait: 150ms}, {call: b}, {wait: 10ms}]}}, " + b,
                           "a/x", "deadline: 100ms"));
  EXPECT_EQ(fails.at("b", "endpoint").arrivals, 0U);
  EXPECT_EQ(fails.at("a/x", "endpoint").sojourn, ms(150));
  const OneTrial goes_on(
      one("a: {endpoints: {x: [{wait: 150ms}, {call: {to: b, on_failure: continue}}, "
          "{wait: 10ms}]}}, " +
              b,
          "a/x", "deadline: 100ms"));
  EXPECT_EQ(goes_on.at("a/x", "endpoint").sojourn, ms(160));
  EXPECT_EQ(goes_on.outcome("a/x", "endpoint", Outcome::ok), 1U);
}

TEST(Deadline, ReachesParallelBranches) {
  const OneTrial trial(
      one("a: {endpoints: {x: [{parallel: [{call: b}, {wait: 150ms}]}]}}, b: {service_time: 1s}",
          "a/x", "deadline: 100ms"));
  EXPECT_EQ(trial.at("a/x", "endpoint").sojourn, ms(100));
}

TEST(Deadline, IsNoMatterOfWhatIsPublishedOrProbed) {
  const OneTrial trial(R"(
experiment: {horizon: 10s, drain: true}
system:
  services:
    a: {endpoints: {x: [{publish: jobs}]}}
    worker: {endpoints: {y: [{wait: 1s}, {call: b}]}}
    b: {service_time: 1ms}
  brokers: {mq: {queues: {jobs: {consumers: {to: worker/y}}}}}
workload: {client: {users: 1, requests: 1, to: a/x, deadline: 100ms}}
)");
  EXPECT_EQ(trial.outcome("b", "endpoint", Outcome::ok), 1U);
}

TEST(Deadline, DoesNotPileUpCallsThatFailAtOnce) {
  const OneTrial trial(
      one("a: {endpoints: {x: [{wait: 1s}, {repeat: {times: 50000, steps: [{call: {to: b, "
          "on_failure: continue}}]}}]}}, b: {service_time: 1ms}",
          "a/x", "deadline: 100ms"));
  EXPECT_EQ(trial.outcome("a/x", "endpoint", Outcome::ok), 1U);
  EXPECT_EQ(trial.at("b", "endpoint").arrivals, 0U);
}

TEST(Deadline, DiesWithTheInstanceThatWaits) {
  const OneTrial trial(
      one("a: {endpoints: {x: [{call: b}]}}, b: {service_time: 1s}", "a/x", "deadline: 400ms") +
      "faults: [{at: 100ms, fault: instance.kill, target: a}]\n");
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::error), 1U);
  EXPECT_EQ(trial.at("client", "workload").sojourn, ms(100));
}

TEST(Expired, IsNotBegunWhereTheServiceSaysSo) {
  // Three at once, 80 ms each: the second begins at 80 ms, the third would at 160 ms.
  const auto run = [](const std::string& more) {
    return OneTrial(
        "experiment: {horizon: 10s, drain: true}\nsystem: {services: {a: {servers: 1, "
        "service_time: 80ms" +
        more +
        "}}}\nworkload: {client: {users: 3, requests: 3, to: a, deadline: "
        "100ms}}\n");
  };
  EXPECT_EQ(run("").outcome("a", "endpoint", Outcome::ok), 3U);
  const OneTrial trial = run(", expired: drop");
  EXPECT_EQ(trial.outcome("a", "endpoint", Outcome::ok), 2U);
  EXPECT_EQ(trial.outcome("a", "endpoint", Outcome::abandoned), 1U);
  EXPECT_EQ(trial.at("a", "station").busy, ms(160));
}

// The client gives up after 100 ms, while `a` waits for `b`, and `b` for `c`.
const std::string kChain =
    "a: {endpoints: {x: [{wait: 10ms}, {call: b/y}, {wait: 10ms}]}MORE}, "
    "b: {endpoints: {y: [{wait: 10ms}, {call: c/z}]}MORE}, "
    "c: {endpoints: {z: [{wait: 400ms}, {wait: 600ms}]}MORE}";

std::string chain(const std::string& more) {
  std::string text = kChain;
  for (std::size_t at = text.find("MORE"); at != std::string::npos; at = text.find("MORE"))
    text.replace(at, 4, more);
  return one(text, "a/x", "timeout: 100ms");
}

TEST(Cancel, TakesBackWhatIsUnderWay) {
  const OneTrial works_on(chain(""));
  EXPECT_EQ(works_on.at("a/x", "endpoint").sojourn, ms(1030));
  const OneTrial trial(chain(", abandoned: cancel"));
  EXPECT_EQ(trial.outcome("a/x", "endpoint", Outcome::abandoned), 1U);
  EXPECT_EQ(trial.at("a/x", "endpoint").sojourn, ms(100));
  EXPECT_EQ(trial.at("b/y", "endpoint").sojourn, ms(90));
  // It works until the end of its step.
  EXPECT_EQ(trial.at("c/z", "endpoint").sojourn, ms(400));
  EXPECT_EQ(trial.at("c/z", "endpoint").gone, 0U);
}

TEST(Cancel, FreesTheSlotForTheNext) {
  // Both ask at once; the first is taken back at 50 ms, so that the second gets the server then.
  const OneTrial trial(R"(
experiment: {horizon: 10s, drain: true}
system:
  services:
    front: {endpoints: {x: [{call: {to: a/y, timeout: 50ms, on_failure: continue}}]}}
    a: {servers: 1, abandoned: cancel, endpoints: {y: [{call: b}]}}
    b: {service_time: 1s, abandoned: cancel}
workload:
  first: {users: 1, requests: 1, to: front/x}
  second: {users: 1, requests: 1, to: a/y}
)");
  EXPECT_EQ(trial.at("second", "workload").sojourn, ms(1050));
  EXPECT_EQ(trial.outcome("a/y", "endpoint", Outcome::abandoned), 1U);
}

TEST(Cancel, ReachesThoseWhoWaitForParallelBranchesAndFetches) {
  const OneTrial trial(R"(
experiment: {horizon: 10s, drain: true}
system:
  services:
    a: {abandoned: cancel, endpoints: {x: [{parallel: {copies: 3, steps: [{call: b}]}}]}}
    c:
      abandoned: cancel
      endpoints: {x: [{cache: {get: store, on_miss: [{call: b}]}}]}
    b: {service_time: 1s}
  caches: {store: {entries: 10, keys: {uniform: 1}, coalesce: single_flight}}
workload:
  one: {users: 1, requests: 1, to: a/x, timeout: 100ms}
  two: {users: 2, requests: 2, to: c/x, timeout: 100ms}
)");
  EXPECT_EQ(trial.at("a/x", "endpoint").sojourn, ms(100));
  EXPECT_EQ(trial.at("c/x", "endpoint").sojourn, ms(200));
  // Whoever fetched is taken back; with it fails the fetch that the other one waited for.
  EXPECT_EQ(trial.outcome("c/x", "endpoint", Outcome::abandoned), 1U);
  EXPECT_EQ(trial.outcome("c/x", "endpoint", Outcome::error), 1U);
}

TEST(Cancel, ReachesThoseWhoWaitForABulkhead) {
  // The second is held back, and taken back before it has made any call.
  const OneTrial trial(R"(
experiment: {horizon: 10s, drain: true}
system:
  services:
    a:
      abandoned: cancel
      endpoints: {x: [{call: {to: b, bulkhead: {concurrent: 1, waiting: 1}}}]}
    b: {service_time: 1s}
workload:
  first: {users: 1, requests: 1, to: a/x}
  second: {users: 1, requests: 1, to: a/x, timeout: 50ms}
)");
  EXPECT_EQ(trial.outcome("first", "workload", Outcome::ok), 1U);
  EXPECT_EQ(trial.outcome("a/x", "endpoint", Outcome::abandoned), 1U);
  EXPECT_EQ(trial.at("b", "endpoint").arrivals, 1U);
}

}  // namespace deadline_test
}  // namespace rehearse::models
