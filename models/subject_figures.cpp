#include "models/subject_figures.hpp"

namespace rehearse::models {
namespace {

using spec::Metric;

constexpr std::string_view kHasIt;

// nullptr where it is none, or serves no requests of its own.
const ServiceSpec* station_of(const Blueprint& blueprint, const Subject& subject) {
  switch (subject.kind) {
    case SubjectKind::service:
    case SubjectKind::database:
    case SubjectKind::broker:
    case SubjectKind::shard:
      return &blueprint.services[subject.index];
    case SubjectKind::cache: {
      const std::uint32_t service = blueprint.caches[subject.index].service;
      return service == kNone ? nullptr : &blueprint.services[service];
    }
    default:
      return nullptr;
  }
}

std::string_view of_a_pool(const NodePoolSpec& pool, Metric metric) {
  if (metric == Metric::node_hours) return kHasIt;
  if (metric != Metric::cost) return "of a pool of nodes there are node_hours and cost";
  return pool.price ? kHasIt : "add a 'price' to the pool";
}

std::string_view of_a_cache(const Blueprint& blueprint, const Subject& subject, Metric metric) {
  if (subject.kind != SubjectKind::cache) return "caches have it";
  const CacheSpec& cache = blueprint.caches[subject.index];
  switch (metric) {
    case Metric::lost_ratio:
      return cache.write_batch > 0 ? kHasIt : "caches with 'write_behind' have it";
    case Metric::stale_ratio:
      return cache.refresh_after > Duration::zero() ? kHasIt
                                                    : "caches with 'refresh_after' have it";
    case Metric::outdated_ratio:
      return cache.changes ? kHasIt : "caches whose keys change at the origin have it";
    case Metric::coalesced_ratio:
      return cache.coalescing != Coalescing::none ? kHasIt : "caches with 'coalesce' have it";
    default:
      return kHasIt;
  }
}

std::string_view of_a_station(const ServiceSpec* station, const Subject& subject, Metric metric) {
  const bool is_there = station != nullptr;
  switch (metric) {
    case Metric::memory_use:
    case Metric::oom_kills:
    case Metric::restarts:
      return is_there && station->memory.limit > 0 ? kHasIt : "services with 'memory' have it";
    case Metric::core_hours:
    case Metric::memory_hours:
      return is_there && station->sized ? kHasIt
                                        : "services that a 'vertical' policy sizes have it";
    case Metric::disk_usage:
      return subject.kind == SubjectKind::database && station->disk > 0
                 ? kHasIt
                 : "databases with 'storage' have it";
    default:
      return is_there && station->slots != kUnlimited
                 ? kHasIt
                 : "services that limit how many requests are served at once have it";
  }
}

}  // namespace

std::string_view lacks_figure(const Blueprint& blueprint, const Subject& subject, Metric metric) {
  if (subject.kind == SubjectKind::pool)
    return of_a_pool(blueprint.node_pools[subject.index], metric);
  const bool queue = subject.kind == SubjectKind::queue;
  const ServiceSpec* station = station_of(blueprint, subject);
  switch (metric) {
    case Metric::node_hours:
    case Metric::cost:
      return "pools of nodes have it";
    case Metric::outdated_ratio:
      if (station != nullptr && station->replication != kNone) return kHasIt;
      return of_a_cache(blueprint, subject, metric);
    case Metric::hit_ratio:
    case Metric::lost_ratio:
    case Metric::stale_ratio:
    case Metric::coalesced_ratio:
      return of_a_cache(blueprint, subject, metric);
    case Metric::redelivery_ratio:
    case Metric::dead_letter_ratio:
    case Metric::drop_ratio:
      return queue ? kHasIt : "queues of brokers have it";
    case Metric::instance_hours:
      if (subject.kind == SubjectKind::service) return kHasIt;
      return queue && blueprint.queues[subject.index].places > 0
                 ? kHasIt
                 : "services, and queues whose consumers a policy scales, have it";
    case Metric::queue_length:
      return queue ? kHasIt : of_a_station(station, subject, metric);
    case Metric::memory_use:
    case Metric::oom_kills:
    case Metric::restarts:
    case Metric::core_hours:
    case Metric::memory_hours:
    case Metric::disk_usage:
      return of_a_station(station, subject, metric);
    default:
      return kHasIt;
  }
}

}  // namespace rehearse::models
