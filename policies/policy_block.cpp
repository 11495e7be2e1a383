#include "policies/policy_block.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/quantity.hpp"
#include "policies/registry.hpp"

namespace rehearse::policies {
namespace {

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
             "need to start is the service's `startup`, `warmup` and `probes`, or the `startup` of "
             "a queue's consumers."},
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
      .doc = "That an instance or a consumer which is no longer wanted has to finish its work "
             "(`terminationGracePeriodSeconds`); what is left then is lost, messages go back.",
      .fallback = "30s",
      .min = 0,
      .max = 86400}}};

std::vector<Field> policy_fields() {
  std::vector<Field> fields{
      {.name = "target",
       .type = FieldType::text,
       .doc = "Service that it scales, or queue whose consumers it scales. Its `instances`, or the "
              "`count` of its consumers, are those of the beginning. Only `node_pools` has none.",
       .example = "gateway"},
      {.name = "observe",
       .type = FieldType::block,
       .doc = "What it sees, and how late.",
       .child = &kSenseFields},
      {.name = "act",
       .type = FieldType::block,
       .doc = "What becomes of its wishes.",
       .child = &kHandFields},
      {.name = "guard_rails",
       .type = FieldType::block,
       .doc = "What its wishes are held to, in a simulation as with `rehearse live`, where they "
              "take the place of `live.guards`. None by default in a simulation.",
       .child = &kChangeLimitsFields}};
  for (const ControllerKind& kind : controller_kinds()) {
    if (!kind.is_hosted()) continue;
    fields.push_back({.name = kind.name,
                      .type = FieldType::block,
                      .doc = "A controller of this kind decides.",
                      .child = kind.fields});
  }
  return fields;
}

// Its key, or its value.
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

void read_senses(const SpecNode* node, Diagnostics& out, PolicyBlock& policy) {
  if (node == nullptr) return;
  FieldReader reader(*node, kSenseFields, out,
                     fmt::format("'observe' of policy '{}'", policy.name));
  policy.scrape = reader.duration("scrape");
  policy.window = reader.has("window") ? reader.duration("window")
                                       : std::max(policy.window, policy.scrape + policy.scrape);
  policy.lost = reader.ratio("lost");
  policy.delay = reader.node("delay");
  if (policy.window < policy.scrape)
    reader.error("contradiction", reader.has("window") ? "window" : "scrape",
                 "a window that is shorter than the time between two scrapes never holds two",
                 "'window' is at least 'scrape'");
}

void read_hands(const SpecNode* node, Diagnostics& out, PolicyBlock& policy) {
  if (node == nullptr) return;
  FieldReader reader(*node, kHandFields, out, fmt::format("'act' of policy '{}'", policy.name));
  policy.after = reader.node("after");
  policy.fails = reader.ratio("fails");
  policy.unconfirmed = reader.ratio("unconfirmed");
  policy.spacing = reader.duration("spacing");
  policy.grace = reader.duration("grace");
}

// A service, unless it is about nodes.
void check_target(FieldReader& reader, const PolicyBlock& policy) {
  if (!policy.nodes) {
    if (policy.target.empty())
      reader.diagnostics().error("missing-field", policy.mark,
                                 fmt::format("{} needs 'target'", reader.what()),
                                 "target: the service that it scales");
    if (!policy.scales && reader.has("guard_rails"))
      reader.error(
          "contradiction", "guard_rails",
          fmt::format("{} changes no count of instances, and guard rails hold nothing else",
                      reader.what()));
    return;
  }
  for (const std::string_view field : {"target", "observe", "guard_rails"})
    if (reader.has(field))
      reader.error("contradiction", field,
                   fmt::format("{} sizes pools of nodes, for which '{}' means nothing",
                               reader.what(), field),
                   "nodes and pods are known at each look; its pools have a 'max'");
}

