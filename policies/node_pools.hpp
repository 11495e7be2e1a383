#pragma once
/// Node pools, as the Kubernetes Cluster Autoscaler sizes them: nodes are added for pods that have
/// no room, and given back when their pods have room elsewhere.
///
/// Up, every scan: what fits on nodes that are there or on their way waits; the rest is packed, the
/// largest first into the first node it fits, onto new nodes of each pool in turn, and the expander
/// picks the pool: the one that wastes least, takes most pods, costs least or comes first. Nodes
/// that have not come after `max_provision` are given up on, and their pool left alone for a while.
///
/// Spot pools grow no further than to their share of all nodes. Where spot nodes do not come, or
/// are taken away, pods without room fall to the other pools like any.
///
/// Down: a node is not needed while less than a share of it is reserved (of CPU or memory,
/// whichever is more) and all of its pods may move, fit on other ready nodes and are within their
/// disruption budgets. Not needed for `unneeded` without a break, and `after_add` since the last
/// addition, it is given back: empty ones up to ten at once, others one at a time. Never below the
/// pool's minimum, and not at all while more than 45 % and three of the nodes are not ready.
///
/// Units: cores, bytes, price per hour; ns. Defaults and flags: Cluster Autoscaler 1.3x, FAQ and
/// flags; the algorithm from the same document. O(pods × nodes) a scan that finds something to do.
/// Spot shares are ours. Leaves out: random expander, affinities and taints, local storage,
/// warnings before spot nodes go, balancing of similar pools, atomic groups.

#include <optional>

#include "base/fields.hpp"
#include "policies/controller.hpp"

namespace rehearse::policies {

class NodePools final : public Controller {
 public:
  enum class Expander : std::uint8_t { least_waste, most_pods, price, priority };
  /// What its nodes are like, a host that knows puts in: a scenario says it under `nodes`.
  struct Pool {
    std::string name;
    Mark mark;
    std::int32_t min = 0;
    std::int32_t max = 10;
    double cpu = 4;
    double memory = 16e9;
    double price = 0;     ///< of a node and hour
    double priority = 0;  ///< the highest comes first
    bool spot = false;    ///< cheap nodes that may be taken away
  };
  struct Params {
    std::vector<Pool> pools;
    Expander expander = Expander::least_waste;
    double spot_share = 1;  ///< of all nodes, at most, that growth may lead to
    Duration scan = Duration::seconds(10);
    double utilization = 0.5;
    Duration unneeded = Duration::seconds(600);
    Duration after_add = Duration::seconds(600);
    Duration after_failure = Duration::seconds(180);
    Duration max_provision = Duration::seconds(900);
    Duration stale_after = Duration::seconds(60);
    std::int32_t empty_at_once = 10;
  };
  static const FieldTable& fields();
  static std::optional<Params> read(FieldReader& reader);

  explicit NodePools(Params params);

  void observe(Instant now, const Observation& seen, std::vector<Decision>& out) override;
  void wake(Instant now, std::vector<Decision>& out) override;
  Instant next_wake() const override { return beat_.next(); }
  std::span<const MetricNeed> needs() const override { return {}; }
  std::unique_ptr<Controller> clone() const override { return std::make_unique<NodePools>(*this); }
  const Params& params() const { return params_; }

 private:
  struct Room {
    double cpu = 0;
    double memory = 0;
    bool take(double pod_cpu, double pod_memory);
  };
  struct Node {
    NodeStatus is;
    Room free;
    Room used;
    std::int32_t pods = 0;
    std::optional<Instant> unneeded_since;
    bool leaving = false;  // asked for
  };
  struct PoolState {
    std::optional<PoolCount> count;
    std::int32_t present = 0;
    std::optional<Instant> awaited_since;  // nodes that have been asked for and are not there
    Instant blocked_until;
  };
  struct Packing {  // of pods onto new nodes of a pool
    std::int32_t nodes = 0;
    std::int32_t pods = 0;
    double waste = 0;  // share of the new nodes that stays free
  };

  Node* node(InstanceId id);
  bool fresh(Instant now) const;
  void lay_out();
  void watch_pools(Instant now, std::vector<Decision>& out);
  bool too_many_unready() const;
  bool scale_up(Instant now, std::vector<Decision>& out);
  void sort_unplaced();
  std::int32_t spot_room() const;
  Packing packed(const Pool& pool, std::int32_t most);
  bool better(std::size_t pool, const Packing& found, std::size_t than, const Packing& best) const;
  void scale_down(Instant now, std::vector<Decision>& out);
  bool removable(const Node& node);
  void give_back(Node& node, std::string_view because, std::vector<Decision>& out);

  Params params_;
  Beat beat_;
  std::vector<PoolState> pools_;
  std::vector<Node> nodes_;                // by id
  std::vector<PodPlacement> pods_;         // by id
  std::vector<DisruptionBudget> budgets_;  // by service
  std::optional<Instant> last_add_;
  std::vector<PodPlacement> unplaced_;  // scratch: without room, the largest first
  std::vector<Room> rooms_;             // scratch
  std::vector<DisruptionBudget> left_;  // scratch: budgets during a scan
};

}  // namespace rehearse::policies
