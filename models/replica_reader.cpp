#include <fmt/format.h>

#include "models/compiler.hpp"

/// The `replicas:` block of a database, and what its queries do about them.

namespace rehearse::models {

const FieldTable kReplicaFields{
    "replicas",
    "Copies of a database that follow its writes by streaming replication. Each has a pool and "
    "cores like the primary. The lag of each write is reported as `database/replicas`.",
    {{.name = "count",
      .type = FieldType::count,
      .doc = "Replicas, besides the primary.",
      .fallback = "1",
      .min = 1,
      .max = 1000},
     {.name = "zones",
      .type = FieldType::list,
      .doc = "Where they are: zones and regions, taken in turn; all zones by default.",
      .example = "[eu-west-1/b, eu-west-1/c]"},
     {.name = "reads",
      .type = FieldType::choice,
      .doc =
          "Who answers queries of access `read`: the replicas in turn, all instances in turn, or "
          "the primary alone.",
      .fallback = "replica",
      .choices = {"primary", "replica", "any"}},
     {.name = "lag",
      .type = FieldType::distribution,
      .doc = "Time that a durable write takes to a replica, besides the messages between zones."},
     {.name = "replay",
      .type = FieldType::distribution,
      .doc = "Time that a replica takes to apply a write, one after the other: where writes come "
             "faster, it falls behind."},
     {.name = "max_lag",
      .type = FieldType::duration,
      .doc = "A read from a replica that lags by more counts as out of date (`outdated_ratio`).",
      .fallback = "0s",
      .min = 0},
     {.name = "synchronous",
      .type = FieldType::count,
      .doc = "So many replicas, whichever are first, have to confirm a commit (`ANY n (*)` of "
             "`synchronous_standby_names`); see `commit`. Without so many commits wait.",
      .fallback = "0",
      .min = 0,
      .max = 1000}}};

void Compiler::read_replicas(const SpecNode& node, const SpecEntry& database, ServiceSpec& spec) {
  FieldReader reader(node, kReplicaFields, out_,
                     fmt::format("replicas of database '{}'", database.key));
  const auto law = [&](std::string_view field) {
    const SpecNode* of = reader.node(field);
    return of == nullptr ? kNone : add_law(*of, database.key, std::string(field));
  };
  const auto index = static_cast<std::uint32_t>(blueprint_.replications.size());
  const auto service = static_cast<std::uint32_t>(blueprint_.services.size());
  const Database& own = databases_[service];
  ReplicationSpec replication;
  replication.name = database.key + "/replicas";
  declare(replication.name, {SubjectKind::replica, index}, node.mark);
  replication.service = service;
  replication.reads = static_cast<ReplicaReads>(reader.choice("reads"));
  replication.lag = law("lag");
  replication.replay = law("replay");
  if (own.flush != nullptr) replication.flush = add_law(*own.flush, database.key, "flush");
  replication.max_lag = reader.duration("max_lag");
  replication.commit = own.commit;
  const std::int64_t count = reader.count("count");
  const std::int64_t synchronous = reader.count("synchronous");
  replication.synchronous = static_cast<std::uint32_t>(synchronous);
  if (synchronous > count)
    reader.error("out-of-range", "synchronous",
                 fmt::format("{} of {} replicas have to confirm", synchronous, count),
                 fmt::format("write 'synchronous: {}' or less", count));
  const bool waits = own.commit == Commit::remote_write || own.commit == Commit::remote_apply;
  if (waits && synchronous == 0)
    out_.error(
        "contradiction", node.mark,
        fmt::format("database '{}' waits for replicas, none of which has to confirm", database.key),
        "add 'synchronous: 1', or write 'commit: local'");
  for (const std::uint32_t zone : read_placement(reader, count)) spec.placement.push_back(zone);
  spec.replication = index;
  blueprint_.replications.push_back(std::move(replication));
}

void Compiler::emit_snapshot(const ServiceSpec& database) {
  if (database.replication != kNone) emit({.kind = StepKind::snapshot, .a = database.replication});
}

void Compiler::emit_commit(const ServiceSpec& database, const StepScope& scope) {
  const std::uint32_t skip =
      transactions_ ? emit({.kind = StepKind::autocommit, .a = scope.endpoint}) : kNone;
  emit_durable(database, scope);
  if (skip != kNone) blueprint_.plans.steps[skip].b = here();
}

void Compiler::emit_durable(const ServiceSpec& database, const StepScope& scope) {
  if (database.replication != kNone) {
    emit({.kind = StepKind::commit, .a = database.replication});
    emit({.kind = StepKind::committed, .a = database.replication});
    return;
  }
  const Database& own = databases_[blueprint_.endpoints[scope.endpoint].service];
  if (own.flush != nullptr && own.commit != Commit::off)
    emit_time(StepKind::work, *own.flush, scope);
}

}  // namespace rehearse::models
