#include "tests/unit/models/one_trial.hpp"

/// Policies in the simulated world: when they act, what comes of it, and what they see.

namespace rehearse::models {
namespace policies_test {

Instant at_ms(std::int64_t n) {
  return Instant::start() + Duration::milliseconds(n);
}

// Scheduled windows know no load: what is left are the looks, every 10 s here.
std::string scheduled(const std::string& service, const std::string& windows,
                      const std::string& more = "") {
  return "experiment: {horizon: 100s}\nsystem: {services: {a: " + service +
         "}}\nworkload: {client: {arrivals: {constant: 10rps}, to: a}}\n"
         "policies: {p: {target: a, scheduled: {min: 1, max: 4, period: 10s, every: 1000s, "
         "windows: [" +
         windows + "]}" + more + "}}\n";
}

TEST(PolicyHost, StartsInstancesAtTheLookAndServesAfterTheStart) {
  const OneTrial trial(
      scheduled("{service_time: 1ms, startup: 7s}", "{from: 15s, to: 1000s, instances: 3}"));
  ASSERT_EQ(trial.record().decisions.size(), 1U);
  const PolicyDecision& decision = trial.record().decisions.front();
  EXPECT_EQ(decision.at, at_ms(20'000));  // the first look in the window
  EXPECT_EQ(decision.from, 1);
  EXPECT_EQ(decision.to, 3);
  EXPECT_EQ(decision.outcome, PolicyDecision::Outcome::done);
  EXPECT_EQ(decision.settled, at_ms(20'000));
  EXPECT_EQ(trial.when("instance.started"), (std::vector{at_ms(27'000), at_ms(27'000)}));
  EXPECT_EQ(trial.when("instance.ready"), (std::vector{at_ms(27'000), at_ms(27'000)}));
  // One all the time, two more from their start on: 100 s + 2 x 80 s.
  EXPECT_EQ(trial.at("a", "station").instances, sim::UInt128{260'000'000'000});
}

TEST(PolicyHost, TakesTheTimeThatActionsTake) {
  const OneTrial trial(scheduled("{service_time: 1ms, startup: 7s}",
                                 "{from: 15s, to: 1000s, instances: 2}", ", act: {after: 1500ms}"));
  // Nothing is wished twice while the first wish is under way: the next look is at 30 s.
  EXPECT_EQ(trial.record().decisions.size(), 1U);
  EXPECT_EQ(trial.record().decisions.front().settled, at_ms(21'500));
  EXPECT_EQ(trial.when("instance.started"), std::vector{at_ms(28'500)});
}

TEST(PolicyHost, FailsAndIsAskedAgain) {
  const OneTrial trial(scheduled("{service_time: 1ms}", "{from: 15s, to: 1000s, instances: 2}",
                                 ", act: {fails: 100%}"));
  EXPECT_EQ(trial.record().decisions.size(), 8U);  // at 20 s, 30 s ... 90 s
  for (const PolicyDecision& decision : trial.record().decisions) {
    EXPECT_EQ(decision.outcome, PolicyDecision::Outcome::failed);
    EXPECT_EQ(decision.from, 1);
  }
  EXPECT_TRUE(trial.when("instance.started").empty());
}

TEST(PolicyHost, TurnsAwayWishesThatComeTooSoon) {
  const OneTrial trial(scheduled("{service_time: 1ms}",
                                 "{from: 15s, to: 25s, instances: 2}, "
                                 "{from: 25s, to: 1000s, instances: 3}",
                                 ", act: {spacing: 15s}"));
  ASSERT_EQ(trial.record().decisions.size(), 3U);
  EXPECT_EQ(trial.record().decisions[0].outcome, PolicyDecision::Outcome::done);
  EXPECT_EQ(trial.record().decisions[1].outcome, PolicyDecision::Outcome::throttled);
  EXPECT_EQ(trial.record().decisions[2].outcome, PolicyDecision::Outcome::done);
  EXPECT_EQ(trial.record().decisions[2].at, at_ms(40'000));
}

TEST(PolicyHost, GoesNoFurtherThanGuardRailsAllow) {
  const OneTrial trial(scheduled("{service_time: 1ms}", "{from: 15s, to: 1000s, instances: 4}",
                                 ", guard_rails: {most_at_once: 2}"));
  const std::vector<PolicyDecision>& decisions = trial.record().decisions;
  ASSERT_EQ(decisions.size(), 2U);
  EXPECT_EQ(decisions[0].to, 4);
  EXPECT_EQ(decisions[0].outcome, PolicyDecision::Outcome::limited);
  EXPECT_EQ(decisions[0].ruling, "only to 3: no more than 2 at once");
  EXPECT_EQ(decisions[1].from, 3);
  EXPECT_EQ(decisions[1].outcome, PolicyDecision::Outcome::done);
  EXPECT_EQ(decisions[1].ruling, "");
  EXPECT_EQ(trial.when("policy.limited"), std::vector{at_ms(20'000)});
  EXPECT_EQ(trial.when("instance.started"),
            (std::vector{at_ms(20'000), at_ms(20'000), at_ms(30'000)}));
}

TEST(PolicyHost, IsVetoedWhereGuardRailsHaveSeenEnoughChanges) {
  const OneTrial trial(scheduled("{service_time: 1ms}",
                                 "{from: 15s, to: 25s, instances: 2}, "
                                 "{from: 25s, to: 1000s, instances: 3}",
                                 ", guard_rails: {changes: 1, within: 35s}"));
  const std::vector<PolicyDecision>& decisions = trial.record().decisions;
  ASSERT_EQ(decisions.size(), 5U);
  for (const std::size_t i : {1U, 2U, 3U}) {
    EXPECT_EQ(decisions[i].outcome, PolicyDecision::Outcome::vetoed);
    EXPECT_EQ(decisions[i].ruling, "there have been 1 changes within 35s");
  }
  EXPECT_EQ(trial.when("policy.vetoed"),
            (std::vector{at_ms(30'000), at_ms(40'000), at_ms(50'000)}));
  EXPECT_EQ(decisions[4].outcome, PolicyDecision::Outcome::done);
  EXPECT_EQ(trial.when("instance.started"), (std::vector{at_ms(20'000), at_ms(60'000)}));
}

TEST(PolicyHost, SpacesWishesByGuardRailsWhereThereAreSome) {
  // Live does so too: after the last change that was let through.
  const OneTrial trial(scheduled("{service_time: 1ms}",
                                 "{from: 15s, to: 25s, instances: 2}, "
                                 "{from: 25s, to: 1000s, instances: 3}",
                                 ", act: {spacing: 25s}, guard_rails: {}"));
  const std::vector<PolicyDecision>& decisions = trial.record().decisions;
  ASSERT_EQ(decisions.size(), 4U);
  EXPECT_EQ(decisions[1].outcome, PolicyDecision::Outcome::vetoed);
  EXPECT_EQ(decisions[1].ruling, "the last change was 10s ago, and they are to be 25s apart");
  EXPECT_EQ(decisions[3].at, at_ms(50'000));
}

TEST(PolicyHost, TakesNothingAwayOnFiguresThatAreTooOldForGuardRails) {
  // Nobody is busy: the HPA would take one of two away, by figures that are known 20 s late.
  const std::string text = R"(
experiment: {horizon: 200s}
system: {services: {a: {instances: 2, servers: 1, service_time: 1ms}}}
workload: {client: {arrivals: {constant: 10rps}, to: a}}
policies: {p: {target: a, observe: {scrape: 5s, delay: 20s}, hpa: {max: 4, metrics: [{cpu: 70%}],
  behavior: {scale_down: {window: 0s}}}, guard_rails: {stale_after: STALE}}}
)";
  const auto with = [&](const std::string& stale) {
    return OneTrial(std::string(text).replace(text.find("STALE"), 5, stale));
  };
  EXPECT_EQ(with("30s").record().decisions.front().outcome, PolicyDecision::Outcome::done);
  const OneTrial trial = with("15s");
  ASSERT_FALSE(trial.record().decisions.empty());
  for (const PolicyDecision& decision : trial.record().decisions) {
    EXPECT_EQ(decision.outcome, PolicyDecision::Outcome::vetoed);
    EXPECT_EQ(decision.ruling, "'cpu' has lately been seen of 0 of 2 instances");
  }
  EXPECT_TRUE(trial.when("instance.draining").empty());
}

TEST(PolicyHost, DrainsBeforeItStops) {
  // Requests take 3 s; at the look at 20 s one of two instances leaves. What was sent to it before
  // is finished: the last of its requests came in the same instant.
  const OneTrial trial(
      scheduled("{instances: 2, service_time: 3s}", "{from: 0s, to: 15s, instances: 2}"));
  EXPECT_EQ(trial.when("instance.draining"), std::vector{at_ms(20'000)});
  EXPECT_EQ(trial.when("instance.stopped"), std::vector{at_ms(23'000)});
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::error), 0U);
}

TEST(PolicyHost, LosesWhatTheGracePeriodDoesNotHold) {
  const OneTrial trial(scheduled("{instances: 2, service_time: 3s}",
                                 "{from: 0s, to: 15s, instances: 2}", ", act: {grace: 1s}"));
  EXPECT_EQ(trial.when("instance.stopped"), std::vector{at_ms(21'000)});
  // Those of 18.2 s, 18.4 s ... 20 s.
  const auto lost = trial.outcome("client", "workload", Outcome::error);
  EXPECT_EQ(lost, 10U);
  EXPECT_EQ(trial.outcome("a", "endpoint", Outcome::error), lost);
}

TEST(PolicyHost, StopsTheYoungestFirst) {
  const OneTrial trial(scheduled("{instances: 2, service_time: 1ms}",
                                 "{from: 0s, to: 15s, instances: 2}, "
                                 "{from: 15s, to: 45s, instances: 3}, "
                                 "{from: 45s, to: 1000s, instances: 2}"));
  std::vector<std::uint32_t> stopped;
  for (const PlatformEvent& event : trial.record().log)
    if (event.what == "instance.stopped") stopped.push_back(event.instance);
  EXPECT_EQ(stopped, std::vector<std::uint32_t>{2});
}

TEST(PolicyHost, EndsAStartThatIsNoLongerWanted) {
  const OneTrial trial(scheduled("{service_time: 1ms, startup: 35s}",
                                 "{from: 15s, to: 25s, instances: 2}, "
                                 "{from: 55s, to: 1000s, instances: 2}"));
  // Asked for at 20 s, unwanted at 30 s, asked for again at 60 s.
  EXPECT_EQ(trial.when("instance.started"), std::vector{at_ms(95'000)});
  EXPECT_EQ(trial.at("a", "station").instances, sim::UInt128{150'000'000'000});
}

TEST(PolicyHost, WaitsForReadinessProbes) {
  const OneTrial trial(
      scheduled("{startup: 2s, endpoints: {x: [{wait: 1ms}]}, probes: {readiness: {period: 1s}}}",
                "{from: 15s, to: 1000s, instances: 2}"));
  ASSERT_EQ(trial.when("instance.ready").size(), 1U);
  const Instant ready = trial.when("instance.ready").front();
  EXPECT_GT(ready, at_ms(22'000));
  EXPECT_LE(ready, at_ms(23'001));
}

TEST(PolicyHost, GoesToZeroAndTurnsRequestsAway) {
  const OneTrial trial(R"(
experiment: {horizon: 100s}
system: {services: {a: {service_time: 1ms}}}
workload: {client: {arrivals: {constant: 1rps}, to: a}}
policies:
  p: {target: a, scheduled: {min: 0, max: 1, period: 10s, every: 1000s, windows: [
    {from: 0s, to: 15s, instances: 1}]}}
)");
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::ok), 20U);  // 1 s .. 20 s
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::rejected), 79U);
}

// What step rules decide shows what they see: 10 requests a second of 400 ms each keep 4 servers
// busy.
std::string ruled(const std::string& rules, const std::string& more = "") {
  return "experiment: {horizon: 100s}\n"
         "system: {services: {a: {instances: 2, servers: 4, service_time: 400ms}}}\n"
         "workload: {client: {arrivals: {constant: 10rps}, to: a}}\n"
         "policies: {p: {target: a, step_rules: {max: 9, period: 10s, cooldown_up: 1000s, "
         "cooldown_down: 1000s, targets: {" +
         rules + "}}" + more + "}}\n";
}

TEST(PolicyHost, ShowsTheUseOfServersAsAShareOfThem) {
  const OneTrial trial(ruled("cpu: 49%", ", observe: {scrape: 1s, window: 4s}"));
  ASSERT_EQ(trial.record().decisions.size(), 1U);
  const PolicyDecision& decision = trial.record().decisions.front();
  EXPECT_EQ(decision.at, at_ms(10'000));
  EXPECT_EQ(decision.to, 3);
  EXPECT_NEAR(decision.measured, 0.5, 1e-12);
}

TEST(PolicyHost, ShowsRatesGaugesAndTimes) {
  const auto seen = [](const std::string& rule) {
    const OneTrial trial(ruled(rule, ", observe: {scrape: 1s, window: 5s}"));
    if (trial.record().decisions.empty()) return -1.0;
    return trial.record().decisions.front().measured;
  };
  EXPECT_NEAR(seen("requests_per_second: 5"), 10, 1e-9);
  EXPECT_NEAR(seen("\"arrival_rate(client)\": 5"), 10, 1e-9);
  EXPECT_NEAR(seen("throughput: 5"), 10, 1e-9);
  EXPECT_NEAR(seen("in_system: 3"), 4, 1e-9);
  EXPECT_NEAR(seen("mean_response: 0.3"), 0.4, 1e-9);
  EXPECT_NEAR(seen("p95: 0.3"), 0.4, 0.004);
  EXPECT_EQ(seen("queue_length: 0.5"), 0);  // far under target
}

TEST(PolicyHost, ShowsNothingBeforeItsDelay) {
  const OneTrial trial(ruled("cpu: 40%", ", observe: {scrape: 1s, window: 4s, delay: 15s}"));
  ASSERT_EQ(trial.record().decisions.size(), 1U);
  EXPECT_EQ(trial.record().decisions.front().at, at_ms(20'000));
}

TEST(PolicyHost, ShowsNothingOfWhatIsLost) {
  EXPECT_TRUE(OneTrial(ruled("cpu: 49%", ", observe: {lost: 100%}")).record().decisions.empty());
}

TEST(PolicyHost, ShowsAnAutoscalerEachInstance) {
  // 4 of 8 servers busy; 2 instances at 50 % for a target of 25 %: 4.
  const OneTrial trial(R"(
experiment: {horizon: 100s}
system: {services: {a: {instances: 2, servers: 4, service_time: 400ms}}}
workload: {client: {arrivals: {constant: 10rps}, to: a}}
policies: {p: {target: a, hpa: {max: 9, metrics: [{cpu: 25%}]}, observe: {scrape: 1s, window: 4s}}}
)");
  ASSERT_FALSE(trial.record().decisions.empty());
  EXPECT_EQ(trial.record().decisions.front().at, at_ms(15'000));
  EXPECT_EQ(trial.record().decisions.front().to, 4);
}

TEST(PolicyHost, PlacesPodsWhereThereIsRoom) {
  // Room for two pods; the third waits until one of them is gone.
  const OneTrial trial(R"(
experiment: {horizon: 100s}
system:
  nodes: {n: {count: 2, cpu: 1, memory: 1Gi}}
  services: {a: {cpu: {limit: 1}, service_time: 1ms}}
workload: {client: {arrivals: {constant: 1rps}, to: a}}
policies:
  p: {target: a, scheduled: {min: 1, max: 4, period: 10s, every: 1000s, windows: [
    {from: 15s, to: 55s, instances: 3}]}}
)");
  EXPECT_EQ(trial.when("instance.started"), std::vector{at_ms(20'000)});
  EXPECT_EQ(trial.when("instance.stopped").size(), 1U);  // the one that waited is just unwanted
  // The one that goes finishes the request of 60 s, which takes a millisecond.
  EXPECT_EQ(trial.at("a", "station").instances, sim::UInt128{140'001'000'000});
}

TEST(PolicyHost, LeavesPlacesThatAFaultHoldsDown) {
  // A fault kills the only instance for good; the policy has one more started, which serves.
  const OneTrial trial(scheduled("{service_time: 1ms}", "{from: 15s, to: 1000s, instances: 2}") +
                       "faults: [{at: 5s, fault: instance.kill, target: a}]\n");
  EXPECT_EQ(trial.when("instance.started"), std::vector{at_ms(20'000)});
  EXPECT_EQ(trial.record().faults.front().touched, 1U);  // empty places are not hit
  // Without a readiness probe every other request goes to the dead one.
  EXPECT_GT(trial.outcome("client", "workload", Outcome::ok), 400U);
}

TEST(PolicyHost, RunsAlikeFromTheSameSeed) {
  const std::string text = ruled("cpu: 30%",
                                 ", observe: {lost: 30%, delay: {exponential: 3s}}, "
                                 "act: {after: {exponential: 4s}, fails: 20%}");
  const OneTrial one(text, 7);
  const OneTrial other(text, 7);
  EXPECT_EQ(one.record().fingerprint, other.record().fingerprint);
  ASSERT_EQ(one.record().decisions.size(), other.record().decisions.size());
  for (std::size_t i = 0; i < one.record().decisions.size(); ++i)
    EXPECT_EQ(one.record().decisions[i].settled, other.record().decisions[i].settled);
}

}  // namespace policies_test
}  // namespace rehearse::models
