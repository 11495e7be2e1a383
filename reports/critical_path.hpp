#pragma once
/// The critical path of a request: at each of its moments, the one span that the answer was waiting
/// for. Shorten a segment of it, and the request gets shorter; shorten anything else, and it does
/// not (until the path moves).
///
/// Goes backwards from the end of the root: the child that ended last before this moment is what
/// the parent waited for; between children the time is the parent's own (Z. Zhang et al., "CRISP:
/// Critical Path Analysis of Large-Scale Microservice Architectures", USENIX ATC 2022). Children
/// that end after their parent were not waited for and are left out, unless the parent is a client
/// span (a call that timed out): what the callee did until then is where the time went.
///
/// The segments follow each other without gap or overlap from the root's start to its end, so that
/// they add up to the response time to the nanosecond.

#include <cstdint>
#include <vector>

#include "reports/trace.hpp"

namespace rehearse::reports {

/// Own time of a span, [start, end).
struct PathSegment {
  std::uint32_t span = 0;
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
};

/// In order of time. O(n log n); no recursion, as the depth of a trace from elsewhere is anything.
std::vector<PathSegment> critical_path(const Trace& trace, const TraceTree& tree);

/// Where the time of one request went: the segments added up by hop and phase, largest first.
struct TimeShare {
  HopPhase where;
  std::int64_t ns = 0;
};
std::vector<TimeShare> time_shares(const Trace& trace, const std::vector<PathSegment>& path);

}  // namespace rehearse::reports
