#pragma once
/// The guards around one call of a plan. Each unit of the caller (an instance, or a client of a
/// workload) has a state of its own, as a client library in its process would; an instance that is
/// started begins anew.
///
/// An attempt is let through by the throttle, then the breaker, then the bulkhead, in which it may
/// have to wait (its timeout begins behind it); whoever is turned away ends as `short_circuited`,
/// without a message. What came of an attempt is told to all of them: `ok` and `refused` are good
/// answers, everything else is bad. Retries ask their budget first. A hedge is sent where no answer
/// has come in time: the balancer is asked again, the first good answer counts (the last one, where
/// all are bad), and who is behind works on as after a timeout. The policies are those of
/// policies/, which say what they do and where it is from.
///
/// The order is that of the decorators of resilience4j (retry around breaker around bulkhead), with
/// the throttle outside. Leaves out: state that several units share; hedges that keep away from the
/// instance that was asked first.

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "models/frame.hpp"
#include "models/guard_spec.hpp"
#include "sim/engine.hpp"

namespace rehearse::models {

class World;

class CallGuard final : public sim::Handler {
 public:
  CallGuard(World& world, const GuardSpec& spec);

  /// Whether the attempt goes out now. Else it waits in a bulkhead, and its frame becomes ready
  /// when there is a place; or it has been turned away, and its frame is ready with that outcome.
  bool admit(Frame& frame);
  /// An attempt that admit() let through, or that has waited, has gone out.
  void sent(Frame& frame);
  /// One has been answered. False while another answer, to a hedge, may be better.
  bool answered(Frame& frame, const Frame& child);
  /// It ends with `outcome`, known or given up.
  void settle(Frame& frame, Outcome outcome);
  /// It ends, and nobody knows how: its caller has gone.
  void abandon(Frame& frame);
  /// Whether a failed attempt may be repeated. It takes from the budget.
  bool may_retry(const Frame& frame);

  /// Whether it waits for a place in a bulkhead.
  bool in_line(const Frame& frame) const { return attempts_[frame.guard - 1].waiting; }
  /// A process that has just been started knows nothing, unless the old one still finishes work.
  void restarted(std::uint32_t instance);
  const GuardSpec& spec() const { return spec_; }
  const GuardRecord& record() const { return record_; }
  void on_event(sim::Engine& engine, std::uint64_t data) override;

 private:
  static constexpr std::uint32_t kNobody = 0xffffffff;
  enum class Timer : std::uint8_t { hedge, timeout, waited };
  /// Requests and retries in flight.
  struct Shares {
    std::int64_t active = 0;
    std::int64_t retries = 0;
  };
  struct Unit {
    Unit(const GuardSpec& spec, Instant now);
    std::optional<policies::AdaptiveThrottle> throttle;
    std::optional<policies::CircuitBreaker> breaker;
    policies::CircuitBreaker::State shown = policies::CircuitBreaker::State::closed;
    policies::Bulkhead bulkhead;
    std::optional<policies::Hedging> hedging;
    std::optional<policies::AdaptiveTimeout> timeout;
    std::variant<std::monostate, policies::RetryQuota, policies::DepositBudget,
                 policies::FailureTokens, policies::RetryBreaker, Shares>
        budget;
    std::uint32_t first = kNobody;  // of the attempts that wait in the bulkhead
    std::uint32_t last = kNobody;
  };
  /// An attempt under way; Frame::guard is its number from 1.
  struct Attempt {
    Frame* frame = nullptr;
    Frame* hedge = nullptr;  // the latest, to know its answer by
    std::uint32_t unit = 0;
    std::uint32_t generation = 0;  // of the slot
    std::uint32_t next = kNobody;  // in the free list, or in the bulkhead
    std::uint32_t before = kNobody;
    std::uint16_t hedges = 0;
    std::uint16_t awaited = 0;  // answers that can still come
    bool waiting = false;
    bool retry = false;
    Instant began;
  };

  Instant now() const;
  std::uint32_t unit_of(const Frame& frame) const;
  Attempt& attempt_of(const Frame& frame) { return attempts_[frame.guard - 1]; }
  void begin_request(Unit& unit);
  void turn_away(Frame& frame, std::uint64_t& count);
  Attempt& take(Frame& frame, std::uint32_t unit);
  void give_back(Frame& frame);
  void start(Attempt& attempt);
  void wait(Attempt& attempt);
  void leave_line(const Attempt& attempt);
  void leave_bulkhead(Unit& unit);
  void tell_budget(Unit& unit, Outcome outcome);
  void show(Unit& unit, std::uint32_t number);
  void plan(Timer timer, const Attempt& attempt, Duration after);
  void on_hedge(Attempt& attempt);
  void on_waited(Attempt& attempt);

  World& world_;
  const GuardSpec& spec_;
  std::vector<Unit> units_;
  std::vector<Attempt> attempts_;
  std::uint32_t free_ = kNobody;
  GuardRecord record_;
};

}  // namespace rehearse::models
