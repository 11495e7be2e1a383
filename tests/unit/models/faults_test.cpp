#include <cmath>

#include "tests/unit/models/one_trial.hpp"

namespace rehearse::models {
namespace faults_test {

std::int64_t ms(std::int64_t n) {
  return Duration::milliseconds(n).ns();
}

// One request at t = 0 of a service that works for a second; a fault comes upon it.
std::string one_request(const std::string& fault, const std::string& more = "") {
  return "experiment: {horizon: 60s, drain: true}\n"
         "system: {services: {a: {service_time: 1s}}}\n"
         "workload: {client: {users: 1, requests: 1, to: a" +
         more + "}}\nfaults: [{" + fault + "}]\n";
}

TEST(InstanceKill, ClosesTheConnectionsOfRequestsInFlight) {
  const OneTrial trial(one_request("at: 300ms, fault: instance.kill, target: a"));
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::error), 1U);
  EXPECT_EQ(trial.at("client", "workload").sojourn, static_cast<sim::UInt128>(ms(300)));
  EXPECT_EQ(trial.outcome("a", "endpoint", Outcome::error), 1U);
  EXPECT_EQ(trial.record().faults.at(0).touched, 1U);
}

TEST(InstanceKill, LeavesCallersWithoutAnAnswerWhereRequestsAreLost) {
  const OneTrial trial(one_request("at: 300ms, fault: instance.kill, in_flight: lost, target: a",
                                   ", timeout: 700ms"));
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::timeout), 1U);
  EXPECT_EQ(trial.at("client", "workload").sojourn, static_cast<sim::UInt128>(ms(700)));
}

TEST(InstanceKill, LetsRequestsFinishWhereItIsGraceful) {
  const OneTrial trial(
      one_request("at: 300ms, fault: instance.kill, in_flight: finish, target: a"));
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::ok), 1U);
}

TEST(InstanceKill, RefusesConnectionsUntilTheProcessServesAgain) {
  // Killed at 2.5 s for 2 s, up after another second of start-up: 5.5 s. Requests come every
  // second from 1 s on, so those of 3, 4 and 5 s meet nobody.
  const OneTrial trial(R"(
experiment: {horizon: 10s}
system: {services: {a: {service_time: 1ms, startup: 1s}}}
workload: {client: {arrivals: {constant: 1rps}, to: a}}
faults: [{at: 2500ms, for: 2s, fault: instance.kill, target: a}]
)");
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::error), 3U);
  EXPECT_EQ(trial.at("a", "endpoint").arrivals, trial.at("client", "workload").arrivals - 3);
}

TEST(InstanceKill, TakesWithItWhatWaitsInLineAndWhatCallsOthers) {
  // Server: one request calls `b`, two wait behind it. All three end at 500 ms; `b` works on for
  // nobody and its answer comes to no harm.
  const OneTrial trial(R"(
experiment: {horizon: 10s, drain: true}
system:
  services:
    a: {servers: 1, queue: {patience: 5s}, endpoints: {x: [{call: b}, {wait: 1s}]}}
    b: {service_time: 2s}
workload: {client: {users: 3, requests: 3, to: a/x}}
faults: [{at: 500ms, for: 1s, fault: instance.kill, target: a}]
)");
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::error), 3U);
  EXPECT_EQ(trial.at("client", "workload").sojourn, static_cast<sim::UInt128>(3 * ms(500)));
  EXPECT_EQ(trial.outcome("b", "endpoint", Outcome::ok), 1U);
  EXPECT_EQ(trial.at("b", "endpoint").gone, 1U);
  EXPECT_EQ(trial.at("a", "station").in_queue, static_cast<sim::UInt128>(2 * ms(500)));
  EXPECT_EQ(trial.at("a", "station").busy, static_cast<sim::UInt128>(ms(500)));
}

TEST(InstanceKill, SpareRetriesGoToTheOthers) {
  // Two instances in turn; the first dies under the request, the second attempt finds the other.
  const OneTrial trial(R"(
experiment: {horizon: 10s, drain: true}
system: {services: {a: {instances: 2, service_time: 1s}}}
workload: {client: {users: 1, requests: 1, to: a, retry: {attempts: 2}}}
faults: [{at: 250ms, fault: instance.kill, target: {name: a, instance: 0}}]
)");
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::ok), 1U);
  EXPECT_EQ(trial.at("client", "workload").sojourn, static_cast<sim::UInt128>(ms(1250)));
}

