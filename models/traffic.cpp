#include "models/traffic.hpp"

#include <Eigen/SparseCore>
#include <algorithm>
#include <cmath>
#include <map>

#include "models/database_figures.hpp"
#include "models/hit_ratio.hpp"
#include "models/trip_figures.hpp"

namespace rehearse::models {
namespace {

constexpr int kMostRounds = 100;        // hit ratios and rates settle in a few
constexpr double kSettled = 1e-9;       // change of a hit ratio that ends them
constexpr double kShortestLoop = 1e-9;  // s; a loop that takes no time at all would have no rate

PlanFigures request_figures(const PlanContext& plans, const WorkloadSpec& workload) {
  PlanFigures sum;
  double before = 0;
  for (const auto& [upto, start] : workload.mix) {
    const double share = upto - before;
    before = upto;
    const PlanFigures one = client_figures(plans, start, workload);
    sum.duration += share * one.duration;
    sum.network += share * one.network;
    sum.failure += share * one.failure;
    sum.may_fail = sum.may_fail || one.may_fail;
    for (const auto& [endpoint, calls] : one.calls) sum.calls[endpoint] += share * calls;
    for (const auto& [law, use] : one.laws) {
      LawUse& own = sum.laws[law];
      own.times += share * use.times;
      own.stretch = std::max(own.stretch, use.stretch);
      own.cap = std::max(own.cap, use.cap);
    }
  }
  return sum;
}

double client_rate(const PlanContext& plans, const WorkloadSpec& workload, const PlanFigures& one,
                   Duration horizon, Level level) {
  const double seconds = horizon.to_seconds();
  if (!workload.users) {
    const double begun = level == Level::mean ? workload.arrivals->mean_rate(seconds)
                                              : peak_rate(*workload.arrivals, horizon);
    const double rate = begun * (workload.session ? workload.session->requests : 1);
    if (workload.limit == 0 || level == Level::peak) return rate;
    return std::min(rate, static_cast<double>(workload.limit) / seconds);
  }
  const double users = level == Level::mean ? mean_users(*workload.users, horizon)
                                            : peak_users(*workload.users, horizon);
  const std::uint32_t law = workload.users->think;
  const double think = workload.session ? workload.session->mean_think
                       : law == kNone   ? 0
                                        : plans.blueprint.plans.laws[law].law.mean();
  return users / std::max(kShortestLoop, think + one.duration);
}

// Probes per second, by endpoint: each instance is asked once a period.
std::map<std::uint32_t, double> probe_rates(const Blueprint& blueprint) {
  std::map<std::uint32_t, double> rates;
  const Plans& plans = blueprint.plans;
  for (const ServiceSpec& service : blueprint.services) {
    for (const ProbeSpec& probe : service.probes) {
      if (probe.kind == ProbeKind::startup) continue;  // none once the platform runs
      rates[plans.calls[plans.steps[probe.start].a].endpoint] +=
          static_cast<double>(service.placement.size()) / probe.period.to_seconds();
    }
  }
  return rates;
}

}  // namespace

double ServiceLoad::utilization() const {
  if (cores > 0) return busy_cores / cores;
  return slots > 0 ? busy_slots / slots : 0;
}

double ServiceLoad::saturation() const {
  return std::max(cores > 0 ? core_skew * busy_cores / (cores * running) : 0,
                  slots > 0 ? slot_skew * busy_slots / slots : 0);
}

double mean_users(const UsersSpec& users, Duration horizon) {
  double area = 0;
  Instant since;
  std::uint32_t level = 0;
  const Instant end = Instant::start() + horizon;
  for (const UserChange& change : users.changes) {
    const Instant at = std::min(change.at, end);
    area += (at - since).to_seconds() * level;
    since = at;
    level = change.users;
  }
  area += (end - since).to_seconds() * level;
  return area / horizon.to_seconds();
}

double peak_users(const UsersSpec& users, Duration horizon) {
  std::uint32_t most = 0;
  for (const UserChange& change : users.changes)
    if (change.at < Instant::start() + horizon) most = std::max(most, change.users);
  return most;
}

double peak_rate(const ArrivalSpec& arrivals, Duration horizon) {
  if (arrivals.kind == ArrivalSpec::Kind::rates) {
    double most = 0;
    for (const RateSegment& s : arrivals.segments) {
      if (s.from >= horizon.to_seconds()) break;
      const double share = std::min(1.0, (horizon.to_seconds() - s.from) / (s.to - s.from));
      most = std::max({most, s.rate_from, s.rate_from + share * (s.rate_to - s.rate_from)});
    }
    return most * arrivals.highest_factor();
  }
  if (arrivals.kind == ArrivalSpec::Kind::mmpp) {
    double most = 0;
    for (const BurstState& state : arrivals.states) most = std::max(most, state.rate);
    return most;
  }
  if (arrivals.kind != ArrivalSpec::Kind::instants) return arrivals.mean_rate(horizon.to_seconds());
  const std::int64_t width =
      std::min(horizon.ns(), std::max(horizon.ns() / 300, Duration::seconds(1).ns()));
  std::size_t most = 0;
  std::size_t first = 0;
  for (std::size_t i = 0; i < arrivals.instants.size(); ++i) {
    if (arrivals.instants[i] > horizon.ns()) break;
    while (arrivals.instants[i] - arrivals.instants[first] >= width) ++first;
    most = std::max(most, i - first + 1);
  }
  return static_cast<double>(most) / Duration::nanoseconds(width).to_seconds();
}

Traffic::Traffic(const Scenario& scenario, TrafficCase assumed)
    : scenario_(scenario),
      assumed_(std::move(assumed)),
      plans_(scenario.blueprint, assumed_.all_attempts,
             !assumed_.all_attempts && !assumed_.cold_caches),
      lookup_rates_(scenario.blueprint.caches.size(), 0) {
  if (!assumed_.cold_caches) {
    for (const CacheSpec& cache : scenario.blueprint.caches)
      by_size_.push_back(hit_ratio_by_size(cache));
  }
  settle();
}

Traffic::Traffic(const Traffic& usual, TrafficCase assumed)
    : scenario_(usual.scenario_),
      assumed_(std::move(assumed)),
      by_size_(usual.by_size_),
      plans_(scenario_.blueprint, assumed_.all_attempts, false),
      lookup_rates_(scenario_.blueprint.caches.size(), 0) {
  plans_.down = assumed_.services_down;
  if (!assumed_.services_down.empty() || !assumed_.caches_down.empty()) {
    plans_.hit_ratios = usual.plans_.hit_ratios;
    plans_.batches = usual.plans_.batches;
    for (std::size_t c = 0; c < assumed_.caches_down.size(); ++c)
      if (assumed_.caches_down[c]) plans_.hit_ratios[c] = 0;
    plans_.follow_plans();
    solve();
    look_up();
    return;
  }
  settle();
}

// Hit ratios depend on the rate of look-ups where entries expire, and this rate on the hit ratios
// of other caches: start with caches that never hit, and repeat. Caches whose entries do not expire
// are right after the first round.
void Traffic::settle() {
  for (int round = 0; round < kMostRounds; ++round) {
    plans_.follow_plans();
    solve();
    look_up();
    const bool batches = settle_batches();
    if ((assumed_.cold_caches || !settle_hit_ratios()) && !batches) break;
  }
}

// Fills clients_ and rates_ from plans_.
void Traffic::solve() {
  const Blueprint& blueprint = scenario_.blueprint;
  const auto n = static_cast<Eigen::Index>(blueprint.endpoints.size());
  clients_.clear();
  Eigen::MatrixXd sources = Eigen::MatrixXd::Zero(n, kColumns);
  for (const WorkloadSpec& workload : blueprint.workloads) {
    Client client{request_figures(plans_, workload)};
    for (const Level level : {Level::mean, Level::peak}) {
      const double growth = assumed_.growth.empty() ? 1 : assumed_.growth[clients_.size()];
      const double rate = growth * client_rate(plans_, workload, client.figures,
                                               scenario_.experiment.horizon, level);
      client.rate[static_cast<std::size_t>(level)] = rate;
      for (const auto& [endpoint, calls] : client.figures.calls) {
        const auto row = static_cast<Eigen::Index>(endpoint);
        sources(row, static_cast<Eigen::Index>(column(level, Loops::all))) += rate * calls;
        if (!workload.users)
          sources(row, static_cast<Eigen::Index>(column(level, Loops::open))) += rate * calls;
      }
    }
    clients_.push_back(std::move(client));
  }
  for (const auto& [endpoint, rate] : probe_rates(blueprint))
    sources.row(static_cast<Eigen::Index>(endpoint)).array() += rate;
  for (auto& rates : rates_) rates.clear();
  if (n == 0) return;
  // No call graph has cycles: with callers before callees I - P' is unit lower triangular, and the
  // solution a sum of products of what is not negative, exact to the last digits.
  std::vector<Eigen::Index> row_of(plans_.endpoints.size());
  for (Eigen::Index i = 0; i < n; ++i)
    row_of[plans_.callees_first[static_cast<std::size_t>(n - 1 - i)]] = i;
  std::vector<Eigen::Triplet<double>> entries;  // of -P'
  Eigen::MatrixXd rates(n, kColumns);
  for (std::size_t e = 0; e < row_of.size(); ++e) {
    rates.row(row_of[e]) = sources.row(static_cast<Eigen::Index>(e));
    for (const auto& [callee, calls] : plans_.endpoints[e].calls)
      entries.emplace_back(static_cast<int>(row_of[callee]), static_cast<int>(row_of[e]), -calls);
  }
  Eigen::SparseMatrix<double> matrix(n, n);
  matrix.setFromTriplets(entries.begin(), entries.end());
  matrix.triangularView<Eigen::UnitLower>().solveInPlace(rates);
  for (std::size_t c = 0; c < kColumns; ++c) {
    for (const Eigen::Index row : row_of)
      rates_[c].push_back(rates(row, static_cast<Eigen::Index>(c)));
  }
}

void Traffic::look_up() {
  std::fill(lookup_rates_.begin(), lookup_rates_.end(), 0.0);
  for (std::size_t e = 0; e < plans_.endpoints.size(); ++e) {
    for (const auto& [cache, lookups] : plans_.endpoints[e].lookups)
      lookup_rates_[cache] += rates_[column(Level::mean, Loops::all)][e] * lookups;
  }
}

// A batch begins with a write, and gets those that come in the time until it is due: 1 + lambda d,
// or as many as it may have. Whether any has changed.
bool Traffic::settle_batches() {
  const Blueprint& blueprint = scenario_.blueprint;
  double change = 0;
  for (std::uint32_t b = 0; b < blueprint.behinds.size(); ++b) {
    const BehindSpec& behind = blueprint.behinds[b];
    double rate = 0;
    for (std::uint32_t e = 0; e < plans_.endpoints.size(); ++e) {
      const auto found = plans_.endpoints[e].deferred.find(b);
      if (found != plans_.endpoints[e].deferred.end())
        rate += found->second * endpoint_rate(e, Level::mean);
    }
    rate /= static_cast<double>(blueprint.services[behind.service].placement.size());
    const double size = std::min<double>(behind.batch, 1 + rate * behind.delay.to_seconds());
    change = std::max(change, std::abs(size - plans_.batches[b]) / size);
    plans_.batches[b] = size;
  }
  return change > kSettled;
}

// Whether any hit ratio has changed.
bool Traffic::settle_hit_ratios() {
  double change = 0;
  for (std::uint32_t c = 0; c < by_size_.size(); ++c) {
    const CacheSpec& cache = scenario_.blueprint.caches[c];
    if (cache.whole != kNone) continue;
    if (!cache.layers.empty()) {
      change = std::max(change, settle_layers(c));
      continue;
    }
    double next = by_size_[c];
    if (cache.holds_keys() && fetch_age(cache) > 0)
      next = std::min(next, hit_ratio_by_age(cache, lookup_rates_[c]));
    change = std::max(change, settle(c, next));
  }
  return change > kSettled;
}

// Layers from the nearest on; each sees the keys that those before it lack. What a layer gets from
// the next lives for `refill_ttl`: its entries live as long as a mean of the two lives.
double Traffic::settle_layers(std::uint32_t whole) {
  const Blueprint& blueprint = scenario_.blueprint;
  const std::vector<std::uint32_t>& layers = blueprint.caches[whole].layers;
  Popularity asked = popularity(blueprint.caches[whole].keys);
  double change = 0;
  double missed = 1;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const CacheSpec& layer = blueprint.caches[layers[i]];
    double below = 1;
    for (std::size_t k = i + 1; k < layers.size(); ++k) below *= 1 - plans_.hit_ratios[layers[k]];
    double age = fetch_age(layer);
    if (layer.refresh_after <= Duration::zero())
      age = below * age + (1 - below) * layer.refill_ttl.to_seconds();
    const std::uint64_t stores = std::max<std::uint64_t>(1, blueprint.stores_of(layers[i]));
    const double rate = lookup_rates_[layers[i]] / static_cast<double>(stores);
    const double hit = filter(layer, age, rate, asked);
    change = std::max(change, settle(layers[i], hit));
    missed *= 1 - hit;
  }
  return std::max(change, settle(whole, 1 - missed));
}

