#pragma once
/// Availability of what clients see, composed from that of the parts: the share of requests that
/// succeed when each part is up with its own probability, independent of the others and of the
/// request.
///
/// Over the states of all parts: sum of P(state) (1 - failures in that state), where the failures
/// in a state are those of dependencies.hpp, `fail` steps included. So a chain of needed parts
/// comes to the product of their availabilities, a quorum to its binomial sum, and a part that a
/// request needs twice counts once. Exact for up to kExactParts parts; beyond, states with many
/// parts down at once are left out, and their probability is the width of the bounds.
///
/// What it leaves out: parts that fail together, and overload by what is left (Impact::overloads).

#include <cstdint>
#include <vector>

#include "models/dependencies.hpp"

namespace rehearse::models {

inline constexpr std::size_t kExactParts = 12;

struct PartAvailability {
  Part part;
  double availability = 1;
};

struct Bounds {
  double low = 0;
  double high = 0;  ///< the same where the sum is exact
};

struct ComposedAvailability {
  std::vector<Bounds> workloads;
  std::vector<Bounds> endpoints;  ///< of one visit
  Bounds clients;                 ///< of all requests of all clients
  /// By part: what `clients` would gain if this part were never down.
  std::vector<double> gains;
};

/// REQUIRES: availabilities from 0 to 1, each part once.
ComposedAvailability compose_availability(const Traffic& usual,
                                          const std::vector<PartAvailability>& parts);

}  // namespace rehearse::models
