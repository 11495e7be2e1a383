#include "policies/node_pools.hpp"

#include <gtest/gtest.h>

namespace rehearse::policies {
namespace node_pools_test {

constexpr double kGiga = 1e9;

// A cluster of which everything is told at each scan.
class Cluster {
 public:
  explicit Cluster(NodePools::Params params) : pools_(params.pools.size()), policy_(params) {}

  void set_count(std::uint32_t pool, std::int32_t wanted) { pools_[pool] = wanted; }
  void add_node(InstanceId id, std::uint32_t pool, bool ready = true) {
    nodes_.push_back({.node = id, .pool = pool, .ready = ready, .cpu = 4, .memory = 16 * kGiga});
  }
  void add_pod(InstanceId id, InstanceId node, double cpu, bool movable = true) {
    pods_.push_back({.pod = id, .node = node, .cpu = cpu, .memory = kGiga, .movable = movable});
  }
  void allow(std::int32_t disruptions) { budget_ = disruptions; }
  void clear_pods() {
    for (const PodPlacement& pod : pods_) tell(PodGone{pod.pod});
    pods_.clear();
  }
  /// Scans for so long; what was decided.
  std::vector<Decision> go(std::int64_t seconds) {
    std::vector<Decision> all;
    for (const Instant end = now_ + Duration::seconds(seconds); now_ < end;
         now_ = now_ + Duration::seconds(10)) {
      for (std::uint32_t i = 0; i < pools_.size(); ++i) tell(PoolCount{i, pools_[i], now_});
      for (const NodeStatus& node : nodes_) tell(node);
      for (const PodPlacement& pod : pods_) tell(pod);
      if (budget_ >= 0) tell(DisruptionBudget{0, budget_});
      policy_.wake(now_, all);
    }
    return all;
  }

 private:
  void tell(const Observation& seen) {
    std::vector<Decision> out;
    policy_.observe(now_, seen, out);
  }
  std::vector<std::int32_t> pools_;
  std::vector<NodeStatus> nodes_;
  std::vector<PodPlacement> pods_;
  std::int32_t budget_ = -1;
  NodePools policy_;
  Instant now_ = Instant::start() + Duration::seconds(1000);
};

NodePools::Params two_pools(NodePools::Expander expander) {
  return {.pools = {{.name = "small", .cpu = 2, .memory = 8 * kGiga, .price = 1, .priority = 1},
                    {.name = "large", .cpu = 8, .memory = 32 * kGiga, .price = 5, .priority = 2}},
          .expander = expander};
}

ScalePool first_pool(Cluster& cluster) {
  const auto decisions = cluster.go(10);
  return decisions.empty() ? ScalePool{99, 0} : std::get<ScalePool>(decisions[0].action);
}

TEST(NodePools, PacksPodsOnNewNodesOfThePoolThatTheExpanderPicks) {
  using Expander = NodePools::Expander;
  for (const auto& [expander, pool, nodes] : {std::tuple{Expander::least_waste, 0U, 3},
                                              {Expander::price, 0U, 3},
                                              {Expander::priority, 1U, 1}}) {
    Cluster cluster(two_pools(expander));
    for (InstanceId id = 0; id < 6; ++id) cluster.add_pod(id, kWhole, 1);
    EXPECT_EQ(first_pool(cluster), (ScalePool{pool, nodes})) << static_cast<int>(expander);
  }
}

TEST(NodePools, WaitsForNodesThatAreOnTheirWayAndGivesThemUpInTheEnd) {
  Cluster cluster(two_pools(NodePools::Expander::price));
  cluster.add_pod(1, kWhole, 1);
  cluster.set_count(0, 1);
  EXPECT_TRUE(cluster.go(890).empty());
  const auto decisions = cluster.go(20);
  ASSERT_FALSE(decisions.empty());
  EXPECT_EQ(decisions[0].because, "nodes have not come");
}

TEST(NodePools, GivesAnEmptyNodeBackAfterTenMinutes) {
  Cluster cluster({.pools = {{.name = "one"}}});
  cluster.set_count(0, 2);
  cluster.add_node(1, 0);
  cluster.add_node(2, 0);
  cluster.add_pod(1, 1, 3);
  EXPECT_TRUE(cluster.go(600).empty());
  const auto decisions = cluster.go(10);
  ASSERT_EQ(decisions.size(), 1U);
  EXPECT_EQ(std::get<RemoveNode>(decisions[0].action).node, 2U);
}

TEST(NodePools, MovesPodsOnlyWhereTheyHaveRoomAndMay) {
  const auto removed = [](double other, bool movable, std::int32_t budget) {
    Cluster cluster({.pools = {{.name = "one"}}});
    cluster.set_count(0, 2);
    cluster.add_node(1, 0);
    cluster.add_node(2, 0);
    cluster.add_pod(1, 1, other);
    cluster.add_pod(2, 2, 1, movable);
    cluster.allow(budget);
    return cluster.go(700).size();
  };
  EXPECT_EQ(removed(3, true, 1), 1U);
  EXPECT_EQ(removed(3.5, true, 1), 0U);
  EXPECT_EQ(removed(3, false, 1), 0U);
  EXPECT_EQ(removed(3, true, 0), 0U);
}

TEST(NodePools, KeepsTheMinimumAndStopsWhereMostNodesAreNotReady) {
  Cluster minimum({.pools = {{.name = "one", .min = 1}}});
  minimum.set_count(0, 1);
  minimum.add_node(1, 0);
  EXPECT_TRUE(minimum.go(1200).empty());

  Cluster broken({.pools = {{.name = "one"}}});
  broken.set_count(0, 8);
  for (InstanceId id = 0; id < 8; ++id) broken.add_node(id, 0, id >= 4);
  broken.add_pod(1, kWhole, 3);
  EXPECT_TRUE(broken.go(1200).empty());
}

TEST(NodePools, GrowSpotToItsShareAndFallBackToOthers) {
  NodePools::Params params{
      .pools = {{.name = "spot", .price = 1, .spot = true}, {.name = "on demand", .price = 3}},
      .expander = NodePools::Expander::price,
      .spot_share = 0.3};
  const auto chosen = [&](std::int32_t spot, std::int32_t others) {
    Cluster cluster(params);
    cluster.set_count(0, spot);
    cluster.set_count(1, others);
    InstanceId id = 0;
    for (std::int32_t i = 0; i < spot; ++i) cluster.add_node(id++, 0);
    for (std::int32_t i = 0; i < others; ++i) cluster.add_node(id++, 1);
    for (InstanceId node = 0; node < id; ++node) cluster.add_pod(100 + node, node, 4);
    cluster.add_pod(1, kWhole, 4);
    return first_pool(cluster);
  };
  EXPECT_EQ(chosen(0, 2), (ScalePool{1, 3}));  // one of three would be more than 30 %
  EXPECT_EQ(chosen(0, 3), (ScalePool{0, 1}));
  EXPECT_EQ(chosen(1, 3), (ScalePool{1, 4}));
  params.pools[0].max = 1;  // there are no more
  EXPECT_EQ(chosen(1, 9), (ScalePool{1, 10}));
}

}  // namespace node_pools_test
}  // namespace rehearse::policies
