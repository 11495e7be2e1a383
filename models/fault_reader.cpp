#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/compiler.hpp"

/// Faults: the plan of scenarios/spec/fault.hpp, with its targets found in the platform.

namespace rehearse::models {
namespace {

// Where `service` stands of what a fault selects by label and name.
bool selected(const ServiceSpec& service, const spec::FaultTarget& target) {
  if (!target.name.empty() && service.name != target.name) return false;
  return target.label.empty() || std::find(service.labels.begin(), service.labels.end(),
                                           target.label) != service.labels.end();
}

}  // namespace

void Compiler::read_faults(const SpecNode* node) {
  for (spec::FaultPlan& plan : spec::read_faults(node, out_)) {
    FaultSpec fault;
    fault.plan = std::move(plan);
    const std::string entity = "fault/" + fault.plan.id;
    fault.stream = add_stream(entity, "draws");
    if (fault.plan.delay) fault.law = add_law(*fault.plan.delay, entity, "delay");
    find_targets(fault);
    if (fault.plan.when) find_watched(fault);
    if (fault.plan.at && *fault.plan.at >= scenario_.experiment.horizon)
      out_.error("out-of-range", fault.plan.mark,
                 fmt::format("fault '{}' begins when the trial is over", fault.plan.id),
                 "move it before the horizon, or make 'experiment.horizon' longer");
    blueprint_.faults.push_back(std::move(fault));
  }
  if (!blueprint_.faults.empty()) scenario_.stationary = false;
}

void Compiler::find_targets(FaultSpec& fault) {
  switch (spec::doc_of(fault.plan.kind).target) {
    case spec::FaultTargetKind::instances:
      return find_instances(fault);
    case spec::FaultTargetKind::endpoints:
      return find_endpoints(fault);
    case spec::FaultTargetKind::links:
      return find_links(fault);
    case spec::FaultTargetKind::zones:
      return find_zone(fault);
    case spec::FaultTargetKind::nodes:
      return find_nodes(fault);
    case spec::FaultTargetKind::caches:
      if (const auto cache = target_named(fault, {SubjectKind::cache}))
        fault.caches.push_back(cache->index);
      return;
    case spec::FaultTargetKind::workloads:
      if (const auto workload = target_named(fault, {SubjectKind::workload}))
        fault.workloads.push_back(workload->index);
      return;
  }
}

std::optional<Subject> Compiler::target_named(const FaultSpec& fault,
                                              std::initializer_list<SubjectKind> kinds) {
  const std::string& name = fault.plan.target.name;
  const auto found = names_.find(name);
  const bool fits = found != names_.end() && std::find(kinds.begin(), kinds.end(),
                                                       found->second.subject.kind) != kinds.end();
  if (fits) return found->second.subject;
  std::string wanted;
  for (const SubjectKind kind : kinds)
    wanted += fmt::format("{}{}", wanted.empty() ? "" : " or ", subject_kind_name(kind));
  out_.error("unknown-target", fault.plan.target.mark,
             name.empty()
                 ? fmt::format("fault '{}' needs a {} as its target", fault.plan.id, wanted)
                 : fmt::format("there is no {} '{}'", wanted, name),
             suggest(name, names_of(kinds)));
  return std::nullopt;
}

void Compiler::find_instances(FaultSpec& fault) {
  const spec::FaultTarget& target = fault.plan.target;
  if (target.name.empty() && target.label.empty() && target.zone.empty()) {
    target_named(fault, {SubjectKind::service, SubjectKind::database});
    return;
  }
  const auto named = names_.find(target.name);
  const bool shard = named != names_.end() && named->second.subject.kind == SubjectKind::shard;
  if (!target.name.empty() && !shard &&
      !target_named(fault, {SubjectKind::service, SubjectKind::database, SubjectKind::cache}))
    return;
  std::vector<std::uint32_t> zones;
  if (!target.zone.empty() && (zones = zones_named(target.zone, target.mark)).empty()) return;
  for (std::uint32_t s = 0; s < blueprint_.services.size(); ++s) {
    const ServiceSpec& service = blueprint_.services[s];
    if (!selected(service, target)) continue;
    for (std::uint32_t i = 0; i < service.placement.size(); ++i) {
      const bool here_too = zones.empty() || std::find(zones.begin(), zones.end(),
                                                       service.placement[i]) != zones.end();
      if (here_too && (!target.instance || *target.instance == i))
        fault.instances.push_back({s, i});
    }
  }
  if (fault.instances.empty())
    out_.error("unknown-target", target.mark,
               fmt::format("fault '{}' matches no instance", fault.plan.id),
               "loosen its target, or give services the label it names");
  find_take(fault, fault.instances.size(), "instances");
}

void Compiler::find_take(FaultSpec& fault, std::size_t all, const char* of) {
  const spec::FaultTarget& target = fault.plan.target;
  if (target.share)
    fault.take =
        static_cast<std::uint32_t>(std::ceil(*target.share * static_cast<double>(all) - 1e-9));
  if (!target.count) return;
  fault.take = static_cast<std::uint32_t>(*target.count);
  if (fault.take > all && all > 0)
    out_.error("out-of-range", target.mark,
               fmt::format("fault '{}' wants {} {} of {}", fault.plan.id, fault.take, of, all));
}

void Compiler::find_nodes(FaultSpec& fault) {
  const spec::FaultTarget& target = fault.plan.target;
  std::vector<std::uint32_t> zones;
  if (!target.zone.empty() && (zones = zones_named(target.zone, target.mark)).empty()) return;
  std::vector<std::string_view> names;
  for (std::uint32_t n = 0; n < blueprint_.nodes.size(); ++n) {
    const NodeSpec& node = blueprint_.nodes[n];
    if (names.empty() || names.back() != node.pool) names.push_back(node.pool);
    const bool named = target.name.empty() || target.name == node.pool || target.name == node.name;
    const bool here =
        zones.empty() || std::find(zones.begin(), zones.end(), node.zone) != zones.end();
    if (named && here) fault.nodes.push_back(n);
  }
  if (fault.nodes.empty())
    out_.error("unknown-target", target.mark,
               fmt::format("fault '{}' matches no node", fault.plan.id),
               names.empty() ? "the system has no 'nodes'" : suggest(target.name, names));
  find_take(fault, fault.nodes.size(), "nodes");
  // What may stop: the pods that stand there in the beginning.
  for (std::uint32_t s = 0; s < blueprint_.services.size(); ++s) {
    const std::vector<std::uint32_t>& nodes = blueprint_.services[s].nodes;
    for (std::uint32_t i = 0; i < nodes.size(); ++i)
      if (std::find(fault.nodes.begin(), fault.nodes.end(), nodes[i]) != fault.nodes.end())
        fault.instances.push_back({s, i});
  }
}

void Compiler::find_endpoints(FaultSpec& fault) {
  const auto found =
      target_named(fault, {SubjectKind::service, SubjectKind::endpoint, SubjectKind::database});
  if (!found) return;
  if (found->kind == SubjectKind::endpoint) {
    fault.endpoints.push_back(found->index);
    return;
  }
  const ServiceSpec& service = blueprint_.services[found->index];
  for (std::uint32_t e = 0; e < service.endpoint_count; ++e)
    fault.endpoints.push_back(service.first_endpoint + e);
}

// The link that messages take is shared by many pairs of zones: a copy draws from the same streams,
// so that what the fault leaves alone stays as it was.
std::uint32_t Compiler::own_link(std::uint32_t from, std::uint32_t to) {
  const auto [place, fresh] = own_links_.insert({{from, to}, 0});
  if (!fresh) return place->second;
  NetworkSpec& network = blueprint_.network;
  std::uint32_t& number = network.between[from * network.zones.size() + to];
  network.links.push_back(number == kNone ? Link{} : network.links[number]);
  number = static_cast<std::uint32_t>(network.links.size() - 1);
  return place->second = number;
}

void Compiler::find_links(FaultSpec& fault) {
  const spec::FaultTarget& target = fault.plan.target;
  if (target.from.empty() || target.to.empty()) {
    out_.error("missing-field", target.mark,
               fmt::format("fault '{}' needs the two ends of a link", fault.plan.id),
               "write 'target: {from: eu-west-1/a, to: eu-west-1/b}'");
    return;
  }
  for (const std::uint32_t a : zones_named(target.from, target.mark)) {
    for (const std::uint32_t b : zones_named(target.to, target.mark)) {
      fault.links.push_back(own_link(a, b));
      if (fault.plan.both_ways && a != b) fault.links.push_back(own_link(b, a));
    }
  }
}

void Compiler::find_zone(FaultSpec& fault) {
  const spec::FaultTarget& target = fault.plan.target;
  if (target.zone.empty()) {
    out_.error("missing-field", target.mark,
               fmt::format("fault '{}' needs a zone or a region", fault.plan.id),
               "write 'target: {zone: eu-west-1/a}'");
    return;
  }
  const std::vector<std::uint32_t> zones = zones_named(target.zone, target.mark);
  const auto lost = [&](std::uint32_t zone) {
    return std::find(zones.begin(), zones.end(), zone) != zones.end();
  };
  for (std::uint32_t s = 0; s < blueprint_.services.size(); ++s) {
    const ServiceSpec& service = blueprint_.services[s];
    for (std::uint32_t i = 0; i < service.placement.size(); ++i)
      if (lost(service.placement[i])) fault.instances.push_back({s, i});
  }
  for (std::uint32_t n = 0; n < blueprint_.nodes.size(); ++n)
    if (lost(blueprint_.nodes[n].zone)) fault.nodes.push_back(n);
  for (const std::uint32_t a : zones) {
    for (std::uint32_t b = 0; b < blueprint_.network.zones.size(); ++b) {
      if (lost(b)) continue;
      fault.links.push_back(own_link(a, b));
      fault.links.push_back(own_link(b, a));
    }
  }
}

void Compiler::find_watched(FaultSpec& fault) {
  const spec::Objective& when = *fault.plan.when;
  const auto found = names_.find(when.target);
  const bool known = when.metric == spec::Metric::utilization ||
                     when.metric == spec::Metric::queue_length ||
                     when.metric == spec::Metric::in_system;
  if (!known)
    out_.error(
        "bad-condition", when.mark,
        fmt::format("a condition cannot look at {}", spec::metric_name(when.metric, when.quantile)),
        "utilization, queue_length and in_system are known at each instant");
  if (found == names_.end()) {
    out_.error("unknown-target", when.target_mark,
               fmt::format("nothing is called '{}'", when.target),
               suggest(when.target, names_of({SubjectKind::service, SubjectKind::database})));
    return;
  }
  const Subject subject = found->second.subject;
  const bool station =
      subject.kind == SubjectKind::service || subject.kind == SubjectKind::database;
  const bool counted =
      subject.kind == SubjectKind::endpoint || subject.kind == SubjectKind::workload;
  if (known && !station && !(counted && when.metric == spec::Metric::in_system))
    out_.error(
        "bad-condition", when.mark,
        fmt::format("{} of a {} is not known at each instant",
                    spec::metric_name(when.metric, when.quantile), subject_kind_name(subject.kind)),
        "look at a service");
  if (station) fault.watched_service = subject.index;
  if (subject.kind == SubjectKind::endpoint) fault.watched_endpoint = subject.index;
  if (subject.kind == SubjectKind::workload) fault.watched_workload = subject.index;
  if (station && when.metric == spec::Metric::utilization) {
    const ServiceSpec& service = blueprint_.services[subject.index];
    if (service.millicores == 0 && service.slots == kUnlimited)
      out_.error("bad-condition", when.mark,
                 fmt::format("'{}' has no capacity to be used", service.name));
  }
}

}  // namespace rehearse::models
