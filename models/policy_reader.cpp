#include <fmt/format.h>

#include <algorithm>

#include "models/compiler.hpp"
#include "policies/registry.hpp"
#include "scenarios/spec/metric_names.hpp"

/// The `policies:` block: which controller scales which service, on what it sees and with what
/// hands. The controller's own block is read by the controller's own table.

namespace rehearse::models {
namespace {

using Figure = PolicyMetric::What;

const FieldTable kSenseFields{
    "policy observes",
    "What the policy sees of the platform, and how late. States and counts of instances are known "
    "at each look.",
    {{.name = "scrape",
      .type = FieldType::duration,
      .doc = "Time between two scrapes (15s in metrics-server; 1m in Prometheus unless set).",
      .fallback = "15s",
      .min = 0.1,
      .max = 3600},
     {.name = "window",
      .type = FieldType::duration,
      .doc = "Over which counters become rates, from the oldest scrape in it to the latest: at "
             "least one `scrape`, as a rate needs two.",
      .fallback = "30s",
      .min = 0.1,
      .max = 86400},
     {.name = "delay",
      .type = FieldType::distribution,
      .doc = "From a scrape until the policy can know of it; 0 by default."},
     {.name = "lost",
      .type = FieldType::ratio,
      .doc = "Share of the scrapes, of each instance for itself, that have no answer.",
      .fallback = "0%",
      .min = 0,
      .max = 1}}};

const FieldTable kHandFields{
    "policy acts",
    "What becomes of a policy's wishes.",
    {{.name = "after",
      .type = FieldType::distribution,
      .doc = "From a wish until the count of instances is set; 0 by default. What instances then "
             "need to start is the service's `startup`, `warmup` and `probes`."},
     {.name = "fails",
      .type = FieldType::ratio,
      .doc = "Share of the wishes that come to nothing; the policy is told.",
      .fallback = "0%",
      .min = 0,
      .max = 1},
     {.name = "unconfirmed",
      .type = FieldType::ratio,
      .doc = "Share of the others that are carried out without the policy hearing of it.",
      .fallback = "0%",
      .min = 0,
      .max = 1},
     {.name = "spacing",
      .type = FieldType::duration,
      .doc = "Least time between two wishes; one that comes sooner fails.",
      .fallback = "0s",
      .min = 0,
      .max = 86400},
     {.name = "grace",
      .type = FieldType::duration,
      .doc = "That an instance which is no longer wanted has to finish its work "
             "(`terminationGracePeriodSeconds`); what is left then is lost.",
      .fallback = "30s",
      .min = 0,
      .max = 86400}}};

std::vector<Field> policy_fields() {
  std::vector<Field> fields{
      {.name = "target",
       .type = FieldType::text,
       .doc = "Service that it scales. Its `instances` are those of the beginning.",
       .required = true,
       .example = "gateway"},
      {.name = "observe",
       .type = FieldType::block,
       .doc = "What it sees, and how late.",
       .child = &kSenseFields},
      {.name = "act",
       .type = FieldType::block,
       .doc = "What becomes of its wishes.",
       .child = &kHandFields}};
  for (const policies::ControllerKind& kind : policies::controller_kinds()) {
    if (!kind.scales) continue;
    fields.push_back({.name = kind.name,
                      .type = FieldType::block,
                      .doc = "A controller of this kind decides.",
                      .child = kind.fields});
  }
  return fields;
}

struct NamedFigure {
  std::string_view name;
  Figure what;
};
constexpr NamedFigure kFigures[] = {
    {"cpu", Figure::cpu},
    {"memory", Figure::memory},
    {"arrival_rate", Figure::arrival_rate},
    {"requests_per_second", Figure::arrival_rate},
    {"throughput", Figure::throughput},
    {"error_rate", Figure::error_rate},
    {"queue_length", Figure::queue_length},
    {"in_system", Figure::in_system},
    {"mean_response", Figure::mean_response},
};

bool read_figure(std::string_view name, PolicyMetric& metric) {
  for (const NamedFigure& one : kFigures) {
    if (one.name != name) continue;
    metric.what = one.what;
    return true;
  }
  const auto named = spec::find_metric(name);
  if (!named || named->metric != spec::Metric::response_quantile) return false;
  metric.what = Figure::quantile;
  metric.quantile = named->quantile;
  return true;
}

// Where a block names a metric: its key, or its value; else the block itself.
const Mark* find_mark(const SpecNode& node, std::string_view text) {
  if (node.is_scalar() && node.text == text) return &node.mark;
  for (const SpecEntry& entry : node.entries) {
    if (entry.key == text) return &entry.key_mark;
    if (const Mark* found = find_mark(entry.value, text)) return found;
  }
  for (const SpecNode& item : node.items)
    if (const Mark* found = find_mark(item, text)) return found;
  return nullptr;
}

}  // namespace

const FieldTable kPolicyFields{
    "policy",
    "Says how many instances a service is to have, while the trial runs: a controller, named by "
    "its key, such as `hpa: {max: 10, metrics: [{cpu: 70%}]}`. Metrics that it may name: `cpu` and "
    "`memory` (of what instances reserve; a service with `servers` uses a core for each busy one), "
    "`arrival_rate` (or `requests_per_second`), `throughput`, `error_rate`, `queue_length`, "
    "`in_system`, `mean_response`, `p95` and other quantiles, all of the service itself; "
    "`queue_length(QUEUE)`; `arrival_rate(WORKLOAD)`, `in_system(WORKLOAD)`. A service has one "
    "policy at most.",
    policy_fields()};

std::uint32_t Compiler::policy_of(const std::string& service) const {
  const auto found = std::find_if(policies_.begin(), policies_.end(),
                                  [&](const Policy& one) { return one.target == service; });
  if (found == policies_.end()) return kNone;
  return static_cast<std::uint32_t>(found - policies_.begin());
}

std::int64_t Compiler::room_for(const std::string& service) const {
  std::int64_t most = 0;
  for (const Policy& policy : policies_) {
    if (policy.target != service || policy.spec.controller == nullptr) continue;
    if (const auto bounds = policy.spec.controller->bounds())
      most = std::max<std::int64_t>(most, bounds->max);
  }
  return most;
}

void Compiler::declare_policies(const std::vector<SpecEntry>& entries) {
  for (const SpecEntry& entry : entries) declare_policy(entry);
}

void Compiler::declare_policy(const SpecEntry& entry) {
  const std::string what = fmt::format("policy '{}'", entry.key);
  FieldReader reader(entry.value, kPolicyFields, out_, what);
  Policy policy;
  policy.mark = entry.key_mark;
  policy.spec.name = entry.key;
  policy.target = reader.text("target");
  policy.target_mark = reader.mark("target");
  std::vector<std::string_view> kinds;
  std::vector<std::string_view> given;
  for (const policies::ControllerKind& kind : policies::controller_kinds()) {
    if (!kind.scales) continue;
    kinds.push_back(kind.name);
    const SpecNode* block = reader.node(kind.name);
    if (block == nullptr) continue;
    given.push_back(kind.name);
    policy.spec.kind = kind.name;
    policy.block = block;
    FieldReader fields(*block, *kind.fields, out_, fmt::format("{} of {}", kind.name, what));
    policy.spec.controller = kind.make(fields);
  }
  if (given.size() != 1)
    out_.error("contradiction", given.empty() ? policy.mark : reader.mark(given.back()),
               given.empty() ? fmt::format("{} does not say how it decides", what)
                             : fmt::format("{} has both '{}' and '{}'", what, given[0], given[1]),
               fmt::format("give one of: {}", fmt::join(kinds, ", ")));
  read_policy_senses(reader.node("observe"), policy.spec);
  read_policy_hands(reader.node("act"), policy.spec);
  policies_.push_back(std::move(policy));
}

void Compiler::read_policy_senses(const SpecNode* node, PolicySpec& spec) {
  const std::string entity = "policy/" + spec.name;
  spec.scrape_stream = add_stream(entity, "scrapes");
  spec.action_stream = add_stream(entity, "actions");
  if (node == nullptr) return;
  FieldReader reader(*node, kSenseFields, out_, fmt::format("'observe' of policy '{}'", spec.name));
  spec.scrape = reader.duration("scrape");
  spec.window = reader.has("window") ? reader.duration("window")
                                     : std::max(spec.window, spec.scrape + spec.scrape);
  spec.lost = reader.ratio("lost");
  if (const SpecNode* delay = reader.node("delay"))
    spec.delay =
        add_law(read_law(*delay, fmt::format("delay of policy '{}'", spec.name)), entity, "delay");
  if (spec.window < spec.scrape)
    reader.error("contradiction", reader.has("window") ? "window" : "scrape",
                 "a window that is shorter than the time between two scrapes never holds two",
                 "'window' is at least 'scrape'");
}

void Compiler::read_policy_hands(const SpecNode* node, PolicySpec& spec) {
  if (node == nullptr) return;
  FieldReader reader(*node, kHandFields, out_, fmt::format("'act' of policy '{}'", spec.name));
  if (const SpecNode* after = reader.node("after"))
    spec.after = add_law(read_law(*after, fmt::format("time of policy '{}'", spec.name)),
                         "policy/" + spec.name, "after");
  spec.fails = reader.ratio("fails");
  spec.unconfirmed = reader.ratio("unconfirmed");
  spec.spacing = reader.duration("spacing");
  spec.grace = reader.duration("grace");
}

void Compiler::resolve_policies() {
  for (std::size_t i = 0; i < policies_.size(); ++i) {
    Policy& policy = policies_[i];
    PolicySpec& spec = policy.spec;
    if (!policy.target.empty()) {
      const auto found = names_.find(policy.target);
      if (found == names_.end() || found->second.subject.kind != SubjectKind::service) {
        out_.error("unknown-target", policy.target_mark,
                   fmt::format("there is no service '{}'", policy.target),
                   suggest(policy.target, names_of({SubjectKind::service})));
        continue;
      }
      spec.service = found->second.subject.index;
      if (policy_of(policy.target) != i)
        out_.error(
            "contradiction", policy.target_mark,
            fmt::format("policies '{}' and '{}' both scale '{}'",
                        policies_[policy_of(policy.target)].spec.name, spec.name, policy.target),
            "a service has one policy; a controller may look at several metrics");
    }
    if (spec.controller == nullptr || policy.target.empty()) continue;
    for (const policies::MetricNeed& need : spec.controller->needs()) {
      const Mark* mark = find_mark(*policy.block, need.name);
      if (const auto metric = metric_of(need, spec, mark != nullptr ? *mark : policy.mark))
        spec.metrics.push_back(*metric);
    }
    blueprint_.policies.push_back(spec);
  }
  if (!blueprint_.policies.empty()) scenario_.stationary = false;
}

std::optional<PolicyMetric> Compiler::metric_of(const policies::MetricNeed& need,
                                                const PolicySpec& spec, Mark mark) {
  PolicyMetric metric;
  metric.each = need.scope == policies::MetricNeed::Scope::each;
  metric.reserved = need.requests;
  const std::size_t open = need.name.find('(');
  std::string name = need.name.substr(0, open);
  if (!read_figure(name, metric)) {
    std::vector<std::string_view> names;
    for (const NamedFigure& one : kFigures) names.push_back(one.name);
    const std::string_view near = closest(name, names);
    out_.error("unknown-metric", mark, fmt::format("a policy cannot see '{}'", name),
               near.empty() ? fmt::format("metrics: {}, p95", fmt::join(names, ", "))
                            : fmt::format("did you mean '{}'?", near));
    return std::nullopt;
  }
  if (open != std::string::npos) {
    const std::string subject = need.name.substr(open + 1, need.name.find(')') - open - 1);
    if (subject != blueprint_.services[spec.service].name &&
        !find_metric_subject(subject, mark, metric))
      return std::nullopt;
  }
  if (!check_metric(metric, need.name, spec, mark)) return std::nullopt;
  return metric;
}

bool Compiler::find_metric_subject(const std::string& name, Mark mark, PolicyMetric& metric) {
  const auto found = names_.find(name);
  const bool known = found != names_.end();
  if (known && found->second.subject.kind == SubjectKind::workload) {
    metric.of = PolicyMetric::Of::workload;
  } else if (known && found->second.subject.kind == SubjectKind::queue) {
    metric.of = PolicyMetric::Of::queue;
  } else {
    out_.error("unknown-target", mark,
               fmt::format("there is no queue or workload '{}' to look at", name),
               suggest(name, names_of({SubjectKind::queue, SubjectKind::workload})));
    return false;
  }
  metric.subject = found->second.subject.index;
  return true;
}

// Whether it can be seen there, and of single instances where that is asked for.
bool Compiler::check_metric(const PolicyMetric& metric, const std::string& name,
                            const PolicySpec& spec, Mark mark) {
  const ServiceSpec& service = blueprint_.services[spec.service];
  const bool of_all = metric.what == Figure::error_rate || metric.what == Figure::mean_response ||
                      metric.what == Figure::quantile || metric.of != PolicyMetric::Of::target;
  if (metric.each && of_all) {
    out_.error("unknown-metric", mark, fmt::format("'{}' is not known of single instances", name),
               "name it as an 'external' metric");
    return false;
  }
  const bool of_queue = metric.what == Figure::queue_length;
  const bool of_workload = metric.what == Figure::arrival_rate || metric.what == Figure::in_system;
  if ((metric.of == PolicyMetric::Of::queue && !of_queue) ||
      (metric.of == PolicyMetric::Of::workload && !of_workload)) {
    out_.error("unknown-metric", mark, fmt::format("a policy cannot see '{}'", name),
               "of a queue it sees the queue_length, of a workload arrival_rate and in_system");
    return false;
  }
  if (metric.what == Figure::cpu && service.millicores == 0 && !service.servers) {
    out_.error("no-cpu", mark,
               fmt::format("'{}' has neither cores nor servers to be used", service.name),
               "add 'cpu: {limit: 2}' to it, or look at another metric");
    return false;
  }
  if (metric.what == Figure::memory && service.memory.limit == 0) {
    out_.error("contradiction", mark, fmt::format("nobody counts the memory of '{}'", service.name),
               "add 'memory: {limit: 1Gi, base: 200Mi}' to it, or look at another metric");
    return false;
  }
  return true;
}

}  // namespace rehearse::models
