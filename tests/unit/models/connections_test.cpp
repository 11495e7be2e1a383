// Connections: what their set-up adds, to the nanosecond, and who has to pay for it.

#include "models/connections.hpp"

#include "tests/unit/models/one_trial.hpp"

namespace rehearse::models {
namespace {

Duration ms(std::int64_t n) {
  return Duration::milliseconds(n);
}

/// One round trip is 20 ms; the service works for 1 ms.
OneTrial asked(const std::string& connections, const std::string& workload,
               const std::string& more = "") {
  return OneTrial(
      "experiment: {horizon: 100s, drain: true}\nsystem:\n  regions: {eu: {}}\n"
      "  network: [{between: [clients, eu], rtt: 20ms}]\n"
      "  services: {s: {connections: " +
      connections + ", endpoints: {x: [{wait: 1ms}]}}}\nworkload: {w: {to: s/x, " + workload +
      "}}\n" + more);
}

Duration first_response(const std::string& handshake) {
  return asked("{handshake: " + handshake + "}", "users: 1, think: 200s")
      .at("w", "workload")
      .response.max();
}

TEST(Connections, TakeTheRoundTripsOfTheirHandshake) {
  EXPECT_EQ(first_response("tcp"), ms(20 + 21));
  EXPECT_EQ(first_response("tls1.3"), ms(40 + 21));
  EXPECT_EQ(first_response("tls1.2"), ms(60 + 21));
}

TEST(Connections, AreKeptForTheNextRequest) {
  const OneTrial trial = asked("{handshake: tls1.3, keep_alive: 60s}", "users: 1, think: 10s");
  const WindowRecord& clients = trial.at("w", "workload");
  EXPECT_EQ(clients.response.max(), ms(61));
  EXPECT_EQ(clients.response.min(), ms(21));
  // Only the first had to wait for one.
  const auto all = static_cast<std::int64_t>(clients.arrivals);
  EXPECT_EQ(static_cast<std::int64_t>(clients.sojourn), (all * ms(21).ns() + ms(40).ns()));
}

TEST(Connections, CloseAfterTheirKeepAlive) {
  const OneTrial trial = asked("{handshake: tls1.3, keep_alive: 10s}", "users: 1, think: 10s");
  EXPECT_EQ(trial.at("w", "workload").response.min(), ms(61)) << "10 s are too long";
}

TEST(Connections, OfAFullPoolAreClosed) {
  const OneTrial trial = asked("{max_idle: 0}", "users: 1, think: 1s");
  EXPECT_EQ(trial.at("w", "workload").response.min(), ms(41));
}

TEST(Connections, BelongToOneClientEach) {
  // 100 clients take turns at random: each pays once, as none is away for 60 s for long.
  const OneTrial trial = asked("{handshake: tcp, keep_alive: 100s}", "users: 100, think: 10s");
  const WindowRecord& clients = trial.at("w", "workload");
  EXPECT_EQ(static_cast<std::int64_t>(clients.sojourn),
            (static_cast<std::int64_t>(clients.arrivals) * ms(21).ns() + 100 * ms(20).ns()));
}

TEST(Connections, EndWithTheirInstance) {
  const OneTrial trial(R"(
experiment: {horizon: 100s, drain: true}
system:
  regions: {eu: {zones: [a, b]}}
  network: [{between: zones, rtt: 20ms}]
  services:
    front: {zones: [eu/a], endpoints: {x: [{call: back/x}]}}
    back: {zones: [eu/b], connections: {keep_alive: 1h}, endpoints: {x: [{wait: 1ms}]}}
workload: {w: {from: eu/a, to: front/x, arrivals: {constant: 1rps}}}
faults: [{at: 50500ms, for: 100ms, fault: instance.kill, target: back}]
)");
  const WindowRecord& clients = trial.at("w", "workload");
  EXPECT_EQ(clients.arrivals, trial.outcome("w", "workload", Outcome::ok));
  EXPECT_EQ(static_cast<std::int64_t>(clients.sojourn),
            (static_cast<std::int64_t>(clients.arrivals) * ms(21).ns() + 2 * ms(20).ns()));
}

TEST(Connections, AreRefusedInOneRoundTrip) {
  const OneTrial trial = asked("{handshake: tls1.3}", "clients: 1, arrivals: {constant: 1rps}",
                               "faults: [{at: 0s, fault: instance.kill, target: s}]\n");
  const WindowRecord& clients = trial.at("w", "workload");
  EXPECT_EQ(clients.outcomes[static_cast<std::size_t>(Outcome::ok)], 0U);
  EXPECT_EQ(static_cast<std::int64_t>(clients.sojourn),
            (static_cast<std::int64_t>(clients.arrivals) * ms(20).ns()));
}

TEST(Connections, RepeatALostHandshakeAfterASecond) {
  // Tried at 60 s, 61 s and 63 s; cut off until 61.5 s.
  const OneTrial trial(R"(
experiment: {horizon: 100s, drain: true}
system:
  regions: {eu: {zones: [a, b]}}
  network: [{between: zones, rtt: 20ms, recovery: tcp}]
  services: {s: {zones: [eu/b], connections: {handshake: tls1.3}, endpoints: {x: [{wait: 1ms}]}}}
workload: {w: {from: eu/a, to: s/x, clients: 1, arrivals: {constant: 1/min}}}
faults: [{at: 59500ms, for: 2s, fault: network.partition, target: {from: eu/a, to: eu/b}}]
)");
  EXPECT_EQ(trial.at("w", "workload").response.max(), ms(3000 + 61));
}

}  // namespace
}  // namespace rehearse::models
