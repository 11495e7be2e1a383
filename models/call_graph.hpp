#pragma once
/// Who calls whom, read off the plans.

#include <cstdint>
#include <vector>

#include "models/blueprint.hpp"

namespace rehearse::models {

/// Steps that can be reached from `start`, branches included, ascending. A `done` ends a path.
std::vector<std::uint32_t> reachable_steps(const Plans& plans, std::uint32_t start);

/// Endpoints in an order in which each stands behind all that it calls, directly or not.
std::vector<std::uint32_t> callees_first(const Blueprint& blueprint);

}  // namespace rehearse::models
