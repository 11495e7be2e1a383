#pragma once
/// Ways between places that have no link of their own: over the links that there are, shortest by
/// their mean latency (E. W. Dijkstra 1959; Boost.Graph). Zones of one region without a link
/// between them are no distance apart; the outside, where clients are, is no way station. Of equal
/// ways the same one is taken in every run.
///
/// A message on a way takes the latency of each hop, drawn anew, and may get lost on each. The line
/// of a hop with a bandwidth serves messages in the order in which they set out, not in the order
/// in which they reach the hop. Ways do not change: faults on a hop hit what goes over it.

#include <cstdint>
#include <utility>
#include <vector>

#include "models/blueprint.hpp"

namespace rehearse::models {

/// Gives every two places of different regions, and the clients' and every place, a link over a way
/// where they have none of their own. Returns pairs of zones without any way.
std::vector<std::pair<std::uint32_t, std::uint32_t>> add_routes(Blueprint& blueprint);

}  // namespace rehearse::models
