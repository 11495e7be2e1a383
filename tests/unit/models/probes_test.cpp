#include "tests/unit/models/one_trial.hpp"

namespace rehearse::models {
namespace probes_test {

std::vector<Instant> times_of(const OneTrial& trial, const std::string& what) {
  std::vector<Instant> times;
  for (const PlatformEvent& event : trial.record().log)
    if (event.what == what) times.push_back(event.at);
  return times;
}

Instant at(double seconds) {
  return Instant::start() + Duration::from_seconds(seconds);
}

// Two instances behind a balancer that takes turns; one request a second.
std::string two_instances(const std::string& probes, const std::string& fault,
                          const std::string& more = "") {
  return "experiment: {horizon: 100s}\nsystem:\n  services:\n    a:\n      instances: 2\n" + more +
         "      probes: {" + probes +
         "}\n      endpoints: {x: [{wait: 1ms}], health: [{wait: 1ms}]}\n"
         "workload: {client: {arrivals: {constant: 1rps}, to: a/x}}\nfaults: [{" +
         fault + "}]\n";
}

TEST(Readiness, FindsASilentInstanceAfterSoManyProbes) {
  // Lost at 20 s. A probe is due within a period; three time out, each after one second: found
  // between 2 periods + 1 s and 3 periods + 1 s later.
  const OneTrial trial(two_instances(
      "readiness: {endpoint: health, period: 5s, timeout: 1s, failures: 3}",
      "at: 20s, fault: instance.kill, in_flight: lost, target: {name: a, instance: 0}"));
  const std::vector<Instant> unready = times_of(trial, "instance.unready");
  ASSERT_EQ(unready.size(), 1U);
  EXPECT_GE(unready[0], at(31));
  EXPECT_LE(unready[0], at(36));
  // Until then every other request is lost; none is afterwards.
  const std::uint64_t lost =
      trial.at("client", "workload").arrivals - trial.outcome("client", "workload", Outcome::ok);
  EXPECT_GE(lost, 5U);
  EXPECT_LE(lost, 8U);
}

TEST(Readiness, TakesACrashedInstanceOutAtOnceAndBackAfterItsFirstGoodProbe) {
  const OneTrial trial(
      two_instances("readiness: {endpoint: health, period: 5s, initial_delay: 3s}",
                    "at: 20500ms, for: 10s, fault: instance.kill, target: {name: a, instance: 0}",
                    "      startup: 2s\n"));
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::error), 0U);
  ASSERT_EQ(times_of(trial, "instance.unready"), std::vector<Instant>{at(20.5)});
  EXPECT_EQ(times_of(trial, "instance.started"), std::vector<Instant>{at(32.5)});
  // The first probe at least 3 s after the start counts; one sets out every 5 s.
  const std::vector<Instant> ready = times_of(trial, "instance.ready");
  ASSERT_EQ(ready.size(), 1U);
  EXPECT_GE(ready[0], at(35.501));
  EXPECT_LT(ready[0], at(40.501));
}

TEST(Readiness, LeavesNobodyAndTheBalancerTurnsRequestsAway) {
  const OneTrial trial(two_instances("readiness: {endpoint: health}",
                                     "at: 20500ms, fault: instance.kill, target: a"));
  EXPECT_GE(trial.outcome("client", "workload", Outcome::rejected), 79U);
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::error), 0U);
}

TEST(Readiness, WantsSuccessesInARow) {
  const auto back = [](const std::string& successes) {
    const OneTrial trial(
        two_instances("readiness: {endpoint: health, period: 5s, successes: " + successes + "}",
                      "at: 20s, for: 10s, fault: instance.kill, target: {name: a, instance: 0}"));
    return times_of(trial, "instance.ready").at(0);
  };
  EXPECT_EQ(back("3") - back("1"), Duration::seconds(10));
}

TEST(Liveness, RestartsAnInstanceThatDoesNotAnswerInTime) {
  // Slowed down a thousandfold at 20 s, for 1000 s: the probes take a second and more.
  const OneTrial trial(two_instances(
      "liveness: {endpoint: health, period: 10s, timeout: 500ms, failures: 3}",
      "at: 20s, for: 1000s, fault: instance.slow, factor: 1000, target: {name: a, instance: 0}",
      "      startup: 1s\n"));
  const std::vector<Instant> failed = times_of(trial, "probe.liveness");
  const std::vector<Instant> stopped = times_of(trial, "instance.stopped");
  ASSERT_GE(failed.size(), 1U);
  EXPECT_EQ(failed, stopped);
  EXPECT_GE(failed[0], at(40.5));
  EXPECT_LE(failed[0], at(50.5));
  EXPECT_EQ(times_of(trial, "instance.started").at(0) - stopped[0], Duration::seconds(1));
}

TEST(Liveness, WaitsForTheStartupProbe) {
  // The process needs 20 s before `health` would answer in time, as it is slow at first. Without a
  // startup probe liveness kills it again and again.
  const std::string slow_start =
      "at: 10s, for: 1ms, fault: instance.kill, target: {name: a, instance: 0}}, {at: 10s, for: "
      "30s, fault: instance.slow, factor: 2000, target: {name: a, instance: 0}";
  const std::string liveness = "liveness: {endpoint: health, period: 2s, failures: 2}";
  const OneTrial without(two_instances(liveness, slow_start));
  EXPECT_GE(times_of(without, "probe.liveness").size(), 2U);
  const OneTrial with(two_instances(
      liveness + ", startup: {endpoint: health, period: 2s, failures: 100}", slow_start));
  EXPECT_EQ(times_of(with, "probe.liveness").size(), 0U);
}

TEST(Probes, QueueLikeOtherRequests) {
  // One server, always busy with requests of 10 s: the probe waits in line and times out, although
  // nothing is broken. A false alarm.
  const OneTrial trial(R"(
experiment: {horizon: 100s}
system:
  services:
    a:
      servers: 1
      probes: {readiness: {endpoint: health, period: 3s, failures: 2}}
      endpoints: {x: [{wait: 10s}], health: []}
workload: {client: {users: 1, to: a/x, think: 1ms}}
)");
  EXPECT_GE(times_of(trial, "instance.unready").size(), 1U);
}

TEST(Probes, AreSpreadOverThePeriod) {
  const Scenario scenario = scenario_of(R"(
experiment: {horizon: 100s}
system:
  services: {a: {instances: 100, probes: {readiness: {period: 10s}}, service_time: 1ms}}
workload: {client: {arrivals: {constant: 1rps}, to: a}}
)");
  // A second of probes: about 10 of 100, not all or none.
  World world(scenario.blueprint, {1, 0}, {Instant::start(), at(1)}, false);
  while (world.advance()) {
  }
  for (const SubjectRecord& subject : world.take_record().subjects) {
    if (subject.kind != "endpoint") continue;
    EXPECT_GE(subject.windows.front().arrivals, 2U);
    EXPECT_LE(subject.windows.front().arrivals, 25U);
  }
}

}  // namespace probes_test
}  // namespace rehearse::models
