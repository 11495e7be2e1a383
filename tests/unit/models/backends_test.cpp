// Balancers with weights, places, latencies and hashes: picks one by one, and what becomes of a
// whole trial.

#include "models/backends.hpp"

#include <map>

#include "tests/unit/models/one_trial.hpp"

namespace rehearse::models {
namespace {

/// A service of a scenario with its balancer, outside of any trial.
class Picker {
 public:
  explicit Picker(const std::string& service,
                  const std::string& regions = "{eu: {zones: [a, b]}, us: {zones: [a]}}")
      : scenario_(scenario_of("system:\n  regions: " + regions +
                              "\n  services: {s: {service_time: 1ms, " + service +
                              "}}\nworkload: {w: {clients: 1000, arrivals: {constant: 1rps}, to: "
                              "s}}\n")),
        spec_(scenario_.blueprint.services[service_of(scenario_, "s")]),
        balancer_(spec_.balancer, static_cast<std::uint32_t>(spec_.placement.size())),
        backends_(spec_, scenario_.blueprint.network, balancer_, 42),
        stream_({1, 0}, "s", "balancer") {}

  void go_to(double seconds) { now_ = Instant::start() + Duration::from_seconds(seconds); }
  /// Picks for a caller in this zone, which waits for its answer.
  std::uint32_t pick(const std::string& zone = "clients", std::uint32_t key = kNone) {
    const auto& zones = scenario_.blueprint.network.zones;
    std::uint32_t number = 0;
    while (zones[number].name != zone) ++number;
    const std::uint32_t picked = backends_.pick({now_, number, key}, stream_);
    if (picked != kNone) balancer_.sent(picked);
    return picked;
  }
  void answer(std::uint32_t instance, Duration after) {
    balancer_.answered(instance);
    backends_.answered(instance, now_, after);
  }
  void rotation(std::uint32_t instance, bool in) { backends_.set_in_rotation(instance, in, now_); }
  /// Picks that end at once; how many each instance got.
  std::map<std::uint32_t, int> shares(int picks, const std::string& zone = "clients") {
    std::map<std::uint32_t, int> result;
    for (int i = 0; i < picks; ++i) {
      const std::uint32_t picked = pick(zone);
      ++result[picked];
      if (picked != kNone) balancer_.answered(picked);
    }
    return result;
  }

