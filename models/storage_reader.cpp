#include <fmt/format.h>

#include "models/compiler.hpp"

/// The `databases:` and `caches:` blocks. Both become stations like any service: a connection pool
/// is a limit on concurrency, the wait for a connection the patience of its queue.

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

const FieldTable kKeysFields{"keys",
                             "Which keys are looked up, independently of each other.",
                             {{.name = "zipf",
                               .type = FieldType::block,
                               .doc = "Popularity falls as rank^-alpha.",
                               .child = nullptr},
                              {.name = "uniform",
                               .type = FieldType::count,
                               .doc = "So many keys, all equally popular.",
                               .min = 1,
                               .max = 4e9}}};

const FieldTable kZipfFields{
    "zipf",
    "Zipf's law: the k-th most popular key is looked up with probability proportional to k^-alpha.",
    {{.name = "n",
      .type = FieldType::count,
      .doc = "Number of keys.",
      .required = true,
      .min = 1,
      .max = 4e9},
     {.name = "alpha",
      .type = FieldType::number,
      .doc = "Skew; 0 is uniform.",
      .fallback = "1",
      .min = 0,
      .max = 10}}};

FieldTable with_zipf() {
  FieldTable table = kKeysFields;
  table.fields[0].child = &kZipfFields;
  return table;
}
const FieldTable kCacheKeysFields = with_zipf();

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

const FieldTable kCacheFields{
    "cache",
    "A cache that all instances share. It holds equal values for a known set of keys. With "
    "`latency` "
    "it is a server of its own that look-ups have to reach and wait for; without, a look-up takes "
    "no "
    "time. A cache that does not answer counts as a miss.",
    {{.name = "entries",
      .type = FieldType::count,
      .doc = "Most keys held; then one is evicted.",
      .required = true,
      .min = 1,
      .max = 4e9},
     {.name = "keys",
      .type = FieldType::block,
      .doc = "Which keys are looked up.",
      .required = true,
      .child = &kCacheKeysFields},
     {.name = "eviction",
      .type = FieldType::choice,
      .doc = "Least recently used, or first in first out.",
      .fallback = "lru",
      .choices = {"lru", "fifo"}},
     {.name = "ttl",
      .type = FieldType::duration,
      .doc = "Life of an entry.",
      .min = 0,
      .above_min = true},
     {.name = "expiry",
      .type = FieldType::choice,
      .doc = "Whether the life counts from the write, or anew from each hit.",
      .fallback = "fixed",
      .choices = {"fixed", "sliding"}},
     {.name = "latency", .type = FieldType::distribution, .doc = "Time to serve one look-up."},
     {.name = "servers",
      .type = FieldType::count,
      .doc = "Look-ups served at once (Redis: 1). With `latency`; without it there is no limit.",
      .min = 1,
      .max = 4e9},
     {.name = "timeout",
      .type = FieldType::duration,
      .doc = "How long callers wait for the cache before they do without.",
      .min = 0,
      .above_min = true},
     {.name = "zones",
      .type = FieldType::list,
      .doc = "Where it is: one zone or region.",
      .example = "[eu-west-1/a]"}}};

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
    const bool block = query.value.is_map() &&
                       (query.value.find("time") != nullptr || query.value.find("cpu") != nullptr ||
                        query.value.find("fail") != nullptr);
    if (!block) {
      emit_time(StepKind::work, query.value, scope);
    } else {
      FieldReader reader(query.value, kQueryFields, out_, fmt::format("query '{}'", spec.name));
      if (const SpecNode* cpu = reader.node("cpu")) emit_time(StepKind::cpu, *cpu, scope);
      if (const SpecNode* time = reader.node("time")) emit_time(StepKind::work, *time, scope);
      if (reader.ratio("fail") > 0) emit_fail(*reader.node("fail"), scope);
    }
    ++endpoint;
    emit({.kind = StepKind::done});
  }
}

sim::Zipf Compiler::read_keys(FieldReader& cache) {
  const SpecNode* node = cache.node("keys");
  if (node == nullptr) return {};
  FieldReader keys(*node, kCacheKeysFields, out_, "keys of " + cache.what());
  if (keys.has("zipf") == keys.has("uniform")) {
    out_.error("contradiction", node->mark, "keys need either 'zipf' or 'uniform'",
               "write 'keys: {zipf: {n: 100k, alpha: 0.9}}'");
    return {};
  }
  if (keys.has("uniform")) return {static_cast<std::uint64_t>(keys.count("uniform")), 0};
  FieldReader zipf(*keys.node("zipf"), kZipfFields, out_, "zipf of " + cache.what());
  const std::int64_t n = zipf.count("n");
  const double alpha = zipf.number("alpha");
  return n > 0 ? sim::Zipf(static_cast<std::uint64_t>(n), alpha) : sim::Zipf();
}

void Compiler::declare_cache(const SpecEntry& entry) {
  const std::string what = fmt::format("cache '{}'", entry.key);
  declare(entry.key, {SubjectKind::cache, static_cast<std::uint32_t>(blueprint_.caches.size())},
          entry.key_mark);
  FieldReader reader(entry.value, kCacheFields, out_, what);
  CacheSpec cache;
  cache.name = entry.key;
  cache.entries = static_cast<std::uint64_t>(reader.count("entries"));
  cache.keys = read_keys(reader);
  cache.eviction = static_cast<Eviction>(reader.choice("eviction"));
  cache.ttl = reader.optional_duration("ttl").value_or(Duration{});
  cache.sliding = reader.choice("expiry") == 1;
  if (cache.sliding && !reader.has("ttl"))
    reader.error("contradiction", "expiry", fmt::format("{} has 'expiry' but no 'ttl'", what),
                 "add 'ttl: 60s'");
  if (reader.has("latency")) {
    read_cache_station(reader, cache, entry.key);
  } else if (reader.has("servers") || reader.has("timeout")) {
    reader.error("contradiction", reader.has("servers") ? "servers" : "timeout",
                 fmt::format("{} takes no time, so nobody waits for it", what), "add 'latency'");
  }
  blueprint_.caches.push_back(std::move(cache));
}

void Compiler::read_cache_station(FieldReader& reader, CacheSpec& cache, const std::string& name) {
  ServiceSpec spec;
  spec.name = name;
  spec.kind = ServiceKind::cache;
  if (const auto servers = reader.optional_count("servers")) {
    spec.slots = static_cast<std::uint32_t>(*servers);
    spec.servers = true;
  }
  spec.placement = read_placement(reader, 1);
  spec.balancer.stream = add_stream(name, "balancer");
  spec.first_endpoint = static_cast<std::uint32_t>(blueprint_.endpoints.size());
  cache.service = static_cast<std::uint32_t>(blueprint_.services.size());
  cache.timeout = reader.optional_duration("timeout").value_or(Duration{});
  blueprint_.services.push_back(spec);
  const std::uint32_t endpoint = add_endpoint(cache.service, name, reader.mark());
  blueprint_.endpoints[endpoint].start = here();
  emit_time(StepKind::work, *reader.node("latency"), {.entity = name, .endpoint = endpoint});
  emit({.kind = StepKind::done});
}

}  // namespace rehearse::models
