#include "models/plan_figures.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "models/database_figures.hpp"
#include "models/trip_figures.hpp"

namespace rehearse::models {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr std::size_t kMostLaws = 32;       // per endpoint: a long chain has no single slowest one
constexpr std::size_t kExactQuorum = 2000;  // branches; the work grows as their square

// Chance that at least `needed` of independent branches succeed. Beyond kExactQuorum the mean
// number decides: the spread of so many is small.
double chance_of_quorum(const std::vector<double>& failures, std::size_t needed) {
  double all = 1;
  double expected = 0;
  for (const double failure : failures) {
    all *= 1 - failure;
    expected += 1 - failure;
  }
  if (needed >= failures.size()) return all;
  if (failures.size() > kExactQuorum) return expected >= static_cast<double>(needed) ? 1 : 0;
  std::vector<double> chance(failures.size() + 1, 0);  // of n successes so far
  chance[0] = 1;
  for (std::size_t i = 0; i < failures.size(); ++i) {
    for (std::size_t n = i + 1; n > 0; --n)
      chance[n] = chance[n] * failures[i] + chance[n - 1] * (1 - failures[i]);
    chance[0] *= failures[i];
  }
  double sum = 0;
  for (std::size_t n = needed; n < chance.size(); ++n) sum += chance[n];
  return sum;
}

// Hedges per attempt, at most: of late ones there are no more than beyond the quantile.
double extra_asked(const GuardSpec& guard) {
  if (!guard.hedging) return 0;
  const policies::Hedging::Params& hedging = *guard.hedging;
  if (hedging.fixed > Duration::zero()) return hedging.extra_load;
  return std::min(hedging.extra_load, (1 - hedging.quantile) * hedging.hedges);
}

// Follows a plan in the order of its steps, which lead forward but for the turns of a loop, and
// keeps for each step that is still ahead how often it is reached, and how often with a connection
// to a database in hand. A turn is followed as a plan of its own.
class Walk {
 public:
  Walk(const PlanContext& context, const Places& places, const ServiceSpec* service, double body)
      : context_(context),
        plans_(context.blueprint.plans),
        places_(places),
        service_(service),
        body_(body) {}

  /// Of the passes at a step, the share that keeps a connection, by database.
  using Held = std::map<std::uint32_t, double>;
  PlanFigures follow(std::uint32_t start, const Held& held = {});
  /// At the end, after follow().
  const Held& held_at_end() const { return held_; }

 private:
  void take(const Step& step, double times);
  void branch(const BranchSpec& branch, double times);
  void take_store_step(const Step& step, double times);
  void take_time(const Step& step, double times);
  void keep_slowest_laws();
  void use_law(std::uint32_t law, double times, double stretch);
  void call(const CallSpec& call, double times);
  void publish(std::uint32_t queue, double times);
  void fork(const ForkSpec& fork, double times);
  void loop(const Step& step, double times);
  void add(const PlanFigures& part, double times);
  void spend(const TimeSpent& part, double times);
  void include(const PlanFigures& callee, double times, double cap);
  void go_on(std::uint32_t pc, double times) {
    if (times <= 0) return;
    ahead_[pc] += times;
    for (const auto& [service, share] : held_) held_ahead_[pc][service] += share * times;
  }
  /// Time that passes at this step, all passes together.
  void pass(double time) {
    figures_.duration += time;
    for (const auto& [service, share] : held_) figures_.held[service] += share * time;
  }
  void add_held(const PlanFigures& part, double times) {
    for (const auto& [service, time] : part.held) figures_.held[service] += times * time;
  }
  // Of steps on shared cores, and of any: an instance that pauses takes longer on average.
  double speed() const {
    if (service_ == nullptr || service_->millicores == 0) return running();
    const bool quota = service_->cpu_period > Duration::zero();
    return running() * std::min(1.0, (quota ? service_->cpu_burst : service_->millicores) * 1e-3);
  }
  double running() const { return service_ == nullptr ? 1 : service_->pace.running; }

