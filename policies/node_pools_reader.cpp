// The block `node_pools` of a scenario: its field tables, and how they become parameters.

#include "policies/node_pools.hpp"

#include "policies/field_shapes.hpp"

namespace rehearse::policies {
namespace {

const FieldTable kPoolFields{
    "node pool",
    "How many nodes of a pool there may be. What they are like, and how many there are in the "
    "beginning, is said under `nodes`.",
    {{.name = "min",
      .type = FieldType::count,
      .doc = "Fewest nodes.",
      .fallback = "0",
      .min = 0,
      .max = 10'000},
     {.name = "max",
      .type = FieldType::count,
      .doc = "Most nodes.",
      .required = true,
      .min = 1,
      .max = 10'000},
     {.name = "priority",
      .type = FieldType::number,
      .doc = "For the expander `priority`; the highest comes first.",
      .fallback = "0"}}};

const FieldTable kNodePoolsFields{
    "node pools",
    "Adds nodes for pods without room and gives back those that are not needed, as the Cluster "
    "Autoscaler does. Pods on them come and go: they are evicted within `act.grace`.",
    {{.name = "pools",
      .type = FieldType::named,
      .doc = "The pools, by their names under `nodes`.",
      .required = true,
      .child = &kPoolFields},
     {.name = "expander",
      .type = FieldType::choice,
      .doc = "Which pool grows: the one that wastes least, takes most pods, costs least for each "
             "pod, or comes first.",
      .fallback = "least_waste",
      .choices = {"least_waste", "most_pods", "price", "priority"}},
     {.name = "spot_share",
      .type = FieldType::ratio,
      .doc = "Share of all nodes to which spot pools may grow.",
      .fallback = "100%",
      .min = 0,
      .max = 1},
     duration_field("scan", "Time between two looks.", "10s", 0.1),
     {.name = "utilization",
      .type = FieldType::ratio,
      .doc = "Share reserved below which a node may not be needed.",
      .fallback = "50%",
      .min = 0,
      .max = 1},
     duration_field("unneeded", "How long it must not have been needed.", "10m", 0.1),
     duration_field("after_add", "After nodes were added none is given back for so long.", "10m",
                    0.1),
     duration_field("after_failure", "A pool whose nodes did not come is left alone for so long.",
                    "3m", 0.1),
     duration_field("max_provision", "Nodes that have not come by then have failed.", "15m", 0.1),
     duration_field("stale_after", "Older figures are not acted upon.", "60s", 0.1)}};

}  // namespace

const FieldTable& NodePools::fields() {
  return kNodePoolsFields;
}

std::optional<NodePools::Params> NodePools::read(FieldReader& reader) {
  const int before = reader.diagnostics().error_count();
  Params params;
  for (const SpecEntry& entry : reader.entries("pools")) {
    FieldReader fields(entry.value, kPoolFields, reader.diagnostics(),
                       "pool '" + entry.key + "' of " + reader.what());
    Pool pool{.name = entry.key,
              .mark = entry.key_mark,
              .min = static_cast<std::int32_t>(fields.count("min")),
              .max = static_cast<std::int32_t>(fields.count("max")),
              .priority = fields.number("priority")};
    if (pool.min > pool.max)
      fields.error("contradiction", "min", fields.what() + " has more nodes at least than at most");
    params.pools.push_back(std::move(pool));
  }
  if (reader.has("pools") && params.pools.empty())
    reader.error("contradiction", "pools", reader.what() + " has no pool to size");
  params.expander = static_cast<Expander>(reader.choice("expander"));
  params.spot_share = reader.ratio("spot_share");
  params.scan = reader.duration("scan");
  params.utilization = reader.ratio("utilization");
  params.unneeded = reader.duration("unneeded");
  params.after_add = reader.duration("after_add");
  params.after_failure = reader.duration("after_failure");
  params.max_provision = reader.duration("max_provision");
  params.stale_after = reader.duration("stale_after");
  if (reader.diagnostics().error_count() != before) return std::nullopt;
  return params;
}

}  // namespace rehearse::policies
