#pragma once
/// How much memory a run will need, and how much there is: asked before it starts, so that a
/// scenario which cannot fit says so in a second instead of being killed after an hour.
///
/// The estimate is meant to be right within a factor of two, and rather too low: who is refused
/// must not have been able to run. It leaves out what a scenario already takes once it is compiled
/// (traces, sample files, tables of key popularity), as that is no longer available either.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/windows.hpp"
#include "models/compile.hpp"
#include "models/traffic.hpp"

namespace rehearse::experiments {

struct MemoryPart {
  std::string what;        ///< "the keys of cache 'sessions'"
  double bytes = 0;        ///< in all threads
  std::string remedy;      ///< what would make it smaller: "use fewer keys"
  bool in_flight = false;  ///< requests and their events: watched while the run goes on
};

struct MemoryEstimate {
  std::vector<MemoryPart> parts;
  double total() const;
  /// REQUIRES: parts is not empty.
  const MemoryPart& largest() const;
};

/// REQUIRES: jobs >= 1.
MemoryEstimate estimate_memory(const models::Scenario& scenario, const WindowGrid& grid, int jobs);

/// Requests of open loops that are left unfinished at the horizon, because somewhere a queue has no
/// limit and the load is above what can be served; 0 where nothing piles up. At mean rates: what
/// piles up in a peak and is served after it is left out.
struct Backlog {
  double requests = 0;
  std::string service;  ///< where they pile up
  double frames = 1;    ///< that each of them holds
};
Backlog expected_backlog(const models::Scenario& scenario, const models::Traffic& traffic);

/// What can still be taken, and what limits it: "the machine", "the control group", "ulimit -v".
struct MemoryAvailable {
  double bytes = 0;  ///< infinite where nothing could be found out
  std::string limit;
};
/// Reads /proc/meminfo, the limits of this process's control group and those above it (version 1
/// and 2), and RLIMIT_AS. `root` stands before every path: tests pass a folder of their own.
MemoryAvailable memory_available(const std::string& root = {});

struct MemoryPlan {
  std::string problem;  ///< why the run cannot fit, and what to change; empty where it can
  std::size_t in_flight_limit = SIZE_MAX;  ///< bytes, for RunOptions::memory_limit
};
MemoryPlan plan_memory(const MemoryEstimate& estimate, const MemoryAvailable& available);

}  // namespace rehearse::experiments
