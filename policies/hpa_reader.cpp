// The block `hpa` of a scenario: field tables, and how they become parameters.

#include <fmt/format.h>

#include <cmath>

#include "policies/hpa.hpp"

namespace rehearse::policies {
namespace {

using Source = Hpa::Metric::Source;
using Target = Hpa::Metric::Target;

constexpr double kMostReplicas = 100'000;

const FieldTable kRateFields{
    "hpa rate policy",
    "How far a count may move within a period.",
    {{.name = "pods", .type = FieldType::count, .doc = "So many replicas.", .min = 1, .max = 1e6},
     {.name = "percent",
      .type = FieldType::ratio,
      .doc = "So much of the count at the start of the period.",
      .min = 0.01,
      .max = 1e4,
      .example = "100%"},
     {.name = "period",
      .type = FieldType::duration,
      .doc = "The period.",
      .fallback = "15s",
      .min = 1,
      .max = 1800}}};

const FieldTable kRulesFields{
    "hpa rules",
    "How fast one direction may go.",
    {{.name = "window",
      .type = FieldType::duration,
      .doc = "Stabilisation window: the most cautious proposal within it counts. Upwards none, "
             "downwards 5 min unless given.",
      .min = 0,
      .max = 3600},
     {.name = "select",
      .type = FieldType::choice,
      .doc = "Of several policies the one that moves most (`max`), least (`min`), or none at all.",
      .fallback = "max",
      .choices = {"max", "min", "disabled"}},
     {.name = "tolerance",
      .type = FieldType::ratio,
      .doc = "Deviation from the target that is let be, in place of the tolerance of both.",
      .min = 0,
      .max = 1},
     {.name = "policies",
      .type = FieldType::list,
      .doc = "Rate limits. Upwards four replicas or 100%, downwards 100%, per 15 s, unless given.",
      .child = &kRateFields}}};

const FieldTable kBehaviorFields{
    "hpa behavior",
    "How fast the count may move. With this block windows work in both directions.",
    {{.name = "scale_up", .type = FieldType::block, .doc = "Upwards.", .child = &kRulesFields},
     {.name = "scale_down",
      .type = FieldType::block,
      .doc = "Downwards.",
      .child = &kRulesFields}}};

const FieldTable kMetricFields{
    "hpa metric",
    "One metric and its target: in short `cpu: 70%`. It is a resource, a metric of pods, of "
    "another "
    "object, or from outside the cluster.",
    {{.name = "cpu",
      .type = FieldType::ratio,
      .doc = "Short for `resource: cpu` and its target utilisation.",
      .min = 0.01,
      .max = 100,
      .example = "70%"},
     {.name = "memory",
      .type = FieldType::ratio,
      .doc = "Short for `resource: memory` and its target utilisation.",
      .min = 0.01,
      .max = 100,
      .example = "80%"},
     {.name = "resource", .type = FieldType::text, .doc = "`cpu` or `memory` of the pods."},
     {.name = "container",
      .type = FieldType::text,
      .doc = "Only this container of each pod; with `resource`."},
     {.name = "pods", .type = FieldType::text, .doc = "A metric that each pod has."},
     {.name = "object", .type = FieldType::text, .doc = "A metric of another object."},
     {.name = "external", .type = FieldType::text, .doc = "A metric from outside."},
     {.name = "utilization",
      .type = FieldType::ratio,
      .doc = "Target: share of what the pods have requested. Whole percents.",
      .min = 0.01,
      .max = 100,
      .example = "70%"},
     {.name = "average",
      .type = FieldType::number,
      .doc = "Target: value per pod, in the metric's unit.",
      .min = 0.001,
      .max = 1e15},
     {.name = "value",
      .type = FieldType::number,
      .doc = "Target: value of all together; of `object` and `external`.",
      .min = 0.001,
      .max = 1e15}}};

const FieldTable kHpaFields{
    "hpa",
    "Horizontal Pod Autoscaler of Kubernetes: the largest count that any metric asks for, held "
    "back by windows and rate limits.",
    {{.name = "min",
      .type = FieldType::count,
      .doc = "Fewest replicas; 0 with `to_zero`.",
      .fallback = "1",
      .min = 0,
      .max = kMostReplicas},
     {.name = "max",
      .type = FieldType::count,
      .doc = "Most replicas.",
      .required = true,
      .min = 1,
      .max = kMostReplicas},
     {.name = "metrics",
      .type = FieldType::list,
      .doc = "Metrics with targets.",
      .required = true,
      .child = &kMetricFields},
     {.name = "tolerance",
      .type = FieldType::ratio,
      .doc = "Deviation from the target that is let be.",
      .fallback = "10%",
      .min = 0,
      .max = 1},
     {.name = "behavior",
      .type = FieldType::block,
      .doc =
          "Windows and rate limits. Without it: no more than twice the count, or 4, at once, and "
          "the highest proposal of the last 5 min.",
      .child = &kBehaviorFields},
     {.name = "sync_period",
      .type = FieldType::duration,
      .doc = "Time between two looks.",
      .fallback = "15s",
      .min = 0.1,
      .max = 3600},
     {.name = "cpu_initialization",
      .type = FieldType::duration,
      .doc =
          "Time since the start of a pod within which its CPU counts only once it has been ready "
          "for a whole sample.",
      .fallback = "5m",
      .min = 0,
      .max = 86400},
     {.name = "initial_readiness_delay",
      .type = FieldType::duration,
      .doc = "Time since the start within which a pod that is not ready counts as never ready.",
      .fallback = "30s",
      .min = 0,
      .max = 86400},
     {.name = "stale_after",
      .type = FieldType::duration,
      .doc = "Older samples count as missing.",
      .fallback = "90s",
      .min = 1,
      .max = 86400},
     {.name = "to_zero",
      .type = FieldType::flag,
      .doc = "With `min: 0`, go to zero and back, by metrics of objects or from outside.",
      .fallback = "false"}}};

hpa::Rules read_rules(FieldReader& reader, hpa::Rules rules, double& tolerance) {
  if (const auto window = reader.optional_duration("window")) rules.window = *window;
  rules.select = static_cast<hpa::Select>(reader.choice("select"));
  if (const auto own = reader.optional_ratio("tolerance")) tolerance = *own;
  if (!reader.has("policies")) return rules;
  rules.policies.clear();
  for (const SpecNode& item : reader.items("policies")) {
    FieldReader fields(item, kRateFields, reader.diagnostics(), "rate policy of " + reader.what());
    const auto pods = fields.optional_count("pods");
    const auto percent = fields.optional_ratio("percent");
    const Duration period = fields.duration("period");
    if (pods.has_value() == percent.has_value()) {
      reader.diagnostics().error("contradiction", fields.mark(),
                                 fmt::format("{} needs either 'pods' or 'percent'", fields.what()),
                                 "write {pods: 4, period: 15s} or {percent: 100%, period: 15s}");
      continue;
    }
    if (pods)
      rules.policies.push_back(
          {hpa::RatePolicy::Type::pods, static_cast<std::int32_t>(*pods), period});
    else
      rules.policies.push_back({hpa::RatePolicy::Type::percent,
                                static_cast<std::int32_t>(std::lround(*percent * 100)), period});
  }
  return rules;
}

void read_behavior(FieldReader& reader, Hpa::Params& params) {
  const SpecNode* node = reader.node("behavior");
  if (node == nullptr) return;
  FieldReader fields(*node, kBehaviorFields, reader.diagnostics(), "behavior of " + reader.what());
  Hpa::Behavior behavior{hpa::Rules::up(), hpa::Rules::down(params.downscale_stabilization)};
  const auto direction = [&](std::string_view name, hpa::Rules& rules, double& tolerance) {
    const SpecNode* block = fields.node(name);
    if (block == nullptr) return;
    FieldReader inner(*block, kRulesFields, reader.diagnostics(),
                      fmt::format("{} of {}", name, reader.what()));
    rules = read_rules(inner, rules, tolerance);
  };
  direction("scale_up", behavior.up, params.tolerance.up);
  direction("scale_down", behavior.down, params.tolerance.down);
  params.behavior = behavior;
}

void need_one(FieldReader& fields, std::string_view what, std::string help) {
  fields.diagnostics().error("contradiction", fields.mark(),
                             fmt::format("{} needs exactly one {}", fields.what(), what),
                             std::move(help));
}

std::optional<Hpa::Metric> read_metric(FieldReader& fields) {
  Hpa::Metric metric;
  int sources = 0;
  const auto source = [&](std::string_view name, Source kind) {
    const auto text = fields.optional_text(name);
    if (!text) return;
    metric.name = *text;
    metric.source = kind;
    ++sources;
  };
  source("resource", Source::resource);
  source("pods", Source::pods);
  source("object", Source::object);
  source("external", Source::external);
  auto utilization = fields.optional_ratio("utilization");
  for (const std::string_view name : {"cpu", "memory"}) {
    const auto target = fields.optional_ratio(name);
    if (!target) continue;
    metric.name = name;
    metric.source = Source::resource;
    ++sources;
    if (utilization) ++sources;  // two targets
    utilization = target;
  }
  const auto average = fields.optional_number("average");
  const auto value = fields.optional_number("value");
  if (sources != 1) {
    need_one(fields, "of cpu, memory, resource, pods, object and external", "write {cpu: 70%}");
    return std::nullopt;
  }
  if (int{utilization.has_value()} + int{average.has_value()} + int{value.has_value()} != 1) {
    need_one(fields, "target", "give one of utilization, average and value");
    return std::nullopt;
  }
  metric.cpu = metric.source == Source::resource && metric.name == "cpu";
  if (const auto container = fields.optional_text("container")) {
    if (metric.source != Source::resource)
      fields.error("contradiction", "container", "only resources are measured by container");
    metric.source = Source::container;
    metric.name = *container + "/" + metric.name;
  }
  const bool outside = metric.source == Source::object || metric.source == Source::external;
  const bool resource = metric.source == Source::resource || metric.source == Source::container;
  if (utilization && !resource)
    fields.error("contradiction", "utilization", "only resources have requests to be a share of",
                 "give an average or a value");
  if (value && !outside)
    fields.error("contradiction", "value", "pods have values each: there is no single one",
                 "give an average");
  metric.type = utilization ? Target::utilization : (average ? Target::average : Target::value);
  metric.target =
      utilization ? std::lround(*utilization * 100) : hpa::thousandths(average ? *average : *value);
  return metric;
}

}  // namespace

const FieldTable& Hpa::fields() {
  return kHpaFields;
}

std::optional<Hpa::Params> Hpa::read(FieldReader& reader) {
  const int before = reader.diagnostics().error_count();
  Params params;
  params.bounds.min = static_cast<std::int32_t>(reader.count("min"));
  params.bounds.max = static_cast<std::int32_t>(reader.count("max"));
  params.tolerance.down = params.tolerance.up = reader.ratio("tolerance");
  params.sync_period = reader.duration("sync_period");
  params.readiness = {reader.duration("cpu_initialization"),
                      reader.duration("initial_readiness_delay")};
  params.stale_after = reader.duration("stale_after");
  params.to_zero = reader.flag("to_zero");
  read_behavior(reader, params);
  for (const SpecNode& item : reader.items("metrics")) {
    FieldReader fields(item, kMetricFields, reader.diagnostics(), "metric of " + reader.what());
    if (const auto metric = read_metric(fields)) params.metrics.push_back(*metric);
  }
  if (params.bounds.min > params.bounds.max)
    reader.error("contradiction", "min",
                 fmt::format("{} has more replicas at least than at most", reader.what()));
  if (params.bounds.min == 0 && !params.to_zero)
    reader.error("contradiction", "min", fmt::format("{} may not go to zero", reader.what()),
                 "write 'to_zero: true', or a minimum of 1");
  if (reader.diagnostics().error_count() != before) return std::nullopt;
  return params;
}

}  // namespace rehearse::policies
