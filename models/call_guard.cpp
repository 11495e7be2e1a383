#include "models/call_guard.hpp"

#include <algorithm>

#include "models/world.hpp"

namespace rehearse::models {
namespace {

using Breaker = policies::CircuitBreaker;

// A timer's data: what it is about, and which use of which slot.
constexpr int kTimerShift = 62;
constexpr int kGenerationShift = 32;
constexpr std::uint32_t kGenerations = (1U << 30) - 1;

bool is_bad(Outcome outcome) {
  return outcome != Outcome::ok && outcome != Outcome::refused;
}

std::string_view state_event(Breaker::State state) {
  switch (state) {
    case Breaker::State::open:
    case Breaker::State::forced_open:
      return "breaker.opened";
    case Breaker::State::half_open:
      return "breaker.half_open";
    default:
      return "breaker.closed";
  }
}

}  // namespace

CallGuard::Unit::Unit(const GuardSpec& spec, Instant now) {
  if (spec.throttle) throttle.emplace(*spec.throttle, now);
  if (spec.breaker) {
    breaker.emplace(*spec.breaker, now);
    shown = breaker->state(now);
  }
  if (spec.hedging) hedging.emplace();
  if (spec.timeout) timeout.emplace();
  if (const auto* quota = std::get_if<policies::RetryQuota::Params>(&spec.budget))
    budget = policies::RetryQuota(*quota);
  if (const auto* deposits = std::get_if<policies::DepositBudget::Params>(&spec.budget))
    budget = policies::DepositBudget(*deposits, now);
  if (const auto* tokens = std::get_if<policies::FailureTokens::Params>(&spec.budget))
    budget = policies::FailureTokens(*tokens);
  if (std::holds_alternative<policies::RetryBreaker::Params>(spec.budget))
    budget = policies::RetryBreaker();
  if (std::holds_alternative<policies::ShareBudget>(spec.budget)) budget = Shares{};
}

CallGuard::CallGuard(World& world, const GuardSpec& spec)
    : world_(world), spec_(spec), units_(spec.units, Unit(spec, Instant::start())) {}

Instant CallGuard::now() const {
  return world_.engine().now();
}

void CallGuard::restarted(std::uint32_t instance) {
  for (const Attempt& attempt : attempts_)
    if (attempt.frame != nullptr && attempt.unit == instance) return;
  units_[instance] = Unit(spec_, now());
}

std::uint32_t CallGuard::unit_of(const Frame& frame) const {
  if (spec_.units == 1) return 0;
  return spec_.service == kNone ? frame.origin.client - spec_.first_client : frame.instance;
}

bool CallGuard::admit(Frame& frame) {
  const std::uint32_t number = unit_of(frame);
  Unit& unit = units_[number];
  ++record_.attempts;
  if (frame.attempt == 1) begin_request(unit);
  if (unit.throttle && !unit.throttle->admit(now(), world_.stream(spec_.stream).uniform())) {
    turn_away(frame, record_.throttled);
    return false;
  }
  if (unit.breaker) {
    const bool passes = unit.breaker->try_acquire(now());
    show(unit, number);
    if (!passes) {
      turn_away(frame, record_.broken);
      return false;
    }
  }
  const auto place =
      spec_.bulkhead ? unit.bulkhead.arrive(*spec_.bulkhead) : policies::Bulkhead::Answer::go;
  if (place == policies::Bulkhead::Answer::refused) {
    if (unit.breaker) unit.breaker->released(now());
    turn_away(frame, record_.bulkhead_full);
    return false;
  }
  Attempt& attempt = take(frame, number);
  if (place == policies::Bulkhead::Answer::go) {
    start(attempt);
    return true;
  }
  wait(attempt);
  return false;
}

void CallGuard::begin_request(Unit& unit) {
  if (unit.hedging) unit.hedging->called(*spec_.hedging);
  if (auto* deposits = std::get_if<policies::DepositBudget>(&unit.budget)) deposits->deposit(now());
  if (auto* quota = std::get_if<policies::RetryQuota>(&unit.budget))
    quota->requested(std::get<policies::RetryQuota::Params>(spec_.budget));
  if (auto* breaker = std::get_if<policies::RetryBreaker>(&unit.budget)) breaker->requested();
}

void CallGuard::turn_away(Frame& frame, std::uint64_t& count) {
  ++count;
  frame.outcome = Outcome::short_circuited;
  world_.flow().make_ready(frame);
}

CallGuard::Attempt& CallGuard::take(Frame& frame, std::uint32_t unit) {
  if (free_ == kNobody) {
    free_ = static_cast<std::uint32_t>(attempts_.size());
    attempts_.emplace_back();
  }
  Attempt& attempt = attempts_[free_];
  frame.guard = free_ + 1;
  free_ = attempt.next;
  attempt = {
      .frame = &frame, .unit = unit, .generation = attempt.generation, .retry = frame.attempt > 1};
  return attempt;
}

void CallGuard::give_back(Frame& frame) {
  Attempt& attempt = attempt_of(frame);
  attempt.frame = nullptr;
  attempt.generation = (attempt.generation + 1) & kGenerations;
  attempt.next = free_;
  free_ = frame.guard - 1;
  frame.guard = 0;
}

void CallGuard::start(Attempt& attempt) {
  attempt.began = now();
  attempt.awaited = 1;
  if (auto* shares = std::get_if<Shares>(&units_[attempt.unit].budget)) {
    ++shares->active;
    shares->retries += attempt.retry ? 1 : 0;
  }
}

void CallGuard::sent(Frame& frame) {
  const Attempt& attempt = attempt_of(frame);
  const Unit& unit = units_[attempt.unit];
  if (unit.timeout) plan(Timer::timeout, attempt, unit.timeout->timeout(*spec_.timeout));
  if (unit.hedging) plan(Timer::hedge, attempt, unit.hedging->delay(*spec_.hedging));
}

bool CallGuard::answered(Frame& frame, const Frame& child) {
  Attempt& attempt = attempt_of(frame);
  --attempt.awaited;
  if (is_bad(child.outcome) && attempt.awaited > 0) return false;
  if (&child == attempt.hedge) ++record_.hedges_won;
  settle(frame, child.outcome);
  return true;
}

void CallGuard::settle(Frame& frame, Outcome outcome) {
  const Attempt attempt = attempt_of(frame);
  Unit& unit = units_[attempt.unit];
  REHEARSE_ASSERT(!attempt.waiting);
  const Duration took = now() - attempt.began;
  if (unit.breaker) {
    is_bad(outcome) ? unit.breaker->failed(now(), took) : unit.breaker->succeeded(now(), took);
    show(unit, attempt.unit);
  }
  // Whoever has worked on it has taken it.
  if (unit.throttle && (outcome == Outcome::ok || outcome == Outcome::error))
    unit.throttle->accepted(now());
  if (unit.hedging && !is_bad(outcome)) unit.hedging->answered(took);
  if (unit.timeout && (!is_bad(outcome) || outcome == Outcome::timeout))
    unit.timeout->answered(took);
  tell_budget(unit, outcome);
  if (auto* shares = std::get_if<Shares>(&unit.budget)) {
    --shares->active;
    shares->retries -= attempt.retry ? 1 : 0;
  }
  give_back(frame);
  leave_bulkhead(unit);
}

void CallGuard::tell_budget(Unit& unit, Outcome outcome) {
  const bool again = ((spec_.retried >> static_cast<int>(outcome)) & 1) != 0;
  if (auto* tokens = std::get_if<policies::FailureTokens>(&unit.budget)) {
    const auto& params = std::get<policies::FailureTokens::Params>(spec_.budget);
    if (outcome == Outcome::ok) tokens->succeeded(params);
    if (again) tokens->failed(params);
  }
  if (auto* breaker = std::get_if<policies::RetryBreaker>(&unit.budget); breaker && again)
    breaker->failed();
  if (auto* quota = std::get_if<policies::RetryQuota>(&unit.budget);
      quota && outcome == Outcome::ok)
    quota->succeeded(std::get<policies::RetryQuota::Params>(spec_.budget));
}

void CallGuard::abandon(Frame& frame) {
  const Attempt attempt = attempt_of(frame);
  Unit& unit = units_[attempt.unit];
  if (unit.breaker) unit.breaker->released(now());
  if (attempt.waiting) {
    leave_line(attempt);
    unit.bulkhead.gave_up();
    return give_back(frame);
  }
  if (auto* shares = std::get_if<Shares>(&unit.budget)) {
    --shares->active;
    shares->retries -= attempt.retry ? 1 : 0;
  }
  give_back(frame);
  leave_bulkhead(unit);
}

bool CallGuard::may_retry(const Frame& frame) {
  Unit& unit = units_[unit_of(frame)];
  bool may = true;
  if (auto* quota = std::get_if<policies::RetryQuota>(&unit.budget)) may = quota->try_withdraw();
  if (auto* deposits = std::get_if<policies::DepositBudget>(&unit.budget))
    may = deposits->try_withdraw(now());
  if (const auto* tokens = std::get_if<policies::FailureTokens>(&unit.budget))
    may = tokens->allows(std::get<policies::FailureTokens::Params>(spec_.budget));
  if (const auto* breaker = std::get_if<policies::RetryBreaker>(&unit.budget))
    may = breaker->allows(std::get<policies::RetryBreaker::Params>(spec_.budget));
  if (const auto* shares = std::get_if<Shares>(&unit.budget))
    may = std::get<policies::ShareBudget>(spec_.budget)
              .allows(shares->retries, shares->active, unit.bulkhead.waiting());
  ++(may ? record_.retries : record_.retries_denied);
  return may;
}

// Behind the last that waits; until a place is free, or it has waited for long enough.
void CallGuard::wait(Attempt& attempt) {
  Unit& unit = units_[attempt.unit];
  const std::uint32_t number = attempt.frame->guard - 1;
  attempt.waiting = true;
  attempt.before = unit.last;
  attempt.next = kNobody;
  (unit.last == kNobody ? unit.first : attempts_[unit.last].next) = number;
  unit.last = number;
  Instant until = attempt.frame->call_deadline;
  if (spec_.bulkhead->longest_wait > Duration::zero())
    until = std::min(until, saturating_add(now(), spec_.bulkhead->longest_wait));
  if (until != Instant::never()) plan(Timer::waited, attempt, until - now());
}

void CallGuard::leave_line(const Attempt& attempt) {
  Unit& unit = units_[attempt.unit];
  (attempt.before == kNobody ? unit.first : attempts_[attempt.before].next) = attempt.next;
  (attempt.next == kNobody ? unit.last : attempts_[attempt.next].before) = attempt.before;
}

// One place is free: the first that waits goes on, when the current event is over.
void CallGuard::leave_bulkhead(Unit& unit) {
  if (!spec_.bulkhead || !unit.bulkhead.finished(*spec_.bulkhead)) return;
  REHEARSE_ASSERT(unit.first != kNobody);
  Attempt& attempt = attempts_[unit.first];
  leave_line(attempt);
  attempt.waiting = false;
  start(attempt);
  world_.flow().make_ready(*attempt.frame);
}

void CallGuard::show(Unit& unit, std::uint32_t number) {
  const Breaker::State state = unit.breaker->state(now());
  if (state == unit.shown) return;
  unit.shown = state;
  record_.opened += state == Breaker::State::open ? 1 : 0;
  world_.log(state_event(state), spec_.caller, spec_.units > 1 ? number : kNone, spec_.callee);
}

void CallGuard::plan(Timer timer, const Attempt& attempt, Duration after) {
  if (after == Duration::max()) return;
  const std::uint64_t data = (static_cast<std::uint64_t>(timer) << kTimerShift) |
                             (static_cast<std::uint64_t>(attempt.generation) << kGenerationShift) |
                             (attempt.frame->guard - 1);
  world_.engine().schedule(*this, saturating_add(now(), after), data);
}

void CallGuard::on_event(sim::Engine&, std::uint64_t data) {
  Attempt& attempt = attempts_[data & 0xffffffff];
  const auto generation = static_cast<std::uint32_t>(data >> kGenerationShift) & kGenerations;
  if (attempt.frame == nullptr || attempt.generation != generation) return;
  switch (static_cast<Timer>(data >> kTimerShift)) {
    case Timer::hedge:
      on_hedge(attempt);
      break;
    case Timer::timeout:
      world_.flow().forget_limit(*attempt.frame);
      world_.flow().give_up(*attempt.frame);
      break;
    case Timer::waited:
      if (attempt.waiting) on_waited(attempt);
      break;
  }
  world_.flow().pump();
}

void CallGuard::on_hedge(Attempt& attempt) {
  Unit& unit = units_[attempt.unit];
  if (!unit.hedging->try_hedge(*spec_.hedging, attempt.hedges)) return;
  ++attempt.hedges;
  ++attempt.awaited;
  ++record_.hedges;
  if (attempt.hedges < spec_.hedging->hedges)
    plan(Timer::hedge, attempt, unit.hedging->delay(*spec_.hedging));
  world_.flow().ask_again(*attempt.frame, attempt.hedge);
}

void CallGuard::on_waited(Attempt& attempt) {
  Frame& frame = *attempt.frame;
  abandon(frame);
  turn_away(frame, record_.bulkhead_full);
  if (now() >= frame.call_deadline) frame.outcome = Outcome::timeout;
}

}  // namespace rehearse::models
