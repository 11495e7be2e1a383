#include <fmt/format.h>

#include <algorithm>

#include "models/compiler.hpp"

/// The `pool:` block of a database, transactions, and who keeps a connection for how long.

namespace rehearse::models {
namespace {

constexpr std::int64_t kUsualConnections = 100;  // max_connections of PostgreSQL

const FieldTable kReserveFields{
    "pool reserve",
    "Further connections for those who have waited for long (PgBouncer's `reserve_pool_size`).",
    {{.name = "size",
      .type = FieldType::count,
      .doc = "Connections.",
      .required = true,
      .min = 1,
      .max = 1e6},
     {.name = "after",
      .type = FieldType::duration,
      .doc = "Wait that opens one (`reserve_pool_timeout`).",
      .fallback = "5s",
      .min = 0,
      .above_min = true}}};

}  // namespace

const FieldTable kPoolFields{
    "pool",
    "Connections that all callers share, after PgBouncer. A query that finds none free waits; each "
    "instance of the database has so many.",
    {{.name = "mode",
      .type = FieldType::choice,
      .doc = "How long a request keeps a connection. statement: for each query; transaction: for "
             "the steps of a `transaction`, whatever they do between their queries, else for each "
             "query; session: from its first query until it ends; none: the same without a pool, "
             "up to `max_connections`.",
      .fallback = "transaction",
      .choices = {"statement", "transaction", "session", "none"}},
     {.name = "size",
      .type = FieldType::count,
      .doc = "Connections (`default_pool_size`).",
      .fallback = "20",
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
      .max = 4e9},
     {.name = "max_clients",
      .type = FieldType::count,
      .doc = "Most requests that may have or wait for a connection; more are rejected "
             "(`max_client_conn`, 100 by default there). In place of `queue`.",
      .min = 1,
      .max = 4e9},
     {.name = "reserve",
      .type = FieldType::block,
      .doc = "Further connections, for those who have waited for long.",
      .child = &kReserveFields}}};

void Compiler::read_pool(FieldReader& database, const std::string& name, ServiceSpec& spec) {
  const std::int64_t accepts =
      database.optional_count("max_connections").value_or(kUsualConnections);
  const std::int64_t usable = accepts - database.count("reserved_connections");
  if (usable < 1)
    database.error("out-of-range", "reserved_connections",
                   fmt::format("{} has no connection left for queries", database.what()),
                   "reserve fewer than 'max_connections'");
  const SpecNode* node = database.node("pool");
  if (node == nullptr) return;
  FieldReader pool(*node, kPoolFields, out_, "pool of " + database.what());
  spec.pool = static_cast<PoolMode>(pool.choice("mode"));
  const std::int64_t size = pool.count("size");
  spec.slots = static_cast<std::uint32_t>(size);
  if (spec.pool == PoolMode::none) {
    forbid(pool, "mode", {"size", "wait", "queue", "max_clients", "reserve"},
           "without a pool there is none to wait for; remove it, or choose another mode");
    spec.slots = static_cast<std::uint32_t>(std::max<std::int64_t>(1, usable));
    spec.queue_limit = 0;
    return;
  }
  if (const auto wait = pool.optional_duration("wait"))
    spec.patience = add_law(sim::Distribution::constant(wait->to_seconds()), name, "wait");
  if (const auto queue = pool.optional_count("queue"))
    spec.queue_limit = static_cast<std::uint32_t>(*queue);
  if (pool.has("queue")) forbid(pool, "queue", {"max_clients"}, "keep one of them");
  if (const auto clients = pool.optional_count("max_clients"))
    spec.queue_limit = static_cast<std::uint32_t>(std::max<std::int64_t>(0, *clients - size));
  if (const SpecNode* reserve = pool.node("reserve")) {
    FieldReader reader(*reserve, kReserveFields, out_, "reserve of the pool of " + database.what());
    spec.reserve = static_cast<std::uint32_t>(reader.count("size"));
    spec.reserve_lane = lane_of(reader.duration("after"));
  }
  if (database.has("max_connections") && size + spec.reserve > usable)
    database.error("out-of-range", "max_connections",
                   fmt::format("the pool of {} has {} connections, and {} are accepted",
                               database.what(), size + spec.reserve, usable),
                   "the rest would be refused; make the pool smaller");
}

// Where there are transactions, what they write is committed by a query of its own.
void Compiler::declare_commit(FieldReader& database, std::uint32_t service) {
  bool writes = false;
  for (const SpecEntry& query : database.entries("queries")) {
    const SpecNode* access = query.value.is_map() ? query.value.find("access") : nullptr;
    writes = writes || (access != nullptr && access->text == "write");
  }
  if (!writes) return;
  databases_[service].commit_query =
      add_endpoint(service, blueprint_.services[service].name + "/commit", database.mark());
}

void Compiler::emit_commit_query(std::uint32_t service) {
  const std::uint32_t endpoint = databases_[service].commit_query;
  if (endpoint == kNone) return;
  EndpointSpec& spec = blueprint_.endpoints[endpoint];
  spec.start = here();
  spec.access = Access::write;
  emit_durable(blueprint_.services[service], {.entity = spec.name, .endpoint = endpoint});
  emit({.kind = StepKind::done});
}

void Compiler::choose_connection(CallSpec& call, const StepScope& scope, Mark mark) {
  ServiceSpec& database = blueprint_.services[call.service];
  const bool session = database.pool == PoolMode::session || database.pool == PoolMode::none;
  if (scope.transaction && database.pool == PoolMode::statement)
    out_.error(
        "contradiction", mark,
        fmt::format("the pool of '{}' takes its connections back after each query", database.name),
        "write 'mode: transaction' in its pool");
  call.transaction = scope.transaction;
  call.keeps = session || (scope.transaction && database.pool == PoolMode::transaction);
  database.holds = database.holds || call.keeps;
  (scope.transaction ? in_transactions_ : autocommits_).insert(call.endpoint);
}

// The steps; for each database in them the commit, where they write, and the end.
void Compiler::emit_transaction(const SpecNode& node, const StepScope& scope) {
  if (scope.transaction) {
    out_.error("contradiction", node.mark, "a transaction within a transaction",
               "write its steps without the inner 'transaction'");
    return;
  }
  const std::size_t first = blueprint_.plans.calls.size();
  StepScope inner = scope;
  inner.transaction = true;
  emit_steps(node, inner);
  std::vector<CallSpec>& calls = blueprint_.plans.calls;
  const std::size_t last = calls.size();
  std::map<std::uint32_t, bool> writes;  // by database
  for (std::size_t i = first; i < last; ++i)
    if (calls[i].transaction)
      writes[calls[i].service] = writes[calls[i].service] ||
                                 blueprint_.endpoints[calls[i].endpoint].access == Access::write;
  if (writes.empty() && !out_.has_errors())
    out_.error("missing-field", node.mark,
               fmt::format("the transaction of '{}' has no query", scope.entity),
               "put its queries into it: 'transaction: [{query: orders/insert}]'");
  for (std::size_t i = first; i < last; ++i)
    if (calls[i].transaction) calls[i].primary = writes[calls[i].service];
  for (const auto& [service, changes] : writes) {
    const std::uint32_t commit = databases_[service].commit_query;
    if (changes && commit != kNone) {
      CallSpec call{.service = service, .endpoint = commit};
      choose_connection(call, inner, node.mark);
      call.primary = true;
      call.commits = true;
      edges_.push_back({scope.endpoint, commit, node.mark});
      emit_sidecar(scope);
      const std::uint32_t step = emit({.kind = StepKind::call});
      call.failure_pc = here();
      const std::uint32_t number = add_call(call, scope);
      blueprint_.plans.steps[step].a = number;
    }
    if (blueprint_.services[service].pool == PoolMode::transaction)
      emit({.kind = StepKind::release, .a = service});
  }
}

void Compiler::find_autocommits() {
  for (const std::uint32_t e : in_transactions_)
    blueprint_.endpoints[e].commits = autocommits_.count(e) > 0;
}

}  // namespace rehearse::models
