#pragma once
/// Finds a node for a pod, as the scheduler of Kubernetes does: nodes without room, or in zones the
/// service does not want, are filtered out, then those in zones that already have too many pods of
/// the service (topology spread, `max_skew`), and the best of the rest is taken: the emptiest node,
/// or the fullest. Fullness is the mean of the shares of cores and of memory that are asked for,
/// the pod included; ties go to the node with the lowest number.
///
/// Of two zones the emptier one comes first, where the constraint is soft (`anyway`). Zones without
/// a node that is there do not count. O(nodes) per pod. Source: Kubernetes 1.29 documentation,
/// "Pod Topology Spread Constraints", and NodeResourcesFit with LeastAllocated or MostAllocated.
/// Leaves out: affinity, taints, priorities with preemption, limits of pods per node.

#include <cstdint>
#include <optional>
#include <vector>

#include "models/node_spec.hpp"

namespace rehearse::models {

class Scheduler {
 public:
  Scheduler(const SchedulerSpec& spec, const std::vector<NodeSpec>& nodes);

  /// A node for a pod that asks for `request`, where `pods` of its service are (by zone) and
  /// `zones` are wanted (by zone); its room is taken. nullopt: it has to wait.
  std::optional<std::uint32_t> place(const Resources& request, const std::vector<bool>& zones,
                                     const std::vector<std::uint32_t>& pods);
  void take(std::uint32_t node, const Resources& request);
  void release(std::uint32_t node, const Resources& request);
  void set_there(std::uint32_t node, bool there) { there_[node] = there; }
  const Resources& free(std::uint32_t node) const { return free_[node]; }

 private:
  double fullness(std::uint32_t node, const Resources& request) const;

  const SchedulerSpec& spec_;
  const std::vector<NodeSpec>& nodes_;
  std::vector<Resources> free_;
  std::vector<bool> there_;
};

}  // namespace rehearse::models
