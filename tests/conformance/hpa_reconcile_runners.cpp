// hpa_behavior.json, kind reconcile: a whole step of the policy object, by its public interface.

#include <map>

#include "policies/hpa.hpp"
#include "tests/conformance/hpa_cases.hpp"

namespace rehearse::conformance {
namespace {

using namespace policies;
using Source = Hpa::Metric::Source;
using Target = Hpa::Metric::Target;

bool gate(const json& data, const std::string& name, bool fallback) {
  return value_or(get(get(data, "feature_gates"), name), fallback);
}

Hpa::Metric metric_of(const json& given) {
  static const std::map<std::string, std::pair<Source, Target>> kTypes{
      {"resource_utilization", {Source::resource, Target::utilization}},
      {"resource_average", {Source::resource, Target::average}},
      {"pods_average", {Source::pods, Target::average}},
      {"object_value", {Source::object, Target::value}},
      {"object_average", {Source::object, Target::average}},
      {"external_value", {Source::external, Target::value}},
      {"external_average", {Source::external, Target::average}}};
  const std::string type = get(given, "type");
  const auto found = kTypes.find(type);
  Hpa::Metric metric{.name = type, .source = Source::unknown, .target = get(given, "target")};
  if (found == kTypes.end()) return metric;
  metric.source = found->second.first;
  metric.type = found->second.second;
  const bool resource = metric.source == Source::resource;
  metric.cpu = resource && value_or<std::string>(get(given, "resource"), "cpu") == "cpu";
  if (resource && !get(given, "container").is_null()) metric.source = Source::container;
  return metric;
}

Hpa::Params params_of(const Case& given) {
  const json& hpa = get(given.data, "hpa");
  Hpa::Params params;
  params.bounds = {value_or(get(hpa, "min_replicas"), 1), get(hpa, "max_replicas")};
  for (const json& metric : get(hpa, "metrics")) params.metrics.push_back(metric_of(metric));
  params.readiness = readiness_of(given.file);
  const json& window = get(hpa, "downscale_stabilization_s");
  if (!window.is_null()) params.downscale_stabilization = seconds(window);
  params.up_limit = {value_or(get(given.data, "scale_up_limit_factor"), 2.0),
                     value_or(get(given.data, "scale_up_limit_minimum"), 4.0)};
  params.to_zero = gate(given.data, "HPAScaleToZero", false);
  const json& behavior = get(hpa, "behavior");
  if (behavior.is_null()) return params;
  const json& up = get(behavior, "scale_up");
  const json& down = get(behavior, "scale_down");
  params.behavior = Hpa::Behavior{rules_of(up, hpa::Rules::up()),
                                  rules_of(down, hpa::Rules::down(params.downscale_stabilization))};
  if (gate(given.data, "HPAConfigurableTolerance", true)) {
    params.tolerance.up = value_or(get(up, "tolerance"), params.tolerance.up);
    params.tolerance.down = value_or(get(down, "tolerance"), params.tolerance.down);
  }
  return params;
}

// Feeds what the case says of pods and metrics.
class Feed {
 public:
  Feed(Hpa& hpa, const json& pods) : hpa_(hpa), pods_(pods) {
    for (const json& pod : pods) {
      ids_.emplace(get(pod, "name"), next_);
      const hpa::Pod is = pod_of(pod);
      observe(InstanceStatus{.instance = next_++,
                             .phase = is.phase,
                             .deleting = is.deleted,
                             .has_started = is.has_started,
                             .has_readiness = is.has_condition,
                             .ready = is.ready,
                             .started = is.started,
                             .ready_changed = is.ready_changed});
    }
  }
  void observe(const Observation& seen) { hpa_.observe(kNow, seen, ignored_); }

