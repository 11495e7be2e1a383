#include <fmt/format.h>

#include <algorithm>

#include "base/quantity.hpp"
#include "models/compiler.hpp"

/// `nodes:` and `scheduler:` of a system, and where the instances of services come to stand.

namespace rehearse::models {

const FieldTable kNodeFields{
    "nodes",
    "A pool of equal machines. Every instance of a service in zones where there are nodes is a pod "
    "that needs room on one, for what its service `requests`; services elsewhere need none.",
    {{.name = "count",
      .type = FieldType::count,
      .doc = "Number of nodes.",
      .fallback = "1",
      .min = 1,
      .max = 10000},
     {.name = "cpu",
      .type = FieldType::cpu,
      .doc = "Cores of a node that pods can have.",
      .required = true,
      .min = 0.001,
      .max = 1e6,
      .example = "4"},
     {.name = "memory",
      .type = FieldType::bytes,
      .doc = "Memory of a node that pods can have.",
      .required = true,
      .min = 1,
      .example = "16Gi"},
     {.name = "zones",
      .type = FieldType::list,
      .doc = "Zones or regions over which the nodes are spread in turn; all by default.",
      .example = "[eu-west-1/a, eu-west-1/b]"}}};

const FieldTable kSchedulerFields{
    "scheduler",
    "How pods find their nodes: they are spread over zones, and within these over nodes by what is "
    "free. Defaults are those of Kubernetes, but for the constraint on zones, which it leaves to "
    "each deployment.",
    {{.name = "score",
      .type = FieldType::choice,
      .doc = "The emptiest node with room, or the fullest (bin packing).",
      .fallback = "least_allocated",
      .choices = {"least_allocated", "most_allocated"}},
     {.name = "max_skew",
      .type = FieldType::count,
      .doc = "So many more pods of a service may be in one zone than in another.",
      .fallback = "1",
      .min = 1,
      .max = 1e6},
     {.name = "unsatisfiable",
      .type = FieldType::choice,
      .doc = "A pod that can only be placed by more skew waits, or is placed all the same.",
      .fallback = "wait",
      .choices = {"wait", "anyway"}},
     {.name = "toleration",
      .type = FieldType::duration,
      .doc = "The pods of a node that is lost for longer are placed on others.",
      .fallback = "5m",
      .min = 0}}};

const FieldTable kRequestFields{"requests",
                                "What an instance asks of its node.",
                                {{.name = "cpu",
                                  .type = FieldType::cpu,
                                  .doc = "Cores; the limit of `cpu` by default, else none.",
                                  .min = 0,
                                  .max = 1e6},
                                 {.name = "memory",
                                  .type = FieldType::bytes,
                                  .doc = "Memory; the limit of `memory` by default, else none.",
                                  .min = 0,
                                  .example = "1Gi"}}};

void Compiler::read_nodes(FieldReader& system) {
  if (const SpecNode* node = system.node("scheduler")) {
    FieldReader reader(*node, kSchedulerFields, out_, "scheduler");
    SchedulerSpec& spec = blueprint_.scheduler;
    spec.score = static_cast<NodeScore>(reader.choice("score"));
    spec.max_skew = static_cast<std::uint32_t>(reader.count("max_skew"));
    spec.anyway = reader.choice("unsatisfiable") == 1;
    spec.toleration = reader.duration("toleration");
    if (!system.has("nodes"))
      system.error("contradiction", "scheduler", "there are no nodes to schedule on",
                   "add 'nodes: {general: {count: 3, cpu: 4, memory: 16Gi}}'");
  }
  for (const SpecEntry& entry : system.entries("nodes")) {
    FieldReader reader(entry.value, kNodeFields, out_, fmt::format("nodes '{}'", entry.key));
    const std::int64_t count = reader.count("count");
    const Resources has{static_cast<std::int64_t>(reader.cpu("cpu") * 1000 + 0.5),
                        reader.bytes("memory")};
    const std::vector<std::uint32_t> zones = read_placement(reader, count);
    for (std::size_t i = 0; i < zones.size(); ++i)
      blueprint_.nodes.push_back({fmt::format("{}-{}", entry.key, i), entry.key, zones[i], has});
  }
  if (!blueprint_.nodes.empty()) scheduler_.emplace(blueprint_.scheduler, blueprint_.nodes);
}

void Compiler::read_requests(FieldReader& reader, const std::string& what, ServiceSpec& spec) {
  spec.requests = {spec.millicores, static_cast<std::int64_t>(spec.memory.limit)};
  const SpecNode* node = reader.node("requests");
  if (node == nullptr) return;
  FieldReader requests(*node, kRequestFields, out_, "requests of " + what);
  if (const auto cpu = requests.optional_cpu("cpu"))
    spec.requests.millicores = static_cast<std::int64_t>(*cpu * 1000 + 0.5);
  if (const auto memory = requests.optional_bytes("memory")) spec.requests.bytes = *memory;
  if (blueprint_.nodes.empty())
    reader.error("contradiction", "requests", fmt::format("{} has no nodes to run on", what),
                 "add 'nodes: {general: {count: 3, cpu: 4, memory: 16Gi}}' to the system");
}

// In the order in which services are declared. Those for which there is no room are not there.
void Compiler::place_pods(FieldReader& reader, const std::string& what, ServiceSpec& spec) {
  if (!scheduler_) return;
  spec.pod_zones.assign(blueprint_.network.zones.size(), false);
  for (const std::uint32_t zone : read_zones(reader)) spec.pod_zones[zone] = true;
  const bool among_nodes = std::any_of(blueprint_.nodes.begin(), blueprint_.nodes.end(),
                                       [&](const auto& node) { return spec.pod_zones[node.zone]; });
  if (!among_nodes && !reader.has("requests")) return;  // runs elsewhere: at the edge, at home
  const std::vector<std::uint32_t> anywhere = std::move(spec.placement);
  const std::size_t wanted = spec.elastic() ? spec.initial : anywhere.size();
  std::vector<std::uint32_t> pods(blueprint_.network.zones.size());
  spec.placement.clear();
  while (spec.placement.size() < wanted) {
    const auto node = scheduler_->place(spec.requests, spec.pod_zones, pods);
    if (!node) break;
    const std::uint32_t zone = blueprint_.nodes[*node].zone;
    ++pods[zone];
    spec.placement.push_back(zone);
    spec.nodes.push_back(*node);
  }
  spec.pending = static_cast<std::uint32_t>(wanted - spec.placement.size());
  const bool one_fits = !spec.placement.empty();
  while (spec.elastic() && spec.placement.size() < anywhere.size()) {  // when they are wanted
    spec.placement.push_back(anywhere[spec.placement.size()]);
    spec.nodes.push_back(kNone);
  }
  if (one_fits) return;
  spec.placement.assign(1, 0);  // for whoever reads on
  out_.error("no-room", reader.mark(),
             fmt::format("no node has room for a single instance of {} (cpu {}, memory {})", what,
                         format_number(static_cast<double>(spec.requests.millicores) * 1e-3),
                         format_bytes(static_cast<double>(spec.requests.bytes))),
             "add nodes or larger ones, or ask for less with 'requests'");
}

}  // namespace rehearse::models