  const PlanContext& context_;
  const Plans& plans_;
  const Places& places_;
  const ServiceSpec* service_;
  const double body_;
  std::map<std::uint32_t, double> ahead_;
  std::map<std::uint32_t, Held> held_ahead_;  // times, by step
  Held held_;                                 // shares, at this step
  Held held_at_ends_;                         // times
  std::uint32_t pc_ = 0;
  double success_ = 0;
  double refused_ = 0;
  PlanFigures figures_;
};

PlanFigures Walk::follow(std::uint32_t start, const Held& held) {
  ahead_[start] = 1;
  if (!held.empty()) held_ahead_[start] = held;
  while (!ahead_.empty()) {
    const auto [pc, times] = *ahead_.begin();
    ahead_.erase(ahead_.begin());
    pc_ = pc;
    held_.clear();
    if (const auto found = held_ahead_.find(pc); found != held_ahead_.end()) {
      for (const auto& [service, all] : found->second) held_[service] = all / times;
      held_ahead_.erase(found);
    }
    take(plans_.steps[pc], times);
  }
  held_.clear();
  for (const auto& [service, all] : held_at_ends_) held_[service] = all / success_;
  figures_.refused = refused_;
  figures_.failure = std::clamp(1 - success_ - refused_, 0.0, 1.0);
  if (figures_.failure < 1e-12) figures_.failure = 0;  // sums of shares that round
  if (figures_.laws.size() > kMostLaws) keep_slowest_laws();
  return std::move(figures_);
}

void Walk::take(const Step& step, double times) {
  switch (step.kind) {
    case StepKind::work:
    case StepKind::cpu:
      take_time(step, times);
      return go_on(pc_ + 1, times);
    case StepKind::call:
      return call(plans_.calls[step.a], times);
    case StepKind::fork:
      return fork(plans_.forks[step.a], times);
    case StepKind::branch:
    case StepKind::shard:
      return branch(plans_.branches[step.a], times);
    case StepKind::lookup: {
      const LookupSpec& lookup = plans_.lookups[step.a];
      const double hit = context_.hit_ratios[lookup.cache];
      figures_.lookups[lookup.cache] += times;
      // A cache in layers is asked as often as its first one.
      if (lookup.whole != kNone && lookup.depth == lookup.first_depth)
        figures_.lookups[lookup.whole] += times;
      go_on(step.b, times * hit);
      return go_on(pc_ + 1, times * (1 - hit));
    }
    case StepKind::forget:
    case StepKind::fill:
    case StepKind::unblocked:
    case StepKind::draw:
    case StepKind::change:
    case StepKind::write:
    case StepKind::written:
    case StepKind::snapshot:
    case StepKind::committed:
    case StepKind::store:
      return go_on(pc_ + 1, times);
    case StepKind::fail:
      if (step.p > 0) figures_.may_fail = true;
      return go_on(pc_ + 1, times * (1 - step.p));
    case StepKind::filter: {
      const double blocked = plans_.filters[step.a].mean;
      refused_ += times * blocked;
      return go_on(pc_ + 1, times * (1 - blocked));
    }
    case StepKind::resolve: {
      const ResolveSpec& resolve = plans_.resolves[step.a];
      const std::vector<double>& shares = context_.blueprint.names[resolve.name].shares;
      for (std::size_t i = 0; i < resolve.starts.size(); ++i)
        go_on(resolve.starts[i], times * shares[i]);
      return;
    }
    case StepKind::jump:
      return go_on(step.b, times);
    case StepKind::send:
      figures_.calls[plans_.calls[step.a].endpoint] += times;
      return go_on(pc_ + 1, times);
    case StepKind::enqueue:
      publish(step.a, times);
      return go_on(pc_ + 1, times);
    case StepKind::loop:
      return loop(step, times);
    case StepKind::again:  // the end of a turn
    case StepKind::done:
      success_ += times;
      for (const auto& [service, share] : held_) held_at_ends_[service] += share * times;
      return;
    default:
      return take_store_step(step, times);
  }
}

void Walk::branch(const BranchSpec& branch, double times) {
  double before = 0;
  for (std::size_t i = 0; i < branch.starts.size(); ++i) {
    // The last way takes what rounding leaves, as in the simulation.
    const double upto = i + 1 == branch.starts.size() ? 1 : std::min(1.0, branch.cumulative[i]);
    go_on(branch.starts[i], times * (upto - before));
    before = upto;
  }
}

void Walk::take_store_step(const Step& step, double times) {
  switch (step.kind) {
    case StepKind::commit: {
      const double time = times * mean_commit(context_.blueprint, step.a);
      figures_.wait += time;
      pass(time);
      figures_.spent.own += time;
      return go_on(pc_ + 1, times);
    }
    case StepKind::compare:  // how often it fails is not known
      figures_.may_fail = true;
      return go_on(pc_ + 1, times);
    case StepKind::lock:
    case StepKind::see:
    case StepKind::changed:
      return go_on(pc_ + 1, times);
    case StepKind::defer:
      figures_.deferred[step.a] += times;
      add(Walk(context_, places_, service_, body_).follow(pc_ + 1),
          times / context_.batches[step.a]);
      return go_on(step.b, times);
    case StepKind::autocommit:
      return go_on(context_.blueprint.endpoints[step.a].commits ? pc_ + 1 : step.b, times);
    case StepKind::release:
      held_.erase(step.a);
      return go_on(pc_ + 1, times);
    default:
      REHEARSE_ASSERT(false);
  }
}

void Walk::take_time(const Step& step, double times) {
  const double slow = service_ == nullptr ? 1 : service_->slowdown_mean;
  const double mean = plans_.laws[step.a].law.mean() * slow * times;
  const double pace = step.kind == StepKind::cpu ? speed() : running();
  (step.kind == StepKind::cpu ? figures_.cpu : figures_.wait) += mean;
  pass(mean / pace);
  figures_.spent.own += mean / pace;
  use_law(step.a, times, slow / pace);
}

void Walk::keep_slowest_laws() {
  std::vector<std::pair<double, std::uint32_t>> slowest;
  for (const auto& [number, use] : figures_.laws) {
    const double p99 = plans_.laws[number].law.upper_quantile(0.01) * use.stretch;
    slowest.emplace_back(-std::min(p99, use.cap) * std::min(use.times, 1.0), number);
  }
  std::sort(slowest.begin(), slowest.end());
  for (std::size_t i = kMostLaws; i < slowest.size(); ++i) figures_.laws.erase(slowest[i].second);
}

void Walk::use_law(std::uint32_t law, double times, double stretch) {
  if (!context_.laws) return;
  LawUse& use = figures_.laws[law];
  use.times += times;
  use.stretch = stretch;
  use.cap = kNever;
}

void Walk::include(const PlanFigures& callee, double times, double cap) {
  for (const auto& [law, use] : callee.laws) {
    LawUse& own = figures_.laws[law];
    own.times += use.times * times;
    own.stretch = std::max(own.stretch, use.stretch);
    own.cap = std::max(own.cap, std::min(use.cap, cap));
  }
}

void Walk::call(const CallSpec& call, double times) {
  const PlanFigures& callee = context_.endpoints[call.endpoint];
  const ServiceSpec& service = context_.blueprint.services[call.service];
  const double trip = mean_trip(context_, places_, call.endpoint, body_);
  const double most = plans_.most_attempts(call);
  const bool on_error = ((call.retry.on >> static_cast<int>(Outcome::error)) & 1) != 0;
  const double failure = callee.failure;
  const double given_up = on_error ? std::pow(failure, most) : failure;
  double attempts =
      on_error && failure > 0 ? (failure < 1 ? (1 - given_up) / (1 - failure) : most) : 1.0;
  const double whole = trip + callee.duration;
  double one = whole;
  if (call.timeout > Duration::zero()) one = std::min(one, call.timeout.to_seconds());
  if (call.deadline > Duration::zero())
    one = std::min(one, call.deadline.to_seconds() / std::max(1.0, attempts));
  pass(times * attempts * one);
  if (whole > 0) {
    const double part = times * attempts * one / whole;
    figures_.spent.network += part * trip;
    figures_.spent.callees[call.endpoint] += part * callee.duration;
  }
  if (context_.all_attempts && wastes_attempts(context_, call)) attempts = most;
  if (call.guard != kNone) attempts *= 1 + extra_asked(plans_.guards[call.guard]);
  figures_.network += times * attempts * trip;
  figures_.calls[call.endpoint] += times * attempts;
  double cap = call.timeout > Duration::zero() ? call.timeout.to_seconds() * most : kNever;
  if (call.deadline > Duration::zero()) cap = std::min(cap, call.deadline.to_seconds());
  include(callee, times * attempts, cap);
  const bool queue_fills =
      service.slots != kUnlimited && (service.queue_limit != kUnlimited || service.limits_waits());
  const bool may_fail = (call.guard != kNone && plans_.guards[call.guard].may_refuse()) ||
                        callee.may_fail || call.limit() > Duration::zero() || queue_fills ||
                        service.gated() || service.sheds() || service.memory.limit > 0;
  if (call.keeps) {
    // The first call has it from when it is served; later ones all the time.
    double& share = held_[call.service];
    figures_.held[call.service] +=
        (1 - share) * times * attempts * std::min(one, callee.duration + trip / 2);
    figures_.kept[call.endpoint] += times * attempts;
    share = 1;
  }
  go_on(pc_ + 1, times * (1 - given_up - callee.refused));
  if (call.continue_on_failure) {
    go_on(call.failure_pc, times * (given_up + callee.refused));
  } else {
    refused_ += times * callee.refused;
    figures_.may_fail = figures_.may_fail || may_fail;
  }
}

void Walk::publish(std::uint32_t q, double times) {
  while (q != kNone && times > 0) {
    const QueueSpec& queue = context_.blueprint.queues[q];
    const double failure = queue.handler == kNone ? 0 : context_.endpoints[queue.handler].failure;
    const Deliveries deliveries = deliveries_of(queue, failure);
    figures_.messages[q] += times;
    if (queue.handler != kNone) figures_.calls[queue.handler] += times * deliveries.mean;
    times *= deliveries.dead;
    q = queue.dead_letter;
  }
}

// Everything but how long it takes and how it ends.
void Walk::add(const PlanFigures& part, double times) {
  figures_.wait += times * part.wait;
  figures_.cpu += times * part.cpu;
  figures_.network += times * part.network;
  figures_.may_fail = figures_.may_fail || part.may_fail;
  figures_.forks = figures_.forks || part.forks;
  for (const auto& [endpoint, calls] : part.calls) figures_.calls[endpoint] += times * calls;
  for (const auto& [cache, lookups] : part.lookups) figures_.lookups[cache] += times * lookups;
  for (const auto& [endpoint, calls] : part.kept) figures_.kept[endpoint] += times * calls;
  for (const auto& [queue, messages] : part.messages) figures_.messages[queue] += times * messages;
  for (const auto& [behind, writes] : part.deferred) figures_.deferred[behind] += times * writes;
  include(part, times, kNever);
}

void Walk::spend(const TimeSpent& part, double times) {
  figures_.spent.own += times * part.own;
  figures_.spent.network += times * part.network;
  for (const auto& [endpoint, time] : part.callees)
    figures_.spent.callees[endpoint] += times * time;
}

// With f the chance that a turn fails, turn n begins with probability (1 - f)^(n - 1) P(N >= n):
// (1 - E[(1 - f)^N]) / f turns in all.
void Walk::loop(const Step& step, double times) {
  const CountLaw& law = plans_.loops[step.a].times;
  Walk first(context_, places_, service_, body_);
  const PlanFigures turn = first.follow(pc_ + 1, held_);
  const double ends = turn.failure + turn.refused;
  const double whole = law.generating(1 - ends);
  const double turns = ends > 0 ? (1 - whole) / ends : law.mean();
  refused_ += times * turns * turn.refused;
  add(turn, times * turns);
  figures_.duration += times * turns * turn.duration;
  spend(turn.spent, times * turns);
  if (!turn.held.empty()) {
    // What the first turn takes all others have.
    const double begun = 1 - law.generating(0);
    Walk later(context_, places_, service_, body_);
    const PlanFigures next = later.follow(pc_ + 1, first.held_at_end());
    add_held(turn, times * begun);
    add_held(next, times * std::max(0.0, turns - begun));
    if (begun > 0) held_ = later.held_at_end();
  }
  go_on(step.b, times * whole);
}

void Walk::fork(const ForkSpec& fork, double times) {
  figures_.forks = true;
  std::vector<std::pair<double, std::size_t>> durations;  // with the number of the branch
  std::vector<TimeSpent> spent;                           // by branch
  std::vector<double> failures;
  for (const std::uint32_t start : fork.starts) {
    PlanFigures branch = Walk(context_, places_, service_, body_).follow(start);
    const double copies = fork.copies;
    durations.insert(durations.end(), fork.copies, {branch.duration, spent.size()});
    spent.push_back(std::move(branch.spent));
    failures.insert(failures.end(), fork.copies, branch.failure + branch.refused);
    add(branch, times * copies);
    add_held(branch, times * copies);
  }
  const auto last = durations.begin() + (fork.needed - 1);
  std::nth_element(durations.begin(), last, durations.end());
  pass(times * last->first);
  spend(spent[last->second], times);
  go_on(pc_ + 1, times * chance_of_quorum(failures, fork.needed));
}

}  // namespace

