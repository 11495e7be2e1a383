#include "experiments/subjects.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/instance_size.hpp"
#include "reports/result.hpp"

namespace rehearse::experiments {
namespace {

constexpr double kGibibyte = 1024.0 * 1024 * 1024;
constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

double ratio(double part, double whole) {
  return whole > 0 ? part / whole : kNothing;
}

double request_seconds(sim::UInt128 area) {
  return static_cast<double>(area) * 1e-9;
}

// Of `whole`, which all have together, times the time; or what those had that were there.
double allowed(double whole, sim::UInt128 counted, const SubjectView& view, double seconds) {
  return view.scaled ? request_seconds(counted) : whole * seconds;
}

// Positions of the records of a trial, in the order in which World hands them out.
struct Layout {
  explicit Layout(const models::Blueprint& b)
      : stations(static_cast<std::uint32_t>(b.workloads.size())),
        endpoints(stations + static_cast<std::uint32_t>(b.services.size())),
        stores(endpoints + static_cast<std::uint32_t>(b.endpoints.size())),
        queues(stores + static_cast<std::uint32_t>(b.caches.size())),
        replicas(queues + static_cast<std::uint32_t>(b.queues.size())),
        regions(replicas + static_cast<std::uint32_t>(b.replications.size())) {}
  std::uint32_t stations, endpoints, stores, queues, replicas, regions;
};

// Of so many records the last ones.
std::vector<SubjectView> pool_views(const models::Blueprint& blueprint, std::size_t records) {
  std::vector<SubjectView> views;
  for (std::uint32_t i = 0; i < blueprint.node_pools.size(); ++i) {
    const models::NodePoolSpec& pool = blueprint.node_pools[i];
    if (!pool.counted()) continue;
    views.push_back({pool.name, "pool", {models::SubjectKind::pool, i}, {}});
    views.back().price = pool.price.value_or(kNothing);
  }
  auto part = static_cast<std::uint32_t>(records - views.size());
  for (SubjectView& view : views) view.parts.push_back(part++);
  return views;
}

// REQUIRES: the service has cores and memory.
void reserve(const models::ServiceSpec& spec, SubjectView& view) {
  const models::InstanceSize size = models::size_of(spec);
  view.sized = true;
  view.cores = size.cores() / static_cast<double>(std::max<std::int64_t>(1, size.millicores));
  view.bytes = size.bytes() / static_cast<double>(std::max<std::int64_t>(1, size.memory_limit));
}

double paid_for(spec::Metric metric, const models::WindowRecord& record, const SubjectView& view) {
  const auto hours = [](sim::UInt128 area) { return request_seconds(area) / 3600; };
  const bool pool = view.kind == "pool";
  switch (metric) {
    case spec::Metric::core_hours:
      return view.sized ? hours(record.capacity) * view.cores : kNothing;
    case spec::Metric::memory_hours:
      return view.sized ? hours(record.memory_limit) * view.bytes / kGibibyte : kNothing;
    case spec::Metric::node_hours:
      return pool ? hours(record.instances) : kNothing;
    case spec::Metric::cost:
      return pool ? hours(record.instances) * view.price : kNothing;
    default:
      return record.instances > 0 ? hours(record.instances) : kNothing;
  }
}

}  // namespace

std::vector<SubjectView> subject_views(const models::Scenario& scenario,
                                       const models::TrialRecord& record) {
  using models::SubjectKind;
  const models::Blueprint& blueprint = scenario.blueprint;
  const Layout at(blueprint);
  const std::vector<SubjectView> pools = pool_views(blueprint, record.subjects.size());
  std::vector<SubjectView> views;
  for (std::uint32_t i = 0; i < blueprint.workloads.size(); ++i)
    views.push_back({blueprint.workloads[i].name, "workload", {SubjectKind::workload, i}, {i}});
  const auto station = [&](std::uint32_t i, SubjectView view) {
    const models::ServiceSpec& spec = blueprint.services[i];
    view.parts.push_back(at.stations + i);
    for (std::uint32_t e = 0; e < spec.endpoint_count; ++e)
      view.parts.push_back(at.endpoints + spec.first_endpoint + e);
    view.capacity = record.subjects[at.stations + i].capacity;
    view.waits = spec.slots != models::kUnlimited;
    view.memory =
        static_cast<double>(spec.memory.limit) * static_cast<double>(spec.placement.size());
    view.scaled = spec.elastic();
    if (spec.sized) reserve(spec, view);
    views.push_back(std::move(view));
  };
  const auto stations = [&](models::ServiceKind kind, const char* name, SubjectKind subject) {
    for (std::uint32_t i = 0; i < blueprint.services.size(); ++i)
      if (blueprint.services[i].kind == kind)
        station(i, {blueprint.services[i].name, name, {subject, i}, {}});
  };
  stations(models::ServiceKind::service, "service", SubjectKind::service);
  stations(models::ServiceKind::database, "database", SubjectKind::database);
  stations(models::ServiceKind::broker, "broker", SubjectKind::broker);
  stations(models::ServiceKind::shard, "shard", SubjectKind::shard);
  for (std::uint32_t i = 0; i < blueprint.queues.size(); ++i) {
    SubjectView view{blueprint.queues[i].name, "queue", {SubjectKind::queue, i}, {at.queues + i}};
    view.scaled = blueprint.queues[i].places > 0;
    view.capacity = view.scaled ? blueprint.queues[i].places : blueprint.queues[i].consumers;
    view.waits = true;
    views.push_back(std::move(view));
  }
  for (std::uint32_t i = 0; i < blueprint.replications.size(); ++i)
    views.push_back(
        {blueprint.replications[i].name, "replica", {SubjectKind::replica, i}, {at.replicas + i}});
  for (std::uint32_t i = 0; i < blueprint.caches.size(); ++i) {
    SubjectView view{blueprint.caches[i].name, "cache", {SubjectKind::cache, i}, {at.stores + i}};
    if (blueprint.caches[i].service != models::kNone) {
      station(blueprint.caches[i].service, std::move(view));
    } else {
      views.push_back(std::move(view));
    }
  }
  for (std::uint32_t i = 0; i < blueprint.endpoints.size(); ++i) {
    const models::EndpointSpec& endpoint = blueprint.endpoints[i];
    if (endpoint.name == blueprint.services[endpoint.service].name) continue;
    views.push_back({endpoint.name, "endpoint", {SubjectKind::endpoint, i}, {at.endpoints + i}});
    views.back().waits = blueprint.services[endpoint.service].slots != models::kUnlimited;
  }
  for (std::uint32_t i = 0; at.regions + i + pools.size() < record.subjects.size(); ++i)
    views.push_back(
        {blueprint.network.regions[i], "region", {SubjectKind::region, i}, {at.regions + i}});
  views.insert(views.end(), pools.begin(), pools.end());
  // In the order of reports, so that a result that was read back is the same to every format.
  const auto rank = [](const SubjectView& view) {
    const auto kinds = reports::subject_kinds();
    return std::find_if(kinds.begin(), kinds.end(),
                        [&](const reports::SubjectKind& one) { return view.kind == one.kind; }) -
           kinds.begin();
  };
  std::stable_sort(views.begin(), views.end(),
                   [&](const SubjectView& a, const SubjectView& b) { return rank(a) < rank(b); });
  return views;
}

models::WindowRecord collect(const SubjectView& view, const models::TrialRecord& record,
                             std::size_t first, std::size_t last) {
  models::WindowRecord sum;
  for (const std::uint32_t part : view.parts) {
    for (std::size_t w = first; w < last; ++w) sum.merge(record.subjects[part].windows[w]);
  }
  return sum;
}

double metric_value(spec::Metric metric, double quantile, const models::WindowRecord& record,
                    const SubjectView& view, double seconds) {
  using spec::Metric;
  const auto ended = static_cast<double>(record.ended());
  const auto good = static_cast<double>(record.outcomes[0]);
  switch (metric) {
    case Metric::mean_response:
      return record.response.mean_seconds();
    case Metric::response_quantile:
      return record.response.quantile_seconds(quantile);
    case Metric::max_response:
      return record.response.count() > 0 ? record.response.max().to_seconds() : kNothing;
    case Metric::mean_wait:
      return record.wait.mean_seconds();
    case Metric::wait_quantile:
      return record.wait.quantile_seconds(quantile);
    case Metric::availability:
      return ratio(good, ended);
    case Metric::error_rate:
      return ratio(ended - good, ended);
    case Metric::throughput:
      return ratio(ended, seconds);
    case Metric::goodput:
      return ratio(good, seconds);
    case Metric::arrival_rate:
      return ratio(static_cast<double>(record.arrivals), seconds);
    case Metric::queue_length:
      return ratio(request_seconds(record.in_queue), seconds);
    case Metric::in_system:
      return ratio(request_seconds(record.in_system), seconds);
    case Metric::utilization:
      return ratio(request_seconds(record.busy),
                   allowed(static_cast<double>(view.capacity), record.capacity, view, seconds));
    case Metric::disk_usage:
      return record.disk > 0 ? static_cast<double>(record.disk) * 1e-9 : kNothing;
    case Metric::hit_ratio:
    case Metric::stale_ratio:
    case Metric::outdated_ratio:
    case Metric::coalesced_ratio:
    case Metric::lost_ratio:
    case Metric::redelivery_ratio:
    case Metric::dead_letter_ratio:
    case Metric::drop_ratio: {
      const Proportion share = proportion_of(metric, record);
      return ratio(share.successes, share.total);
    }
    case Metric::memory_use:
      return ratio(request_seconds(record.memory),
                   allowed(view.memory, record.memory_limit, view, seconds));
    case Metric::oom_kills:
      return ratio(static_cast<double>(record.killed), seconds);
    case Metric::restarts:
      return ratio(static_cast<double>(record.started), seconds);
    case Metric::instance_hours:
    case Metric::core_hours:
    case Metric::memory_hours:
    case Metric::node_hours:
    case Metric::cost:
      return paid_for(metric, record, view);
  }
  return kNothing;
}

Proportion proportion_of(spec::Metric metric, const models::WindowRecord& record) {
  const auto ended = static_cast<double>(record.ended());
  const auto good = static_cast<double>(record.outcomes[0]);
  switch (metric) {
    case spec::Metric::availability:
      return {good, ended};
    case spec::Metric::error_rate:
      return {ended - good, ended};
    case spec::Metric::hit_ratio:
      return {static_cast<double>(record.hits), static_cast<double>(record.hits + record.misses)};
    case spec::Metric::redelivery_ratio: {
      // Each message that was begun has recorded its wait, once.
      const auto again = static_cast<double>(record.redelivered);
      return {again, again + static_cast<double>(record.wait.count())};
    }
    case spec::Metric::dead_letter_ratio:
      return {static_cast<double>(record.dead_lettered), ended};
    case spec::Metric::drop_ratio:
      return {static_cast<double>(record.outcomes[2] + record.outcomes[3] + record.outcomes[4]),
              ended};
    case spec::Metric::stale_ratio:
      return {static_cast<double>(record.stale), static_cast<double>(record.hits + record.misses)};
    case spec::Metric::outdated_ratio:
      return {static_cast<double>(record.outdated),
              static_cast<double>(record.hits + record.misses)};
    case spec::Metric::lost_ratio:
      return {static_cast<double>(record.lost), static_cast<double>(record.deferred)};
    case spec::Metric::coalesced_ratio:
      return {static_cast<double>(record.coalesced),
              static_cast<double>(record.hits + record.misses)};
    default:
      return {};
  }
}

std::size_t window_at(const models::TrialRecord& record, Instant at) {
  const auto found = std::lower_bound(record.boundaries.begin(), record.boundaries.end(), at);
  REHEARSE_ASSERT(found != record.boundaries.end());
  return static_cast<std::size_t>(found - record.boundaries.begin());
}

}  // namespace rehearse::experiments
