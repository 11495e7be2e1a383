#pragma once
/// Who calls whom, read off the plans.

#include <cstdint>
#include <vector>

#include "models/blueprint.hpp"

namespace rehearse::models {

/// Steps that can be reached from `start`, branches included, ascending. A `done` ends a path.
std::vector<std::uint32_t> reachable_steps(const Plans& plans, std::uint32_t start);

/// Endpoints that handle the messages of a queue or, through dead letters, of those behind it.
std::vector<std::uint32_t> handlers_of(const Blueprint& blueprint, std::uint32_t queue);

/// Endpoints in an order in which each stands behind all that it calls or causes
/// to be called by what it publishes, directly or not.
std::vector<std::uint32_t> callees_first(const Blueprint& blueprint);

}  // namespace rehearse::models
