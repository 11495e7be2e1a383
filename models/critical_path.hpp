#pragma once
/// Where the time of a request goes: the longest chain of its activities (own steps, messages,
/// calls) by mean times without queues. Steps in a row add up; of parallel branches the longest is
/// on the path, of a quorum the last one that is needed; ways that only some requests take count by
/// their share, and a call by its mean number of attempts, cut off at its timeout.
///
/// As in the critical path of a trace (J. Eaton et al., "Distributed latency profiling through
/// critical path tracing", ACM Queue 2022), averaged over requests. Shortening what is not on it
/// shortens no request on average; a hop can save its share at most.

#include <cstdint>
#include <vector>

#include "models/plan_figures.hpp"

namespace rehearse::models {

struct CriticalHop {
  std::uint32_t endpoint = 0;
  int depth = 0;    ///< calls that lead there, on the way that takes most time
  double time = 0;  ///< of its own steps, s
};

struct CriticalPath {
  double duration = 0;            ///< s; the sum of all hops and of `network`
  double network = 0;             ///< messages of all calls on the path, s
  std::vector<CriticalHop> hops;  ///< callers before callees, and those first that take more time
};

/// Of a request with these figures, whose plan belongs to `plans`. O(endpoints).
CriticalPath critical_path(const PlanContext& plans, const PlanFigures& request);

}  // namespace rehearse::models