void read_rails(const SpecNode* node, Diagnostics& out, PolicyBlock& policy) {
  if (node == nullptr) return;
  const int before = out.error_count();
  policy.rails_mark = node->mark;
  policy.rails =
      read_change_limits(*node, out, fmt::format("'guard_rails' of policy '{}'", policy.name));
  policy.rails->spacing = policy.spacing;
  if (out.error_count() != before) return;
  const auto bounds =
      policy.controller != nullptr ? policy.controller->bounds() : std::optional<ReplicaBounds>{};
  if (bounds && bounds->min > policy.rails->ceiling)
    out.error("contradiction", node->mark,
              fmt::format("policy '{}' wants {} instances at least, and its guard rails allow {}",
                          policy.name, bounds->min, policy.rails->ceiling));
  if (policy.scrape > policy.rails->stale_after)
    out.error("contradiction", node->mark,
              fmt::format("policy '{}' looks every {}, and its guard rails take nothing that is "
                          "older than {}",
                          policy.name, exact_duration(policy.scrape),
                          exact_duration(policy.rails->stale_after)),
              "let it look more often ('observe.scrape'), or raise 'stale_after'");
}

}  // namespace

const FieldTable kPolicyFields{
    "policy",
    "Says how many instances a service is to have, how large these should be, how many consumers a "
    "queue, or how many nodes there are to be, while the trial runs: a controller, named by its "
    "key, such as `hpa: {max: 10, metrics: [{cpu: 70%}]}`. "
    "Metrics that it may name: `cpu` and "
    "`memory` (of what instances reserve; a service with `servers` uses a core for each busy one), "
    "`arrival_rate` (or `requests_per_second`), `throughput`, `error_rate`, `queue_length`, "
    "`in_system`, `mean_response`, `p95` and other quantiles, all of the service itself; "
    "`queue_length(QUEUE)` (messages that no consumer has been sent), and of a queue also "
    "`in_system`, `arrival_rate` and `throughput`; `arrival_rate(WORKLOAD)`, "
    "`in_system(WORKLOAD)`. Where the target is a queue, metrics without a name are its own. "
    "A target has one policy at most, and so have all pools of nodes together.",
    policy_fields()};

Mark PolicyBlock::mark_of(std::string_view metric) const {
  const Mark* found = block != nullptr ? find_mark(*block, metric) : nullptr;
  return found != nullptr ? *found : mark;
}

PolicyBlock read_policy(const SpecEntry& entry, Diagnostics& out) {
  const std::string what = fmt::format("policy '{}'", entry.key);
  FieldReader reader(entry.value, kPolicyFields, out, what);
  PolicyBlock policy;
  policy.mark = entry.key_mark;
  policy.name = entry.key;
  policy.target = reader.optional_text("target").value_or("");
  policy.target_mark = reader.mark("target");
  std::vector<std::string_view> kinds;
  std::vector<std::string_view> given;
  for (const ControllerKind& kind : controller_kinds()) {
    if (!kind.is_hosted()) continue;
    kinds.push_back(kind.name);
    const SpecNode* block = reader.node(kind.name);
    if (block == nullptr) continue;
    given.push_back(kind.name);
    policy.kind = kind.name;
    policy.scales = kind.scales();
    policy.nodes = kind.sizes == ControllerKind::Sizes::nodes;
    policy.block = block;
    FieldReader fields(*block, *kind.fields, out, fmt::format("{} of {}", kind.name, what));
    policy.controller = kind.make(fields);
  }
  if (given.size() != 1)
    out.error("contradiction", given.empty() ? policy.mark : reader.mark(given.back()),
              given.empty() ? fmt::format("{} does not say how it decides", what)
                            : fmt::format("{} has both '{}' and '{}'", what, given[0], given[1]),
              fmt::format("give one of: {}", fmt::join(kinds, ", ")));
  check_target(reader, policy);
  read_senses(reader.node("observe"), out, policy);
  read_hands(reader.node("act"), out, policy);
  read_rails(reader.node("guard_rails"), out, policy);
  return policy;
}

}  // namespace rehearse::policies