TEST(InstanceKill, HitsAsManyInstancesAsItSays) {
  const std::string text = R"(
experiment: {horizon: 10s}
system: {services: {a: {instances: 10, service_time: 1ms}}}
workload: {client: {arrivals: {constant: 1rps}, to: a}}
faults: [{at: 2s, fault: instance.kill, target: {name: a, )";
  EXPECT_EQ(OneTrial(text + "count: 3}}]\n").record().faults.at(0).touched, 3U);
  EXPECT_EQ(OneTrial(text + "share: 25%}}]\n").record().faults.at(0).touched, 3U);
  EXPECT_EQ(OneTrial(text + "share: 100%}}]\n").record().faults.at(0).touched, 10U);
}

TEST(InstanceSlow, StretchesTimedWorkAndSharedCores) {
  const std::string fault = "faults: [{at: 0s, fault: instance.slow, factor: 4, target: a}]\n";
  const auto response = [&](const std::string& service) {
    const OneTrial trial(
        "experiment: {horizon: 60s, drain: true}\nsystem: {services: {a: " + service +
        "}}\nworkload: {client: {users: 1, requests: 2, to: a, think: "
        "1s}}\n" +
        fault);
    return trial.at("client", "workload").response.max();
  };
  EXPECT_EQ(response("{service_time: 100ms}"), Duration::milliseconds(400));
  // Shared cores end a request at the next whole nanosecond, with the rounding of a quotient.
  EXPECT_NEAR(response("{cpu: {limit: 1}, service_time: 100ms}").to_seconds(), 0.4, 2e-9);
  EXPECT_NEAR(response("{cpu: {limit: 500m}, service_time: 100ms}").to_seconds(), 0.8, 2e-9);
}

TEST(InstanceSlow, EndsInTheMidstOfARequest) {
  // 1 s of work, half as fast for the first second: 0.5 s are left for full speed.
  const OneTrial trial(R"(
experiment: {horizon: 60s, drain: true}
system: {services: {a: {cpu: {limit: 1}, service_time: 1s}}}
workload: {client: {users: 1, requests: 1, to: a}}
faults: [{at: 0s, for: 1s, fault: instance.slow, factor: 2, target: a}]
)");
  EXPECT_EQ(trial.at("client", "workload").response.max(), Duration::milliseconds(1500));
}

TEST(DependencyErrors, FailTheirShareAtOnce) {
  const OneTrial trial(R"(
experiment: {horizon: 10000s}
system: {services: {a: {service_time: 1ms}}}
workload: {client: {arrivals: {constant: 1rps}, to: a}}
faults: [{at: 0s, fault: dependency.errors, error_rate: 30%, target: a}]
)");
  const double n = static_cast<double>(trial.at("client", "workload").arrivals);
  const double failed = static_cast<double>(trial.outcome("client", "workload", Outcome::error));
  EXPECT_NEAR(failed / n, 0.3, 5 * std::sqrt(0.3 * 0.7 / n));
  EXPECT_EQ(trial.record().faults.at(0).touched, trial.outcome("a", "endpoint", Outcome::error));
}

const char* const kTwoZones = R"(
experiment: {horizon: 10s, drain: true}
system:
  regions: {eu: {zones: [a, b]}}
  network: [{between: zones, latency: 10ms}]
  services:
    front: {zones: [eu/a], endpoints: {x: [{call: {to: back, timeout: 1s}}]}}
    back: {zones: [eu/b], service_time: 100ms}
workload: {client: {arrivals: {constant: 1rps}, requests: 1, to: front/x}}  # at 1 s
)";

TEST(LinkDelay, AddsToEachMessage) {
  const OneTrial trial(std::string(kTwoZones) +
                       "faults: [{at: 0s, fault: link.delay, delay: 25ms, target: {from: eu/a, to: "
                       "eu/b}}]\n");
  EXPECT_EQ(trial.at("client", "workload").response.max(), Duration::milliseconds(170));
  EXPECT_EQ(trial.record().faults.at(0).touched, 2U);
}

TEST(LinkDelay, OneWayLeavesTheOtherWay) {
  const OneTrial trial(
      std::string(kTwoZones) +
      "faults: [{at: 0s, fault: link.delay, delay: 25ms, both_ways: false, target: "
      "{from: eu/a, to: eu/b}}]\n");
  EXPECT_EQ(trial.at("client", "workload").response.max(), Duration::milliseconds(145));
}

TEST(NetworkPartition, OneWayLetsRequestsThroughAndNoAnswers) {
  const OneTrial trial(std::string(kTwoZones) +
                       "faults: [{at: 0s, fault: network.partition, both_ways: false, target: "
                       "{from: eu/b, to: eu/a}}]\n");
  EXPECT_EQ(trial.at("back", "endpoint").arrivals, 1U);
  EXPECT_EQ(trial.outcome("back", "endpoint", Outcome::ok), 1U);
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::error), 1U);
  EXPECT_EQ(trial.at("client", "workload").sojourn, static_cast<sim::UInt128>(ms(1000)));
}

