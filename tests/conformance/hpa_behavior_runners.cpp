// hpa_behavior.json: windows, rate limits, and both over several periods.

#include "tests/conformance/hpa_cases.hpp"

namespace rehearse::conformance {
namespace {

using namespace policies;
using namespace policies::hpa;

UpLimit up_limit_of(const json& given) {
  return {value_or(get(given, "scale_up_limit_factor"), 2.0),
          value_or(get(given, "scale_up_limit_minimum"), 4.0)};
}

Duration down_window_of(const json& given) {
  const json& window = get(given, "downscale_stabilization_s");
  return window.is_null() ? Duration::seconds(300) : seconds(window);
}

Bounds bounds_of(const json& given) {
  return {get(given, "min_replicas"), get(given, "max_replicas")};
}

Memory memory_of(const json& given) {
  Memory memory;
  memory.recommendations = recommendations_of(get(given, "recommendations"));
  memory.added = events_of(get(given, "scale_up_events"));
  memory.removed = events_of(get(given, "scale_down_events"));
  return memory;
}

void compare(const Limited& found, Check& check) {
  check("replicas", found.replicas);
  check("condition", std::string(found.reason));
}

void convert_without_behavior(const Case& given, Check& check) {
  const json& data = given.data;
  compare(limited(get(data, "current_replicas").get<std::int32_t>(),
                  get(data, "desired_replicas").get<std::int32_t>(), bounds_of(data),
                  up_limit_of(data)),
          check);
}

void scale_up_limit(const Case& given, Check& check) {
  const json& data = given.data;
  check("limit", up_limit(memory_of(data), get(data, "current_replicas"),
                          rules_of(get(data, "rules"), Rules::up()), kNow));
}

void scale_down_limit(const Case& given, Check& check) {
  const json& data = given.data;
  check("limit",
        down_limit(memory_of(data), get(data, "current_replicas"),
                   rules_of(get(data, "rules"), Rules::down(Duration::seconds(300))), kNow));
}

void stabilize_without_behavior(const Case& given, Check& check) {
  Memory memory = memory_of(given.data);
  check("replicas", stabilized(memory, get(given.data, "desired_replicas").get<std::int32_t>(),
                               down_window_of(given.data), kNow));
  check("log_length", memory.recommendations.size());
}

void convert_with_behavior_rate(const Case& given, Check& check) {
  const json& data = given.data;
  compare(limited(memory_of(data), get(data, "current_replicas"), get(data, "desired_replicas"),
                  bounds_of(data), rules_of(get(data, "scale_up"), Rules::up()),
                  rules_of(get(data, "scale_down"), Rules::down(down_window_of(data))), kNow),
          check);
}

void store_scale_event(const Case& given, Check& check) {
  const json& data = given.data;
  const bool up = get(data, "direction") == "up";
  const std::int32_t change = get(data, "replica_change");
  Memory memory;
  std::vector<ScaleEvent>& events = up ? memory.added : memory.removed;
  events = events_of(get(data, "previous_events"));
  check("change_in_last_60s", change_within(events, Duration::seconds(60), kNow));
  if (const json& rules = get(data, "rules"); !rules.is_null()) {
    const Rules of = rules_of(rules, Rules::up());
    store_event(memory, 1000, up ? 1000 + change : 1000 - change, of, of, kNow);
  }
  json stored = json::array();
  for (const ScaleEvent& event : events) stored.push_back({event.change, event.outdated});
  check("stored", stored);
}

void stabilize_with_behavior(const Case& given, Check& check) {
  const json& data = given.data;
  Memory memory = memory_of(data);
  check("replicas", stabilized(memory, get(data, "current_replicas"), get(data, "desired_replicas"),
                               seconds(get(data, "scale_up_window_s")),
                               seconds(get(data, "scale_down_window_s")), kNow));
  json log = json::array();
  for (const Recommendation& each : memory.recommendations) log.push_back(each.replicas);
  check("log", log);
  check("log_length", memory.recommendations.size());
}

void behavior_sequence(const Case& given, Check& check) {
  const json& data = given.data;
  const Rules up = rules_of(get(data, "scale_up"), Rules::up());
  const Rules down = rules_of(get(data, "scale_down"), Rules::down(down_window_of(data)));
  std::int32_t current = get(data, "initial_replicas");
  Instant now = Instant::start() + Duration::seconds(1000);
  Memory memory;
  memory.recommendations.push_back({current, now});
  json replicas = json::array();
  for (const json& proposed : get(data, "desired_by_metrics")) {
    const std::int32_t stable = stabilized(memory, current, proposed, up.window, down.window, now);
    const Limited found = limited(memory, current, stable, bounds_of(data), up, down, now);
    if (found.replicas != current) store_event(memory, current, found.replicas, up, down, now);
    current = found.replicas;
    replicas.push_back(current);
    now = now + seconds(get(data, "sync_period_s"));
  }
  check("replicas", replicas);
}

}  // namespace

Table hpa_behavior_runners() {
  return {{"convert_without_behavior", convert_without_behavior},
          {"scale_up_limit", scale_up_limit},
          {"scale_down_limit", scale_down_limit},
          {"stabilize_without_behavior", stabilize_without_behavior},
          {"convert_with_behavior_rate", convert_with_behavior_rate},
          {"store_scale_event", store_scale_event},
          {"stabilize_with_behavior", stabilize_with_behavior},
          {"behavior_sequence", behavior_sequence}};
}

}  // namespace rehearse::conformance
