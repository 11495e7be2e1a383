#pragma once
/// What a platform consists of and who calls whom, as plain data for drawings: the parts that
/// requests visit, where their instances stand, and the calls between them.

#include <cstdint>
#include <string>
#include <vector>

namespace rehearse::reports {

/// Instances of a part in one zone; of a client, where it asks from (no instances).
struct Placement {
  std::string region;  ///< empty where the scenario has no regions
  std::string zone;    ///< without its region; empty where a region has none
  std::uint64_t instances = 0;
};

/// A line of the result (SubjectResult) with the same name and kind.
struct TopologyPart {
  std::string name;
  std::string kind;               ///< "workload", "service", "database", "cache", "broker", "queue"
  std::vector<Placement> places;  ///< in the order of the scenario; empty: inside its callers
};

/// All calls from one part to another: calls, queries, look-ups, messages published and delivered.
struct TopologyCall {
  std::uint32_t from = 0;  ///< index of parts
  std::uint32_t to = 0;
  /// Per second on average over the horizon, by the traffic equations: without timeouts, full
  /// queues and what they cause.
  double rate = 0;
};

struct Topology {
  std::vector<TopologyPart> parts;
  std::vector<TopologyCall> calls;
};

}  // namespace rehearse::reports