PlanContext::PlanContext(const Blueprint& of, bool all, bool with_laws)
    : blueprint(of),
      hit_ratios(of.caches.size(), 0),
      batches(of.behinds.size(), 1),
      all_attempts(all),
      laws(with_laws),
      callees_first(models::callees_first(of)) {
  for (const ServiceSpec& service : of.services) {
    Places& shares = places.emplace_back();
    const std::vector<double>& weights = service.balancer.weights;
    const double sum = weights.empty() ? static_cast<double>(service.placement.size())
                                       : std::accumulate(weights.begin(), weights.end(), 0.0);
    for (std::size_t i = 0; i < service.placement.size(); ++i)
      shares[service.placement[i]] += (weights.empty() ? 1.0 : weights[i]) / sum;
  }
  for (std::uint32_t e = 0; e < of.endpoints.size(); ++e) {
    const ServiceSpec& service = of.services[of.endpoints[e].service];
    if (service.replication == kNone) continue;
    const double primary = primary_share(of, e);
    const auto replicas = static_cast<double>(service.placement.size() - 1);
    for (std::size_t i = 0; i < service.placement.size(); ++i)
      apart[e][service.placement[i]] += i == 0 ? primary : (1 - primary) / replicas;
  }
}

const Places& PlanContext::places_of(std::uint32_t endpoint) const {
  const auto found = apart.find(endpoint);
  return found != apart.end() ? found->second : places[blueprint.endpoints[endpoint].service];
}

