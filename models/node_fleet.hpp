#pragma once
/// The nodes of pools that a policy sizes: which are there, which come, which go. What an Auto
/// Scaling group (or a managed instance group) is to the Cluster Autoscaler.
///
/// More: a node is ordered in the lowest free place of its pool, boots, and takes pods then; a
/// share of the orders never comes, which nobody is told. Fewer by count: orders that have not come
/// are withdrawn, the latest first; nodes that are there go one by one, as they are named. Such a
/// node takes no more pods, those on it are evicted (they leave the rotation, have their grace
/// period, and are replaced elsewhere at once, where there is room), and it is given back with the
/// last.
///
/// A node of a spot pool lasts for an exponential time. It is drained in the same way from the
/// warning on; when that is over it is gone with what is still there, without an answer to anybody.
/// Its pool is to have one less then: whether another comes is the policy's to decide (an Auto
/// Scaling group would order one itself).
///
/// What is paid for: from the order, of nodes that come, until they are gone. Units: ns; prices per
/// hour. Sources: Cluster Autoscaler FAQ 1.29; Amazon EC2 User Guide, "Spot Instance interruptions"
/// (two minutes of warning). Leaves out: that interruptions come in groups, prices that change,
/// images that have to be pulled, pods that run on every node.

#include <cstdint>
#include <vector>

#include "models/meter.hpp"
#include "models/node_spec.hpp"
#include "policies/controller.hpp"
#include "sim/engine.hpp"

namespace rehearse::models {

class World;

class NodeFleet final : public sim::Handler {
 public:
  enum class State : std::uint8_t {
    absent,
    failing,  ///< ordered, and will never come
    coming,   ///< ordered, or booting
    there,
    leaving  ///< drained; pods may still be on it
  };
  struct Member {
    State state = State::absent;
    policies::InstanceId id = 0;  ///< a new one each time
  };

  explicit NodeFleet(World& world);
  void begin();

  /// So many there are to be.
  void scale(std::uint32_t pool, std::int32_t nodes);
  /// It is to be emptied and given back. False: there is no such node.
  bool remove(policies::InstanceId id);
  /// A pod is no longer on this node.
  void left(std::uint32_t node);

  std::int32_t wanted(std::uint32_t pool) const { return wanted_[pool]; }
  const std::vector<Member>& members() const { return members_; }  ///< by node
  std::uint32_t pool_of(std::uint32_t node) const { return pool_of_[node]; }
  /// kNone: there is no such node.
  std::uint32_t node_of(policies::InstanceId id) const;
  void on_event(sim::Engine& engine, std::uint64_t data) override;

 private:
  enum class What : std::uint8_t { ready, interrupt, gone };
  void plan(What what, std::uint32_t node, Instant at);
  bool order(std::uint32_t pool);
  bool withdraw(std::uint32_t pool);
  void arrive(std::uint32_t node);
  void await_interruption(std::uint32_t node);
  void interrupt(std::uint32_t node);
  void drain(std::uint32_t node);
  void lose(std::uint32_t node);
  void give_back(std::uint32_t node);
  const NodePoolSpec& spec_of(std::uint32_t node) const;
  const std::string& name_of(std::uint32_t node) const;

  World& world_;
  std::vector<std::int32_t> wanted_;    // by pool
  std::vector<Member> members_;         // by node
  std::vector<std::uint32_t> pool_of_;  // by node
  policies::InstanceId next_id_ = 0;
};

}  // namespace rehearse::models
