#include <fmt/format.h>

#include <algorithm>

#include "models/compiler.hpp"
#include "models/hash_slot.hpp"

/// The `cluster:` block of a cache. A shard becomes a station like any service: one server, as
/// Redis runs commands on a single thread. Its replicas are further instances
/// (models/replication.hpp).

namespace rehearse::models {
namespace {

constexpr std::uint64_t kHotKeys = 1'000'000;  // keys beyond are taken to be spread evenly

std::vector<double> shares_of(const sim::Zipf& keys, std::uint32_t shards) {
  std::vector<double> shares(shards, 0);
  double rest = 1;
  for (std::uint64_t key = 0; key < std::min(keys.size(), kHotKeys); ++key) {
    const double share = keys.probability(key);
    shares[shard_of(static_cast<std::uint32_t>(key), shards)] += share;
    rest -= share;
  }
  if (keys.size() <= kHotKeys) rest = 0;
  double upto = 0;
  for (double& share : shares) share = upto += share + rest / shards;
  return shares;
}

}  // namespace

const FieldTable kClusterFields{
    "cluster",
    "Shards after Redis Cluster: a key belongs to one by its hash slot (CRC16 modulo 16384). Each "
    "shard is a server that answers one look-up at a time; results speak of `cache/shard1`.",
    {{.name = "shards",
      .type = FieldType::count,
      .doc = "Primaries.",
      .fallback = "3",
      .min = 1,
      .max = 1000},
     {.name = "replicas",
      .type = FieldType::count,
      .doc = "Of each shard, besides the primary.",
      .fallback = "0",
      .min = 0,
      .max = 100},
     {.name = "reads",
      .type = FieldType::choice,
      .doc = "Who answers look-ups: the primary, a replica (`READONLY`), or any in turn.",
      .fallback = "primary",
      .choices = {"primary", "replica", "any"}},
     {.name = "lag",
      .type = FieldType::distribution,
      .doc = "Time that a write takes to a replica, besides the messages between zones."}}};

void Compiler::read_cluster(FieldReader& reader, CacheSpec& cache) {
  FieldReader cluster(*reader.node("cluster"), kClusterFields, out_, "cluster of " + reader.what());
  forbid(reader, "cluster", {"servers", "hit_ratio"},
         "a shard has one server, and is chosen by the key");
  if (!reader.has("latency")) {
    reader.error("missing-field", "cluster", fmt::format("{} needs 'latency'", reader.what()),
                 "add 'latency: 0.5ms'");
    return;
  }
  const auto shards = static_cast<std::uint32_t>(cluster.count("shards"));
  const auto replicas = static_cast<std::uint32_t>(cluster.count("replicas"));
  cache.timeout = reader.optional_duration("timeout").value_or(Duration{});
  if (shards < 1) return;  // has been reported
  cache.shares = shares_of(cache.keys, shards);
  const std::vector<std::uint32_t> zones = read_placement(reader, shards + replicas);
  for (std::uint32_t i = 0; i < shards; ++i) {
    ServiceSpec spec;
    spec.name = fmt::format("{}/shard{}", cache.name, i + 1);
    spec.kind = ServiceKind::shard;
    spec.slots = 1;
    spec.servers = true;
    for (std::uint32_t role = 0; role <= replicas; ++role)
      spec.placement.push_back(zones[(i + role) % zones.size()]);
    read_cleanup(reader, spec);
    ReplicationSpec replication;
    replication.reads = static_cast<ReplicaReads>(cluster.choice("reads"));
    replication.commit = Commit::local;
    if (const SpecNode* lag = cluster.node("lag"))
      replication.lag = add_law(*lag, spec.name, "lag");
    cache.shards.push_back(add_shard(reader, std::move(spec), std::move(replication)));
  }
}

std::uint32_t Compiler::add_shard(FieldReader& reader, ServiceSpec spec,
                                  ReplicationSpec replication) {
  const auto service = static_cast<std::uint32_t>(blueprint_.services.size());
  const std::string name = spec.name;
  const bool copied = spec.placement.size() > 1;
  declare(name, {SubjectKind::shard, service}, reader.mark());
  spec.balancer.stream = add_stream(name, "balancer");
  spec.first_endpoint = static_cast<std::uint32_t>(blueprint_.endpoints.size());
  if (copied) {
    spec.replication = static_cast<std::uint32_t>(blueprint_.replications.size());
    replication.name = name + "/replicas";
    replication.service = service;
    declare(replication.name, {SubjectKind::replica, spec.replication}, reader.mark());
    blueprint_.replications.push_back(std::move(replication));
  }
  blueprint_.services.push_back(spec);
  const auto add = [&](const std::string& endpoint, Access access) {
    const std::uint32_t number = add_endpoint(service, endpoint, reader.mark());
    blueprint_.endpoints[number].start = here();
    blueprint_.endpoints[number].access = access;
    const StepScope scope{.entity = endpoint, .endpoint = number};
    if (access == Access::read) emit_snapshot(spec);
    emit_time(StepKind::work, *reader.node("latency"), scope);
    if (access == Access::write) emit_durable(spec, scope);
    emit({.kind = StepKind::done});
  };
  add(name, Access::read);
  if (copied) add(name + "/write", Access::write);
  return service;
}

}  // namespace rehearse::models
