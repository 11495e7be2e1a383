#include <fmt/format.h>

#include <algorithm>

#include "base/quantity.hpp"
#include "models/lint_context.hpp"
#include "models/scheduler.hpp"

/// Lints about nodes: instances that find no room.

namespace rehearse::models {

namespace {

// What policies may ask for at most, on all nodes that there may be.
void lint_room_to_grow(LintContext& context) {
  const Blueprint& blueprint = context.blueprint();
  std::vector<NodeSpec> nodes = blueprint.nodes;
  for (NodeSpec& node : nodes) node.there = true;
  Scheduler scheduler(blueprint.scheduler, nodes);
  for (std::uint32_t s = 0; s < blueprint.services.size(); ++s) {
    const ServiceSpec& service = blueprint.services[s];
    if (service.nodes.empty()) continue;
    std::int32_t most = static_cast<std::int32_t>(service.initial);
    for (const PolicySpec& policy : blueprint.policies)
      if (policy.service == s)
        if (const auto bounds = policy.controller->bounds()) most = std::max(most, bounds->max);
    std::vector<std::uint32_t> pods(blueprint.network.zones.size());
    std::int32_t placed = 0;
    while (placed < most) {
      const auto node = scheduler.place(service.requests, service.pod_zones, pods);
      if (!node) break;
      ++pods[nodes[*node].zone];
      ++placed;
    }
    if (placed == most) continue;
    context.add(
        "pods-pending", service.name,
        fmt::format("'{}' may have {} instances, and on all nodes that there may be is room "
                    "for {}",
                    service.name, most, placed),
        "raise the 'max' of a pool, or lower that of its policy");
  }
}

}  // namespace

void lint_nodes(LintContext& context) {
  const std::vector<NodePoolSpec>& pools = context.blueprint().node_pools;
  const bool grows =
      std::any_of(pools.begin(), pools.end(), [](const NodePoolSpec& pool) { return pool.sized; });
  if (grows) return lint_room_to_grow(context);
  for (const ServiceSpec& service : context.blueprint().services) {
    if (service.pending == 0) continue;
    context.add(
        "pods-pending", service.name,
        fmt::format(
            "{} of the {} instances of '{}' find no node with room for them (cpu {}, memory "
            "{}), and are not there",
            service.pending,
            service.elastic() ? service.initial : service.pending + service.placement.size(),
            service.name, format_number(static_cast<double>(service.requests.millicores) * 1e-3),
            format_bytes(static_cast<double>(service.requests.bytes))),
        "add nodes, or ask for less; 'scheduler: {unsatisfiable: anyway}' gives up even spreading");
  }
}

}  // namespace rehearse::models
