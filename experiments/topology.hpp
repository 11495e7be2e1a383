#pragma once
/// The drawing of a scenario: its parts, where they stand, who calls whom and how often.

#include "models/compile.hpp"
#include "reports/topology.hpp"

namespace rehearse::experiments {

/// Clients, services, databases, brokers, queues and caches, in this order; of a cache in layers
/// the layers. Rates by the traffic equations (models/traffic.hpp); calls that are never made are
/// left out. Cost: that of the traffic equations.
reports::Topology topology_of(const models::Scenario& scenario);

}  // namespace rehearse::experiments
