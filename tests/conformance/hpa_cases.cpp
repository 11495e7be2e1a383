#include "tests/conformance/hpa_cases.hpp"

#include "policies/pod_request.hpp"

namespace rehearse::conformance {

using namespace policies;
using namespace policies::hpa;

Pod pod_of(const json& given) {
  Pod pod;
  pod.deleted = value_or(get(given, "deleted"), false);
  const auto phase = value_or<std::string>(get(given, "phase"), "Running");
  pod.phase = phase == "Pending"     ? Phase::pending
              : phase == "Failed"    ? Phase::failed
              : phase == "Succeeded" ? Phase::succeeded
                                     : Phase::running;
  const json& ready =
      given.contains("ready_condition") ? get(given, "ready_condition") : get(given, "ready");
  pod.has_condition = !ready.is_null();
  pod.ready = value_or(ready, false);
  pod.has_started = !get(given, "start_age_s").is_null();
  if (pod.has_started) pod.started = ago(get(given, "start_age_s"));
  if (const json& age = get(given, "ready_transition_age_s"); !age.is_null())
    pod.ready_changed = ago(age);
  return pod;
}

bool has_container(const json& given, const json& container) {
  return container.is_null() || get(given, "requests_milli").contains(container.get<std::string>());
}

std::int64_t request_of(const json& given, const json& container) {
  std::vector<std::string> names;
  std::vector<std::optional<std::int64_t>> amounts;
  for (const auto& [name, request] : get(given, "requests_milli").items()) {
    names.push_back(name);
    amounts.push_back(request.is_null() ? std::nullopt
                                        : std::optional(request.get<std::int64_t>()));
  }
  std::vector<ContainerRequest> containers;
  for (std::size_t i = 0; i < names.size(); ++i) containers.push_back({names[i], amounts[i]});
  const auto wanted = value_or<std::string>(container, "");
  const PodRequest found = hpa::request_of(containers, std::nullopt, wanted);
  return found.fault == Fault::none ? found.request : kNoRequest;
}

std::optional<std::int64_t> usage_of(const json& containers, const json& container) {
  if (!container.is_null()) {
    const json& one = get(containers, container.get<std::string>());
    return one.is_null() ? std::nullopt : std::optional(one.get<std::int64_t>());
  }
  std::int64_t sum = 0;
  for (const auto& [name, usage] : containers.items())
    sum = saturating_sum(sum, usage.get<std::int64_t>());
  return sum;
}

Readiness readiness_of(const json& file) {
  const json& constants = get(file, "constants");
  return {Duration::seconds(value_or(get(constants, "cpu_initialization_period_s"), 120)),
          Duration::seconds(value_or(get(constants, "delay_of_initial_readiness_s"), 10))};
}

Tolerance tolerance_of(const json& given) {
  const json& tolerance = get(given, "tolerance");
  return {value_or(get(tolerance, "scale_down"), 0.1), value_or(get(tolerance, "scale_up"), 0.1)};
}

Rules rules_of(const json& given, Rules fallback) {
  if (const json& window = get(given, "stabilization_window_s"); !window.is_null())
    fallback.window = seconds(window);
  if (const json& select = get(given, "select_policy"); !select.is_null())
    fallback.select = select == "Min"        ? Select::min
                      : select == "Disabled" ? Select::disabled
                                             : Select::max;
  const json& policies = get(given, "policies");
  if (policies.is_null()) return fallback;
  fallback.policies.clear();
  for (const json& policy : policies)
    fallback.policies.push_back(
        {get(policy, "type") == "Percent" ? RatePolicy::Type::percent : RatePolicy::Type::pods,
         get(policy, "value").get<std::int32_t>(), seconds(get(policy, "period_s"))});
  return fallback;
}

std::vector<ScaleEvent> events_of(const json& given) {
  std::vector<ScaleEvent> events;
  for (const json& event : given)
    events.push_back({get(event, "change").get<std::int32_t>(), ago(get(event, "age_s")),
                      value_or(get(event, "outdated"), false)});
  return events;
}

std::vector<Recommendation> recommendations_of(const json& given) {
  std::vector<Recommendation> all;
  for (const json& each : given)
    all.push_back({get(each, "replicas").get<std::int32_t>(), ago(get(each, "age_s"))});
  return all;
}

std::int64_t total_of(const json& given) {
  if (!given.is_array()) return given.get<std::int64_t>();
  std::int64_t sum = 0;
  for (const json& each : given) sum = saturating_sum(sum, each.get<std::int64_t>());
  return sum;
}

}  // namespace rehearse::conformance
