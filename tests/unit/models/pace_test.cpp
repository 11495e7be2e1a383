// Instances that warm up and pause. A process that is started by the end of a fault begins its
// pauses and its warm-up at a known instant.

#include <algorithm>
#include <cmath>

#include "tests/unit/models/one_trial.hpp"

namespace rehearse::models {
namespace {

// Down from 0 to 0.9 s; a client asks at 1 s.
std::string restarted(const std::string& service, const std::string& more = "") {
  return "experiment: {horizon: 60s, drain: true}\nsystem: {services: {a: {" + service +
         "}, b: {service_time: 350ms}}}\n"
         "workload: {client: {arrivals: {constant: 1rps}, requests: 1, to: a}}\n"
         "faults: [{at: 0s, for: 900ms, fault: instance.kill, target: a}" +
         more + "]\n";
}

// From 1.2 s to 1.4 s, from 1.7 s to 1.9 s, from 2.2 s to 2.4 s, ...: a second of work meets three.
const std::string kPauses = "pauses: {every: 300ms, for: 200ms}";

TEST(Pauses, StretchTimedWork) {
  const OneTrial trial(restarted("service_time: 1s, " + kPauses));
  EXPECT_EQ(trial.at("client", "workload").response.max(), Duration::milliseconds(1600));
  EXPECT_EQ(trial.at("a", "endpoint").arrivals, 1U);
}

TEST(Pauses, StopSharedCores) {
  const OneTrial trial(restarted("cpu: {limit: 1}, service_time: 1s, " + kPauses));
  EXPECT_NEAR(trial.at("client", "workload").response.max().to_seconds(), 1.6, 4e-9);
  // The cores are not busy while they stand still.
  EXPECT_NEAR(static_cast<double>(trial.at("a", "station").busy), 1e12, 1e4);
}

TEST(Pauses, LetAQuotaBeginAnew) {
  // A quota that one thread never uses up: only the pauses stop it.
  const OneTrial trial(
      restarted("cpu: {limit: 1, period: 100ms, cores: 2}, service_time: 1s, " + kPauses));
  EXPECT_NEAR(trial.at("client", "workload").response.max().to_seconds(), 1.6, 1e-7);
}

TEST(Pauses, HoldWhatComesBackFromACall) {
  // The answer comes at 1.35 s, in the pause; the last 10 ms begin at 1.4 s.
  const OneTrial trial(restarted("endpoints: {a: [{call: b}, {wait: 10ms}]}, " + kPauses));
  EXPECT_EQ(trial.at("a/a", "endpoint").response.max(), Duration::milliseconds(410));
}

TEST(Pauses, HoldWhatArrives) {
  // Each second begins a stretch of 300 ms, so that whoever comes at 0.4 s of it waits for 0.1 s.
  const OneTrial trial(R"(
experiment: {horizon: 60s, drain: true}
system:
  services:
    front: {endpoints: {x: [{wait: 400ms}, {call: a}]}}
    a: {service_time: 10ms, pauses: {every: 300ms, for: 200ms}}
workload: {client: {arrivals: {constant: 1rps}, requests: 1, to: front/x}}
faults: [{at: 0s, for: 1s, fault: instance.kill, target: a}]
)");
  EXPECT_EQ(trial.at("a", "endpoint").response.max(), Duration::milliseconds(110));
}

TEST(Pauses, HoldRetriesBack) {
  // The call fails at once, its repetition is due at 1.35 s, in the pause: at 1.4 s, then.
  const OneTrial trial(R"(
experiment: {horizon: 60s, drain: true}
system:
  services:
    a:
      endpoints:
        x: [{call: {to: b, retry: {attempts: 2, backoff: {constant: 350ms, jitter: none}}}}]
      pauses: {every: 300ms, for: 200ms}
    b: {endpoints: {b: [{fail: 100%}]}}
workload: {client: {arrivals: {constant: 1rps}, requests: 1, to: a/x}}
faults: [{at: 0s, for: 900ms, fault: instance.kill, target: a}]
)");
  EXPECT_EQ(trial.at("a/x", "endpoint").sojourn,
            static_cast<sim::UInt128>(Duration::milliseconds(400).ns()));
}

TEST(Pauses, EndWithTheProcess) {
  // Killed at 1.4 s in the midst of a pause, up at 1.45 s, with 300 ms of work ahead of its pause.
  for (const char* how : {"service_time: 250ms, ", "cpu: {limit: 1}, service_time: 250ms, "}) {
    const OneTrial trial(
        "experiment: {horizon: 60s, drain: true}\nsystem: {services: {a: {" + (how + kPauses) +
        "}}}\nworkload: {client: {arrivals: {constant: 4rps}, requests: 6, to: a}}\n"
        "faults:\n  - {at: 0s, for: 950ms, fault: instance.kill, target: a}\n"
        "  - {at: 1400ms, for: 50ms, fault: instance.kill, target: a}\n");
    // Of 250 ms to 750 ms nobody is there; that of 1250 ms dies in the pause of 1250 to 1450 ms.
    EXPECT_EQ(trial.outcome("client", "workload", Outcome::error), 4U) << how;
    EXPECT_EQ(trial.outcome("client", "workload", Outcome::ok), 2U) << how;
    EXPECT_NEAR(trial.at("client", "workload").response.max().to_seconds(), 0.25, 2e-9) << how;
  }
}

TEST(Pauses, LeaveNothingBehindOfWhatDiesInThem) {
  // In the pause one request has just come, one has come back from a call, one has finished its
  // work: all of them end with the process, and the trial drains.
  const OneTrial trial(R"(
experiment: {horizon: 10s, drain: true}
system:
  services:
    a:
      endpoints:
        come: [{wait: 10ms}]
        back: [{wait: 10ms}, {call: b}, {wait: 10ms}]
        done: [{wait: 250ms}, {wait: 10ms}]
      pauses: {every: 300ms, for: 200ms}
    b: {service_time: 250ms}
    late: {endpoints: {x: [{wait: 300ms}, {call: a/come}]}}
workload:
  one: {arrivals: {constant: 1rps}, requests: 1, to: late/x}
  two: {arrivals: {constant: 1rps}, requests: 1, to: a/back}
  three: {arrivals: {constant: 1rps}, requests: 1, to: a/done}
faults:
  - {at: 0s, for: 900ms, fault: instance.kill, target: a}
  - {at: 1350ms, for: 10ms, fault: instance.kill, target: a}
)");
  for (const char* client : {"one", "two", "three"}) {
    EXPECT_EQ(trial.outcome(client, "workload", Outcome::error), 1U) << client;
    EXPECT_EQ(trial.at(client, "workload").sojourn,
              static_cast<sim::UInt128>(Duration::milliseconds(350).ns()))
        << client;
  }
  EXPECT_LT(trial.record().boundaries.back().to_seconds(), 11);
}

TEST(Pauses, TakeTheirShareInTheLongRun) {
  // More work than can be done: what is done is the share of the time without pauses.
  const OneTrial trial(R"(
experiment: {horizon: 10000s}
system:
  services:
    a:
      servers: 1
      queue: {limit: 2}
      service_time: 10ms
      pauses: {every: {exponential: 3s}, for: {uniform: [0s, 2s]}}
workload: {client: {arrivals: {poisson: 300rps}, to: a}}
)");
  const double done = static_cast<double>(trial.outcome("a", "endpoint", Outcome::ok)) * 0.01;
  EXPECT_NEAR(done / 10000, 0.75, 0.02);
  EXPECT_DOUBLE_EQ(trial.scenario().blueprint.services.front().pace.running, 0.75);
}

// That shared cores need for this work from 1 s on, while the factor falls from 3 at 0.9 s to 1 in
// 10 s, in steps of 0.5 s.
double time_for(double work) {
  double time = -0.1;
  for (int k = 0; k < Pacer::kWarmupSteps; ++k) {
    const double factor = 1 + 2 * (1 - (k + 0.5) / Pacer::kWarmupSteps);
    const double step = k == 0 ? 0.4 : 0.5;
    if (work < step / factor) return std::max(time, 0.0) + work * factor;
    work -= step / factor;
    time += 0.5;
  }
  return time + work;
}

const std::string kWarmup = "warmup: {duration: 10s, slowdown: 3";

TEST(Warmup, SlowsSharedCoresAfterAStart) {
  const OneTrial trial(restarted("cpu: {limit: 1}, service_time: 1s, " + kWarmup + "}"));
  const double is = trial.at("client", "workload").response.max().to_seconds();
  EXPECT_NEAR(is, time_for(1), 1e-7);
  EXPECT_NEAR(is, 5 * (3 - 2.98 * std::exp(-0.2)) - 0.1, 3e-3);  // of the straight line itself
}

TEST(Warmup, StretchesTimedWorkByTheFactorOfItsBeginning) {
  const OneTrial trial(restarted("service_time: 1s, " + kWarmup + "}"));
  EXPECT_EQ(trial.at("client", "workload").response.max(), Duration::milliseconds(2950));
}

TEST(Warmup, EndsAndBeginsAnewWithTheNextProcess) {
  const auto at_20s = [](const std::string& more) {
    const OneTrial trial(
        "experiment: {horizon: 60s, drain: true}\nsystem: {services: {a: {"
        "service_time: 1s, " +
        kWarmup +
        ", from_start: true}}}}\n"
        "workload: {client: {arrivals: {constant: 0.05rps}, requests: 1, to: a}}\n" +
        more);
    return trial.at("client", "workload").response.max();
  };
  EXPECT_EQ(at_20s(""), Duration::seconds(1));
  EXPECT_EQ(at_20s("faults: [{at: 19s, for: 300ms, fault: instance.kill, target: a}]\n"),
            Duration::milliseconds(2850));
}

TEST(Warmup, BeginsWithTheTrialWhereItSaysSo) {
  const OneTrial trial(R"(
experiment: {horizon: 60s, drain: true}
system: {services: {a: {service_time: 1s, warmup: {duration: 10s, slowdown: 3, from_start: true}}}}
workload: {client: {users: 1, requests: 1, to: a}}
)");
  EXPECT_EQ(trial.at("client", "workload").response.max(), Duration::milliseconds(2950));
}

TEST(Pauses, OfAProcessThatDiedInOneAreNoDebt) {
  // What the dead process is to finish may end in a pause of the next one.
  std::string text = R"(
experiment: {horizon: 3s, drain: true}
system:
  services:
    a: {instances: 2, startup: 1ms, service_time: {exponential: 45ms},
        pauses: {every: 20ms, for: {uniform: [0ms, 60ms]}}}
workload: {client: {arrivals: {poisson: 100rps}, to: a}}
faults:
)";
  for (int at = 50; at < 2500; at += 60)
    text += "  - {at: " + std::to_string(at) +
            "ms, for: 2ms, fault: instance.kill, in_flight: finish, target: a}\n";
  const OneTrial trial(text);
  EXPECT_FALSE(trial.record().stuck);
  EXPECT_EQ(trial.at("client", "workload").ended(), trial.at("client", "workload").arrivals);
}

}  // namespace
}  // namespace rehearse::models
