#include <fmt/format.h>

#include "models/compiler.hpp"

/// The `databases:` block. A database becomes a station like any service: a connection pool is a
/// limit on concurrency, the wait for a connection the patience of its queue.

namespace rehearse::models {
namespace {

const FieldTable kQueryFields{
    "query",
    "What one kind of query costs. A single time may stand for the whole block; it is then `time`.",
    {{.name = "time",
      .type = FieldType::distribution,
      .doc = "Time that a query takes whatever else runs (storage, locks held elsewhere)."},
     {.name = "cpu",
      .type = FieldType::distribution,
      .doc = "Demand on the cores of the database, shared by the queries that run."},
     {.name = "request",
      .type = FieldType::block,
      .doc = "Size of the query on links with a `bandwidth`; by default the `body` of the client's "
             "request.",
      .child = &kBodyFields,
      .schema = R"({"type": "string"})",
      .example = "500B"},
     {.name = "response",
      .type = FieldType::block,
      .doc = "Size of its result there; nothing by default.",
      .child = &kBodyFields,
      .schema = R"({"type": "string"})",
      .example = "20KB"},
     {.name = "fail",
      .type = FieldType::ratio,
      .doc = "Share of queries that end with an error.",
      .fallback = "0%",
      .min = 0,
      .max = 1}}};

const FieldTable kDatabaseCpuFields{"database cpu",
                                    "Cores of the database, shared by the queries that run.",
                                    {{.name = "limit",
                                      .type = FieldType::cpu,
                                      .doc = "Cores.",
                                      .required = true,
                                      .min = 0.001,
                                      .max = 1e6}}};

const FieldTable kPoolFields{
    "pool",
    "Connections that all callers share (PgBouncer in transaction mode): a query holds one from "
    "its "
    "start to its end.",
    {{.name = "size",
      .type = FieldType::count,
      .doc = "Connections.",
      .required = true,
      .min = 1,
      .max = 1e6},
     {.name = "wait",
      .type = FieldType::duration,
      .doc = "Longest wait for a connection; the query then fails with `abandoned`. Without it "
             "there is no limit (PgBouncer's `query_wait_timeout` defaults to 120 s).",
      .min = 0,
      .above_min = true},
     {.name = "queue",
      .type = FieldType::count,
      .doc = "Most queries that may wait; more are rejected.",
      .min = 0,
      .max = 4e9}}};

}  // namespace

const FieldTable kDatabaseFields{"database",
                                 "One database server behind a pool of connections.",
                                 {{.name = "kind",
                                   .type = FieldType::choice,
                                   .doc = "For the reader; the model is the same.",
                                   .fallback = "postgresql",
                                   .choices = {"postgresql", "mysql", "other"}},
                                  {.name = "pool",
                                   .type = FieldType::block,
                                   .doc = "Connections.",
                                   .required = true,
                                   .child = &kPoolFields},
                                  {.name = "cpu",
                                   .type = FieldType::block,
                                   .doc = "Cores; needed by queries with `cpu`.",
                                   .child = &kDatabaseCpuFields},
                                  {.name = "zones",
                                   .type = FieldType::list,
                                   .doc = "Where it is: one zone or region.",
                                   .example = "[eu-west-1/a]"},
                                  {.name = "queries",
                                   .type = FieldType::named,
                                   .doc = "Kinds of queries by name; called as `database/query`.",
                                   .required = true,
                                   .child = &kQueryFields,
                                   .schema = R"({"$ref": "#/$defs/distribution"})"}}};

void Compiler::declare_database(const SpecEntry& entry) {
  const std::string what = fmt::format("database '{}'", entry.key);
  const auto index = static_cast<std::uint32_t>(blueprint_.services.size());
  declare(entry.key, {SubjectKind::database, index}, entry.key_mark);
  FieldReader reader(entry.value, kDatabaseFields, out_, what);
  reader.choice("kind");
  ServiceSpec spec;
  spec.name = entry.key;
  spec.kind = ServiceKind::database;
  spec.servers = !reader.has("cpu");
  if (const SpecNode* node = reader.node("pool")) {
    FieldReader pool(*node, kPoolFields, out_, "pool of " + what);
    spec.slots = static_cast<std::uint32_t>(pool.count("size"));
    if (const auto wait = pool.optional_duration("wait"))
      spec.patience = add_law(sim::Distribution::constant(wait->to_seconds()), entry.key, "wait");
    if (const auto queue = pool.optional_count("queue"))
      spec.queue_limit = static_cast<std::uint32_t>(*queue);
  }
  if (const SpecNode* cpu = reader.node("cpu")) {
    FieldReader cores(*cpu, kDatabaseCpuFields, out_, "cpu of " + what);
    spec.millicores = static_cast<std::uint32_t>(cores.cpu("limit") * 1000 + 0.5);
  }
  spec.placement = read_placement(reader, 1);
  spec.balancer.stream = add_stream(entry.key, "balancer");
  spec.first_endpoint = static_cast<std::uint32_t>(blueprint_.endpoints.size());
  blueprint_.services.push_back(spec);
  for (const SpecEntry& query : reader.entries("queries"))
    add_endpoint(index, entry.key + "/" + query.key, query.key_mark);
}

void Compiler::read_database_plans(const SpecEntry& entry) {
  const auto declared = names_.find(entry.key);
  const SpecNode* queries = entry.value.is_map() ? entry.value.find("queries") : nullptr;
  if (queries == nullptr || !queries->is_map() ||
      declared->second.subject.kind != SubjectKind::database)
    return;
  const ServiceSpec& database = blueprint_.services[declared->second.subject.index];
  std::uint32_t endpoint = database.first_endpoint;
  for (const SpecEntry& query : queries->entries) {
    EndpointSpec& spec = blueprint_.endpoints[endpoint];
    spec.start = here();
    const StepScope scope{.entity = spec.name, .endpoint = endpoint};
    const bool block =
        query.value.is_map() &&
        (query.value.find("time") != nullptr || query.value.find("cpu") != nullptr ||
         query.value.find("fail") != nullptr || query.value.find("request") != nullptr ||
         query.value.find("response") != nullptr);
    if (!block) {
      emit_time(StepKind::work, query.value, scope);
    } else {
      FieldReader reader(query.value, kQueryFields, out_, fmt::format("query '{}'", spec.name));
      if (const SpecNode* cpu = reader.node("cpu")) emit_time(StepKind::cpu, *cpu, scope);
      if (const SpecNode* time = reader.node("time")) emit_time(StepKind::work, *time, scope);
      spec.request = read_size(reader, "request", spec.name);
      spec.response = read_size(reader, "response", spec.name);
      if (reader.ratio("fail") > 0) emit_fail(*reader.node("fail"), scope);
    }
    ++endpoint;
    emit({.kind = StepKind::done});
  }
}

}  // namespace rehearse::models