TEST(NetworkPartition, HealsForMessagesThatSetOutLater) {
  const OneTrial trial(std::string(kTwoZones) +
                       "faults: [{at: 900ms, for: 150ms, fault: network.partition, target: "
                       "{from: eu/a, to: eu/b}}]\n");
  EXPECT_EQ(trial.at("back", "endpoint").arrivals, 0U);  // the only request set out at once
}

TEST(ZoneOutage, StopsInstancesAndCutsTheirLinks) {
  const OneTrial trial(std::string(kTwoZones) +
                       "faults: [{at: 1050ms, for: 5s, fault: zone.outage, target: eu/b}]\n");
  // `front` waits for its timeout: nobody tells it.
  EXPECT_EQ(trial.at("client", "workload").sojourn, static_cast<sim::UInt128>(ms(1000)));
  EXPECT_EQ(trial.outcome("back", "endpoint", Outcome::error), 1U);
}

TEST(CacheFlush, EmptiesTheCache) {
  const auto hits = [](const std::string& faults) {
    const OneTrial trial(R"(
experiment: {horizon: 10s}
system:
  services: {a: {endpoints: {x: [{cache: {get: c}}]}}}
  caches: {c: {entries: 10, keys: {uniform: 1}}}
workload: {client: {arrivals: {constant: 1rps}, to: a/x}}
)" + faults);
    return trial.at("c", "store").hits;
  };
  EXPECT_EQ(hits("faults: [{at: 5500ms, fault: cache.flush, target: c}]\n"), hits("") - 1);
}

TEST(TrafficSurge, AsksAsManyTimesAsOften) {
  const auto arrivals = [](const std::string& workload, const std::string& factor) {
    const OneTrial trial(
        "experiment: {horizon: 1000s}\nsystem: {services: {a: {service_time: "
        "1ms}}}\nworkload: {client: {" +
        workload +
        ", to: a}}\nfaults: [{at: 0s, "
        "fault: traffic.surge, target: client, factor: " +
        factor + "}]\n");
    return static_cast<double>(trial.at("client", "workload").arrivals);
  };
  const auto near = [](double count, double expected) {
    EXPECT_NEAR(count, expected, 5 * std::sqrt(expected));
  };
  near(arrivals("arrivals: {poisson: 10rps}", "3"), 30000);
  near(arrivals("arrivals: {constant: 10rps}", "3"), 30000);
  near(arrivals("arrivals: {poisson: 10rps}", "0.5"), 5000);
  EXPECT_EQ(arrivals("arrivals: {poisson: 10rps}", "0"), 0);
  near(arrivals("arrivals: {stages: [{ramp: 500s, to: 20rps}, {hold: 500s}]}", "2"), 30000);
  // 10 users who think 99 ms between requests of 1 ms; then 20.
  near(arrivals("users: 10, think: 99ms", "2"), 200000);
}

TEST(TrafficSurge, GivesTheUsersThatItAddsAnAddress) {
  // Five times the users that the scenario numbers: each asks its resolver all the same.
  const OneTrial trial(R"(
experiment: {horizon: 10s}
system:
  services: {a: {service_time: 1ms}}
  dns: {name: {to: a, ttl: 1s}}
workload: {client: {users: 2, think: 999ms, to: name}}
faults: [{at: 1s, fault: traffic.surge, factor: 5, target: client}]
)");
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::ok),
            trial.at("a", "endpoint").outcomes[0]);
  EXPECT_GE(trial.at("a", "endpoint").arrivals, 85U);
}

