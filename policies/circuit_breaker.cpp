#include "policies/circuit_breaker.hpp"

#include <algorithm>
#include <cmath>

namespace rehearse::policies {
namespace {

using State = CircuitBreaker::State;

std::uint32_t minimum_of(const CircuitBreaker::Params& params) {
  return params.window_kind == OutcomeWindow::Kind::count
             ? std::min(params.minimum_calls, params.window)
             : params.minimum_calls;
}

bool leads(State from, State to) {
  if (to == State::half_open) return from != State::closed && from != State::metrics_only;
  return to != State::open || from != State::metrics_only;
}

}  // namespace

CircuitBreaker::CircuitBreaker(const Params& params, Instant now)
    : params_(params),
      normal_(params.window_kind, params.window),
      trial_(OutcomeWindow::Kind::count, params.half_open_calls) {
  REHEARSE_ASSERT(params.minimum_calls >= 1 && params.wait_multiplier >= 1);
  enter(now, State::closed);
  if (params.initial != State::closed) enter(now, params.initial);
  events_ = {};
}

Duration CircuitBreaker::wait_of(std::uint32_t attempt) const noexcept {
  if (params_.wait_multiplier == 1) return std::min(params_.wait, params_.longest_wait);
  const double factor = std::pow(params_.wait_multiplier, static_cast<double>(attempt) - 1);
  return std::min(params_.longest_wait, Duration::from_seconds(params_.wait.to_seconds() * factor));
}

void CircuitBreaker::enter(Instant at, State to, std::optional<Duration> wait) noexcept {
  events_.transitions += to == state_ ? 0U : 1U;
  state_ = to;
  due_ = Instant::never();
  if (to == State::open) {  // results so far stay to be seen
    attempts_ += 1;
    const Duration length = wait ? *wait : wait_of(attempts_);
    open_until_ = saturating_add(at, length);
    if (params_.half_open_by_itself) due_ = open_until_;
    return;
  }
  refused_ = 0;
  if (to == State::half_open) {
    on_trial_ = true;
    trial_.clear(at);
    minimum_ = std::min(params_.minimum_calls, params_.half_open_calls);
    permits_ = params_.half_open_calls;
    if (params_.longest_half_open > Duration::zero())
      due_ = saturating_add(at, params_.longest_half_open);
    return;
  }
  attempts_ = to == State::forced_open ? attempts_ + 1 : 0;
  on_trial_ = false;
  told_failures_ = told_slow_ = false;
  normal_.clear(at);
  minimum_ = minimum_of(params_);
}

void CircuitBreaker::run_timers(Instant now) noexcept {
  while (now >= due_) {
    const Instant at = due_;
    enter(at, state_ == State::open ? State::half_open : params_.after_half_open);
  }
}

bool CircuitBreaker::try_acquire_elsewhere(Instant now) noexcept {
  if (state_ == State::open && now > open_until_) enter(now, State::half_open);
  switch (state_) {
    case State::closed:
    case State::disabled:
    case State::metrics_only:
      return true;
    case State::half_open:
      if (permits_ > 0) {
        --permits_;
        return true;
      }
      break;
    case State::open:
    case State::forced_open:
      break;
  }
  ++refused_;
  return false;
}

void CircuitBreaker::judge(Instant now, const OutcomeCounts& counts) noexcept {
  const bool failures = counts.failed * 100.0 >= params_.failure_rate * counts.calls;
  const bool slowness = counts.slow * 100.0 >= params_.slow_call_rate * counts.calls;
  if (state_ == State::half_open) {
    enter(now, failures || slowness ? State::open : State::closed);
    return;
  }
  if (!failures && !slowness) return;
  const bool once = state_ == State::metrics_only;
  if (failures && !(once && told_failures_)) ++events_.failure_rate_exceeded;
  if (slowness && !(once && told_slow_)) ++events_.slow_call_rate_exceeded;
  told_failures_ = told_failures_ || failures;
  told_slow_ = told_slow_ || slowness;
  if (!once) enter(now, State::open);
}

double CircuitBreaker::failure_rate(Instant now) noexcept {
  const OutcomeCounts& seen = counts(now);
  return seen.calls == 0 || seen.calls < minimum_ ? -1 : seen.failure_rate();
}

double CircuitBreaker::slow_call_rate(Instant now) noexcept {
  const OutcomeCounts& seen = counts(now);
  return seen.calls == 0 || seen.calls < minimum_ ? -1 : seen.slow_rate();
}

bool CircuitBreaker::transition(Instant now, State to, std::optional<Duration> wait) noexcept {
  catch_up(now);
  if (!leads(state_, to)) return false;
  enter(now, to, wait);
  return true;
}

void CircuitBreaker::reset(Instant now) noexcept {
  catch_up(now);
  enter(now, State::closed);
}

namespace {

const FieldTable kCircuitBreakerFields{
    "breaker",
    "Circuit breaker: refuses calls while too many of the latest have failed or were slow, and "
    "tries again with a few.",
    {{.name = "calls",
      .type = FieldType::count,
      .doc = "Window: so many of the latest calls, 100 unless given. Or give `seconds`.",
      .min = 1,
      .max = 1e6},
     {.name = "seconds",
      .type = FieldType::duration,
      .doc = "Window: the calls of the last so many whole seconds.",
      .min = 1,
      .max = 86400},
     {.name = "minimum_calls",
      .type = FieldType::count,
      .doc = "Calls in the window before anything is decided.",
      .fallback = "100",
      .min = 1,
      .max = 1e6},
     {.name = "failure_rate",
      .type = FieldType::ratio,
      .doc = "Share of failed calls that opens it.",
      .fallback = "50%",
      .min = 0,
      .max = 1,
      .above_min = true},
     {.name = "slow_call_rate",
      .type = FieldType::ratio,
      .doc = "Share of slow calls that opens it.",
      .fallback = "100%",
      .min = 0,
      .max = 1,
      .above_min = true},
     {.name = "slow_call",
      .type = FieldType::duration,
      .doc = "A call that takes longer is slow.",
      .fallback = "60s",
      .min = 0,
      .max = 86400},
     {.name = "wait",
      .type = FieldType::duration,
      .doc = "How long it stays open before it tries again.",
      .fallback = "60s",
      .min = 0.001,
      .max = 86400},
     {.name = "wait_multiplier",
      .type = FieldType::number,
      .doc = "Each further opening in a row waits so many times longer.",
      .fallback = "1",
      .min = 1,
      .max = 100},
     {.name = "longest_wait",
      .type = FieldType::duration,
      .doc = "Limit of the wait.",
      .fallback = "1h",
      .min = 0.001,
      .max = 86400},
     {.name = "half_open_calls",
      .type = FieldType::count,
      .doc = "Trial calls.",
      .fallback = "10",
      .min = 1,
      .max = 1e6},
     {.name = "longest_half_open",
      .type = FieldType::duration,
      .doc = "Trials that take longer have failed; 0s: they may take for ever.",
      .fallback = "0s",
      .min = 0,
      .max = 86400},
     {.name = "half_open_by_itself",
      .type = FieldType::flag,
      .doc = "Half open exactly after the wait, rather than with the first call after it.",
      .fallback = "false"}}};

// 7 % is 7 and not 7.000000000000001: what is reached must not be missed by a rounding.
double percent_of(double ratio) {
  return std::round(ratio * 1e11) / 1e9;
}

}  // namespace

const FieldTable& CircuitBreaker::fields() {
  return kCircuitBreakerFields;
}

std::optional<CircuitBreaker::Params> CircuitBreaker::read(FieldReader& reader) {
  const int before = reader.diagnostics().error_count();
  Params params;
  const auto calls = reader.optional_count("calls");
  const auto seconds = reader.optional_duration("seconds");
  if (calls && seconds)
    reader.error("contradiction", "seconds", reader.what() + " has two windows",
                 "give either 'calls' or 'seconds'");
  if (calls) params.window = static_cast<std::uint32_t>(*calls);
  if (seconds) {
    params.window_kind = OutcomeWindow::Kind::time;
    params.window = static_cast<std::uint32_t>(seconds->ns() / 1'000'000'000);
  }
  params.minimum_calls = static_cast<std::uint32_t>(reader.count("minimum_calls"));
  params.failure_rate = percent_of(reader.ratio("failure_rate"));
  params.slow_call_rate = percent_of(reader.ratio("slow_call_rate"));
  params.slow_call = reader.duration("slow_call");
  params.wait = reader.duration("wait");
  params.wait_multiplier = reader.number("wait_multiplier");
  params.longest_wait = reader.duration("longest_wait");
  params.half_open_calls = static_cast<std::uint32_t>(reader.count("half_open_calls"));
  params.longest_half_open = reader.duration("longest_half_open");
  params.half_open_by_itself = reader.flag("half_open_by_itself");
  if (reader.diagnostics().error_count() != before) return std::nullopt;
  return params;
}

}  // namespace rehearse::policies
