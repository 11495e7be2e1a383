#include "experiments/twin_flow.hpp"

#include <algorithm>
#include <cmath>

#include "models/trip_figures.hpp"

namespace rehearse::experiments {
namespace {

using models::Step;
using models::StepKind;

// Cores that are shared evenly at all times, as the theory of processor sharing has them.
bool whole_cores(const models::ServiceSpec& service) {
  if (service.cpu_period > Duration::zero()) return false;
  return service.millicores <= 1000 || service.millicores % 1000 == 0;
}

void add_visits(std::map<std::uint32_t, int>& sum, const std::map<std::uint32_t, int>& more,
                int copies) {
  for (const auto& [station, visits] : more) {
    int& all = sum[station];
    all = std::min(2, all + std::min(2, visits * std::min(2, copies)));
  }
}

void take_most(std::map<std::uint32_t, int>& most, const std::map<std::uint32_t, int>& other) {
  for (const auto& [station, visits] : other) most[station] = std::max(most[station], visits);
}

}  // namespace

bool splits_at_random(const models::ServiceSpec& service) {
  const models::BalancerSpec& balancer = service.balancer;
  if (service.placement.size() == 1) return true;
  return balancer.even() &&
         (balancer.kind == models::Balancing::random ||
          (balancer.kind == models::Balancing::choices && balancer.choices == 1));
}

SingleStep single_step(const models::Plans& plans, std::uint32_t start) {
  SingleStep result;
  const Step& first = plans.steps[start];
  if (first.kind != StepKind::work && first.kind != StepKind::cpu) return result;
  result.law = first.a;
  result.shared = first.kind == StepKind::cpu;
  double success = 1;
  std::uint32_t pc = start + 1;
  for (; plans.steps[pc].kind == StepKind::fail; ++pc) success *= 1 - plans.steps[pc].p;
  result.failure = 1 - success;
  result.single = plans.steps[pc].kind == StepKind::done;
  return result;
}

std::vector<bool> lookups_at_once(const models::Blueprint& blueprint) {
  const models::Plans& plans = blueprint.plans;
  std::vector<bool> at_once(plans.lookups.size(), false);
  for (std::uint32_t pc = 0; pc + 1 < plans.steps.size(); ++pc) {
    const Step& step = plans.steps[pc];
    if (step.kind != StepKind::lookup) continue;
    // A cache with a station has a jump here, past what is done when it does not answer.
    const std::uint32_t next =
        plans.steps[pc + 1].kind == StepKind::jump ? plans.steps[pc + 1].b : pc + 1;
    at_once[step.a] = blueprint.caches[plans.lookups[step.a].cache].given.has_value() ||
                      (plans.steps[next].kind == StepKind::fill && plans.steps[next].a == step.a);
  }
  return at_once;
}

FlowTheory::FlowTheory(const models::Scenario& scenario, const models::Traffic& traffic)
    : blueprint_(scenario.blueprint),
      traffic_(traffic),
      stations_(blueprint_.services.size()),
      endpoints_(blueprint_.endpoints.size(), {true, true, true}),
      clients_(blueprint_.workloads.size()),
      lookups_(blueprint_.caches.size(), true),
      at_once_(lookups_at_once(blueprint_)),
      callers_first_(traffic.plans().callees_first) {
  std::reverse(callers_first_.begin(), callers_first_.end());
  for (std::uint32_t w = 0; w < clients_.size(); ++w) {
    const models::WorkloadSpec& workload = blueprint_.workloads[w];
    clients_[w].in = workload.arrivals && workload.limit == 0 && !workload.session &&
                     workload.arrivals->kind == models::ArrivalSpec::Kind::poisson;
  }
  // Copies of a stream are not independent of it, and consumers not of each other.
  for (const models::QueueSpec& queue : blueprint_.queues) {
    if (queue.handler != models::kNone) endpoints_[queue.handler].in = false;
    for (std::uint32_t p = 0; p < queue.priorities; ++p)
      endpoints_[queue.first_endpoint + p].in = false;
  }
  for (std::uint32_t s = 0; s < stations_.size(); ++s) classify(s);
  find_forks();
  count_visits();
  // Each pass takes freedom away and never gives it back, so that this ends.
  while (pass()) {
  }
}

void FlowTheory::classify(std::uint32_t s) {
  const models::ServiceSpec& service = blueprint_.services[s];
  Station& station = stations_[s];
  bool cpu = false;
  bool single = true;
  bool alike = true;  // exponential with one mean, of one priority
  const models::Law* first = nullptr;
  int priority = -1;
  for (std::uint32_t i = 0; i < service.endpoint_count; ++i) {
    const std::uint32_t e = service.first_endpoint + i;
    if (traffic_.endpoint_rate(e, models::Level::mean) <= 0) continue;
    station.endpoints.push_back(e);
    const models::EndpointSpec& endpoint = blueprint_.endpoints[e];
    cpu = cpu || traffic_.endpoint(e).cpu > 0;
    const SingleStep step = single_step(blueprint_.plans, endpoint.start);
    single = single && step.single && !step.shared;
    if (!step.single) continue;
    const models::Law& law = blueprint_.plans.laws[step.law];
    if (first == nullptr) first = &law;
    if (priority < 0) priority = endpoint.priority;
    alike = alike && law.law.kind() == sim::Distribution::Kind::exponential &&
            law.law.mean() == first->law.mean() && endpoint.priority == priority;
  }
  if (station.endpoints.empty() || !service.steady() || service.uneven()) return;
  if (service.slots == models::kUnlimited && !cpu) {
    station.kind = StationKind::delay;
    station.product_form = true;
  } else if (service.slots == models::kUnlimited) {
    if (!splits_at_random(service) || !whole_cores(service)) return;
    station.kind = StationKind::shared;
    station.product_form = true;
  } else if (single && service.millicores == 0 && splits_at_random(service)) {
    station.kind = StationKind::servers;
    station.product_form = alike && service.queue_limit == models::kUnlimited &&
                           !service.limits_waits() &&
                           service.discipline != models::Discipline::lifo &&
                           service.discipline != models::Discipline::fair;
  }
  // A queue that grows for ever lets through what it can serve, not what came in.
  if (traffic_.load(s, models::Level::mean).saturation() >= 1) {
    station.product_form = false;
    if (station.kind == StationKind::shared) station.kind = StationKind::other;
  }
}

void FlowTheory::find_forks() {
  for (const Station& station : stations_) {
    for (const std::uint32_t e : station.endpoints) {
      for (const std::uint32_t pc :
           models::reachable_steps(blueprint_.plans, blueprint_.endpoints[e].start))
        forks_ = forks_ || blueprint_.plans.steps[pc].kind == StepKind::fork;
    }
  }
}

// Steps only lead forward: from the last to the first, each is known when it is asked for. Caches
// are counted behind the services.
FlowTheory::Visits FlowTheory::visits_of(std::uint32_t start, const std::vector<Visits>& callees,
                                         std::uint32_t service) const {
  const models::Plans& plans = blueprint_.plans;
  std::vector<std::uint32_t> steps = models::reachable_steps(plans, start);
  std::map<std::uint32_t, Visits> from;  // by step
  for (auto pc = steps.rbegin(); pc != steps.rend(); ++pc) {
    const Step& step = plans.steps[*pc];
    Visits& visits = from[*pc];
    if (step.kind == StepKind::done || step.kind == StepKind::again) continue;
    if (step.kind == StepKind::loop) {
      visits = from[step.b];
      add_visits(visits, from[*pc + 1], static_cast<int>(plans.loops[step.a].times.most()));
      continue;
    }
    if (step.kind == StepKind::jump || step.kind == StepKind::defer) {
      visits = from[step.b];
      continue;
    }
    if (step.kind == StepKind::branch || step.kind == StepKind::shard) {
      for (const std::uint32_t to : plans.branches[step.a].starts) take_most(visits, from[to]);
      continue;
    }
    if (step.kind == StepKind::resolve) {
      for (const std::uint32_t to : plans.resolves[step.a].starts) take_most(visits, from[to]);
      continue;
    }
    visits = from[*pc + 1];
    if (step.kind == StepKind::lookup) {
      take_most(visits, from[step.b]);
      const auto cache = static_cast<std::uint32_t>(stations_.size()) + plans.lookups[step.a].cache;
      add_visits(visits, {{cache, 1}}, 1);
    } else if (step.kind == StepKind::cpu) {
      add_visits(visits, {{service, 1}}, 1);
    } else if (step.kind == StepKind::fork) {
      for (const std::uint32_t to : plans.forks[step.a].starts)
        add_visits(visits, from[to], plans.forks[step.a].copies);
    } else if (step.kind == StepKind::call) {
      const models::CallSpec& call = plans.calls[step.a];
      if (call.continue_on_failure) take_most(visits, from[call.failure_pc]);
      if (stations_[call.service].kind == StationKind::servers)
        add_visits(visits, {{call.service, 1}}, 1);
      add_visits(visits, callees[call.endpoint], call.retry.attempts);
    }
  }
  return from[start];
}

void FlowTheory::count_visits() {
  std::vector<Visits> endpoints(blueprint_.endpoints.size());
  for (auto e = callers_first_.rbegin(); e != callers_first_.rend(); ++e)
    endpoints[*e] =
        visits_of(blueprint_.endpoints[*e].start, endpoints, blueprint_.endpoints[*e].service);
  Visits most;
  for (const models::WorkloadSpec& workload : blueprint_.workloads) {
    for (const auto& [share, start] : workload.mix)
      take_most(most, visits_of(start, endpoints, models::kNone));
  }
  bool loops = false;
  for (const auto& [number, visits] : most) {
    if (visits < 2) continue;
    if (number >= stations_.size()) {
      lookups_[number - stations_.size()] = false;
      continue;
    }
    loops = true;
    if (forks_ || !stations_[number].product_form) stations_[number].untouched = false;
  }
  if (!loops) return;
  // Streams between stations that requests come back to are not Poisson, though stations of a
  // product form behave as if they were.
  lookups_.assign(lookups_.size(), false);
  for (Station& station : stations_)
    if (!station.product_form) station.untouched = false;
}

bool FlowTheory::pass() {
  changed_ = false;
  for (std::uint32_t w = 0; w < clients_.size(); ++w) {
    const models::WorkloadSpec& workload = blueprint_.workloads[w];
    const models::Places places{{workload.zone, 1.0}};
    for (const auto& [share, start] : workload.mix)
      follow(start, clients_[w].in, models::kNone, places, clients_[w].plain);
  }
  for (const std::uint32_t e : callers_first_) {
    if (traffic_.endpoint_rate(e, models::Level::mean) <= 0) continue;
    Stream& stream = endpoints_[e];
    const std::uint32_t s = blueprint_.endpoints[e].service;
    Station& station = stations_[s];
    const bool slots = station.kind == StationKind::servers || station.kind == StationKind::other;
    if (slots && !stream.in && station.untouched) {
      station.untouched = false;
      changed_ = true;
    }
    const bool inside = follow(blueprint_.endpoints[e].start, stream.in && !slots, s,
                               traffic_.plans().places[s], stream.plain);
    const bool out = slots ? stream.in && station.product_form && station.untouched : inside;
    if (out != stream.out) changed_ = true;
    stream.out = out;
  }
  return changed_;
}

bool FlowTheory::follow(std::uint32_t start, bool in, std::uint32_t service,
                        const models::Places& places, bool& plain) {
  const models::Plans& plans = blueprint_.plans;
  std::map<std::uint32_t, bool> ahead{{start, in}};
  bool out = true;
  const auto go_on = [&](std::uint32_t pc, bool still_free) {
    const auto [place, fresh] = ahead.insert({pc, still_free});
    if (!fresh) place->second = place->second && still_free;
  };
  while (!ahead.empty()) {
    const auto [pc, now_free] = *ahead.begin();
    ahead.erase(ahead.begin());
    const Step& step = plans.steps[pc];
    switch (step.kind) {
      case StepKind::cpu: {
        Station& station = stations_[service];
        if (!now_free && station.untouched) {
          station.untouched = false;
          changed_ = true;
        }
        go_on(pc + 1, now_free && station.untouched && station.kind == StationKind::shared);
        break;
      }
      case StepKind::call: {
        const bool after = call(plans.calls[step.a], now_free, places, plain);
        go_on(pc + 1, after);
        if (plans.calls[step.a].continue_on_failure) go_on(plans.calls[step.a].failure_pc, after);
        break;
      }
      case StepKind::fork:
        for (const std::uint32_t to : plans.forks[step.a].starts)
          follow(to, now_free, service, places, plain);
        go_on(pc + 1, false);
        break;
      case StepKind::branch:
      case StepKind::shard:
        for (const std::uint32_t to : plans.branches[step.a].starts) go_on(to, now_free);
        break;
      case StepKind::lookup:
        if (!now_free) lookups_[plans.lookups[step.a].cache] = false;
        go_on(pc + 1, now_free && at_once_[step.a]);
        go_on(step.b, now_free && at_once_[step.a]);
        break;
      case StepKind::loop:
        go_on(pc + 1, now_free);
        [[fallthrough]];
      case StepKind::jump:
        go_on(step.b, now_free);
        break;
      case StepKind::defer:  // batches come when they are due
        go_on(step.b, now_free);
        [[fallthrough]];
      case StepKind::unblocked:
      case StepKind::filter:  // whose requests are blocked is not independent of what they ask for
        plain = false;
        go_on(pc + 1, false);
        break;
      case StepKind::resolve:
        plain = false;
        for (const std::uint32_t to : plans.resolves[step.a].starts) go_on(to, false);
        break;
      case StepKind::done:
        out = out && now_free;
        break;
      default:
        go_on(pc + 1, now_free);
    }
  }
  return out;
}

bool FlowTheory::call(const models::CallSpec& call, bool in, const models::Places& places,
                      bool& plain) {
  const models::Places& there = traffic_.plans().places[call.service];
  const bool undisturbed = call.limit() <= Duration::zero() && call.retry.attempts < 2 &&
                           call.guard == models::kNone &&
                           models::worst_loss(blueprint_, places, there) <= 0 &&
                           models::worst_loss(blueprint_, there, places) <= 0;
  plain = plain && undisturbed;
  Stream& callee = endpoints_[call.endpoint];
  if (callee.in && !(in && undisturbed)) {
    callee.in = false;
    changed_ = true;
  }
  return in && undisturbed && callee.out;
}

}  // namespace rehearse::experiments