TEST(Ramp, GoesUpAndDownInTwentySteps) {
  // Up in steps of 50 s from 5 % on: 475 of the first 950 requests fail in the mean. All of the
  // next 1050. Down again from 95 % on: 472.5, and 5 in the last 100 s.
  const OneTrial trial(R"(
experiment: {horizon: 3000s}
system: {services: {a: {service_time: 1ms}}}
workload: {client: {arrivals: {constant: 1rps}, to: a}}
faults: [{at: 0s, for: 3000s, ramp: 1000s, fault: dependency.errors, error_rate: 100%, target: a}]
)");
  const auto failed = static_cast<double>(trial.outcome("client", "workload", Outcome::error));
  EXPECT_NEAR(failed, 2002.5, 5 * std::sqrt(1950.0 / 6));
}

// The server is busy from 0.1 s on, the queue is longer than 5 from 0.7 s on.
std::string growing_queue(const std::string& fault) {
  return R"(
experiment: {horizon: 10s}
system: {services: {a: {servers: 1, service_time: 100s}, b: {service_time: 1ms}}}
workload: {client: {arrivals: {constant: 10rps}, to: a}, other: {arrivals: {constant: 1rps}, to: b}}
faults: [{fault: instance.kill, target: b, )" +
         fault + "}]\n";
}

TEST(Condition, BeginsAFaultWithinATenthOfASecond) {
  const OneTrial trial(growing_queue("when: 'queue_length(a) > 5'"));
  EXPECT_GE(trial.record().faults.at(0).began, Instant::at_ns(ms(700)));
  EXPECT_LE(trial.record().faults.at(0).began, Instant::at_ns(ms(900)));
}

TEST(Condition, MustHaveBeenTrueForAsLongAsItSays) {
  const OneTrial trial(growing_queue("when: 'queue_length(a) > 5', sustained: 2s, for: 1s"));
  const FaultRecord& fault = trial.record().faults.at(0);
  EXPECT_GE(fault.began, Instant::at_ns(ms(2700)));
  EXPECT_LE(fault.began, Instant::at_ns(ms(2900)));
  EXPECT_EQ(fault.ended - fault.began, Duration::seconds(1));
}

TEST(Condition, ThatNeverComesTrueLeavesTheFaultOut) {
  const OneTrial trial(growing_queue("when: 'utilization(a) > 100%'"));
  EXPECT_EQ(trial.record().faults.at(0).began, Instant::never());
  EXPECT_EQ(trial.record().faults.at(0).touched, 0U);
}

TEST(Overlap, KeepsAnInstanceDownUntilTheLastFaultIsOver) {
  // Down from 2.5 s to 6.5 s: the requests of 3, 4, 5 and 6 s are refused.
  const OneTrial trial(R"(
experiment: {horizon: 10s}
system: {services: {a: {service_time: 1ms}}}
workload: {client: {arrivals: {constant: 1rps}, to: a}}
faults:
  - {at: 2500ms, for: 2s, fault: instance.kill, target: a}
  - {at: 3500ms, for: 3s, fault: instance.kill, target: a}
)");
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::error), 4U);
}

TEST(Faults, LeaveAloneWhatComesBeforeThem) {
  const std::string text = R"(
experiment: {horizon: 100s}
system:
  regions: {eu: {zones: [a, b]}}
  network: [{between: zones, latency: {exponential: 5ms}, loss: 1%}]
  services:
    front: {zones: [eu/a], balancer: random, instances: 3,
            endpoints: {x: [{call: {to: back, timeout: 1s}}]}}
    back: {zones: [eu/b], cpu: {limit: 2}, service_time: {exponential: 10ms}}
workload: {client: {arrivals: {poisson: 50rps}, to: front/x}}
)";
  const auto fingerprint_before = [&](const std::string& faults) {
    const Scenario scenario = scenario_of(text + faults);
    World world(scenario.blueprint, {1, 0}, {Instant::start(), Instant::at_ns(ms(50000))}, false);
    while (world.advance()) {
    }
    return world.take_record().fingerprint;
  };
  EXPECT_EQ(fingerprint_before(""), fingerprint_before(R"(
faults:
  - {at: 50s, fault: zone.outage, target: eu/b}
  - {at: 60s, fault: link.loss, loss: 50%, target: {from: eu/a, to: eu/b}}
)"));
}

}  // namespace faults_test
}  // namespace rehearse::models
