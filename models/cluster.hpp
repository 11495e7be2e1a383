#pragma once
/// The nodes of a trial and the pods on them: what happens when nodes are lost and come back.
///
/// A lost node takes its pods with it. When it comes back, they start again there. Pods of a node
/// that is lost for longer than `toleration` (300 s by default, as in Kubernetes: the toleration of
/// node.kubernetes.io/unreachable) are given up and placed anew (models/scheduler.hpp), with their
/// start-up time; those that find no room wait until a node comes back. They stay where they are
/// then. Pods that waited for room from the beginning wait on.
/// Pods of a service that a policy scales come and go (models/instance_set.hpp), and so do nodes of
/// a pool that a policy sizes (models/node_fleet.hpp). Leaves out: traces and balancers that prefer
/// places see a pod where it stood at first; rebalancing, the slower eviction from whole zones.

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "models/fault_spec.hpp"
#include "models/scheduler.hpp"
#include "sim/engine.hpp"

namespace rehearse::models {

class World;

class Cluster final : public sim::Handler {
 public:
  explicit Cluster(World& world);

  /// These nodes are gone with all their pods, and these other instances with them. Returns how
  /// many pods stopped.
  std::uint64_t lose(std::span<const std::uint32_t> nodes, std::span<const InstanceRef> others,
                     spec::InFlight in_flight);
  /// One reason less for these nodes to be gone.
  void bring_back(std::span<const std::uint32_t> nodes);
  /// A pod is wanted that is not there: it starts where there is room, or waits for some.
  void admit(InstanceRef pod);
  /// A pod is wanted no longer; others may have its room. REQUIRES: its owner has given a reason
  /// not to run, unless it never ran. That reason is kept, and no other.
  void dismiss(InstanceRef pod);
  void on_event(sim::Engine& engine, std::uint64_t data) override;

  // ---- Nodes that come and go
  /// It takes pods from now on; those that wait for room are placed.
  void join(std::uint32_t node);
  /// It takes no more pods.
  void cordon(std::uint32_t node);
  /// It is given back. REQUIRES: no pod is on it.
  void leave(std::uint32_t node);
  std::vector<InstanceRef> pods_on(std::uint32_t node) const;
  /// No fault has taken it.
  bool is_up(std::uint32_t node) const { return states_[node].lost == 0; }
  /// kNone: it is on none.
  std::uint32_t node_of(InstanceRef ref) const;

 private:
  struct Pod {
    InstanceRef ref;
    Resources requests;
    std::uint32_t node = kNowhere;
    bool wanted = true;
    bool down = false;  // for want of a node that is there
  };
  struct State {
    bool open = true;        // it is there, and takes pods
    std::uint32_t lost = 0;  // reasons
    std::uint32_t life = 0;  // counts losses: a give-up planned for an earlier one does not count
  };
  static constexpr std::uint32_t kNowhere = 0xffffffff;

  void give_up(std::uint32_t node);
  void place(Pod& pod);
  void place_waiting();
  void judge(std::uint32_t node);
  const Pod& find(InstanceRef ref) const;
  Pod& find(InstanceRef ref) { return const_cast<Pod&>(std::as_const(*this).find(ref)); }

  World& world_;
  Scheduler scheduler_;
  std::vector<State> states_;  // by node
  std::vector<Pod> pods_;
};

}  // namespace rehearse::models
