#pragma once
/// Who depends on whom: the graph of calls (Boost.Graph), and what fails when a part of the
/// platform is down.
///
/// A part is a service, a database, a broker, a cache or a zone. While it is down every call to it
/// fails, and what follows is what the plans say: retries are in vain, `on_failure: continue` goes
/// on, a cache that does not answer is a miss, a quorum needs its number of branches, and a call
/// that stands in some ways only fails those requests that take them. A zone takes its instances
/// with it: a service all of whose instances stand there is down, any other has less capacity.
/// Clients of a lost zone go on asking.
///
/// What it leaves out: that callers wait for their timeouts before they learn of it (a call without
/// a timeout would wait for ever), and all that queues do meanwhile. Hit ratios of the other caches
/// stay as they were.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "models/traffic.hpp"

namespace rehearse::models {

/// A call of the graph, for all clients together.
struct CallEdge {
  std::uint32_t caller = 0;  ///< endpoint, or workload where `client`
  bool client = false;
  std::uint32_t callee = 0;  ///< endpoint
  double per_request = 0;    ///< mean number of calls in one request of the caller
  double rate = 0;           ///< per second, mean over the horizon
};
/// In the order clients, endpoints; without those that are never made.
std::vector<CallEdge> call_edges(const Traffic& traffic);

/// Calls on the longest chain below each workload: 1 where it calls something that calls nobody.
std::vector<int> call_depths(const Traffic& traffic);

/// Endpoints that call a service, directly or not, ascending; its own are not among them.
std::vector<std::uint32_t> dependents(const Traffic& traffic, std::uint32_t service);

enum class PartKind : std::uint8_t { service, database, broker, cache, zone };

struct Part {
  PartKind kind = PartKind::service;
  std::string name;
  std::uint32_t service = kNone;  ///< station of all but zones and caches without one
  std::uint32_t cache = kNone;
  std::uint32_t zone = kNone;
};
/// All that can be down and has traffic, as services, databases, brokers, caches, zones in the
/// order of the scenario. Zones only where instances stand in more than one.
std::vector<Part> parts_of(const Traffic& traffic);

/// The traffic while these parts are down.
TrafficCase while_down(const Traffic& usual, const std::vector<const Part*>& parts);

/// What is asked of a service in place of its capacity.
struct Overload {
  std::uint32_t service = 0;
  double saturation = 0;  ///< above 1, at the peak of traffic
};

/// Shares of the requests that would have succeeded otherwise.
struct Impact {
  double clients = 0;                                       ///< of all clients
  std::vector<double> workloads;                            ///< of each
  std::vector<std::pair<std::uint32_t, double>> endpoints;  ///< of those that are hit, not its own
  std::vector<Overload> overloads;                          ///< services that become full by it
};
/// O(plans) for each part.
Impact impact_of(const Traffic& usual, const Part& part);

}  // namespace rehearse::models
