// Nodes: who finds room where, and what becomes of pods whose node is lost.

#include <map>

#include "models/lints.hpp"
#include "tests/unit/models/one_trial.hpp"

namespace rehearse::models {
namespace {

std::string system_of(const std::string& nodes, const std::string& services,
                      const std::string& scheduler = "{}") {
  return "experiment: {horizon: 200s}\nsystem:\n  regions: {eu: {zones: [a, b, c]}}\n  nodes: {" +
         nodes + "}\n  scheduler: " + scheduler + "\n  services: {" + services +
         "}\nworkload: {w: {arrivals: {constant: 1rps}, to: s}}\n";
}

const ServiceSpec& service(const Scenario& scenario, const std::string& name = "s") {
  return scenario.blueprint.services[service_of(scenario, name)];
}

/// Pods by zone.
std::map<std::uint32_t, int> zones(const ServiceSpec& spec) {
  std::map<std::uint32_t, int> count;
  for (const std::uint32_t zone : spec.placement) ++count[zone];
  return count;
}

const std::string kSix = "s: {instances: 6, requests: {cpu: 1}, service_time: 1ms}";

TEST(Placement, SpreadsOverZones) {
  const Scenario scenario = scenario_of(system_of("n: {count: 3, cpu: 4, memory: 16Gi}", kSix));
  EXPECT_EQ(zones(service(scenario)), (std::map<std::uint32_t, int>{{0, 2}, {1, 2}, {2, 2}}));
  EXPECT_EQ(service(scenario).pending, 0U);
}

TEST(Placement, NeedsNoNodesWhereThereAreNone) {
  const Scenario scenario = scenario_of(
      system_of("n: {count: 1, cpu: 1, memory: 1Gi, zones: [eu/a]}",
                "s: {zones: [eu/b, eu/c], instances: 4, cpu: {limit: 2}, service_time: 1ms}"));
  EXPECT_EQ(zones(service(scenario)), (std::map<std::uint32_t, int>{{1, 2}, {2, 2}}));
  EXPECT_TRUE(service(scenario).nodes.empty());
}

TEST(Placement, LetsPodsWaitRatherThanSkewZones) {
  // Zone b has room for one: zone a may have one more than that.
  const std::string nodes =
      "big: {count: 2, cpu: 4, memory: 16Gi, zones: [eu/a]}, small: {cpu: 1, memory: 16Gi, zones: "
      "[eu/b]}";
  const Scenario waits = scenario_of(system_of(nodes, kSix));
  EXPECT_EQ(zones(service(waits)), (std::map<std::uint32_t, int>{{0, 2}, {1, 1}}));
  EXPECT_EQ(service(waits).pending, 3U);
  bool said = false;
  for (const Lint& one : lint(waits))
    if (one.id == "pods-pending") {
      said = true;
      EXPECT_EQ(
          one.message,
          "3 of the 6 instances of 's' find no node with room for them (cpu 1, memory 0B), and "
          "are not there");
    }
  EXPECT_TRUE(said);
  const Scenario skewed = scenario_of(system_of(nodes, kSix, "{unsatisfiable: anyway}"));
  EXPECT_EQ(zones(service(skewed)), (std::map<std::uint32_t, int>{{0, 5}, {1, 1}}));
  const Scenario two = scenario_of(system_of(nodes, kSix, "{max_skew: 2}"));
  EXPECT_EQ(zones(service(two)), (std::map<std::uint32_t, int>{{0, 3}, {1, 1}}));
}

TEST(Placement, TakesTheEmptiestOrTheFullestNode) {
  const std::string nodes = "n: {count: 2, cpu: 4, memory: 16Gi, zones: [eu/a]}";
  const std::string two = "s: {instances: 2, requests: {cpu: 1, memory: 1Gi}, service_time: 1ms}";
  EXPECT_EQ(service(scenario_of(system_of(nodes, two))).nodes, (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(service(scenario_of(system_of(nodes, two, "{score: most_allocated}"))).nodes,
            (std::vector<std::uint32_t>{0, 0}));
}

TEST(Placement, CountsCoresAndMemoryAndStaysInItsZones) {
  const std::string nodes = "n: {count: 3, cpu: 4, memory: 4Gi}";
  const auto pods = [&](const std::string& requests, const std::string& more = "") {
    return service(scenario_of(system_of(nodes, "s: {instances: 20, requests: {" + requests +
                                                    "}, service_time: 1ms" + more + "}")))
        .placement.size();
  };
  EXPECT_EQ(pods("cpu: 1500m, memory: 1Mi"), 6U);
  EXPECT_EQ(pods("cpu: 1m, memory: 1Gi"), 12U);
  EXPECT_EQ(pods("cpu: 1m, memory: 1Gi", ", zones: [eu/b]"), 4U);
}

TEST(Placement, AsksForLimitsUnlessToldOtherwise) {
  const Scenario scenario =
      scenario_of(system_of("n: {count: 1, cpu: 4, memory: 4Gi, zones: [eu/a]}",
                            "s: {instances: 5, cpu: {limit: 1500m}, service_time: 1ms}, "
                            "t: {instances: 5, memory: {limit: 1Gi}, service_time: 1ms}"));
  EXPECT_EQ(service(scenario).placement.size(), 2U);
  EXPECT_EQ(service(scenario, "t").placement.size(), 4U);
}

// Two pods that need a node each, on the first two of `count` nodes.
std::string cluster(int count, const std::string& faults) {
  return system_of("n: {count: " + std::to_string(count) + ", cpu: 2, memory: 4Gi, zones: [eu/a]}",
                   "s: {instances: 2, requests: {cpu: 2}, startup: 5s, service_time: 1ms}",
                   "{toleration: 60s}") +
         "faults: [" + faults + "]\n";
}

/// "what at", seconds.
std::vector<std::string> events(const OneTrial& trial) {
  std::vector<std::string> all;
  for (const PlatformEvent& event : trial.record().log)
    if (event.what != "fault.began" && event.what != "fault.ended")
      all.push_back(event.what + " " + std::to_string(event.at.ns() / 1'000'000'000));
  return all;
}

TEST(NodeKill, TakesItsPodsAndBringsThemBack) {
  const OneTrial trial(cluster(2, "{at: 10s, for: 20s, fault: node.kill, target: n-0}"));
  EXPECT_EQ(events(trial), (std::vector<std::string>{"node.lost 10", "instance.stopped 10",
                                                     "node.back 30", "instance.started 35"}));
  EXPECT_EQ(trial.record().faults.at(0).touched, 1U);
}

TEST(NodeKill, LetsPodsGoElsewhereAfterTheToleration) {
  const OneTrial trial(cluster(3, "{at: 10s, for: 150s, fault: node.kill, target: n-0}"));
  EXPECT_EQ(events(trial),
            (std::vector<std::string>{"node.lost 10", "instance.stopped 10", "instance.moved 70",
                                      "instance.started 75", "node.back 160"}));
}

TEST(NodeKill, LetsPodsWaitWhereThereIsNoRoom) {
  const OneTrial trial(cluster(2, "{at: 10s, for: 150s, fault: node.kill, target: n-0}"));
  EXPECT_EQ(events(trial),
            (std::vector<std::string>{"node.lost 10", "instance.stopped 10", "node.back 160",
                                      "instance.moved 160", "instance.started 165"}));
}

TEST(NodeKill, HitsSoManyOfAPool) {
  const OneTrial trial(cluster(3, "{at: 10s, fault: node.kill, target: {name: n, count: 2}}"));
  EXPECT_EQ(trial.record().faults.at(0).touched, 2U);
}

TEST(NodeKill, CountsReasonsWhereFaultsOverlap) {
  const OneTrial trial(cluster(2,
                               "{at: 10s, for: 20s, fault: node.kill, target: n-0}, "
                               "{at: 20s, for: 20s, fault: zone.outage, target: eu/a}"));
  EXPECT_EQ(events(trial),
            (std::vector<std::string>{"node.lost 10", "instance.stopped 10", "node.lost 20",
                                      "instance.stopped 20", "node.back 40", "node.back 40",
                                      "instance.started 45", "instance.started 45"}));
}

TEST(Nodes, ChangeNothingForThoseWhoHaveRoom) {
  const std::string plain =
      "experiment: {horizon: 100s}\nsystem:\n  regions: {eu: {zones: [a, b]}}\n  network: "
      "[{between: "
      "zones, latency: 1ms}]\nNODES  services: {s: {instances: 2, service_time: 10ms}}\n"
      "workload: {w: {arrivals: {poisson: 10rps}, to: s}}\n";
  const auto with = [&](const std::string& nodes) {
    std::string text = plain;
    text.replace(text.find("NODES"), 5, nodes);
    return OneTrial(text).record().fingerprint;
  };
  EXPECT_EQ(with(""), with("  nodes: {n: {count: 2, cpu: 1, memory: 1Gi}}\n"));
}

}  // namespace
}  // namespace rehearse::models
