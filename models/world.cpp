#include "models/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "models/node_policy.hpp"
#include "models/service_policy.hpp"

namespace rehearse::models {
namespace {

// A trial that drains is given up at ten times its horizon: what still hangs then waits for ever.
constexpr std::int64_t kDrainFactor = 10;

}  // namespace

World::World(const Blueprint& blueprint, sim::StreamSeed seed, std::vector<Instant> boundaries,
             bool drain)
    : blueprint_(blueprint),
      instant_(std::all_of(blueprint.network.between.begin(), blueprint.network.between.end(),
                           [](std::uint32_t link) { return link == kNone; })),
      engine_(seed),
      boundaries_(std::move(boundaries)),
      drain_(drain),
      endpoint_meters_(blueprint.endpoints.size()),
      region_meters_(blueprint.network.regions.size() > 1 ? blueprint.network.regions.size() : 0),
      cache_meters_(blueprint.caches.size()),
      flow_(*this) {
  const NetworkSpec& network = blueprint.network;
  if (std::any_of(network.links.begin(), network.links.end(),
                  [](const Link& link) { return link.bandwidth > 0; }))
    lines_free_.resize(network.zones.size() * network.zones.size());
  REHEARSE_ASSERT(boundaries_.size() >= 2 && boundaries_.front() == Instant::start());
  streams_.reserve(blueprint.streams.size());
  for (const StreamName& name : blueprint.streams)
    streams_.emplace_back(seed, name.entity, name.purpose);
  for (const CacheSpec& spec : blueprint.caches)
    changed_.emplace_back(spec.changes && spec.whole == kNone ? spec.key_count() : 0);
  for (const StoreSpec& store : blueprint.stores) {
    const CacheSpec& spec = blueprint.caches[store.cache];
    stores_.emplace_back(spec,
                         spec.eviction == Eviction::random ? &streams_[spec.stream] : nullptr);
  }
  for (const NameSpec& spec : blueprint.names)
    names_.emplace_back(spec, blueprint.clients, streams_[spec.stream]);
  for (const ServiceSpec& spec : blueprint.services) {
    services_.push_back(std::make_unique<Service>(*this, spec));
    engine_.add(*services_.back(), spec.name);
  }
  for (std::uint32_t i = 0; i < blueprint.workloads.size(); ++i) {
    workloads_.push_back(std::make_unique<Workload>(*this, i));
    engine_.add(*workloads_.back(), blueprint.workloads[i].name);
  }
  for (const ServiceSpec& spec : blueprint.services) {
    pauses_ = pauses_ || spec.pace.pauses();
    cancels_ = cancels_ || spec.cancels;
  }
  watchful_ = pauses_ || cancels_;
  flow_.build_lanes();
  for (const BrokerSpec& spec : blueprint.brokers) brokers_.emplace_back(flow_, spec);
  for (std::uint32_t i = 0; i < blueprint.queues.size(); ++i) {
    queues_.push_back(std::make_unique<MessageQueue>(*this, i));
    engine_.add(*queues_.back(), blueprint.queues[i].name);
  }
  for (std::uint32_t i = 0; i < blueprint.replications.size(); ++i) {
    replications_.push_back(std::make_unique<Replication>(*this, i));
    engine_.add(*replications_.back(), blueprint.replications[i].name);
  }
  for (const GuardSpec& spec : blueprint.plans.guards) {
    guards_.push_back(std::make_unique<CallGuard>(*this, spec));
    engine_.add(*guards_.back(), spec.caller + " guard");
  }
  for (const auto& service : services_) {
    const BalancerSpec& balancer = service->spec().balancer;
    if (!balancer.outliers) continue;
    outliers_.push_back(std::make_unique<OutlierHost>(*this, *service, *balancer.outliers,
                                                      balancer.outlier_stream));
    service->attach(*outliers_.back());
    engine_.add(*outliers_.back(), service->spec().name + " outliers");
    outliers_.back()->begin();
  }
  add_what_happens();
  for (const auto& workload : workloads_) workload->begin();
  for (const auto& prober : probers_)
    if (prober != nullptr) prober->begin();
  for (const auto& pacer : pacers_)
    if (pacer != nullptr) pacer->begin();
  if (faults_ != nullptr) faults_->begin();
}

// Behind all others: who has neither probes nor faults keeps the same order of events.
void World::add_what_happens() {
  const Blueprint& blueprint = blueprint_;
  for (std::uint32_t i = 0; i < blueprint.services.size(); ++i) {
    probers_.push_back(nullptr);
    if (blueprint.services[i].probes.empty()) continue;
    probers_.back() = std::make_unique<Prober>(*this, i);
    engine_.add(*probers_.back(), blueprint.services[i].name + " probes");
  }
  for (std::uint32_t i = 0; i < blueprint.services.size(); ++i) {
    pacers_.push_back(nullptr);
    const PaceSpec& pace = blueprint.services[i].pace;
    if (!pace.warms() && !pace.pauses()) continue;
    pacers_.back() = std::make_unique<Pacer>(*this, i);
    engine_.add(*pacers_.back(), blueprint.services[i].name + " pace");
  }
  for (const ServiceSpec& spec : blueprint.services)
    if (spec.pending > 0)
      log("instance.pending", spec.name, kNone, std::to_string(spec.pending) + " without a node");
  if (!blueprint.nodes.empty() && !(blueprint.faults.empty() && blueprint.policies.empty())) {
    cluster_ = std::make_unique<Cluster>(*this);
    engine_.add(*cluster_, "cluster");
  }
  pool_meters_.resize(blueprint.node_pools.size());
  for (std::size_t i = 0; i < pool_meters_.size(); ++i)
    pool_meters_[i].present(Instant::start(), blueprint.node_pools[i].count);
  if (!blueprint.faults.empty()) {
    faults_ = std::make_unique<FaultDriver>(*this);
    engine_.add(*faults_, "faults");
  }
  for (std::uint32_t i = 0; i < blueprint.behinds.size(); ++i) {
    behinds_.push_back(std::make_unique<WriteBehind>(*this, i));
    engine_.add(*behinds_.back(), blueprint.caches[blueprint.behinds[i].cache].name + " writes");
  }
  if (!blueprint.phases.empty()) {
    phases_ = std::make_unique<Phases>(*this);
    engine_.add(*phases_, "phases");
    phases_->begin();
  }
  if (!blueprint.policies.empty()) add_policies();
}

void World::add_policies() {
  sets_.resize(services_.size());
  consumer_sets_.resize(queues_.size());
  for (const PolicySpec& spec : blueprint_.policies) {
    if (spec.queue != kNone) {
      consumer_sets_[spec.queue] = std::make_unique<ConsumerSet>(*this, spec.queue, spec.grace);
      engine_.add(*consumer_sets_[spec.queue], spec.target + " consumers");
      queues_[spec.queue]->attach(*consumer_sets_[spec.queue]);
    } else if (spec.service != kNone) {
      add_set(spec.service, spec.grace);
    }
  }
  for (const PolicySpec& spec : blueprint_.policies)
    if (!spec.pools.empty()) add_fleet(spec.grace);
  for (std::uint32_t i = 0; i < blueprint_.policies.size(); ++i) {
    if (blueprint_.policies[i].pools.empty())
      drivers_.push_back(std::make_unique<ServicePolicy>(*this, i));
    else
      drivers_.push_back(std::make_unique<NodePolicy>(*this, i));
    engine_.add(*drivers_.back(), "policy " + blueprint_.policies[i].name);
  }
  for (const PolicySpec& spec : blueprint_.policies)
    if (spec.service != kNone) sets_[spec.service]->begin();
  if (fleet_ != nullptr) {
    for (std::uint32_t i = 0; i < services_.size(); ++i)
      if (sets_[i] != nullptr && !scaled(i)) sets_[i]->begin();
    fleet_->begin();
  }
  for (const auto& driver : drivers_) driver->begin();
}

// Pods that no policy scales come and go with their nodes all the same.
void World::add_fleet(Duration grace) {
  for (std::uint32_t i = 0; i < services_.size(); ++i)
    if (services_[i]->spec().elastic() && sets_[i] == nullptr) add_set(i, grace);
  fleet_ = std::make_unique<NodeFleet>(*this);
  engine_.add(*fleet_, "nodes");
}

ScaleTarget& World::scale_target(const PolicySpec& policy) {
  if (policy.queue != kNone) return *consumer_sets_[policy.queue];
  return *sets_[policy.service];
}

bool World::scaled(std::uint32_t service) const {
  return std::any_of(blueprint_.policies.begin(), blueprint_.policies.end(),
                     [service](const PolicySpec& spec) { return spec.service == service; });
}

void World::add_set(std::uint32_t number, Duration grace) {
  sets_[number] = std::make_unique<InstanceSet>(*this, number, grace);
  const ServiceSpec& service = blueprint_.services[number];
  engine_.add(*sets_[number], service.name + " instances");
  std::uint32_t taken = 0;
  while (taken < service.placement.size() && service.begins_up(taken)) ++taken;
  log("places.free", service.name, taken,
      fmt::format("and those after it, of {}", service.placement.size()));
  services_[number]->attach(*sets_[number]);
}

void World::follow(double share, TraceSink& sink) {
  spans_ = std::make_unique<SpanRecorder>(blueprint_, engine_, share, sink);
  flow_.pool().watch(spans_.get());
}

bool World::advance() {
  const Instant end = boundaries_[next_boundary_];
  const bool last = next_boundary_ + 1 == boundaries_.size();
  engine_.run_before(end);
  if (last && drain_ && !engine_.stuck()) {
    for (const auto& workload : workloads_) workload->close();
    for (const auto& prober : probers_)
      if (prober != nullptr) prober->close();
    for (const auto& pacer : pacers_)
      if (pacer != nullptr) pacer->close();
    const Instant limit =
        saturating_add(Instant::start(), Duration::nanoseconds(end.ns() * kDrainFactor));
    while (!drained() && engine_.now() < limit && engine_.step_before(limit)) {
    }
    boundaries_.back() = engine_.now();
  }
  close_windows(boundaries_[next_boundary_]);
  ++next_boundary_;
  if (last && spans_ != nullptr) spans_->finish();
  return !last && !engine_.stuck();
}

// What waits in a queue without a consumer and without an end is not waited for.
bool World::drained() const {
  if (flow_.pool().live() > 0) return false;
  const auto stirs = [](const auto& one) { return one->stirring(); };
  return std::none_of(queues_.begin(), queues_.end(), stirs) &&
         std::none_of(replications_.begin(), replications_.end(), stirs);
}

std::uint64_t World::flush(std::uint32_t cache) {
  std::uint64_t entries = 0;
  for (std::size_t s = 0; s < stores_.size(); ++s) {
    const std::uint32_t of = blueprint_.stores[s].cache;
    if (of != cache && blueprint_.caches[of].whole != cache) continue;
    entries += stores_[s].size();
    stores_[s].flush();
  }
  return entries;
}

void World::flush_memory_of(std::uint32_t service, std::uint32_t instance) {
  for (std::size_t s = 0; s < stores_.size(); ++s) {
    const StoreSpec& store = blueprint_.stores[s];
    if (store.service == service && store.instance == instance) stores_[s].flush();
  }
  for (std::size_t i = 0; i < behinds_.size(); ++i)
    if (blueprint_.behinds[i].service == service) behinds_[i]->lose_buffer(instance);
}

void World::close_windows(Instant now) {
  for (Meter& meter : endpoint_meters_) meter.close_window(now);
  for (Meter& meter : region_meters_) meter.close_window(now);
  for (std::size_t i = 0; i < cache_meters_.size(); ++i) {
    std::uint64_t evictions = 0;
    std::uint64_t expirations = 0;
    for (std::size_t s = 0; s < stores_.size(); ++s) {
      if (blueprint_.stores[s].cache != i) continue;
      evictions += stores_[s].evictions();
      expirations += stores_[s].expirations();
    }
    cache_meters_[i].removed(evictions, expirations);
    cache_meters_[i].close_window(now);
  }
  for (Meter& meter : pool_meters_) meter.close_window(now);
  for (const auto& service : services_) service->meter().close_window(now);
  for (const auto& queue : queues_) queue->meter().close_window(now);
  for (const auto& replication : replications_) replication->meter().close_window(now);
  for (const auto& workload : workloads_) workload->meter().close_window(now);
}

TrialRecord World::take_record() {
  TrialRecord record;
  record.trial = engine_.seed().trial;
  record.boundaries = boundaries_;
  record.boundaries.resize(next_boundary_);
  record.events = engine_.events();
  record.fingerprint = engine_.fingerprint();
  record.stuck = engine_.stuck();
  const auto add = [&](const std::string& name, const char* kind, Meter& meter,
                       std::int64_t capacity) {
    record.subjects.push_back({name, kind, meter.take_windows(), meter.in_system_now(),
                               meter.age_now(engine_.now()), capacity});
  };
  for (std::size_t i = 0; i < workloads_.size(); ++i) {
    record.requests += workloads_[i]->begun();
    add(blueprint_.workloads[i].name, "workload", workloads_[i]->meter(), 0);
  }
  for (const auto& service : services_) {
    const ServiceSpec& spec = service->spec();
    add(spec.name, "station", service->meter(), service->capacity());
  }
  for (std::size_t i = 0; i < endpoint_meters_.size(); ++i)
    add(blueprint_.endpoints[i].name, "endpoint", endpoint_meters_[i], 0);
  for (std::size_t i = 0; i < cache_meters_.size(); ++i)
    add(blueprint_.caches[i].name, "store", cache_meters_[i], 0);
  for (std::size_t i = 0; i < queues_.size(); ++i)
    add(blueprint_.queues[i].name, "queue", queues_[i]->meter(), queues_[i]->places());
  for (std::size_t i = 0; i < replications_.size(); ++i)
    add(blueprint_.replications[i].name, "replica", replications_[i]->meter(), 0);
  for (std::size_t i = 0; i < region_meters_.size(); ++i)
    add(blueprint_.network.regions[i], "region", region_meters_[i], 0);
  for (std::size_t i = 0; i < pool_meters_.size(); ++i)
    if (blueprint_.node_pools[i].counted())
      add(blueprint_.node_pools[i].name, "pool", pool_meters_[i], 0);
  if (faults_ != nullptr) record.faults = faults_->take_records();
  for (const auto& driver : drivers_) {
    for (const PolicyDecision& decision : driver->decisions()) record.decisions.push_back(decision);
    record.decisions_left_out += driver->decisions_left_out();
  }
  std::stable_sort(record.decisions.begin(), record.decisions.end(),
                   [](const PolicyDecision& a, const PolicyDecision& b) { return a.at < b.at; });
  for (const auto& guard : guards_) record.guards.push_back(guard->record());
  record.log = std::move(log_);
  record.log_left_out = log_left_out_;
  return record;
}

std::vector<LinkEffect*>& World::link_effects(std::uint32_t link) {
  link_effects_.resize(blueprint_.network.links.size());
  return link_effects_[link];
}

// Bytes of a message.
double World::size_of(const Frame& frame, Way way) {
  if (way == Way::handshake || (way == Way::answer && frame.outcome != Outcome::ok)) return 0;
  const EndpointSpec& endpoint = blueprint_.endpoints[frame.endpoint];
  const std::uint32_t number = way == Way::request ? endpoint.request : endpoint.response;
  if (number != kNone) {
    const Law& law = blueprint_.plans.laws[number];
    return law.law.sample(streams_[law.stream]);
  }
  return way == Way::request && frame.origin.client != Origin::kNobody ? frame.origin.body : 0;
}

// The line between two zones sends one message after the other; how long this one takes that is
// there at this instant, its turn included.
Duration World::transmit(std::uint32_t from, std::uint32_t to, double bytes, Instant at) {
  const NetworkSpec& network = blueprint_.network;
  const double bandwidth = network.links[network.link(from, to)].bandwidth;
  Instant& free = lines_free_[from * network.zones.size() + to];
  free = saturating_add(std::max(free, at), Duration::from_seconds(bytes / bandwidth));
  return free - at;
}

// Hop by hop. What a fault does to the two ends of a way alone, it does before the first hop.
Delivery World::deliver_over(const Link& link, const Frame& frame, Way way) {
  const NetworkSpec& network = blueprint_.network;
  const std::vector<std::uint32_t>& zones = network.ways[link.way];
  const Instant now = engine_.now();
  Instant at = now;
  if (!link_effects_.empty()) {
    const std::uint32_t number = network.link(zones.front(), zones.back());
    const Delivery ends = hinder(number, Link{}, Duration::zero());
    if (ends.lost) return ends;
    if (!ends.at_once) at = ends.at;
  }
  double bytes = -1;
  for (std::size_t i = 0; i + 1 < zones.size(); ++i) {
    const std::uint32_t number = network.link(zones[i], zones[i + 1]);
    if (number == kNone) continue;
    const Link& hop = network.links[number];
    Duration sending;
    if (hop.bandwidth > 0) {
      if (bytes < 0) bytes = size_of(frame, way);
      sending = transmit(zones[i], zones[i + 1], bytes, at);
    }
    Delivery one;
    if (!link_effects_.empty()) {
      one = hinder(number, hop, sending);
    } else if (hop.loss > 0 && streams_[hop.loss_stream].chance(hop.loss)) {
      return {false, true, {}};
    } else {
      one = travel(hop, sending);
    }
    if (one.lost) return one;
    if (!one.at_once) at = saturating_add(at, one.at - now);
  }
  return {at == now, false, at};
}

Delivery World::hinder(std::uint32_t number, const Link& link, Duration sending) {
  if (link.loss > 0 && streams_[link.loss_stream].chance(link.loss)) return {false, true, {}};
  Duration more = sending;
  for (const LinkEffect* effect : link_effects_[number]) {
    if (effect->delay != nullptr) {
      const double seconds = effect->delay->sample(*effect->stream);
      more = more + Duration::from_seconds(seconds * effect->strength);
    } else if (effect->strength < 1 && !effect->stream->chance(effect->strength)) {
      continue;
    }
    ++*effect->touched;
    if (effect->delay == nullptr) return {false, true, {}};
  }
  return travel(link, more);
}

void World::log(std::string_view what, std::string_view subject, std::uint32_t instance,
                std::string_view detail) {
  if (log_.size() == kMostLogged) {
    ++log_left_out_;
    return;
  }
  log_.push_back(
      {engine_.now(), std::string(what), std::string(subject), instance, std::string(detail)});
}

std::size_t World::memory_bytes() const {
  std::size_t bytes = flow_.memory_bytes() + engine_.queue().memory_bytes();
  for (const auto& queue : queues_) bytes += queue->memory_bytes();
  if (spans_ != nullptr) bytes += spans_->memory_bytes();
  return bytes;
}

}  // namespace rehearse::models