void PlanContext::follow_plans() {
  endpoints.assign(blueprint.endpoints.size(), {});
  for (const std::uint32_t e : callees_first) {
    const EndpointSpec& endpoint = blueprint.endpoints[e];
    if (!down.empty() && down[endpoint.service]) {
      endpoints[e].failure = 1;
      endpoints[e].may_fail = true;
      continue;
    }
    endpoints[e] = Walk(*this, places[endpoint.service], &blueprint.services[endpoint.service],
                        blueprint.mean_body)
                       .follow(endpoint.start);
  }
}

PlanFigures client_figures(const PlanContext& context, std::uint32_t start,
                           const WorkloadSpec& workload) {
  const Places here{{workload.zone, 1.0}};
  return Walk(context, here, nullptr, mean_body(context.blueprint, workload)).follow(start);
}

Deliveries deliveries_of(const QueueSpec& queue, double failure) {
  if (queue.handler == kNone) return {0, queue.ttl > Duration::zero() ? 1.0 : 0.0};
  if (queue.auto_ack) return {1, 0};
  const double most = queue.max_deliveries;
  const double dead = std::pow(failure, most);
  return {failure < 1 ? (1 - dead) / (1 - failure) : most, dead};
}

bool wastes_attempts(const PlanContext& context, const CallSpec& call) {
  const auto retries = [&](Outcome outcome) {
    return ((call.retry.on >> static_cast<int>(outcome)) & 1) != 0;
  };
  if (call.retry.attempts < 2) return false;
  return (call.limit() > Duration::zero() && retries(Outcome::timeout)) ||
         (context.endpoints[call.endpoint].may_fail && retries(Outcome::error));
}

double unqueued_quantile(const Blueprint& blueprint, const PlanFigures& figures, double tail) {
  double usual = figures.duration;
  double most = 0;  // that one law adds to the mean
  for (const auto& [number, use] : figures.laws) {
    const sim::Distribution& law = blueprint.plans.laws[number].law;
    const double mean = std::min(law.mean() * use.stretch, use.cap) * std::min(use.times, 1.0);
    if (use.times <= tail) {
      usual -= mean;  // too seldom to be met at this depth
    } else {
      const double deep = std::min(law.upper_quantile(tail / use.times) * use.stretch, use.cap);
      most = std::max(most, deep - mean);
    }
  }
  return std::max(usual, 0.0) + most;
}

}  // namespace rehearse::models
