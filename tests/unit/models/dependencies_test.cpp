#include "models/dependencies.hpp"

#include <gmock/gmock.h>

#include <map>

#include "tests/unit/models/scenario_text.hpp"

namespace rehearse::models {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Impacts of all parts of a scenario, by name.
class Impacts {
 public:
  explicit Impacts(const std::string& text) : scenario_(scenario_of(text)), traffic_(scenario_) {
    for (const Part& part : parts_of(traffic_)) {
      names_.push_back(part.name);
      impacts_[part.name] = impact_of(traffic_, part);
    }
  }
  const Impact& of(const std::string& part) const { return impacts_.at(part); }
  const std::vector<std::string>& names() const { return names_; }
  const Scenario& scenario() const { return scenario_; }
  const Traffic& traffic() const { return traffic_; }
  double endpoint(const std::string& part, const std::string& endpoint) const {
    for (const auto& [e, share] : of(part).endpoints)
      if (scenario_.blueprint.endpoints[e].name == endpoint) return share;
    return 0;
  }

 private:
  Scenario scenario_;
  Traffic traffic_;
  std::vector<std::string> names_;
  std::map<std::string, Impact> impacts_;
};

TEST(Impact, OfWhatIsNeededIsEverything) {
  const Impacts impacts(R"(
system:
  services:
    front: {endpoints: {e: [{call: {to: back, retry: {attempts: 5, backoff: {constant: 1ms}}}}]}}
    back: {servers: 10, service_time: 10ms}
workload: {w: {arrivals: {poisson: 10rps}, to: front/e}}
)");
  EXPECT_THAT(impacts.names(), ElementsAre("front", "back"));
  EXPECT_EQ(impacts.of("front").clients, 1);
  EXPECT_THAT(impacts.of("front").endpoints, IsEmpty());
  EXPECT_EQ(impacts.of("back").clients, 1);  // tried again in vain
  EXPECT_EQ(impacts.endpoint("back", "front/e"), 1);
}

TEST(Impact, GoesNoFartherThanOnFailureContinue) {
  const Impacts impacts(R"(
system:
  services:
    front: {endpoints: {e: [{call: {to: back/e, on_failure: continue}}, {wait: 1ms}]}}
    back: {endpoints: {e: [{call: deep}]}}
    deep: {service_time: 10ms}
workload: {w: {arrivals: {poisson: 10rps}, to: front/e}}
)");
  EXPECT_EQ(impacts.of("back").clients, 0);
  EXPECT_EQ(impacts.of("deep").clients, 0);
  EXPECT_EQ(impacts.endpoint("deep", "back/e"), 1);
  EXPECT_EQ(impacts.endpoint("deep", "front/e"), 0);
}

TEST(Impact, CountsWaysByTheirShare) {
  const Impacts impacts(R"(
system:
  services:
    front:
      endpoints:
        e: [{choose: [{share: 30%, steps: [{call: a}]}, {share: 70%, steps: [{wait: 1ms}]}]}]
        f: [{wait: 1ms}]
    a: {service_time: 1ms}
workload:
  w: {arrivals: {poisson: 10rps}, mix: {front/e: 60%, front/f: 40%}}
  v: {arrivals: {poisson: 20rps}, to: front/f}
)");
  EXPECT_NEAR(impacts.endpoint("a", "front/e"), 0.3, 1e-12);
  EXPECT_THAT(impacts.of("a").workloads, ElementsAre(testing::DoubleNear(0.18, 1e-12), 0));
  EXPECT_NEAR(impacts.of("a").clients, 0.06, 1e-12);
}

TEST(Impact, SpeaksOfRequestsThatWouldHaveSucceeded) {
  const Impacts impacts(R"(
system:
  services:
    front:
      endpoints:
        e:
          - fail: 20%
          - choose: [{share: 50%, steps: [{call: a}]}, {share: 50%, steps: [{wait: 1ms}]}]
    a: {service_time: 1ms}
workload: {w: {arrivals: {poisson: 10rps}, to: front/e}}
)");
  EXPECT_NEAR(impacts.of("front").clients, 1, 1e-12);
  EXPECT_NEAR(impacts.of("a").clients, 0.5, 1e-12);
}

TEST(Impact, LeavesAQuorumThatHasEnough) {
  const auto text = [](int require) {
    return R"(
system:
  services:
    front: {endpoints: {e: [{parallel: {require: )" +
           std::to_string(require) + R"(, steps: [{call: a}, {call: b}, {call: c}]}}]}}
    a: {service_time: 1ms}
    b: {service_time: 1ms}
    c: {service_time: 1ms}
workload: {w: {arrivals: {poisson: 10rps}, to: front/e}}
)";
  };
  EXPECT_EQ(Impacts(text(2)).of("b").clients, 0);
  EXPECT_EQ(Impacts(text(3)).of("b").clients, 1);
}

TEST(Impact, OfACacheIsWhatLiesBehindIt) {
  // Half of the look-ups hit. Without the cache the database gets all 1500/s, and can do 1000/s.
  for (const std::string station : {"", ", latency: 1ms"}) {
    const Impacts impacts(R"(
system:
  services: {front: {endpoints: {e: [{cache: {get: c, on_miss: [{query: db/q}]}}]}}}
  caches: {c: {entries: 500, keys: {uniform: 1000})" +
                          station + R"(}}
  databases: {db: {pool: {size: 10}, queries: {q: 10ms}}}
workload: {w: {to: front/e, arrivals: {poisson: 1500rps}}}
)");
    EXPECT_THAT(impacts.names(), ElementsAre("front", "db", "c"));
    EXPECT_EQ(impacts.of("c").clients, 0) << station;
    ASSERT_EQ(impacts.of("c").overloads.size(), 1U) << station;
    EXPECT_EQ(impacts.of("c").overloads[0].service, service_of(impacts.scenario(), "db"));
    EXPECT_NEAR(impacts.of("c").overloads[0].saturation, 1.5, 1e-9);
    EXPECT_NEAR(impacts.of("db").clients, 0.5, 2e-3);
    EXPECT_THAT(impacts.of("db").overloads, IsEmpty());
  }
}

TEST(Impact, OfAZoneIsWhatStandsThere) {
  const Impacts impacts(R"(
system:
  regions: {eu: {zones: [a, b]}}
  services:
    front:
      instances: 2
      servers: 10
      endpoints:
        e: [{choose: [{share: 25%, steps: [{call: rare}]}, {share: 75%, steps: [{wait: 90ms}]}]}]
    rare: {zones: [eu/b], service_time: 90ms}
workload: {w: {arrivals: {poisson: 160rps}, to: front/e}}
)");
  EXPECT_THAT(impacts.names(), ElementsAre("front", "rare", "eu/a", "eu/b"));
  // 14.4 of 20 servers are busy; one zone has 10.
  EXPECT_EQ(impacts.of("eu/a").clients, 0);
  ASSERT_EQ(impacts.of("eu/a").overloads.size(), 1U);
  EXPECT_NEAR(impacts.of("eu/a").overloads[0].saturation, 1.44, 1e-9);
  // Without b the calls of `rare` fail at once, which leaves 10.8 on the other zone's 10.
  EXPECT_NEAR(impacts.of("eu/b").clients, 0.25, 1e-12);
  ASSERT_EQ(impacts.of("eu/b").overloads.size(), 1U);
  EXPECT_NEAR(impacts.of("eu/b").overloads[0].saturation, 1.08, 1e-9);
}

TEST(Impact, KnowsNoZoneWhereThereIsOne) {
  const Impacts impacts(R"(
system:
  regions: {eu: {zones: [a]}}
  services: {s: {instances: 2, service_time: 1ms}, idle: {service_time: 1ms}}
workload: {w: {arrivals: {poisson: 1rps}, to: s}}
)");
  EXPECT_THAT(impacts.names(), ElementsAre("s"));
}

// w -> a/x -> b/x -> c, and a/x -> c; v -> c.
constexpr const char* kDiamond = R"(
system:
  services:
    a: {endpoints: {x: [{call: b/x}, {parallel: {steps: [{call: c}], copies: 3}}]}}
    b: {endpoints: {x: [{call: c}], unused: [{call: c}]}}
    c: {service_time: 1ms}
workload:
  w: {arrivals: {poisson: 10rps}, to: a/x}
  v: {arrivals: {poisson: 5rps}, to: c}
)";

TEST(Dependencies, AreEveryoneUpstream) {
  const Scenario scenario = scenario_of(kDiamond);
  const Traffic traffic(scenario);
  const auto of = [&](const std::string& service) {
    std::vector<std::string> names;
    for (const std::uint32_t e : dependents(traffic, service_of(scenario, service)))
      names.push_back(scenario.blueprint.endpoints[e].name);
    return names;
  };
  EXPECT_THAT(of("c"), ElementsAre("a/x", "b/x", "b/unused"));
  EXPECT_THAT(of("b"), ElementsAre("a/x"));
  EXPECT_THAT(of("a"), IsEmpty());
  EXPECT_THAT(call_depths(traffic), ElementsAre(3, 1));
}

TEST(Dependencies, CountCalls) {
  const Scenario scenario = scenario_of(kDiamond);
  const Traffic traffic(scenario);
  std::vector<std::string> edges;
  for (const CallEdge& edge : call_edges(traffic))
    edges.push_back((edge.client ? scenario.blueprint.workloads[edge.caller].name
                                 : scenario.blueprint.endpoints[edge.caller].name) +
                    " " + scenario.blueprint.endpoints[edge.callee].name + " " +
                    std::to_string(std::lround(edge.per_request)) + " " +
                    std::to_string(std::lround(edge.rate)));
  EXPECT_THAT(edges, testing::UnorderedElementsAre("w a/x 1 10", "v c 1 5", "a/x b/x 1 10",
                                                   "a/x c 3 30", "b/x c 1 10", "b/unused c 1 0"));
}

}  // namespace
}  // namespace rehearse::models
