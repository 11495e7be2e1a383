#include "reports/critical_path.hpp"

#include <algorithm>
#include <optional>

namespace rehearse::reports {
namespace {

// A child as its parent waited for it: until `end`.
struct Awaited {
  std::uint32_t span;
  std::int64_t end;
};

// A span on the path between `from` and `at`, walked backwards.
struct Walk {
  std::uint32_t span;
  std::int64_t from;
  std::int64_t at;
  std::vector<Awaited> children;  // the last to end at the back
};

// Until when `parent`, looked at until `until`, waited for `child`.
std::optional<std::int64_t> awaited_until(const Span& parent, const Span& child,
                                          std::int64_t until) {
  if (child.end_ns <= until) return child.end_ns;
  // Either the parent was itself given up at `until`, while it waited for this child; or the child
  // outlived it.
  if (child.end_ns <= parent.end_ns || parent.kind == SpanKind::client) return until;
  return std::nullopt;
}

Walk walk_of(const Trace& trace, const TraceTree& tree, std::uint32_t span, std::int64_t from,
             std::int64_t until) {
  Walk walk{span, from, until, {}};
  const Span& parent = trace.spans[span];
  for (const std::uint32_t child : tree.children[span])
    if (const auto end = awaited_until(parent, trace.spans[child], until))
      walk.children.push_back({child, *end});
  std::stable_sort(walk.children.begin(), walk.children.end(),
                   [&](const Awaited& a, const Awaited& b) {
                     if (a.end != b.end) return a.end < b.end;
                     // At one instant: who ended by then rather than who was still at work.
                     const std::int64_t late_a = trace.spans[a.span].end_ns - a.end;
                     const std::int64_t late_b = trace.spans[b.span].end_ns - b.end;
                     return late_a > late_b;
                   });
  return walk;
}

}  // namespace

std::vector<PathSegment> critical_path(const Trace& trace, const TraceTree& tree) {
  std::vector<PathSegment> path;
  std::vector<Walk> walks;
  const auto own = [&](const Walk& walk, std::int64_t from) {
    if (from < walk.at) path.push_back({walk.span, from, walk.at});
  };
  const Span& root = trace.spans[tree.root];
  walks.push_back(walk_of(trace, tree, tree.root, root.start_ns, root.end_ns));
  while (!walks.empty()) {
    Walk& walk = walks.back();
    if (walk.children.empty()) {
      own(walk, walk.from);
      walks.pop_back();
      continue;
    }
    const Awaited child = walk.children.back();
    walk.children.pop_back();
    const std::int64_t start = std::max(trace.spans[child.span].start_ns, walk.from);
    if (child.end > walk.at || start >= child.end) continue;  // overlaps a later one, or is empty
    own(walk, child.end);
    walk.at = start;
    walks.push_back(walk_of(trace, tree, child.span, start, child.end));
  }
  std::reverse(path.begin(), path.end());
  return path;
}

std::vector<TimeShare> time_shares(const Trace& trace, const std::vector<PathSegment>& path) {
  std::vector<TimeShare> shares;
  for (const PathSegment& segment : path) {
    HopPhase where = hop_phase_of(trace.spans[segment.span]);
    const auto found = std::find_if(shares.begin(), shares.end(), [&](const TimeShare& one) {
      return one.where.hop == where.hop && one.where.phase == where.phase;
    });
    const std::int64_t ns = segment.end_ns - segment.start_ns;
    if (found != shares.end()) {
      found->ns += ns;
    } else {
      shares.push_back({std::move(where), ns});
    }
  }
  std::stable_sort(shares.begin(), shares.end(),
                   [](const TimeShare& a, const TimeShare& b) { return a.ns > b.ns; });
  return shares;
}

}  // namespace rehearse::reports