double Traffic::settle(std::uint32_t cache, double hit_ratio) {
  const double change = std::abs(hit_ratio - plans_.hit_ratios[cache]);
  plans_.hit_ratios[cache] = hit_ratio;
  return change;
}

bool Traffic::closed(std::uint32_t workload) const {
  return scenario_.blueprint.workloads[workload].users.has_value();
}

QueueLoad Traffic::queue_load(std::uint32_t number, Level level, Loops loops) const {
  const Blueprint& blueprint = scenario_.blueprint;
  const QueueSpec& queue = blueprint.queues[number];
  QueueLoad load;
  // Messages enter a broker through its own endpoints.
  for (std::size_t e = 0; e < plans_.endpoints.size(); ++e) {
    const auto found = plans_.endpoints[e].messages.find(number);
    if (found != plans_.endpoints[e].messages.end())
      load.rate += found->second * endpoint_rate(static_cast<std::uint32_t>(e), level, loops);
  }
  const Deliveries deliveries =
      deliveries_of(queue, queue.handler == kNone ? 0 : plans_.endpoints[queue.handler].failure);
  load.dead = deliveries.dead;
  if (queue.handler == kNone) return load;
  const Places& here = plans_.places[blueprint.brokers[queue.broker].service];
  load.handling = plans_.endpoints[queue.handler].duration +
                  mean_trip(plans_, here, queue.handler, blueprint.mean_body);
  if (queue.delivery != kNone && queue.prefetch == 1 && !queue.auto_ack)
    load.handling += blueprint.plans.laws[queue.delivery].law.mean();
  load.consumers = queue.consumers;
  load.busy = load.rate * deliveries.mean * load.handling;
  return load;
}

