// Links with a bandwidth and with recovery of losses, to the nanosecond and by closed forms.

#include <cmath>

#include "models/traffic.hpp"
#include "tests/unit/models/one_trial.hpp"

namespace rehearse::models {
namespace network_test {

Duration ms(std::int64_t n) {
  return Duration::milliseconds(n);
}

/// Clients in eu/a ask a service in eu/b that works for 1 ms.
std::string two_zones(const std::string& link, const std::string& workload,
                      const std::string& endpoint = "steps: [{wait: 1ms}]",
                      const std::string& more = "") {
  return "experiment: {horizon: 1000s, drain: true}\nsystem:\n  regions: {eu: {zones: [a, b]}}\n"
         "  network: [{between: zones, " +
         link + "}]\n  services: {s: {zones: [eu/b], endpoints: {x: {" + endpoint +
         "}}}}\nworkload: {w: {from: eu/a, to: s/x, " + workload + "}}\n" + more;
}

TEST(Bandwidth, TakesSizeOverBandwidthEachWay) {
  // 1 Mbps = 125 KB/s: 2 KB take 16 ms, 10 KB take 80 ms; latency 5 ms each way.
  const OneTrial trial(two_zones("latency: 5ms, bandwidth: 1Mbps",
                                 "arrivals: {constant: 1rps}, body: 2KB",
                                 "response: 10KB, steps: [{wait: 1ms}]"));
  EXPECT_EQ(trial.at("w", "workload").response.min(), ms(16 + 5 + 1 + 80 + 5));
  EXPECT_EQ(trial.at("w", "workload").response.max(), ms(16 + 5 + 1 + 80 + 5));
}

TEST(Bandwidth, GoesByTheEndpointsRequestBeforeTheClientsBody) {
  const OneTrial trial(two_zones("latency: 0ms, bandwidth: 125KB/s",
                                 "arrivals: {constant: 1rps}, body: 2KB",
                                 "request: 500B, steps: [{wait: 1ms}]"));
  EXPECT_EQ(trial.at("w", "workload").response.max(), ms(4 + 1));
}

TEST(Bandwidth, SendsOneAfterTheOtherEachWayForItself) {
  // Three at once, 16 ms each: they arrive after 16, 32 and 48 ms. Answers of 80 ms follow each
  // other: the last is back 17 + 3 * 80 ms after the start.
  const OneTrial trial(two_zones("latency: 0ms, bandwidth: 1Mbps",
                                 "users: 3, think: 10000s, body: 2KB",
                                 "response: 10KB, steps: [{wait: 1ms}]"));
  EXPECT_EQ(trial.at("s/x", "endpoint").arrivals, 3U);
  EXPECT_EQ(trial.at("w", "workload").response.min(), ms(17 + 80));
  EXPECT_EQ(trial.at("w", "workload").response.max(), ms(17 + 240));
}

TEST(Bandwidth, ErrorsHaveNoBody) {
  const OneTrial trial(two_zones("latency: 5ms, bandwidth: 1Mbps", "arrivals: {constant: 1rps}",
                                 "response: 10KB, steps: [{fail: 100%}]"));
  const WindowRecord& clients = trial.at("w", "workload");
  EXPECT_EQ(static_cast<std::int64_t>(clients.sojourn / clients.ended()), ms(10).ns());
}

TEST(Bandwidth, IsKnownToTheTrafficEquations) {
  const Scenario scenario = scenario_of(two_zones("latency: 5ms, bandwidth: 1Mbps",
                                                  "arrivals: {constant: 1rps}, body: 2KB",
                                                  "response: 10KB, steps: [{wait: 1ms}]"));
  EXPECT_NEAR(Traffic(scenario).request(0).network, 0.016 + 0.005 + 0.080 + 0.005, 1e-12);
}

// ---- Recovery

std::uint64_t answered(const OneTrial& trial) {
  return trial.outcome("w", "workload", Outcome::ok);
}

TEST(Recovery, OfNoneLosesTheMessage) {
  const OneTrial trial(
      two_zones("latency: 1ms, loss: 20%", "arrivals: {constant: 10rps}, timeout: 10s"));
  EXPECT_NEAR(static_cast<double>(answered(trial)), 10'000 * 0.64, 220);
}

TEST(Recovery, SendsAgainAfterTheRtoAndTwiceThat) {
  const OneTrial trial(
      two_zones("latency: 1ms, loss: 20%, recovery: tcp", "arrivals: {constant: 10rps}"));
  const WindowRecord& clients = trial.at("w", "workload");
  EXPECT_EQ(answered(trial), clients.arrivals);
  // An RTT of 2 ms without spread: the least RTO, 200 ms. Each way p RTO (1 + 2 p + 4 p^2 ...) =
  // p RTO / (1 - 2 p) on average, with a standard deviation of 0.3 s.
  const double p = 0.2;
  const double late = 0.2 * p / (1 - 2 * p);
  EXPECT_NEAR(clients.response.mean_seconds(), 0.003 + 2 * late, 4.5 * 0.42 / 100);
  EXPECT_EQ(clients.response.min(), ms(3));
  // A single loss shows as 203 ms in all; one way loses once, the other not at all.
  EXPECT_NEAR(clients.response.share_above(ms(202)) - clients.response.share_above(ms(206)),
              2 * 0.2 * 0.8 * 0.8, 0.02);
}

TEST(Recovery, TakesItsRtoFromTheRoundTrip) {
  const auto rto = [](const std::string& link) {
    return scenario_of(two_zones(link + ", loss: 1%, recovery: tcp", "arrivals: {constant: 1rps}"))
        .blueprint.network.links.back()
        .rto;
  };
  EXPECT_EQ(rto("rtt: 10ms"), ms(200));
  EXPECT_EQ(rto("rtt: 300ms"), ms(300));
  EXPECT_EQ(rto("rtt: 10ms, rto: 50ms"), ms(50));
  // Exponential with a mean of 100 ms each way: 200 ms and four times sqrt(2) 100 ms.
  EXPECT_NEAR(rto("latency: {exponential: 100ms}").to_seconds(), 0.2 + 0.4 * std::sqrt(2), 1e-9);
}

TEST(Recovery, CarriesMessagesOverAPartition) {
  // From 10 s on for 3 s: what is sent at 10.5 s is sent again 200, 600, 1400, 3000 ms later.
  const OneTrial trial(two_zones("latency: 1ms, recovery: tcp", "arrivals: {constant: 1rps}",
                                 "steps: [{wait: 1ms}]",
                                 "faults: [{at: 10500ms, for: 3s, fault: network.partition, "
                                 "target: {from: eu/a, to: eu/b}}]"));
  const WindowRecord& clients = trial.at("w", "workload");
  EXPECT_EQ(answered(trial), clients.arrivals);
  // Sent at 11, 12 and 13 s, whole again at 13.5 s: at 14 s, at 13.4 no, 14.0; and at 13.6 s.
  EXPECT_EQ(clients.response.max(), ms(3000 + 3));
}

TEST(Recovery, GivesUpAfterFifteenTimes) {
  const OneTrial trial(two_zones("latency: 1ms, loss: 100%, recovery: tcp, rto: 1ms",
                                 "users: 1, timeout: 900s, think: 1s"));
  EXPECT_EQ(trial.outcome("w", "workload", Outcome::timeout), 2U);
  EXPECT_EQ(trial.at("s/x", "endpoint").arrivals, 0U);
}

TEST(Recovery, IsKnownToTheTrafficEquations) {
  const Scenario scenario = scenario_of(
      two_zones("latency: 1ms, loss: 20%, recovery: tcp", "arrivals: {constant: 1rps}"));
  EXPECT_NEAR(Traffic(scenario).request(0).network, 0.002 + 2 * 0.2 * 0.2 / 0.6,
              1e-5);  // at most 15 times
}

}  // namespace network_test
}  // namespace rehearse::models
