#include <fmt/format.h>

#include "models/compiler.hpp"

/// The `databases:` block. A database becomes a station like any service: a connection pool is a
/// limit on concurrency, the wait for a connection the patience of its queue. Replicas are further
/// instances (models/replica_reader.cpp).

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
      .max = 1},
     {.name = "access",
      .type = FieldType::choice,
      .doc = "read: goes where `replicas.reads` says; primary: a read that must see the latest "
             "writes; write: changes data, on the primary, and ends with a commit. Without "
             "replicas they differ in `flush` only.",
      .fallback = "read",
      .choices = {"read", "primary", "write"}},
     {.name = "locks",
      .type = FieldType::text,
      .doc = "Of the `rows` with this name the write locks one, until it or its transaction is "
             "committed; it waits where another has it."},
     {.name = "reads",
      .type = FieldType::text,
      .doc = "Of the `rows` with this name the query reads one. The request remembers its version, "
             "for a write that `checks` it."},
     {.name = "checks",
      .type = FieldType::text,
      .doc = "Optimistic locking, in place of `locks`: the write is to the row with this name that "
             "the request has read last, and fails where that has changed since. Whoever tries "
             "again has to read again: put both queries into one endpoint, and retry its call."},
     {.name = "stores",
      .type = FieldType::bytes,
      .doc = "Bytes that a write adds to the `storage`.",
      .min = 1}}};

const FieldTable kDatabaseCpuFields{"database cpu",
                                    "Cores of the database, shared by the queries that run.",
                                    {{.name = "limit",
                                      .type = FieldType::cpu,
                                      .doc = "Cores.",
                                      .required = true,
                                      .min = 0.001,
                                      .max = 1e6}}};

}  // namespace

const FieldTable kDatabaseFields{
    "database",
    "A database server behind a pool of connections, and its "
    "replicas.",
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
     {.name = "max_connections",
      .type = FieldType::count,
      .doc = "Connections that the server accepts (PostgreSQL: 100 by default). Without a pool "
             "(`mode: none`) further queries are rejected; a pool may not be larger.",
      .min = 1,
      .max = 1e6},
     {.name = "reserved_connections",
      .type = FieldType::count,
      .doc = "Of them, those kept for administrators (`superuser_reserved_connections`).",
      .fallback = "3",
      .min = 0,
      .max = 1e6},
     {.name = "flush",
      .type = FieldType::distribution,
      .doc = "Time that a commit takes to become durable."},
     {.name = "commit",
      .type = FieldType::choice,
      .doc = "What writes wait for (`synchronous_commit` of "
             "PostgreSQL). off: nothing; local: `flush`; the others "
             "besides for `replicas.synchronous` replicas that have "
             "received, made durable or applied the write.",
      .fallback = "on",
      .choices = {"off", "local", "remote_write", "on", "remote_apply"}},
     {.name = "replicas",
      .type = FieldType::block,
      .doc = "Copies that follow the writes.",
      .child = &kReplicaFields},
     {.name = "rows",
      .type = FieldType::named,
      .doc = "Rows that queries lock, read and check: how many there are, and how popular each is.",
      .child = &kKeyLawFields},
     {.name = "lock_timeout",
      .type = FieldType::duration,
      .doc = "Longest wait for a row; the query then fails. Without it there is no limit, but "
             "transactions that wait for each other are found after a second.",
      .min = 0,
      .above_min = true},
     {.name = "checkpoints",
      .type = FieldType::block,
      .doc = "Slow phases.",
      .child = &kCheckpointFields},
     {.name = "vacuum", .type = FieldType::block, .doc = "Slow phases.", .child = &kVacuumFields},
     {.name = "storage",
      .type = FieldType::block,
      .doc = "Disk that fills as data is written.",
      .child = &kStorageFields},
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
  read_pool(reader, entry.key, spec);
  if (const SpecNode* cpu = reader.node("cpu")) {
    FieldReader cores(*cpu, kDatabaseCpuFields, out_, "cpu of " + what);
    spec.millicores = static_cast<std::uint32_t>(cores.cpu("limit") * 1000 + 0.5);
  }
  spec.placement = read_placement(reader, 1);
  databases_[index] = {static_cast<Commit>(reader.choice("commit")), reader.node("flush")};
  const SpecNode* replicas = reader.node("replicas");
  if (replicas != nullptr) read_replicas(*replicas, entry, spec);
  const Commit commit = databases_[index].commit;
  if (replicas == nullptr && (commit == Commit::remote_write || commit == Commit::remote_apply))
    reader.error("contradiction", "commit",
                 fmt::format("{} has no replicas that could confirm", what),
                 "add 'replicas: {synchronous: 1}', or write 'commit: local'");
  read_upkeep(reader, spec);
  read_rows(reader, entry.key, spec);
  spec.balancer.stream = add_stream(entry.key, "balancer");
  spec.first_endpoint = static_cast<std::uint32_t>(blueprint_.endpoints.size());
  blueprint_.services.push_back(spec);
  for (const SpecEntry& query : reader.entries("queries"))
    add_endpoint(index, entry.key + "/" + query.key, query.key_mark);
  if (transactions_) declare_commit(reader, index);
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
    const auto has = [&](std::string_view field) { return query.value.find(field) != nullptr; };
    const bool block =
        query.value.is_map() && (has("time") || has("cpu") || has("fail") || has("access") ||
                                 has("reads") || has("request") || has("response"));
    if (!block) {
      emit_snapshot(database);
      emit_time(StepKind::work, query.value, scope);
    } else {
      FieldReader reader(query.value, kQueryFields, out_, fmt::format("query '{}'", spec.name));
      spec.access = static_cast<Access>(reader.choice("access"));
      if (spec.access != Access::write) emit_snapshot(database);
      emit_see(reader, database, scope);
      const std::uint32_t locked = emit_lock(reader, scope);
      if (const SpecNode* cpu = reader.node("cpu")) emit_time(StepKind::cpu, *cpu, scope);
      if (const SpecNode* time = reader.node("time")) emit_time(StepKind::work, *time, scope);
      spec.request = read_size(reader, "request", spec.name);
      spec.response = read_size(reader, "response", spec.name);
      if (reader.ratio("fail") > 0) emit_fail(*reader.node("fail"), scope);
      const auto bytes = reader.optional_bytes("stores");
      if (bytes && (spec.access != Access::write || database.disk == 0))
        reader.error("contradiction", "stores",
                     fmt::format("{} {}", reader.what(),
                                 database.disk == 0 ? "fills a disk without a size"
                                                    : "adds data but is no write"),
                     database.disk == 0 ? "add 'storage: {size: 100Gi}' to the database"
                                        : "add 'access: write'");
      if (bytes)
        emit({.kind = StepKind::store,
              .a = blueprint_.endpoints[endpoint].service,
              .p = static_cast<double>(*bytes)});
      if (locked != kNone && blueprint_.row_sets[locked].versions)
        emit({.kind = StepKind::changed, .a = locked});
      if (spec.access == Access::write) emit_commit(database, scope);
    }
    ++endpoint;
    emit({.kind = StepKind::done});
  }
  emit_commit_query(declared->second.subject.index);
}

}  // namespace rehearse::models
