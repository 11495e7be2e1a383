#include "scenarios/spec/fault.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/text.hpp"
#include "scenarios/spec/objective_line.hpp"

namespace rehearse::spec {
namespace {

constexpr std::array<FaultKindDoc, 10> kKinds{{
    {FaultKind::instance_kill, "instance.kill", FaultTargetKind::instances, "", true,
     "The process dies; it starts again after `for` and the `startup` time of its service."},
    {FaultKind::instance_slow, "instance.slow", FaultTargetKind::instances, "factor", false,
     "All that the instance does takes `factor` times as long."},
    {FaultKind::dependency_errors, "dependency.errors", FaultTargetKind::endpoints, "error_rate",
     false, "The service answers this share of its requests with an error, at once."},
    {FaultKind::link_delay, "link.delay", FaultTargetKind::links, "delay", false,
     "Each message takes this much longer."},
    {FaultKind::link_loss, "link.loss", FaultTargetKind::links, "loss", false,
     "This share of the messages is lost, beside what the link loses anyhow."},
    {FaultKind::network_partition, "network.partition", FaultTargetKind::links, "", false,
     "No message gets through; with `both_ways: false` in one direction only."},
    {FaultKind::zone_outage, "zone.outage", FaultTargetKind::zones, "", true,
     "All instances in the zone stop, and no message enters or leaves it."},
    {FaultKind::node_kill, "node.kill", FaultTargetKind::nodes, "", true,
     "The machine is gone, with all instances on it; they start again with it, or elsewhere once "
     "the scheduler gives the node up."},
    {FaultKind::cache_flush, "cache.flush", FaultTargetKind::caches, "", false,
     "The cache forgets everything, at that instant."},
    {FaultKind::traffic_surge, "traffic.surge", FaultTargetKind::workloads, "factor", false,
     "The clients ask `factor` times as often (a closed loop has as many times the users)."},
}};

const FieldTable kTargetFields{
    "fault target",
    "What a fault hits. A name alone may stand for the block.",
    {{.name = "name",
      .type = FieldType::text,
      .doc = "A service, `service/endpoint`, cache, database, workload, node (`pool-0`) or pool of "
             "nodes, as the kind of fault asks for."},
     {.name = "label",
      .type = FieldType::text,
      .doc = "Instances of all services with this label."},
     {.name = "zone",
      .type = FieldType::text,
      .doc =
          "A zone, or a region and with it all its zones; with `name` or `label`: only instances "
          "there."},
     {.name = "from", .type = FieldType::text, .doc = "Links: a zone, a region, or `clients`."},
     {.name = "to", .type = FieldType::text, .doc = "Links: the other end."},
     {.name = "instance",
      .type = FieldType::count,
      .doc = "This one of the service's instances, from 0.",
      .min = 0,
      .max = 1e6},
     {.name = "count",
      .type = FieldType::count,
      .doc = "So many of the instances or nodes that match, drawn at random; all by default.",
      .min = 1,
      .max = 1e6},
     {.name = "share",
      .type = FieldType::ratio,
      .doc = "This share of them, rounded up.",
      .min = 0,
      .max = 1,
      .above_min = true}}};

// The keys that only some kinds know, so that one that does nothing is an error.
constexpr std::array<std::string_view, 4> kParameters{"factor", "error_rate", "loss", "delay"};

std::string kind_list() {
  std::string list;
  for (const FaultKindDoc& kind : kKinds)
    list += fmt::format("{}{}", list.empty() ? "" : ", ", kind.name);
  return list;
}

const FaultKindDoc* find_kind(FieldReader& reader) {
  const std::string name = reader.text("fault");
  std::vector<std::string_view> names;
  for (const FaultKindDoc& kind : kKinds) {
    if (kind.name == name) return &kind;
    names.push_back(kind.name);
  }
  if (!reader.has("fault")) return nullptr;
  const std::string_view near = closest(name, names);
  reader.error(
      "unknown-choice", "fault", fmt::format("there is no fault '{}'", name),
      near.empty() ? "there are: " + kind_list() : fmt::format("did you mean '{}'?", near));
  return nullptr;
}

void read_target(FieldReader& reader, FaultPlan& plan, Diagnostics& out) {
  FaultTarget& target = plan.target;
  target.mark = reader.mark("target");
  const SpecNode* node = reader.node("target");
  if (node == nullptr) return;
  if (node->is_scalar()) {
    // A place is a place, whichever way it is written.
    (doc_of(plan.kind).target == FaultTargetKind::zones ? target.zone : target.name) = node->text;
    return;
  }
  FieldReader fields(*node, kTargetFields, out, fmt::format("target of fault '{}'", plan.id));
  target.name = fields.text("name");
  target.label = fields.text("label");
  target.zone = fields.text("zone");
  target.from = fields.text("from");
  target.to = fields.text("to");
  target.instance = fields.optional_count("instance");
  target.count = fields.optional_count("count");
  target.share = fields.optional_ratio("share");
  if (target.instance.has_value() + target.count.has_value() + target.share.has_value() > 1)
    fields.error("contradiction", target.share ? "share" : "count",
                 "'instance', 'count' and 'share' say how many in different ways", "give one");
  const FaultTargetKind kind = doc_of(plan.kind).target;
  if (kind == FaultTargetKind::nodes) {
    for (const char* key : {"label", "instance"})
      if (fields.has(key))
        fields.error("contradiction", key, "node.kill hits nodes",
                     "name a pool, or a node: pool-0");
  } else if (kind != FaultTargetKind::instances) {
    for (const char* key : {"label", "instance", "count", "share"})
      if (fields.has(key))
        fields.error("contradiction", key,
                     fmt::format("{} does not hit single instances", doc_of(plan.kind).name));
  }
  if (kind != FaultTargetKind::links)
    for (const char* key : {"from", "to"})
      if (fields.has(key))
        fields.error("contradiction", key,
                     fmt::format("{} does not hit a link", doc_of(plan.kind).name));
}

void read_time(FieldReader& reader, FaultPlan& plan, Diagnostics& out) {
  if (reader.has("at") == reader.has("when"))
    reader.error(reader.has("at") ? "contradiction" : "missing-field",
                 reader.has("at") ? "when" : "at",
                 fmt::format("fault '{}' needs either 'at' or 'when'", plan.id),
                 "write 'at: 5m', or 'when: \"utilization(gateway) > 80%\"'");
  plan.at = reader.optional_duration("at");
  plan.lasts = reader.optional_duration("for");
  plan.ramp = reader.duration("ramp");
  plan.sustained = reader.duration("sustained");
  if (reader.has("sustained") && !reader.has("when"))
    reader.error("contradiction", "sustained", "'sustained' goes with 'when'");
  if (const SpecNode* when = reader.node("when")) {
    plan.when = parse_objective(*when, out);
    if (plan.when && (plan.when->during || plan.when->window))
      reader.error("contradiction", "when", "a condition is a comparison of what is true now",
                   "leave out 'during' and the windows");
  }
  const bool gradual = !doc_of(plan.kind).parameter.empty();
  if (plan.ramp > Duration::zero() && !gradual)
    reader.error("contradiction", "ramp",
                 fmt::format("{} is there or not, and cannot grow", doc_of(plan.kind).name));
  if (plan.lasts && plan.ramp > Duration::zero() && *plan.lasts < 2 * plan.ramp)
    reader.error("contradiction", "ramp", "the fault is over before its ramps are",
                 "'for' counts both ramps: make it at least twice as long");
  if (plan.kind == FaultKind::cache_flush && plan.lasts)
    reader.error("contradiction", "for", "cache.flush happens at one instant");
}

void read_strength(FieldReader& reader, FaultPlan& plan) {
  const FaultKindDoc& doc = doc_of(plan.kind);
  for (const std::string_view key : kParameters) {
    if (key != doc.parameter && reader.has(key))
      reader.error("contradiction", key, fmt::format("{} has no '{}'", doc.name, key));
    if (key == doc.parameter && !reader.has(key))
      reader.diagnostics().error("missing-field", reader.mark(),
                                 fmt::format("fault '{}' lacks '{}'", plan.id, key),
                                 "it says how strong the fault is");
  }
  if (doc.parameter == "factor") plan.strength = reader.optional_number("factor").value_or(1);
  if (doc.parameter == "error_rate")
    plan.strength = reader.optional_ratio("error_rate").value_or(0);
  if (doc.parameter == "loss") plan.strength = reader.optional_ratio("loss").value_or(0);
  if (doc.parameter == "delay" && reader.node("delay") != nullptr)
    plan.delay = *reader.node("delay");
  if (plan.kind == FaultKind::instance_slow && plan.strength < 1)
    reader.error("out-of-range", "factor", "an instance is slowed down by a factor above 1");
  if (reader.has("in_flight") && !doc.in_flight)
    reader.error("contradiction", "in_flight",
                 fmt::format("{} ends no request that is being served", doc.name));
  if (reader.has("both_ways") && doc.target != FaultTargetKind::links)
    reader.error("contradiction", "both_ways", fmt::format("{} does not hit a link", doc.name));
}

std::optional<FaultPlan> read_fault(const SpecNode& node, std::size_t number, Diagnostics& out) {
  FieldReader reader(node, kFaultFields, out, fmt::format("fault {}", number));
  const FaultKindDoc* kind = find_kind(reader);
  if (kind == nullptr) return std::nullopt;
  FaultPlan plan;
  plan.kind = kind->kind;
  plan.mark = reader.mark();
  plan.id = reader.optional_text("id").value_or(fmt::format("{} {}", kind->name, number));
  read_target(reader, plan, out);
  read_time(reader, plan, out);
  read_strength(reader, plan);
  plan.both_ways = reader.flag("both_ways");
  // A zone that is gone answers nobody; a process that dies has its connections closed for it.
  plan.in_flight = reader.has("in_flight") ? static_cast<InFlight>(reader.choice("in_flight"))
                   : plan.kind == FaultKind::zone_outage || plan.kind == FaultKind::node_kill
                       ? InFlight::lost
                       : InFlight::error;
  return plan;
}

}  // namespace

const FieldTable kFaultFields{
    "fault",
    "Something that goes wrong on purpose: what, when, where and for how long; see *kinds of "
    "faults*. A fault that hits nothing makes the verdict *inconclusive*.",
    {{.name = "id", .type = FieldType::text, .doc = "Name in reports; kind and number by default."},
     {.name = "fault",
      .type = FieldType::text,
      .doc = "What goes wrong.",
      .required = true,
      .example = "instance.kill"},
     {.name = "target",
      .type = FieldType::custom,
      .doc = "What it hits: a name, or a block that selects.",
      .child = &kTargetFields,
      .schema = R"({"type": "string"})"},
     {.name = "at",
      .type = FieldType::duration,
      .doc = "When, since the start of a trial.",
      .min = 0,
      .example = "5m"},
     {.name = "when",
      .type = FieldType::text,
      .doc = "Or once this is true: `utilization`, `queue_length` or `in_system` of something, "
             "compared as in an objective. Looked at every 100 ms.",
      .example = "utilization(gateway) > 80%"},
     {.name = "sustained",
      .type = FieldType::duration,
      .doc = "With `when`: and has been true for so long.",
      .fallback = "0s",
      .min = 0},
     {.name = "for",
      .type = FieldType::duration,
      .doc = "How long; to the end of the trial by default.",
      .min = 0,
      .above_min = true},
     {.name = "ramp",
      .type = FieldType::duration,
      .doc = "From nothing to full strength, and back at the end, in twenty steps each.",
      .fallback = "0s",
      .min = 0},
     {.name = "factor",
      .type = FieldType::number,
      .doc = "instance.slow: times as slow; traffic.surge: times as much traffic (below 1: less).",
      .min = 0,
      .max = 1e6,
      .example = "10"},
     {.name = "error_rate",
      .type = FieldType::ratio,
      .doc = "dependency.errors: share of requests that fail.",
      .min = 0,
      .max = 1},
     {.name = "delay",
      .type = FieldType::distribution,
      .doc = "link.delay: added to each message."},
     {.name = "loss",
      .type = FieldType::ratio,
      .doc = "link.loss: share of messages that are lost.",
      .min = 0,
      .max = 1},
     {.name = "both_ways",
      .type = FieldType::flag,
      .doc = "Links: messages from `to` to `from` are hit as well.",
      .fallback = "true"},
     {.name = "in_flight",
      .type = FieldType::choice,
      .doc = "What becomes of requests in an instance that stops: `error` (the connection closes; "
             "default of instance.kill), `lost` (nobody answers; default of zone.outage and "
             "node.kill), `finish` "
             "(they are served to the end).",
      .choices = {"error", "lost", "finish"}}}};

std::span<const FaultKindDoc> fault_kinds() {
  return kKinds;
}

const FaultKindDoc& doc_of(FaultKind kind) {
  return kKinds[static_cast<std::size_t>(kind)];
}

std::vector<FaultPlan> read_faults(const SpecNode* node, Diagnostics& out) {
  std::vector<FaultPlan> plans;
  if (node == nullptr || node->is_null()) return plans;
  if (!node->is_list()) {
    out.error("wrong-type", node->mark, "'faults' must be a list",
              "write '- {at: 5m, fault: instance.kill, target: gateway}'");
    return plans;
  }
  std::set<std::string> ids;
  for (std::size_t i = 0; i < node->items.size(); ++i) {
    std::optional<FaultPlan> plan = read_fault(node->items[i], i + 1, out);
    if (!plan) continue;
    if (!ids.insert(plan->id).second)
      out.error("duplicate-name", plan->mark, fmt::format("two faults are called '{}'", plan->id),
                "give one an 'id' of its own");
    plans.push_back(std::move(*plan));
  }
  return plans;
}

}  // namespace rehearse::spec
