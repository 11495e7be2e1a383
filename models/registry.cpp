#include <fmt/format.h>

#include "models/compiler.hpp"
#include "policies/policy_block.hpp"
#include "scenarios/spec/live.hpp"

/// Every block of a scenario, in one place: a new model is a line here, beside its own file.

namespace rehearse::models {
namespace {

const FieldTable kSystemFields{
    "system",
    "The platform. Names of services, databases, caches, brokers, queues, regions and workloads "
    "must differ.",
    {{.name = "regions",
      .type = FieldType::named,
      .doc = "Regions and their zones; without any, everything is in one place.",
      .child = &kRegionFields},
     {.name = "network",
      .type = FieldType::list,
      .doc = "Latency, loss and bandwidth between places.",
      .child = &kNetworkFields},
     {.name = "routes",
      .type = FieldType::choice,
      .doc =
          "How messages go between places of different regions that have no link: in no time, or "
          "over other places on the way with the `shortest` mean latency.",
      .fallback = "none",
      .choices = {"none", "shortest"}},
     {.name = "nodes",
      .type = FieldType::named,
      .doc = "Machines that the instances of services need room on; without any there is room for "
             "all.",
      .child = &kNodeFields},
     {.name = "scheduler",
      .type = FieldType::block,
      .doc = "How instances find their nodes.",
      .child = &kSchedulerFields},
     {.name = "services", .type = FieldType::named, .doc = "Services.", .child = &kServiceFields},
     {.name = "databases",
      .type = FieldType::named,
      .doc = "Databases behind connection pools.",
      .child = &kDatabaseFields},
     {.name = "caches", .type = FieldType::named, .doc = "Shared caches.", .child = &kCacheFields},
     {.name = "dns",
      .type = FieldType::named,
      .doc = "Names that workloads ask for in place of services.",
      .child = &kNameFields},
     {.name = "brokers",
      .type = FieldType::named,
      .doc = "Message brokers with their queues.",
      .child = &kBrokerFields}}};

const FieldTable kScenarioFields{
    "scenario",
    "A scenario file: one YAML document. Quantities carry units; a bare number is never a time.",
    {{.name = "rehearse",
      .type = FieldType::count,
      .doc = "Version of this format: 1.",
      .required = true,
      .example = "1"},
     {.name = "name", .type = FieldType::text, .doc = "Shown in results.", .fallback = "unnamed"},
     {.name = "extends",
      .type = FieldType::list,
      .doc =
          "Files whose blocks this one varies: maps merge by key, anything else replaces, `null` "
          "removes. One path may stand for the list.",
      .schema = R"({"type": "string"})"},
     {.name = "experiment",
      .type = FieldType::block,
      .doc = "How long, how often, how surely.",
      .child = &spec::kExperimentFields},
     {.name = "system",
      .type = FieldType::block,
      .doc = "The platform.",
      .required = true,
      .child = &kSystemFields},
     {.name = "workload",
      .type = FieldType::named,
      .doc = "Clients by name.",
      .required = true,
      .child = &kWorkloadFields},
     {.name = "policies",
      .type = FieldType::named,
      .doc = "What decides, while the platform runs, how large its parts are.",
      .child = &policies::kPolicyFields},
     {.name = "live",
      .type = FieldType::block,
      .doc = "The real platform that policies see and scale with `rehearse live`; simulation has "
             "no use for it.",
      .child = &spec::kLiveFields},
     {.name = "faults",
      .type = FieldType::list,
      .doc = "What goes wrong, and when.",
      .child = &spec::kFaultFields},
     {.name = "objectives",
      .type = FieldType::list,
      .doc = "What must hold, a line each; see *Objectives*.",
      .child = &spec::kObjectiveFields,
      .schema = spec::kObjectiveLineSchema}}};

bool mentions(const SpecNode& node, std::string_view key) {
  for (const SpecEntry& entry : node.entries)
    if (entry.key == key || mentions(entry.value, key)) return true;
  for (const SpecNode& item : node.items)
    if (mentions(item, key)) return true;
  return false;
}

}  // namespace

const FieldTable& scenario_fields() {
  return kScenarioFields;
}

void Compiler::read_system(const SpecNode& node) {
  FieldReader reader(node, kSystemFields, out_, "system");
  read_regions(reader.node("regions"));
  read_network(reader.node("network"));
  read_routes(reader);
  if (const SpecNode* services = reader.node("services"))
    transactions_ = mentions(*services, "transaction");
  read_nodes(reader);
  for (const SpecEntry& entry : reader.entries("databases")) declare_database(entry);
  for (const SpecEntry& entry : reader.entries("caches")) declare_cache(entry);
  for (const SpecEntry& entry : reader.entries("services")) declare_service(entry);
  for (const SpecEntry& entry : reader.entries("brokers")) declare_broker(entry);
  for (const SpecEntry& entry : reader.entries("dns")) read_name(entry);
  for (const SpecEntry& entry : reader.entries("databases")) read_database_plans(entry);
  for (const SpecEntry& entry : reader.entries("services")) read_service_plans(entry);
  for (const SpecEntry& entry : reader.entries("brokers")) read_broker_plans(entry);
  connect_queues();
  find_autocommits();
}

}  // namespace rehearse::models
