#pragma once
/// When each instance was up and ready in the first trial, told from the timeline.

#include <cstdint>
#include <string>
#include <vector>

#include "reports/result.hpp"

namespace rehearse::reports {

struct InstanceState {
  bool up = true;
  bool ready = true;
};

/// An instance from the start on; what it was before its first change follows from that change.
struct InstanceLife {
  InstanceState first;
  std::vector<std::pair<double, InstanceState>> changes;  ///< from that second on; in order
  InstanceState at(double second) const;
};

struct InstanceHistory {
  std::string subject;
  std::string kind;  ///< "service" or "database"
  std::vector<InstanceLife> instances;
  bool scaled = false;  ///< places for instances that come and go as a policy says
  /// Instances that are up and ready at that second.
  int available(double second) const;
  /// Fewest instances that are up at once in [from, to), for longer than an instant.
  int fewest_up(double from, double to) const;
};

/// Services and databases with instances, in the order of the topology.
std::vector<InstanceHistory> instance_histories(const RunResult& result);

/// The second up to which the timeline is complete: the horizon, unless entries were left out.
double instances_known_until(const RunResult& result);

}  // namespace rehearse::reports