// Slots that callers keep, and those of queries that are on their own.
double Traffic::held_slots(std::uint32_t service, Level level, Loops loops) const {
  double busy = 0;
  std::map<std::uint32_t, double> kept;  // rates of queries that use what is kept
  for (std::uint32_t e = 0; e < plans_.endpoints.size(); ++e) {
    const PlanFigures& plan = plans_.endpoints[e];
    const double rate = endpoint_rate(e, level, loops);
    if (const auto held = plan.held.find(service); held != plan.held.end() && held->second > 0)
      busy += rate * held->second;
    for (const auto& [query, calls] : plan.kept) kept[query] += rate * calls;
  }
  const ServiceSpec& spec = scenario_.blueprint.services[service];
  for (std::uint32_t i = 0; i < spec.endpoint_count; ++i) {
    const std::uint32_t e = spec.first_endpoint + i;
    const double alone = endpoint_rate(e, level, loops) - kept[e];
    if (alone > 0 && plans_.endpoints[e].duration > 0) busy += alone * plans_.endpoints[e].duration;
  }
  return busy;
}

ServiceLoad Traffic::load(std::uint32_t service, Level level, Loops loops) const {
  const ServiceSpec& spec = scenario_.blueprint.services[service];
  const auto instances = static_cast<double>(spec.placement.size());
  ServiceLoad load;
  if (spec.slots != kUnlimited) load.slots = instances * spec.slots;
  load.cores = instances * spec.millicores * 1e-3;
  load.running = spec.pace.running;
  double primary_slots = 0;
  double primary_cores = 0;
  for (std::uint32_t i = 0; i < spec.endpoint_count; ++i) {
    const std::uint32_t e = spec.first_endpoint + i;
    const double rate = endpoint_rate(e, level, loops);
    const PlanFigures& plan = plans_.endpoints[e];
    load.rate += rate;
    // With all attempts over a long chain a rate may be infinite; no time at all is none even then.
    if (plan.duration > 0) load.busy_slots += rate * plan.duration;
    if (plan.cpu > 0) load.busy_cores += rate * plan.cpu;
    if (spec.replication == kNone) continue;
    const double share = primary_share(scenario_.blueprint, e);
    if (plan.duration > 0) primary_slots += share * rate * plan.duration;
    if (plan.cpu > 0) primary_cores += share * rate * plan.cpu;
  }
  if (spec.holds) {
    const double held = held_slots(service, level, loops);
    if (load.busy_slots > 0) primary_slots *= held / load.busy_slots;
    load.busy_slots = held;
  }
  if (spec.replication == kNone) return load;
  // The primary or one of the replicas, which are alike.
  const auto skew = [instances](double primary, double all) {
    return all > 0 && std::isfinite(all)
               ? instances * std::max(primary, (all - primary) / (instances - 1)) / all
               : 1;
  };
  load.slot_skew = skew(primary_slots, load.busy_slots);
  load.core_skew = skew(primary_cores, load.busy_cores);
  return load;
}

}  // namespace rehearse::models
