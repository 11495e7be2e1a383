#include "reports/instances.hpp"

#include <algorithm>

namespace rehearse::reports {
namespace {

/// What an entry makes of a state; false where it says nothing of up and ready.
bool apply(const std::string& what, InstanceState& state) {
  if (what == "instance.stopped") {
    state.up = false;
  } else if (what == "instance.started") {
    state.up = true;
  } else if (what == "instance.unready") {
    state.ready = false;
  } else if (what == "instance.ready") {
    state.ready = true;
  } else {
    return false;
  }
  return true;
}

/// Whoever starts was down, whoever gets ready was not.
InstanceState before(const std::string& what) {
  InstanceState state;
  state.up = what != "instance.started";
  state.ready = what != "instance.ready";
  return state;
}

}  // namespace

InstanceState InstanceLife::at(double second) const {
  InstanceState out = first;
  for (const auto& [from, state] : changes) {
    if (from > second) break;
    out = state;
  }
  return out;
}

int InstanceHistory::available(double second) const {
  return static_cast<int>(
      std::count_if(instances.begin(), instances.end(), [second](const InstanceLife& life) {
        const InstanceState state = life.at(second);
        return state.up && state.ready;
      }));
}

int InstanceHistory::fewest_up(double from, double to) const {
  std::vector<std::pair<double, int>> steps;  // inside, how many more are up
  int up = 0;
  for (const InstanceLife& life : instances) {
    bool was = life.at(from).up;
    up += was ? 1 : 0;
    for (const auto& [second, state] : life.changes) {
      if (second <= from || second >= to || state.up == was) continue;
      was = state.up;
      steps.emplace_back(second, was ? 1 : -1);
    }
  }
  std::sort(steps.begin(), steps.end());
  int fewest = up;
  for (size_t i = 0; i < steps.size(); ++i) {
    up += steps[i].second;
    const bool lasts = i + 1 == steps.size() || steps[i + 1].first > steps[i].first;
    if (lasts) fewest = std::min(fewest, up);
  }
  return fewest;
}

std::vector<InstanceHistory> instance_histories(const RunResult& r) {
  // A damaged file must not ask for more memory than that, in one part and in all.
  constexpr std::uint64_t kMost = 10'000;
  std::uint64_t room = 1'000'000;
  std::vector<InstanceHistory> out;
  for (const TopologyPart& part : r.topology.parts) {
    if (part.kind != "service" && part.kind != "database") continue;
    std::uint64_t instances = 0;
    for (const Placement& place : part.places) instances += std::min(place.instances, kMost);
    if (instances == 0) continue;
    out.push_back({part.name, part.kind, {}});
    out.back().instances.resize(std::min({instances, kMost, room}));
    room -= out.back().instances.size();
  }
  for (const TimelineEntry& entry : r.timeline) {
    const auto owner = std::find_if(out.begin(), out.end(), [&](const InstanceHistory& h) {
      return h.subject == entry.subject;
    });
    if (owner != out.end() && entry.what == "places.free" && entry.instance >= 0) {
      owner->scaled = true;
      for (size_t i = static_cast<size_t>(entry.instance); i < owner->instances.size(); ++i) {
        owner->instances[i].first = {false, false};
        owner->instances[i].changes.emplace_back(entry.at, owner->instances[i].first);
      }
    }
    if (owner == out.end() || entry.instance < 0 ||
        static_cast<size_t>(entry.instance) >= owner->instances.size())
      continue;
    InstanceLife& life = owner->instances[static_cast<size_t>(entry.instance)];
    if (life.changes.empty()) life.first = before(entry.what);
    InstanceState state = life.changes.empty() ? life.first : life.changes.back().second;
    if (apply(entry.what, state)) life.changes.emplace_back(entry.at, state);
  }
  return out;
}

double instances_known_until(const RunResult& r) {
  return r.timeline_left_out == 0 || r.timeline.empty() ? r.horizon : r.timeline.back().at;
}

}  // namespace rehearse::reports
