// Memory of instances: what they use, and what becomes of those that need too much.

#include <cmath>

#include "models/lints.hpp"
#include "tests/unit/models/one_trial.hpp"

namespace rehearse::models {
namespace {

constexpr std::int64_t kMi = 1 << 20;
constexpr std::int64_t kSecond = 1'000'000'000;

sim::UInt128 mi_seconds(double mi_seconds) {
  return static_cast<sim::UInt128>(mi_seconds * static_cast<double>(kMi)) * kSecond;
}

// So many at once for a second at an instance that has 100 of 400 Mi in use without them.
std::string crowd(int users, const std::string& service = "service_time: 1s") {
  const std::string n = std::to_string(users);
  return "experiment: {horizon: 10s}\nsystem: {services: {a: {" + service +
         ", memory: {limit: 400Mi, base: 100Mi, per_request: 50Mi}, startup: 2s}}}\n"
         "workload: {client: {users: " +
         n + ", requests: " + n + ", to: a}}\n";
}

TEST(Memory, IsABaseAndWhatRequestsTake) {
  const OneTrial trial(crowd(6));
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::ok), 6U);
  EXPECT_EQ(trial.at("a", "station").killed, 0U);
  EXPECT_TRUE(trial.at("a", "station").memory == mi_seconds(100 * 10 + 6 * 50));
}

TEST(Memory, OfAllRequestsIsLostWithTheOneTooMany) {
  const OneTrial trial(crowd(7));
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::error), 7U);
  EXPECT_EQ(trial.at("client", "workload").sojourn, static_cast<sim::UInt128>(0));
  EXPECT_EQ(trial.at("a", "station").killed, 1U);
  EXPECT_EQ(trial.at("a", "station").started, 1U);
  // The base is back after the start-up time of 2 s.
  EXPECT_TRUE(trial.at("a", "station").memory == mi_seconds(100 * 8));
}

TEST(Memory, IsTakenByThoseWhoWait) {
  const OneTrial trial(crowd(7, "servers: 1, service_time: 1s"));
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::error), 7U);
  EXPECT_EQ(trial.at("a", "station").killed, 1U);
  const OneTrial bounded(crowd(7, "servers: 1, queue: {limit: 5}, service_time: 1s"));
  EXPECT_EQ(bounded.outcome("client", "workload", Outcome::rejected), 1U);
  EXPECT_EQ(bounded.at("a", "station").killed, 0U);
  // 1 + 2 + ... + 6 request-seconds.
  EXPECT_TRUE(bounded.at("a", "station").memory == mi_seconds(100 * 10 + 21 * 50));
}

TEST(Memory, MayFollowALaw) {
  // Each request takes 50 Mi on average for 100 s, twenty of them at any time.
  const OneTrial trial(R"(
experiment: {horizon: 20000s}
system:
  services:
    a:
      service_time: 100s
      memory: {limit: 64Gi, base: 1Gi, per_request: {exponential: 50Mi}}
workload: {client: {arrivals: {poisson: 0.2rps}, to: a}}
)");
  const double mean =
      static_cast<double>(trial.at("a", "station").memory) / 20000 / kSecond / kMi - 1024;
  const double requests =
      static_cast<double>(trial.at("a", "endpoint").in_system) / 20000 / kSecond;
  EXPECT_NEAR(mean / requests, 50, 50 * 5 / std::sqrt(4000.0));
}

TEST(Memory, RestartsLaterAndLater) {
  // Every request is too large. Start-up takes 1.5 s: served again at 2.5 s, 3 + 10 + 1.5 s,
  // 15 + 20 + 1.5 s, 37 + 40 + 1.5 s; in between connections are refused.
  const OneTrial trial(R"(
experiment: {horizon: 78700ms}
system:
  services:
    a:
      service_time: 10ms
      startup: 1500ms
      memory: {limit: 400Mi, base: 100Mi, per_request: 301Mi}
workload: {client: {arrivals: {constant: 1rps}, to: a}}
)");
  EXPECT_EQ(trial.at("a", "station").killed, 4U);
  std::vector<std::int64_t> started;
  for (const PlatformEvent& event : trial.record().log)
    if (event.what == "instance.started") started.push_back(event.at.ns() / 1'000'000);
  EXPECT_EQ(started, (std::vector<std::int64_t>{2500, 14500, 36500, 78500}));
}

TEST(Memory, LeavesTheInstanceToAFaultThatHasStoppedIt) {
  const OneTrial trial(R"(
experiment: {horizon: 10s, drain: true}
system:
  services:
    a: {service_time: 1s, memory: {limit: 400Mi, per_request: 300Mi}}
workload: {client: {users: 2, requests: 2, to: a}}
faults: [{at: 0s, for: 5s, fault: instance.kill, in_flight: lost, target: a}]
)");
  EXPECT_LE(trial.at("a", "station").started, 2U);
}

TEST(Memory, RestartsAreSettable) {
  const OneTrial trial(R"(
experiment: {horizon: 10s}
system:
  services:
    a:
      service_time: 10ms
      memory: {limit: 400Mi, base: 100Mi, per_request: 301Mi}
      restart: {initial: 100ms, max: 150ms, reset: 1s}
workload: {client: {arrivals: {constant: 2rps}, to: a}}
)");
  // Up again at once, then after 100 ms, then after 150 ms each: always before the next one comes.
  EXPECT_EQ(trial.at("a", "station").killed, trial.at("client", "workload").arrivals);
}

TEST(MemoryLint, SaysWhatDoesNotFit) {
  const auto found = [](const std::string& service) {
    for (const Lint& one :
         lint(scenario_of("system: {services: {a: {" + service +
                          ", memory: {limit: 400Mi, base: 100Mi, per_request: 50Mi}}}}\n"
                          "workload: {w: {arrivals: {poisson: 5rps}, to: a}}\n")))
      if (one.id == "memory-below-load") return one.message + " / " + one.help;
    return std::string("nothing");
  };
  EXPECT_EQ(found("servers: 2, queue: {limit: 4}, service_time: 100ms"), "nothing");
  EXPECT_EQ(found("servers: 2, queue: {limit: 5}, service_time: 100ms"),
            "an instance of 'a' holds 7 requests when it is full, which take 450MiB with its base, "
            "more than its limit of 400MiB / it is killed then, with all of them; there is room "
            "for 6");
  EXPECT_EQ(found("service_time: 1s"), "nothing");
  EXPECT_EQ(
      found("service_time: 2s"),
      "an instance of 'a' holds 10 requests at the peak, without any queue, which take 600MiB "
      "with its base, more than its limit of 400MiB / it is killed then, with all of them; "
      "there is room for 6");
}

}  // namespace
}  // namespace rehearse::models