  void metric(std::uint32_t index, const json& metric) {
    const json& container = get(metric, "container");
    for (const json& pod : pods_) {
      const std::int64_t request = request_of(pod, container);
      if (request == hpa::kNoRequest) continue;
      observe(ResourceRequest{index, ids_.at(get(pod, "name")), real(request)});
    }
    for (const auto& [name, usage] : get(metric, "usage_milli").items())
      if (const auto value = usage_of(usage, container)) sample(index, id(name), real(*value));
    const json& value = get(metric, "value_milli");
    if (value.is_object())
      for (const auto& [name, each] : value.items())
        sample(index, id(name), real(each.get<std::int64_t>()));
    else if (!value.is_null())
      sample(index, kWhole, real(total_of(value)));
    if (!get(metric, "fail").is_null()) observe(MetricLost{index});
  }

 private:
  static double real(std::int64_t milli) { return static_cast<double>(milli) / 1000; }
  InstanceId id(const std::string& name) {
    const auto [found, is_new] = ids_.emplace(name, next_);
    if (is_new) ++next_;
    return found->second;
  }
  void sample(std::uint32_t index, InstanceId instance, double value) {
    observe(MetricSample{index, instance, value, kNow, Duration::seconds(60)});
  }

  Hpa& hpa_;
  const json& pods_;
  std::map<std::string, InstanceId> ids_;
  InstanceId next_ = 0;
  std::vector<Decision> ignored_;
};

void compare_conditions(const Hpa::Conditions& found, const json& expected, Check& check) {
  check("conditions", expected);  // compared one by one here
  const std::map<std::string, Hpa::Condition> all{{"AbleToScale", found.able_to_scale},
                                                  {"ScalingActive", found.scaling_active},
                                                  {"ScalingLimited", found.scaling_limited},
                                                  {"ScaledToZero", found.scaled_to_zero}};
  for (const auto& [name, condition] : expected.items()) {
    const auto is = all.find(name);
    const json actual =
        is == all.end() ? json() : json{is->second.status, std::string(is->second.reason)};
    if (actual != condition)
      check.fail(name + " is " + actual.dump() + ", expected " + condition.dump());
  }
}

void reconcile(const Case& given, Check& check) {
  const json& data = given.data;
  const std::string fail = value_or<std::string>(get(data, "fail"), "");
  Hpa hpa(params_of(given));
  if (const json& log = get(data, "recommendations"); !log.is_null()) {
    hpa.memory().begun = true;
    hpa.memory().recommendations = recommendations_of(log);
  }
  hpa.memory().added = events_of(get(data, "scale_up_events"));
  hpa.memory().removed = events_of(get(data, "scale_down_events"));
  hpa.set_scaled_to_zero(value_or(get(data, "scaled_to_zero_condition"), false));

  Feed feed(hpa, get(data, "pods"));
  const json& scale = get(data, "scale");
  if (fail != "get_scale")
    feed.observe(ReplicaCount{get(scale, "spec_replicas"), get(scale, "status_replicas"), kNow});
  if (get(data, "selector") == "ambiguous") feed.observe(TargetConflict{true});
  const json& metrics = get(get(data, "hpa"), "metrics");
  for (std::size_t i = 0; i < metrics.size(); ++i)
    feed.metric(static_cast<std::uint32_t>(i), metrics[i]);

  std::vector<Decision> decisions;
  hpa.wake(kNow, decisions);
  std::int32_t replicas = get(scale, "spec_replicas");
  bool updated = false;
  if (!decisions.empty()) {
    updated = fail != "update_scale";
    feed.observe(ActionDone{0, updated});
    if (updated) replicas = std::get<ScaleTo>(decisions[0].action).replicas;
  }
  const Hpa::Conditions& conditions = hpa.conditions();
  bool error = !conditions.able_to_scale.status ||
               (!conditions.scaling_active.status && !conditions.scaling_active.reason.empty() &&
                conditions.scaling_active.reason != "ScalingDisabled");
  for (std::size_t i = 0; i < metrics.size(); ++i)
    error = error || hpa.proposal(i).fault != hpa::Fault::none;
  check("desired_replicas", replicas);
  check("scale_updated", updated);
  check("error", error);
  check("cpu_utilization_percent", hpa.proposal(0).utilization);
  compare_conditions(conditions, get(get(data, "expect"), "conditions"), check);
}

}  // namespace

Table hpa_reconcile_runners() {
  return {{"reconcile", reconcile}};
}

}  // namespace rehearse::conformance
