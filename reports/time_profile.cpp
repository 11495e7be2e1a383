#include "reports/time_profile.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reports/critical_path.hpp"
#include "reports/csv.hpp"
#include "reports/text.hpp"

namespace rehearse::reports {
namespace {

// One frame of a stack: a name may hold whatever a scenario put there, but no separator.
std::string frame_of(const std::string& name) {
  std::string shown = visible(name);
  std::replace(shown.begin(), shown.end(), ';', ',');
  return shown;
}

// A visit stands for its attempt: the pair would be one frame twice.
bool has_frame(const Span& span) {
  return span.role != SpanRole::attempt && span.role != SpanRole::queue &&
         span.role != SpanRole::back_off;
}

// The frames above and including each span; parents come before their children.
std::vector<std::string> stacks_of(const Trace& trace, const TraceTree& tree) {
  std::vector<std::string> stacks(trace.spans.size());
  std::vector<std::uint32_t> next = {tree.root};
  stacks[tree.root] = frame_of(trace.spans[tree.root].name);
  while (!next.empty()) {
    const std::uint32_t span = next.back();
    next.pop_back();
    for (const std::uint32_t child : tree.children[span]) {
      const Span& below = trace.spans[child];
      stacks[child] = has_frame(below) ? stacks[span] + ";" + frame_of(below.name) : stacks[span];
      next.push_back(child);
    }
  }
  return stacks;
}

}  // namespace

void TimeProfile::add(const Trace& trace) {
  const auto tree = tree_of(trace);
  if (!tree) return;
  const Span& root = trace.spans[tree->root];
  const std::vector<std::string> stacks = stacks_of(trace, *tree);
  Request& request = requests_[root.name];
  ++request.count;
  request.ns += root.end_ns - root.start_ns;
  for (const PathSegment& segment : critical_path(trace, *tree)) {
    const Span& span = trace.spans[segment.span];
    HopPhase where = hop_phase_of(span);
    std::string stack = stacks[segment.span];
    if (!has_frame(span)) stack += ";" + frame_of(where.hop) + " " + where.phase;
    Place& place = request.places[stack];
    place.ns += segment.end_ns - segment.start_ns;
    place.hop = std::move(where.hop);
    place.phase = std::move(where.phase);
  }
}

std::vector<TimeSpent> TimeProfile::rows() const {
  std::vector<TimeSpent> out;
  for (const auto& [name, request] : requests_)
    for (const auto& [stack, place] : request.places) {
      const double mean = static_cast<double>(place.ns) / static_cast<double>(request.count) / 1e9;
      const double share =
          request.ns > 0 ? static_cast<double>(place.ns) / static_cast<double>(request.ns) : 0;
      out.push_back({name, stack, place.hop, place.phase, request.count, mean, share});
    }
  return out;
}

std::string TimeProfile::to_csv() const {
  std::string out = "request,stack,hop,phase,requests,mean_s,share\n";
  for (const TimeSpent& row : rows())
    fmt::format_to(std::back_inserter(out), "{},{},{},{},{},{},{}\n", csv_text(row.request),
                   csv_text(row.stack), csv_text(row.hop), row.phase, row.requests, row.mean,
                   row.share);
  return out;
}

}  // namespace rehearse::reports
