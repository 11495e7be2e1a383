#include "models/lints.hpp"
#include "tests/unit/models/one_trial.hpp"

/// Pools of nodes that a policy sizes: orders, boots, drains and interruptions.

namespace rehearse::models {
namespace node_pools_test {

Instant at_s(std::int64_t n) {
  return Instant::start() + Duration::seconds(n);
}

// One request a second; both policies look every 10 s, that of the service first.
std::string scenario(const std::string& nodes, const std::string& service,
                     const std::string& windows, const std::string& policy) {
  std::string text = "experiment: {horizon: 200s}\nsystem: {nodes: {" + nodes +
                     "}, services: {s: {" + service +
                     "}}}\nworkload: {w: {arrivals: {constant: 1rps}, to: s}}\npolicies:\n";
  if (!windows.empty())
    text +=
        "  count: {target: s, scheduled: {min: 2, max: 4, period: 10s, every: 1000s, windows: [" +
        windows + "]}}\n";
  return text + "  nodes: {node_pools: {" + policy + "}}\n";
}

const std::string kPods =
    "instances: 2, requests: {cpu: 1, memory: 1Gi}, startup: 5s, service_time: 1ms";
const std::string kMore = "{from: 15s, to: 1000s, instances: 4}";

TEST(NodePoolsHost, OrdersANodeForPodsThatHaveNoRoom) {
  const OneTrial trial(
      scenario("n: {cpu: 2, memory: 8Gi, boot: 30s}", kPods, kMore, "pools: {n: {max: 3}}"));
  ASSERT_EQ(trial.record().decisions.size(), 2U);
  const PolicyDecision& decision = trial.record().decisions[1];
  EXPECT_EQ(decision.at, at_s(20));
  EXPECT_EQ(decision.subject, "n");
  EXPECT_EQ(decision.from, 1);
  EXPECT_EQ(decision.to, 2);
  EXPECT_EQ(decision.because, "pods have no room");
  EXPECT_EQ(decision.outcome, PolicyDecision::Outcome::done);
  EXPECT_EQ(trial.when("node.ready"), std::vector{at_s(50)});
  EXPECT_EQ(trial.when("instance.started"), (std::vector{at_s(55), at_s(55)}));
  // One all the time, another from its order on: 200 s + 180 s.
  EXPECT_EQ(trial.at("n", "pool").instances, sim::UInt128{380'000'000'000});
}

TEST(NodePoolsHost, OrdersNoMoreThanItMay) {
  const OneTrial trial(
      scenario("n: {cpu: 1, memory: 8Gi, count: 2}", kPods, kMore, "pools: {n: {max: 3}}"));
  EXPECT_EQ(trial.when("node.ready"), std::vector{at_s(20)});
  EXPECT_EQ(trial.when("instance.started"), std::vector{at_s(25)});
}

TEST(NodePoolsHost, GivesBackANodeThatIsEmpty) {
  const OneTrial trial(scenario("n: {cpu: 2, memory: 8Gi}", kPods,
                                "{from: 15s, to: 45s, instances: 4}",
                                "pools: {n: {max: 3}}, unneeded: 20s, after_add: 10s"));
  EXPECT_EQ(trial.when("node.ready"), std::vector{at_s(20)});
  EXPECT_EQ(trial.when("instance.draining"), (std::vector{at_s(50), at_s(50)}));
  // Told to have no pods from 50 s on.
  EXPECT_EQ(trial.when("node.gone"), std::vector{at_s(70)});
  EXPECT_EQ(trial.record().decisions.back().because, "it is empty");
  EXPECT_EQ(trial.at("n", "pool").instances, sim::UInt128{250'000'000'000});
}

TEST(NodePoolsHost, MovesPodsFromANodeThatIsNotNeeded) {
  const OneTrial trial(scenario("n: {cpu: 4, memory: 8Gi, count: 2}", kPods, "",
                                "pools: {n: {min: 1, max: 3}}, unneeded: 20s"));
  ASSERT_EQ(trial.record().decisions.size(), 1U);
  EXPECT_EQ(trial.record().decisions[0].because, "its pods have room elsewhere");
  EXPECT_EQ(trial.when("node.draining"), std::vector{at_s(20)});
  EXPECT_EQ(trial.when("instance.draining"), std::vector{at_s(20)});
  EXPECT_EQ(trial.when("instance.started"), std::vector{at_s(25)});
  EXPECT_EQ(trial.when("node.gone"), std::vector{at_s(20)});  // the pod had nothing to do
  EXPECT_EQ(trial.outcome("w", "workload", Outcome::ok), 199U);
}

TEST(NodePoolsHost, LeavesPodsWhereTheBudgetForbidsToMoveThem) {
  const auto drained = [](const std::string& budget) {
    return OneTrial(scenario("n: {cpu: 4, memory: 8Gi, count: 2}",
                             kPods + ", disruption_budget: {" + budget + "}", "",
                             "pools: {n: {min: 1, max: 3}}, unneeded: 20s"))
        .when("node.draining");
  };
  EXPECT_TRUE(drained("min_available: 2").empty());
  EXPECT_TRUE(drained("max_unavailable: 0").empty());
  EXPECT_EQ(drained("min_available: 1"), std::vector{at_s(20)});
  EXPECT_EQ(drained("max_unavailable: 1"), std::vector{at_s(20)});
}

TEST(NodePoolsHost, KeepsANodeUntilItsPodsHaveFinishedOrTheirGraceIsOver) {
  const auto gone = [](const std::string& time) {
    const std::string pods = "instances: 2, requests: {cpu: 1, memory: 1Gi}, service_time: " + time;
    std::string text = scenario("n: {cpu: 4, memory: 8Gi, count: 2}", pods, "",
                                "pools: {n: {min: 1, max: 3}}, unneeded: 20s");
    text.insert(text.rfind('}'), ", act: {grace: 8s}");
    return OneTrial(text).when("node.gone");
  };
  // What came at 19 s or 20 s.
  ASSERT_EQ(gone("5s").size(), 1U);
  EXPECT_GE(gone("5s").front(), at_s(24));
  EXPECT_LE(gone("5s").front(), at_s(25));
  EXPECT_EQ(gone("60s"), std::vector{at_s(28)});
}

TEST(NodePoolsHost, GivesUpOnNodesThatNeverCome) {
  const OneTrial trial(scenario("n: {cpu: 2, memory: 8Gi, fails: 100%}", kPods, kMore,
                                "pools: {n: {max: 3}}, max_provision: 60s, after_failure: 50s"));
  // Asked for at 20 s, missed at 30 s, given up on at 90 s, asked for again at 140 s.
  ASSERT_EQ(trial.record().decisions.size(), 4U);
  EXPECT_EQ(trial.record().decisions[2].at, at_s(90));
  EXPECT_EQ(trial.record().decisions[2].because, "nodes have not come");
  EXPECT_EQ(trial.record().decisions[2].to, 1);
  EXPECT_EQ(trial.record().decisions[3].at, at_s(140));
  EXPECT_EQ(trial.when("node.withdrawn"), std::vector{at_s(90)});
  EXPECT_TRUE(trial.when("node.ready").empty());
  EXPECT_EQ(trial.at("n", "pool").instances, sim::UInt128{200'000'000'000});
}

TEST(NodePoolsHost, TakesSpotNodesAwayWithAllThatIsStillThere) {
  const std::string pods = "instances: 1, requests: {cpu: 1, memory: 1Gi}, service_time: 60s";
  const auto run = [&](const std::string& warning) {
    return OneTrial(
        scenario("spot: {cpu: 1, memory: 8Gi, spot: {interrupted_every: 30s, warning: " + warning +
                     "}}, safe: {cpu: 1, memory: 8Gi, count: 0}",
                 pods, "", "pools: {spot: {max: 1}, safe: {max: 1}}, spot_share: 0%"));
  };
  for (const std::int64_t warning : {0, 5}) {
    const OneTrial trial = run(std::to_string(warning) + "s");
    const std::vector<Instant> interrupted = trial.when("node.interrupted");
    ASSERT_EQ(interrupted.size(), 1U);
    EXPECT_EQ(trial.when("node.gone"), std::vector{interrupted[0] + Duration::seconds(warning)});
    EXPECT_EQ(trial.when("instance.lost"), trial.when("node.gone"));
    // What is not spot takes over, at the next look.
    ASSERT_FALSE(trial.record().decisions.empty());
    EXPECT_EQ(trial.record().decisions[0].subject, "safe");
    EXPECT_EQ(trial.when("node.ready").size(), 1U);
    EXPECT_EQ(trial.when("instance.started"), trial.when("node.ready"));
  }
}

TEST(NodePoolsHost, IsWarnedOfWhatItsPoolsCannotHold) {
  const auto said = [](const std::string& most) {
    std::vector<std::string> messages;
    for (const Lint& one : lint(scenario_of(scenario("n: {cpu: 1, memory: 8Gi, count: 1}", kPods,
                                                     kMore, "pools: {n: {max: " + most + "}}"))))
      if (one.id == "pods-pending") messages.push_back(one.message);
    return messages;
  };
  EXPECT_TRUE(said("4").empty());
  EXPECT_EQ(said("3"), std::vector<std::string>{"'s' may have 4 instances, and on all nodes that "
                                                "there may be is room for 3"});
}

TEST(NodePoolsHost, PaysForNodesThatNobodySizesAllTheTime) {
  const OneTrial trial(
      "experiment: {horizon: 100s}\nsystem: {nodes: {n: {count: 3, cpu: 1, memory: 1Gi, price: "
      "2}}, "
      "services: {s: {service_time: 1ms}}}\nworkload: {w: {arrivals: {constant: 1rps}, to: s}}\n");
  EXPECT_EQ(trial.at("n", "pool").instances, sim::UInt128{300'000'000'000});
}

}  // namespace node_pools_test
}  // namespace rehearse::models
