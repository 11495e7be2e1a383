#include <fmt/format.h>

#include <algorithm>

#include "models/compiler.hpp"
#include "policies/policy_block.hpp"
#include "policies/vertical.hpp"
#include "scenarios/spec/metric_names.hpp"

/// The `policies:` block (policies/policy_block.hpp) in a simulation: which figures of the platform
/// a controller is shown, and the laws of what delays and disturbs it.

namespace rehearse::models {
namespace {

using Figure = PolicyMetric::What;

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

}  // namespace

std::uint32_t Compiler::policy_of(const std::string& target) const {
  const auto found = std::find_if(policies_.begin(), policies_.end(),
                                  [&](const Policy& one) { return one.block.target == target; });
  if (found == policies_.end()) return kNone;
  return static_cast<std::uint32_t>(found - policies_.begin());
}

std::int64_t Compiler::room_for(const std::string& target) const {
  std::int64_t most = 0;
  for (const Policy& policy : policies_) {
    if (policy.block.target != target || policy.spec.controller == nullptr) continue;
    if (const auto bounds = policy.spec.controller->bounds())
      most = std::max<std::int64_t>(most, bounds->max);
  }
  return most;
}

void Compiler::declare_policies(const std::vector<SpecEntry>& entries) {
  for (const SpecEntry& entry : entries) declare_policy(entry);
}

void Compiler::declare_policy(const SpecEntry& entry) {
  Policy policy{.block = policies::read_policy(entry, out_)};
  const policies::PolicyBlock& block = policy.block;
  const std::string entity = "policy/" + block.name;
  PolicySpec& spec = policy.spec;
  spec.name = block.name;
  spec.kind = block.kind;
  spec.controller = block.controller;
  spec.scrape = block.scrape;
  spec.window = block.window;
  spec.lost = block.lost;
  spec.fails = block.fails;
  spec.unconfirmed = block.unconfirmed;
  spec.spacing = block.spacing;
  spec.grace = block.grace;
  spec.rails = block.rails;
  spec.scrape_stream = add_stream(entity, "scrapes");
  spec.action_stream = add_stream(entity, "actions");
  if (block.delay != nullptr)
    spec.delay = add_law(read_law(*block.delay, fmt::format("delay of policy '{}'", block.name)),
                         entity, "delay");
  if (block.after != nullptr)
    spec.after = add_law(read_law(*block.after, fmt::format("time of policy '{}'", block.name)),
                         entity, "after");
  if (block.nodes) {
    if (node_policy_ != kNone)
      out_.error("contradiction", block.mark,
                 fmt::format("policies '{}' and '{}' both size pools of nodes",
                             policies_[node_policy_].spec.name, block.name),
                 "one policy may have several pools");
    else
      node_policy_ = static_cast<std::uint32_t>(policies_.size());
  }
  policies_.push_back(std::move(policy));
}

void Compiler::resolve_policies() {
  for (std::size_t i = 0; i < policies_.size(); ++i) {
    Policy& policy = policies_[i];
    PolicySpec& spec = policy.spec;
    if (!policy.block.target.empty()) {
      if (!find_scale_target(policy.block, spec)) continue;
      if (policy_of(policy.block.target) != i)
        out_.error("contradiction", policy.block.target_mark,
                   fmt::format("policies '{}' and '{}' both scale '{}'",
                               policies_[policy_of(policy.block.target)].spec.name, spec.name,
                               policy.block.target),
                   "a target has one policy; a controller may look at several metrics");
    }
    if (spec.controller == nullptr) continue;
    if (policy.block.target.empty() && !policy.block.nodes) continue;  // has been reported
    check_vertical(policy.block, spec);
    for (const policies::MetricNeed& need : spec.controller->needs()) {
      if (const auto metric = metric_of(need, spec, policy.block.mark_of(need.name)))
        spec.metrics.push_back(*metric);
    }
    blueprint_.policies.push_back(spec);
  }
  if (!blueprint_.policies.empty()) scenario_.stationary = false;
}

void Compiler::check_vertical(const policies::PolicyBlock& block, const PolicySpec& spec) {
  const bool sizes = dynamic_cast<const policies::Vertical*>(spec.controller.get()) != nullptr;
  if (!sizes || spec.service == kNone) return;
  ServiceSpec& service = blueprint_.services[spec.service];
  service.sized = true;
  if (!service.servers) return;
  out_.error("no-cpu", block.target_mark,
             fmt::format("policy '{}' says how large instances are to be, and '{}' has servers, "
                         "which have no size",
                         spec.name, service.name),
             "give it 'cpu: {limit: 2}' in place of 'servers'");
}

bool Compiler::find_scale_target(const policies::PolicyBlock& block, PolicySpec& spec) {
  spec.target = block.target;
  const auto found = names_.find(block.target);
  if (found != names_.end() && found->second.subject.kind == SubjectKind::service) {
    spec.service = found->second.subject.index;
    return true;
  }
  if (found == names_.end() || found->second.subject.kind != SubjectKind::queue) {
    out_.error("unknown-target", block.target_mark,
               fmt::format("there is no service or queue '{}'", block.target),
               suggest(block.target, names_of({SubjectKind::service, SubjectKind::queue})));
    return false;
  }
  spec.queue = found->second.subject.index;
  if (blueprint_.queues[spec.queue].consumers > 0) return true;
  out_.error("contradiction", block.target_mark,
             fmt::format("queue '{}' has no consumers that could be scaled", block.target),
             "add 'consumers: {to: SERVICE}' to it");
  return false;
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
  std::string subject = spec.target;
  if (open != std::string::npos)
    subject = need.name.substr(open + 1, need.name.find(')') - open - 1);
  const bool own = subject == spec.target && spec.service != kNone;
  if (!own && !find_metric_subject(subject, mark, metric)) return std::nullopt;
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
  const bool of_all = metric.what == Figure::error_rate || metric.what == Figure::mean_response ||
                      metric.what == Figure::quantile || metric.of != PolicyMetric::Of::target;
  if (metric.each && of_all) {
    out_.error("unknown-metric", mark, fmt::format("'{}' is not known of single instances", name),
               "name it as an 'external' metric");
    return false;
  }
  const bool of_workload = metric.what == Figure::arrival_rate || metric.what == Figure::in_system;
  const bool of_queue =
      of_workload || metric.what == Figure::queue_length || metric.what == Figure::throughput;
  if ((metric.of == PolicyMetric::Of::queue && !of_queue) ||
      (metric.of == PolicyMetric::Of::workload && !of_workload)) {
    out_.error("unknown-metric", mark, fmt::format("a policy cannot see '{}'", name),
               "of a queue it sees queue_length, in_system, arrival_rate and throughput, of a "
               "workload arrival_rate and in_system");
    return false;
  }
  if (metric.of != PolicyMetric::Of::target) return true;
  const ServiceSpec& service = blueprint_.services[spec.service];
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
