#include "experiments/memory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/cache_store.hpp"
#include "models/database_figures.hpp"
#include "models/frame.hpp"
#include "models/gate.hpp"
#include "models/message_queue.hpp"
#include "models/meter.hpp"
#include "models/replication.hpp"
#include "sim/event.hpp"

namespace rehearse::experiments {
namespace {

// Part of what is available that a run may plan with: others want memory as well.
constexpr double kShare = 0.9;
// A histogram takes 512 bytes per power of two between its extremes. Of n exponential times the
// shortest is about the mean / n, and the longest the mean * ln n.
constexpr double kBytesPerOctave = 512;
constexpr double kOctavesAboveMean = 2;
constexpr double kMostOctaves = 24;
// Trials that `auto` keeps until it has found the end of the warm-up; see Reduction.
constexpr double kTrialsForWarmup = 10;
// A frame with its place in a waiting line or a lane of timeouts, and what it has in the event
// queue on average.
constexpr double kFrameBytes = sizeof(models::Frame) + sizeof(sim::Event);
// A message in a queue, whose memory doubles when it is full.
constexpr double kMessageBytes = 2 * models::MessageQueue::message_bytes();
// A user's event and flag.
constexpr double kUserBytes = 2 * sizeof(sim::Event);

double records_kept(const models::Scenario& scenario, int jobs) {
  const spec::Experiment& experiment = scenario.experiment;
  const double trials = experiment.trials ? *experiment.trials : experiment.max_trials;
  // One grows on each thread, one may wait for its turn, one is the sum of all.
  const double working = 2 * std::min<double>(jobs, trials) + 1;
  if (experiment.warmup || !scenario.stationary) return working;
  return working + (experiment.trials ? trials : std::min(kTrialsForWarmup, trials));
}

double histogram_bytes(double observations) {
  if (observations <= 0) return 0;
  return kBytesPerOctave * std::min(kMostOctaves, std::log2(1 + observations) + kOctavesAboveMean);
}

/// Of one window of one trial: response times of workloads, endpoints and regions, and
/// waits where there are queues. `seconds`: mean length of a window.
double histograms(const models::Scenario& scenario, const models::Traffic& traffic,
                  double seconds) {
  const models::Blueprint& blueprint = scenario.blueprint;
  double bytes = 0;
  for (std::uint32_t w = 0; w < blueprint.workloads.size(); ++w)
    bytes += histogram_bytes(seconds * traffic.workload_rate(w, models::Level::mean));
  for (std::uint32_t e = 0; e < blueprint.endpoints.size(); ++e) {
    const models::ServiceSpec& service = blueprint.services[blueprint.endpoints[e].service];
    const int kinds = service.slots == models::kUnlimited ? 1 : 2;
    bytes += kinds * histogram_bytes(seconds * traffic.endpoint_rate(e, models::Level::mean));
  }
  for (std::uint32_t q = 0; q < blueprint.queues.size(); ++q)
    bytes += 2 * histogram_bytes(seconds * traffic.queue_load(q, models::Level::mean).rate);
  return bytes;
}

MemoryPart windows_part(const models::Scenario& scenario, const WindowGrid& grid,
                        const models::Traffic& traffic, int jobs) {
  const models::Blueprint& blueprint = scenario.blueprint;
  const std::size_t regions = blueprint.network.regions.size();
  const std::size_t subjects = blueprint.workloads.size() + blueprint.endpoints.size() +
                               blueprint.services.size() + blueprint.caches.size() +
                               blueprint.queues.size() + blueprint.replications.size() +
                               (regions > 1 ? regions : 0);
  const auto windows = static_cast<double>(grid.boundaries.size() - 1);
  const double seconds = scenario.experiment.horizon.to_seconds() / windows;
  const double window = static_cast<double>(subjects * sizeof(models::WindowRecord)) +
                        histograms(scenario, traffic, seconds);
  return {.what = fmt::format("{} windows of time for {} places", windows, subjects),
          .bytes = window * windows * records_kept(scenario, jobs),
          .remedy = "use longer windows in 'experiment.window' and in objectives, or fewer trials"};
}

void add_caches(const models::Blueprint& blueprint, int jobs, MemoryEstimate& estimate) {
  for (std::uint32_t c = 0; c < blueprint.caches.size(); ++c) {
    const models::CacheSpec& cache = blueprint.caches[c];
    const std::uint64_t stores = blueprint.stores_of(c);
    if (stores == 0) continue;
    estimate.parts.push_back(
        {.what = fmt::format("the {} keys of cache '{}'", cache.keys.size(), cache.name),
         .bytes = models::CacheStore::memory_bytes(cache) * static_cast<double>(stores) * jobs,
         .remedy = "use fewer keys, or fewer --jobs"});
  }
}

// A lock for each row, where it is read its version, and what replicas have yet to apply: it grows
// where writes come faster.
void add_databases(const models::Scenario& scenario, const models::Traffic& traffic, int jobs,
                   MemoryEstimate& estimate) {
  const models::Blueprint& blueprint = scenario.blueprint;
  for (const models::RowSetSpec& set : blueprint.row_sets)
    estimate.parts.push_back({.what = fmt::format("the {} rows '{}'", set.rows.size(), set.name),
                              .bytes = sizeof(std::uint32_t) * (set.versions ? 2 : 1) *
                                       static_cast<double>(set.rows.size()) * jobs,
                              .remedy = "use fewer rows, or fewer --jobs"});
  for (std::uint32_t r = 0; r < blueprint.replications.size(); ++r) {
    const double load = models::replay_load(traffic, r, models::Level::mean);
    if (load <= 1) continue;
    const models::ReplicationSpec& replication = blueprint.replications[r];
    const auto replicas =
        static_cast<double>(blueprint.services[replication.service].placement.size() - 1);
    const double behind = models::write_rate(traffic, r, models::Level::mean) * (1 - 1 / load) *
                          scenario.experiment.horizon.to_seconds() * replicas;
    estimate.parts.push_back(
        {.what = fmt::format("about {:.2g} writes that '{}' fall behind", behind, replication.name),
         .bytes = behind * models::Replication::record_bytes() * jobs,
         .remedy = "shorten 'replay', or the horizon",
         .in_flight = true});
  }
}

void add_client_states(const models::Blueprint& blueprint, int jobs, MemoryEstimate& estimate) {
  constexpr double kBelief = 24;  // of a resolver (models/name_cache.hpp)
  double bytes = kBelief * static_cast<double>(blueprint.names.size()) * blueprint.clients;
  for (const models::ServiceSpec& service : blueprint.services) {
    for (const models::RateLimitSpec& limit : service.limits)
      bytes += static_cast<double>(
          policies::state_bytes(limit.limiter, keys_of(limit, service, blueprint)));
  }
  if (bytes <= 0) return;
  estimate.parts.push_back(
      {.what = fmt::format("what rate limits and resolvers know of {} clients", blueprint.clients),
       .bytes = bytes * jobs,
       .remedy = "use fewer clients, or fewer --jobs"});
}

void add_users(const models::Blueprint& blueprint, int jobs, MemoryEstimate& estimate) {
  for (const models::WorkloadSpec& workload : blueprint.workloads) {
    if (!workload.users) continue;
    estimate.parts.push_back(
        {.what = fmt::format("the {} users of '{}'", workload.users->most, workload.name),
         .bytes = (2 * kFrameBytes + kUserBytes) * workload.users->most * jobs,
         .remedy = "use fewer users, or fewer --jobs",
         .in_flight = true});
  }
}

void add_backlog(const models::Scenario& scenario, const models::Traffic& traffic, int jobs,
                 MemoryEstimate& estimate) {
  const Backlog backlog = expected_backlog(scenario, traffic);
  if (backlog.requests < 1) return;
  estimate.parts.push_back(
      {.what = fmt::format("about {:.2g} requests that pile up at '{}', which is offered more load "
                           "than it can serve",
                           backlog.requests, backlog.service),
       .bytes = backlog.requests * backlog.frames * kFrameBytes * jobs,
       .remedy = "give it a queue limit or more capacity, or shorten the horizon",
       .in_flight = true});
}

// What piles up in queues of brokers: all that comes in beyond what consumers can handle, up to the
// limit of the queue and for as long as messages live.
void add_messages(const models::Scenario& scenario, const models::Traffic& traffic, int jobs,
                  MemoryEstimate& estimate) {
  for (std::uint32_t q = 0; q < scenario.blueprint.queues.size(); ++q) {
    const models::QueueSpec& queue = scenario.blueprint.queues[q];
    const models::QueueLoad load = traffic.queue_load(q, models::Level::mean, models::Loops::open);
    const double kept = load.consumers > 0 ? 1 - 1 / std::max(1.0, load.saturation()) : 1;
    double seconds = scenario.experiment.horizon.to_seconds();
    if (queue.ttl > Duration::zero()) seconds = std::min(seconds, queue.ttl.to_seconds());
    const double messages =
        std::min(load.rate * kept * seconds, static_cast<double>(queue.max_length));
    if (messages < 1) continue;
    estimate.parts.push_back(
        {.what = fmt::format("about {:.2g} messages that pile up in '{}'", messages, queue.name),
         .bytes = messages * kMessageBytes * jobs,
         .remedy = "give it a 'max_length' or more consumers, or shorten the horizon",
         .in_flight = true});
  }
}

}  // namespace

double MemoryEstimate::total() const {
  double sum = 0;
  for (const MemoryPart& part : parts) sum += part.bytes;
  return sum;
}

const MemoryPart& MemoryEstimate::largest() const {
  REHEARSE_ASSERT(!parts.empty());
  return *std::max_element(parts.begin(), parts.end(),
                           [](const auto& a, const auto& b) { return a.bytes < b.bytes; });
}

MemoryEstimate estimate_memory(const models::Scenario& scenario, const WindowGrid& grid, int jobs) {
  const spec::Experiment& experiment = scenario.experiment;
  const int working = std::min(jobs, experiment.trials.value_or(experiment.max_trials));
  const models::Traffic traffic(scenario);
  MemoryEstimate estimate;
  estimate.parts.push_back(windows_part(scenario, grid, traffic, jobs));
  add_caches(scenario.blueprint, working, estimate);
  add_databases(scenario, traffic, working, estimate);
  add_client_states(scenario.blueprint, working, estimate);
  add_users(scenario.blueprint, working, estimate);
  add_backlog(scenario, traffic, working, estimate);
  add_messages(scenario, traffic, working, estimate);
  return estimate;
}

MemoryPlan plan_memory(const MemoryEstimate& estimate, const MemoryAvailable& available) {
  MemoryPlan plan;
  if (!std::isfinite(available.bytes)) return plan;
  const double total = estimate.total();
  const double usable = kShare * available.bytes;
  if (total > usable) {
    const MemoryPart& largest = estimate.largest();
    plan.problem = fmt::format(
        "the run needs about {} of memory, and {} leaves {}; the largest part is {} for {}: {}",
        format_bytes(total, 2), available.limit, format_bytes(usable, 2),
        format_bytes(largest.bytes, 2), largest.what, largest.remedy);
    return plan;
  }
  double fixed = 0;
  for (const MemoryPart& part : estimate.parts) fixed += part.in_flight ? 0 : part.bytes;
  plan.in_flight_limit = static_cast<std::size_t>(usable - fixed);
  return plan;
}

}  // namespace rehearse::experiments
