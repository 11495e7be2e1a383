#pragma once
/// Stops instances at one instant, with all that they are working on.
///
/// `error`: their callers see the connections close. `lost`: nobody tells the callers. `finish`:
/// what is there is served to the end, nothing new is taken. Calls that the requests had made go on
/// elsewhere, for nobody.

#include <cstdint>
#include <span>

#include "models/fault_spec.hpp"

namespace rehearse::models {

class World;

/// Returns how many requests were ended. Service::bring_up() undoes it, once for each call.
std::uint64_t stop_instances(World& world, std::span<const InstanceRef> instances,
                             spec::InFlight in_flight);

}  // namespace rehearse::models
