// hpa_replica_calculator.json: one metric at a time.

#include <optional>

#include "policies/pod_request.hpp"
#include "tests/conformance/hpa_cases.hpp"

namespace rehearse::conformance {
namespace {

using namespace policies;
using namespace policies::hpa;

std::string code(Fault fault) {
  switch (fault) {
    case Fault::none:
      return "";
    case Fault::no_pods:
      return "no_pods";
    case Fault::no_metrics:
      return "no_metrics_from_api";
    case Fault::no_ready_metrics:
      return "no_ready_metrics";
    case Fault::no_matching_pods:
      return "no_metrics_matched_pods";
    case Fault::missing_request:
      return "missing_request";
    case Fault::unknown_container:
      return "container_not_found";
  }
  return "";
}

// Pods, their samples and requests, in parallel; strangers with samples at the end.
struct World {
  std::vector<std::string> names;
  std::vector<Pod> pods;
  std::vector<PodSample> samples;
  std::vector<std::int64_t> requests;
  bool unknown_container = false;

  PodMetric metric(bool cpu) const { return {pods, samples, requests, cpu}; }
  void sample(const std::string& name, std::int64_t value, const json& age, const json& window) {
    std::size_t at = 0;
    while (at < names.size() && names[at] != name) ++at;
    if (at == names.size()) {
      names.push_back(name);
      pods.push_back({.listed = false});
      samples.emplace_back();
      requests.push_back(kNoRequest);
    }
    samples[at] = {true, value, ago(age), seconds(window)};
  }
};

World world_of(const json& given, const json& container) {
  World world;
  for (const json& pod : get(given, "pods")) {
    world.names.push_back(get(pod, "name"));
    world.pods.push_back(pod_of(pod));
    world.samples.emplace_back();
    world.requests.push_back(request_of(pod, container));
    world.unknown_container = world.unknown_container || !has_container(pod, container);
  }
  return world;
}

void compare(const Proposal& found, Check& check) {
  if (found.fault != Fault::none) {
    check("error", code(found.fault));
    for (const char* key : {"replicas", "utilization_percent", "raw_average_milli", "usage_milli"})
      check(key, "error " + code(found.fault));
    return;
  }
  check("error", nullptr);
  check("replicas", found.replicas);
  check("utilization_percent", found.utilization);
  check("raw_average_milli", found.usage);
  check("usage_milli", found.usage);
}

void resource_utilization(const Case& given, Check& check) {
  const json& data = given.data;
  const json& container = get(data, "container");
  const json& metrics = get(data, "metrics");
  World world = world_of(data, container);
  for (const auto& [name, usage] : get(metrics, "usage_milli").items())
    if (const auto value = usage_of(usage, container))
      world.sample(name, *value, get(metrics, "age_s"), get(metrics, "window_s"));
  const bool cpu = value_or<std::string>(get(data, "resource"), "cpu") == "cpu";
  Proposal found = by_utilization(world.metric(cpu), get(data, "current_replicas"),
                                  get(data, "target_utilization_percent"), tolerance_of(data),
                                  readiness_of(given.file), kNow);
  if (found.fault == Fault::missing_request && world.unknown_container)
    found.fault = Fault::unknown_container;
  compare(found, check);
}

void pods_average(const Case& given, Check& check) {
  const json& metrics = get(given.data, "metrics");
  World world = world_of(given.data, nullptr);
  for (const auto& [name, value] : get(metrics, "value_milli").items())
    world.sample(name, value, get(metrics, "age_s"), get(metrics, "window_s"));
  const bool cpu = get(given.data, "resource") == "cpu";
  compare(by_pods_average(world.metric(cpu), get(given.data, "current_replicas"),
                          get(given.data, "target_average_milli"), tolerance_of(given.data),
                          readiness_of(given.file), kNow),
          check);
}

// The total of an object or of external series; nothing where there are none.
std::optional<std::int64_t> total(const json& given) {
  const json& metrics = get(given, "metrics");
  const json& value =
      metrics.contains("value_milli") ? get(metrics, "value_milli") : get(metrics, "values_milli");
  if (value.is_null() || (value.is_array() && value.empty())) return std::nullopt;
  return total_of(value);
}

void by_total_value(const Case& given, Check& check) {
  const World world = world_of(given.data, nullptr);
  const auto value = total(given.data);
  if (!value) return compare({.fault = Fault::no_metrics}, check);
  compare(by_value(world.pods, get(given.data, "current_replicas"), *value,
                   get(given.data, "target_value_milli"), tolerance_of(given.data)),
          check);
}

void by_total_average(const Case& given, Check& check) {
  const auto value = total(given.data);
  if (!value) return compare({.fault = Fault::no_metrics}, check);
  compare(by_average(get(given.data, "current_replicas"), *value,
                     get(given.data, "target_average_milli"), tolerance_of(given.data)),
          check);
}

void group_pods(const Case& given, Check& check) {
  World world = world_of(given.data, nullptr);
  for (const auto& [name, sample] : get(given.data, "metrics").items())
    world.sample(name, get(sample, "value"), get(sample, "age_s"), get(sample, "window_s"));
  std::int64_t ready = 0;
  json unready = json::array();
  json missing = json::array();
  json ignored = json::array();
  for (std::size_t i = 0; i < world.pods.size(); ++i) {
    if (!world.pods[i].listed) continue;
    switch (group_of(world.pods[i], world.samples[i], get(given.data, "resource") == "cpu",
                     readiness_of(given.file), kNow)) {
      case Group::ready:
        ++ready;
        break;
      case Group::unready:
        unready.push_back(world.names[i]);
        break;
      case Group::missing:
        missing.push_back(world.names[i]);
        break;
      case Group::ignored:
        ignored.push_back(world.names[i]);
        break;
    }
  }
  check("ready_count", ready);
  check("unready", unready);
  check("missing", missing);
  check("ignored", ignored);
}

void calculate_requests(const Case& given, Check& check) {
  const json& pod = get(given.data, "pod");
  std::vector<std::string> names;
  std::vector<std::optional<std::int64_t>> amounts;
  const auto add = [&](const json& container) {
    names.push_back(get(container, "name"));
    const json& request = get(container, "request_milli");
    amounts.push_back(request.is_null() ? std::nullopt
                                        : std::optional(request.get<std::int64_t>()));
  };
  for (const json& container : get(pod, "containers")) add(container);
  for (const json& container : get(pod, "init_containers"))
    if (get(container, "restart_policy") == "Always") add(container);
  std::vector<ContainerRequest> containers;
  for (std::size_t i = 0; i < names.size(); ++i) containers.push_back({names[i], amounts[i]});
  std::optional<std::int64_t> pod_level;
  if (const json& level = get(pod, "pod_level_request_milli");
      value_or(get(given.data, "pod_level_resources_enabled"), false) && !level.is_null())
    pod_level = level.get<std::int64_t>();
  const auto container = value_or<std::string>(get(given.data, "container"), "");
  const PodRequest found = hpa::request_of(containers, pod_level, container);
  check("error", found.fault == Fault::none ? json() : json(code(found.fault)));
  check("request_milli", found.request);
}

void of_utilization(const Case& given, Check& check) {
  std::int64_t usage = 0;
  std::int64_t requests = 0;
  std::int64_t entries = 0;
  for (const auto& [name, value] : get(given.data, "usage_milli").items()) {
    const json& request = get(get(given.data, "requests_milli"), name);
    if (request.is_null()) continue;
    usage = saturating_sum(usage, value.get<std::int64_t>());
    requests = saturating_sum(requests, request.get<std::int64_t>());
    ++entries;
  }
  const UtilizationRatio found =
      utilization_ratio(usage, requests, entries, get(given.data, "target_utilization_percent"));
  check("error", found.fault == Fault::none ? json() : json(code(found.fault)));
  check("ratio", found.ratio);
  check("utilization_percent", found.utilization);
  check("raw_average_milli", found.average);
}

// The average of plain values, as one pod sees it that may have any count.
void of_usage(const Case& given, Check& check) {
  World world;
  for (const auto& [name, value] : get(given.data, "value_milli").items()) {
    world.names.push_back(name);
    world.pods.emplace_back();
    world.samples.push_back({true, value, kNow, Duration::zero()});
  }
  const std::int64_t target = get(given.data, "target_milli");
  const Proposal found = by_pods_average({world.pods, world.samples, {}, false}, 1, target,
                                         Tolerance{}, Readiness{}, kNow);
  check("ratio", static_cast<double>(found.usage) / static_cast<double>(target));
  check("usage_milli", found.usage);
}

}  // namespace

Table hpa_calculator_runners() {
  return {{"resource_utilization", resource_utilization},
          {"pods_average", pods_average},
          {"object_value", by_total_value},
          {"external_value", by_total_value},
          {"object_average", by_total_average},
          {"external_average", by_total_average},
          {"group_pods", group_pods},
          {"calculate_requests", calculate_requests},
          {"utilization_ratio", of_utilization},
          {"usage_ratio", of_usage}};
}

}  // namespace rehearse::conformance
