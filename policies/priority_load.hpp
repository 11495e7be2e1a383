#pragma once
/// How requests are split over levels of backends, the preferred ones first: each level takes what
/// its health can carry, the next one gets what is left.
///
/// The health of a level is its share of healthy backends times the overprovisioning factor, at
/// most 1: with 1.4 a level keeps all requests until less than 1 / 1.4 = 71 % of it are healthy.
/// Levels are filled in order until all requests have a place; where the healths add up to less
/// than 1, each gets its health's part of the sum. Then, and only then, levels below the panic
/// threshold send to all of their backends, healthy or not; and where every level is in panic,
/// requests are split by numbers of backends.
/// Source: Envoy 1.28 documentation, "Priority levels" and "Panic threshold", and
/// LoadBalancerBase::recalculatePerPriorityState, which rounds to whole percents.
/// Leaves out: degraded hosts, weighted localities within a level.

#include <cstdint>
#include <span>
#include <vector>

namespace rehearse::policies {

struct LevelHealth {
  std::uint32_t backends = 0;
  std::uint32_t healthy = 0;
};

struct LevelLoad {
  double share = 0;    ///< of the requests; all zero where nobody may be asked
  bool panic = false;  ///< its backends are asked whatever their health
};

/// `panic`: the threshold, a share of healthy backends; 0: never.
std::vector<LevelLoad> priority_loads(std::span<const LevelHealth> levels, double overprovisioning,
                                      double panic);

}  // namespace rehearse::policies
