#pragma once
/// What the messages of calls take between places on average, and how large they are: without
/// queues, from the network of the scenario alone.

#include <cstdint>

#include "models/blueprint.hpp"
#include "models/plan_figures.hpp"

namespace rehearse::models {

/// Mean time of a message of this size between these places, one way, s: without queues, what is
/// lost and sent again included.
double mean_latency(const Blueprint& blueprint, const Places& from, const Places& to,
                    double bytes = 0);
/// Mean size of the bodies of a workload; of the requests to an endpoint, where the client's body
/// has the mean `body`; of its answers; bytes.
double mean_body(const Blueprint& blueprint, const WorkloadSpec& workload);
double mean_request(const Blueprint& blueprint, std::uint32_t endpoint, double body);
double mean_response(const Blueprint& blueprint, std::uint32_t endpoint);
/// Where requests to a service go that come from this zone, while all its instances are in
/// rotation.
Places places_asked(const PlanContext& context, std::uint32_t service, std::uint32_t from);
/// Mean time of the messages of a call to this endpoint, there and back, s.
double mean_trip(const PlanContext& context, const Places& from, std::uint32_t endpoint,
                 double body);
/// Largest loss that a message between these places can meet and that nothing recovers.
double worst_loss(const Blueprint& blueprint, const Places& from, const Places& to);

}  // namespace rehearse::models