 private:
  Scenario scenario_;
  const ServiceSpec& spec_;
  Balancer balancer_;
  Backends backends_;
  sim::Stream stream_;
  Instant now_;
};

using Shares = std::map<std::uint32_t, int>;

TEST(Backends, TakeTurnsByWeight) {
  Picker picker("instances: 3, balancer: {weights: [5, 1, 1]}");
  std::string order;
  for (int i = 0; i < 7; ++i) order += std::to_string(picker.pick());
  EXPECT_EQ(order, "0010200");
}

TEST(Backends, WeighWholeZones) {
  // Instances go round: eu/a 0 3, eu/b 1 4, us/a 2 5.
  Picker picker("instances: 6, balancer: {weights: {eu: 2, eu/b: 4}}");
  EXPECT_EQ(picker.shares(140), (Shares{{0, 20}, {1, 40}, {2, 10}, {3, 20}, {4, 40}, {5, 10}}));
}

TEST(Backends, DrawByWeight) {
  Picker picker("instances: 3, balancer: {policy: random, weights: [2, 1, 1]}");
  const Shares shares = picker.shares(40'000);
  EXPECT_NEAR(shares.at(0), 20'000, 400);
  EXPECT_NEAR(shares.at(1), 10'000, 350);
}

TEST(Backends, CountRequestsUnderWayByWeight) {
  Picker picker("instances: 2, balancer: {policy: least_requests, weights: [3, 1]}");
  std::string order;
  for (int i = 0; i < 8; ++i) order += std::to_string(picker.pick());
  // (requests + 1) / weight: 1/3 1, 2/3 1, then 1 1 by turn: instance 1 is next.
  EXPECT_EQ(order, "00100010");
}

TEST(Backends, DrawDistinctChoicesByWeight) {
  // Idle, the heavy one wins whenever it is among two distinct of three with weights 2 : 1 : 1: but
  // for 1/4 1/3 + 1/4 1/3.
  Picker idle("instances: 3, balancer: {choices: 2, weights: [2, 1, 1]}");
  EXPECT_NEAR(idle.shares(40'000).at(0), 33'333, 340);
  Picker two("instances: 2, balancer: {choices: 2, weights: [1, 1.5]}");
  std::string order;
  for (int i = 0; i < 2; ++i) order += std::to_string(two.pick());
  EXPECT_EQ(order, "10") << "1/1.5 before 1/1, then 2/1.5 against 1";
}

TEST(Backends, AvoidTheSlowOneByPeakEwma) {
  Picker picker("instances: 2, balancer: {policy: least_latency, decay: 1s}");
  picker.go_to(1);
  const std::uint32_t first = picker.pick();
  const std::uint32_t second = picker.pick();
  EXPECT_NE(first, second) << "nothing is known of the other one";
  picker.answer(first, Duration::milliseconds(400));
  picker.answer(second, Duration::milliseconds(100));
  // 100 ms times the requests under way stays below 400 ms for three of them.
  EXPECT_EQ(picker.pick(), second);
  EXPECT_EQ(picker.pick(), second);
  EXPECT_EQ(picker.pick(), second);
  picker.go_to(1.5);
  for (int i = 0; i < 3; ++i) picker.answer(second, Duration::milliseconds(300));
  // 400 ms have decayed to 243 ms.
  EXPECT_EQ(picker.pick(), first);
}

TEST(Backends, KeepAClientAndMoveOnlyThoseOfOneThatLeaves) {
  Picker picker("instances: 4, balancer: consistent_hash");
  std::vector<std::uint32_t> before;
  for (std::uint32_t client = 0; client < 500; ++client)
    before.push_back(picker.pick("clients", client));
  picker.rotation(2, false);
  for (std::uint32_t client = 0; client < 500; ++client) {
    const std::uint32_t now = picker.pick("clients", client);
    if (before[client] != 2) {
      EXPECT_EQ(now, before[client]);
    } else {
      EXPECT_NE(now, 2U);
    }
  }
  picker.rotation(2, true);
  for (std::uint32_t client = 0; client < 500; ++client)
    EXPECT_EQ(picker.pick("clients", client), before[client]);
}

TEST(Backends, AskTheirOwnZoneThenTheRegionThenElsewhere) {
  // eu/a 0 3, eu/b 1 4, us/a 2 5.
  Picker picker("instances: 6, balancer: {prefer: zone}");
  EXPECT_EQ(picker.shares(10, "eu/a"), (Shares{{0, 5}, {3, 5}}));
  EXPECT_EQ(picker.shares(10, "us/a"), (Shares{{2, 5}, {5, 5}}));
  EXPECT_EQ(picker.shares(12).size(), 6U) << "clients outside ask all alike";
  for (const std::uint32_t i : {0U, 3U}) picker.rotation(i, false);
  EXPECT_EQ(picker.shares(10, "eu/a"), (Shares{{1, 5}, {4, 5}}));
  for (const std::uint32_t i : {1U, 4U}) picker.rotation(i, false);
  EXPECT_EQ(picker.shares(10, "eu/a"), (Shares{{2, 5}, {5, 5}}));
  for (const std::uint32_t i : {2U, 5U}) picker.rotation(i, false);
  EXPECT_EQ(picker.shares(10, "eu/a"), (Shares{{kNone, 10}}));
}

TEST(Backends, SpillOverByTheShareInRotation) {
  // Half of the zone is out: its health is 70 %.
  Picker picker("instances: 6, balancer: {prefer: zone}", "{eu: {zones: [a, b]}}");
  Picker whole("instances: 12, balancer: {prefer: zone}", "{eu: {zones: [a, b]}}");
  for (const std::uint32_t i : {0U, 2U, 4U}) whole.rotation(i, false);
  const Shares shares = whole.shares(40'000, "eu/a");
  int near = 0;
  for (const std::uint32_t i : {6U, 8U, 10U}) near += shares.at(i);
  EXPECT_NEAR(near, 28'000, 450);
  // One of three: 2/3 times 1.4 is 93 %.
  picker.rotation(0, false);
  const Shares third = picker.shares(40'000, "eu/a");
  EXPECT_NEAR(third.at(2) + third.at(4), 40'000 * 14 / 15, 300);
}

TEST(Backends, PreferTheRegion) {
  Picker picker("instances: 6, balancer: {prefer: region}");
  EXPECT_EQ(picker.shares(8, "eu/a"), (Shares{{0, 2}, {1, 2}, {3, 2}, {4, 2}}));
}

TEST(Backends, PanicAndAskAll) {
  Picker picker("instances: 4, balancer: {panic: 50%}");
  picker.rotation(0, false);
  picker.rotation(1, false);
  EXPECT_EQ(picker.shares(8), (Shares{{2, 4}, {3, 4}})) << "half is enough";
  picker.rotation(2, false);
  EXPECT_EQ(picker.shares(8), (Shares{{0, 2}, {1, 2}, {2, 2}, {3, 2}}));
  picker.rotation(3, false);
  EXPECT_EQ(picker.shares(8).size(), 4U);
  picker.rotation(1, true);
  picker.rotation(0, true);
  EXPECT_EQ(picker.shares(8), (Shares{{0, 4}, {1, 4}}));
}

TEST(Backends, StartSlowly) {
  Picker picker("instances: 2, balancer: {policy: random, slow_start: {window: 100s}}");
  picker.go_to(10);
  picker.rotation(1, false);
  EXPECT_EQ(picker.shares(10), (Shares{{0, 10}}));
  picker.rotation(1, true);
  const auto share = [&](double seconds) {
    picker.go_to(10 + seconds);
    return picker.shares(40'000).at(1) / 40'000.0;
  };
  EXPECT_NEAR(share(5), 0.1 / 1.1, 0.007);  // at least 10 %
  EXPECT_NEAR(share(50), 0.5 / 1.5, 0.011);
  EXPECT_NEAR(share(100), 0.5, 0.012);
  EXPECT_NEAR(share(500), 0.5, 0.012);
}

// ---- Whole trials

TEST(PreferredPlaces, CostNoTripBetweenZones) {
  const auto text = [](const std::string& balancer) {
    return R"(
experiment: {horizon: 100s}
system:
  regions: {eu: {zones: [a, b]}}
  network: [{between: zones, latency: 3ms}]
  services:
    front: {zones: [eu/a], endpoints: {x: [{call: back/x}]}}
    back: {instances: 2, balancer: )" +
           balancer + R"(, endpoints: {x: [{wait: 1ms}]}}
workload: {w: {arrivals: {constant: 10rps}, to: front/x}}
)";
  };
  const OneTrial near(text("{prefer: zone}"));
  const OneTrial far(text("round_robin"));
  EXPECT_EQ(near.at("front/x", "endpoint").response.max(), Duration::milliseconds(1));
  EXPECT_EQ(far.at("front/x", "endpoint").response.max(), Duration::milliseconds(7));
}

TEST(ConsistentHash, GoesByTheKeyOfTheLookUpAround) {
  // One key only: all misses ask one of the shards; hashes of two clients would not.
  const OneTrial trial(R"(
experiment: {horizon: 100s}
system:
  services:
    front:
      endpoints:
        x: [{cache: {get: c, on_miss: [{parallel: [{call: shard/x}, {call: shard/x}]}]}}]
    shard:
      instances: 8
      servers: 1
      balancer: {policy: consistent_hash, hash: key}
      endpoints: {x: [{wait: 100ms}]}
  caches: {c: {entries: 10, ttl: 1ms, keys: {uniform: 1}}}
workload: {w: {clients: 100, arrivals: {constant: 1rps}, to: front/x}}
)");
  EXPECT_GE(trial.at("shard/x", "endpoint").arrivals, 190U);
  // The second of the two always waits for the first: they meet at one instance.
  EXPECT_EQ(trial.at("front/x", "endpoint").response.max(), Duration::milliseconds(200));
}

}  // namespace
}  // namespace rehearse::models
