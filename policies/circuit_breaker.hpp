#pragma once
/// Stops calling what fails, and tries again after a while.
///
///   closed     calls pass; too many failed or slow ones in the window: open
///   open       calls are refused until strictly after `wait`, then the next one finds half_open
///   half_open  so many trial calls pass; their results decide: closed, or open again
///
/// Rates are looked at once the window holds `minimum_calls` (by count: no more than its size), so
/// that a success can open the breaker as well. A threshold that is reached is exceeded; a call is
/// slow if it takes strictly longer than `slow_call`. Each opening in a row may wait longer, by
/// `wait_multiplier`. Results that come late count in whatever state they find. Forced states are
/// for people; metrics_only records and never opens.
///
/// Every permission must come back as succeeded(), failed() or released(): one that does not keeps
/// its place among the trial calls for ever, unless `longest_half_open` is given.
///
/// Units: rates in percent, window in calls or seconds, ns. No allocation, no virtual call; O(1).
/// Copies are snapshots; equal copies answer alike for ever.
/// Source: resilience4j 2.x, CircuitBreakerStateMachine. Conformance: circuit_breaker.json.
/// Leaves out: which errors count, which is for the caller to say.

#include <optional>

#include "base/fields.hpp"
#include "policies/outcome_window.hpp"

namespace rehearse::policies {

class CircuitBreaker {
 public:
  enum class State : std::uint8_t { closed, open, half_open, forced_open, disabled, metrics_only };
  struct Params {
    OutcomeWindow::Kind window_kind = OutcomeWindow::Kind::count;
    std::uint32_t window = 100;         ///< calls, or seconds
    std::uint32_t minimum_calls = 100;  ///< below, rates are unknown
    double failure_rate = 50;           ///< percent
    double slow_call_rate = 100;        ///< percent
    Duration slow_call = Duration::seconds(60);
    std::uint32_t half_open_calls = 10;
    Duration wait = Duration::seconds(60);
    double wait_multiplier = 1;  ///< of each further opening in a row
    Duration longest_wait = Duration::max();
    Duration longest_half_open;           ///< zero: no limit
    State after_half_open = State::open;  ///< where longest_half_open leads; or closed
    bool half_open_by_itself = false;     ///< exactly after `wait`, without a call
    State initial = State::closed;
    bool operator==(const Params&) const = default;
  };
  /// Since the breaker was made.
  struct Events {
    std::uint64_t transitions = 0;
    std::uint64_t failure_rate_exceeded = 0;
    std::uint64_t slow_call_rate_exceeded = 0;
    bool operator==(const Events&) const = default;
  };

  static const FieldTable& fields();
  static std::optional<Params> read(FieldReader& reader);

  explicit CircuitBreaker(const Params& params, Instant now = Instant::start());

  /// Whether a call may be made. `now` never decreases here and below.
  bool try_acquire(Instant now) noexcept {
    catch_up(now);
    if (state_ == State::closed) return true;
    return try_acquire_elsewhere(now);
  }
  void succeeded(Instant now, Duration took) noexcept { record(now, false, took); }
  void failed(Instant now, Duration took) noexcept { record(now, true, took); }
  /// The call was not made, or its outcome says nothing.
  void released(Instant now) noexcept {
    catch_up(now);
    if (state_ == State::half_open) ++permits_;
  }

  State state(Instant now) noexcept {
    catch_up(now);
    return state_;
  }
  /// Of the window of the present state. In percent; -1 with fewer than the minimum of calls.
  double failure_rate(Instant now) noexcept;
  double slow_call_rate(Instant now) noexcept;
  const OutcomeCounts& counts(Instant now) noexcept {
    catch_up(now);
    return window().counts(now);
  }
  std::uint64_t refused() const { return refused_; }  ///< since the present window was begun
  const Events& events() const { return events_; }
  /// When a timer would change the state by itself; never, where none is running.
  Instant next_change() const { return due_; }

  /// By hand. False where there is no way from here: closed and metrics_only never lead to
  /// half_open, metrics_only not to open. `wait` replaces that of the parameters once.
  bool transition(Instant now, State to, std::optional<Duration> wait = std::nullopt) noexcept;
  /// Closed, with an empty window.
  void reset(Instant now) noexcept;

  bool operator==(const CircuitBreaker&) const = default;

 private:
  void catch_up(Instant now) noexcept {
    if (now >= due_) run_timers(now);
  }
  void run_timers(Instant now) noexcept;
  bool try_acquire_elsewhere(Instant now) noexcept;
  void record(Instant now, bool failed, Duration took) noexcept {
    catch_up(now);
    if (state_ == State::forced_open || state_ == State::disabled) return;
    OutcomeWindow& into = window();
    into.record(now, failed, took > params_.slow_call, took);
    const OutcomeCounts& counts = into.counts(now);
    if (counts.calls < minimum_ || state_ == State::open) return;
    judge(now, counts);
  }
  void judge(Instant now, const OutcomeCounts& counts) noexcept;
  void enter(Instant at, State to, std::optional<Duration> wait = std::nullopt) noexcept;
  Duration wait_of(std::uint32_t attempt) const noexcept;
  OutcomeWindow& window() { return on_trial_ ? trial_ : normal_; }

  Params params_;
  State state_ = State::closed;
  bool on_trial_ = false;       // results are those of half_open, or of the open state after it
  bool told_failures_ = false;  // metrics_only says each thing once
  bool told_slow_ = false;
  std::uint32_t minimum_ = 0;   // of calls in the present window
  std::uint32_t permits_ = 0;   // left in half_open
  std::uint32_t attempts_ = 0;  // openings in a row
  std::uint64_t refused_ = 0;
  Instant open_until_;
  Instant due_ = Instant::never();  // of the timer that runs in this state
  OutcomeWindow normal_;
  OutcomeWindow trial_;
  Events events_;
};

}  // namespace rehearse::policies
