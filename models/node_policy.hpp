#pragma once
/// Hosts a policy that sizes pools of nodes: shows it at each wake what the API server of a cluster
/// knows, and orders and gives back nodes (models/node_fleet.hpp).
///
/// It is told of nodes from when they take pods until they are gone; one that is drained, or that a
/// fault has taken, is not ready. Of pods: those that wait for room and those that stand on a node;
/// not those that are being stopped.
/// Leaves out: pods that must not move; nodes of pools that the policy does not name.

#include <vector>

#include "models/policy_driver.hpp"

namespace rehearse::models {

class NodeFleet;

class NodePolicy final : public PolicyDriver {
 public:
  NodePolicy(World& world, std::uint32_t policy);

 private:
  void tell_state() override;
  Change change_of(const policies::Action& action) const override;
  bool carry_out(const policies::Action& action) override;

  void tell_nodes();
  void tell_pods();
  std::uint32_t pool_of(const policies::Action& action) const;

  NodeFleet& fleet_;
  std::vector<std::uint32_t> own_;            // by pool of the system: of the policy, or kNone
  std::vector<policies::NodeStatus> nodes_;   // told of
  std::vector<policies::PodPlacement> pods_;  // told of, by id
};

}  // namespace rehearse::models
