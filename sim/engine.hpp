#pragma once
/// Virtual time: one engine runs one trial. It knows events and handlers, nothing of platforms.
///
/// Results are a function of (model, seed, version): handlers see no wall clock and no address. The
/// engine is a plain object; many may run on many threads, sharing nothing.

#include <cstdint>
#include <string>
#include <vector>

#include "base/assert.hpp"
#include "base/time.hpp"
#include "sim/event.hpp"
#include "sim/event_queue.hpp"
#include "sim/random.hpp"
#include "sim/wide.hpp"

namespace rehearse::sim {

class Engine;

/// An entity that schedules and receives events. Its source number comes from Engine::add(): the
/// order of registration decides ties at one instant.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual void on_event(Engine& engine, std::uint64_t data) = 0;

 private:
  friend class Engine;
  std::uint64_t next_order_ = ~std::uint64_t{0};
};

/// Sees every event before it is handled: for event logs and for finding where two runs part.
class EventWatcher {
 public:
  virtual ~EventWatcher() = default;
  virtual void on_executed(const Event& event) = 0;
};

class Engine {
 public:
  explicit Engine(StreamSeed seed);

  /// Registers `handler` under the next source number. `name` is for logs and divergence reports.
  void add(Handler& handler, std::string name);

  Instant now() const { return now_; }
  StreamSeed seed() const { return seed_; }

  /// Schedules `data` for `handler` at `at` >= now(); Instant::never() schedules nothing.
  void schedule(Handler& handler, Instant at, std::uint64_t data);
  /// As schedule(), and can be cancelled.
  TimerId schedule_cancellable(Handler& handler, Instant at, std::uint64_t data);
  bool cancel(TimerId timer) { return queue_.cancel(timer); }

  /// A place in the order, taken now for an event that is scheduled later by schedule_at_place():
  /// for lanes that keep their events outside the queue until they come to the front.
  std::uint64_t take_place(Handler& handler) { return take_order(handler); }
  void schedule_at_place(Handler& handler, Instant at, std::uint64_t place, std::uint64_t data) {
    REHEARSE_ASSERT(at >= now_);
    queue_.push(Event{at.ns(), place, &handler, data});
  }

  /// Handles events in order until none is left before `end`, or stop() is called. now() is then
  /// `end`, or the instant of the last event where stopped.
  void run_before(Instant end);
  /// Handles one event; false, and now() is `end`, where none is left before `end`.
  bool step_before(Instant end);
  /// Ends run_before() after the current event.
  void stop() { stopped_ = true; }
  bool stopped() const { return stopped_; }
  /// More than 10^8 events happened at one instant: time does not advance.
  bool stuck() const { return stuck_; }

  std::uint64_t events() const { return events_; }
  /// Hash of every executed (instant, source, counter): equal trajectories have equal fingerprints.
  std::uint64_t fingerprint() const { return fingerprint_; }
  void watch(EventWatcher* watcher) { watcher_ = watcher; }
  const std::string& source_name(std::uint64_t order) const;
  /// Names by source number; the first is the engine's own.
  const std::vector<std::string>& sources() const { return sources_; }
  const EventQueue& queue() const { return queue_; }

 private:
  std::uint64_t take_order(Handler& handler) {
    const std::uint64_t order = handler.next_order_;
    handler.next_order_ += Event::kCounterStep;
    return order;
  }
  void execute(const Event& event) {
    // A model that never lets time pass would run for ever: stop, and let the owner say so.
    at_instant_ = event.at_ns == now_.ns() ? at_instant_ + 1 : 0;
    if (at_instant_ > kMostAtOneInstant) [[unlikely]]
      stuck_ = stopped_ = true;
    now_ = Instant::at_ns(event.at_ns);
    ++events_;
    mix(event);
    if (watcher_ != nullptr) [[unlikely]]
      watcher_->on_executed(event);
    event.handler->on_event(*this, event.data);
  }
  void mix(const Event& event) {
    // One wide multiply folds both words; the constants are those of the golden ratio and of pi.
    const auto product =
        static_cast<UInt128>(fingerprint_ ^ static_cast<std::uint64_t>(event.at_ns) ^
                             0x9e3779b97f4a7c15ULL) *
        (event.order ^ 0x243f6a8885a308d3ULL);
    fingerprint_ = static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64) ^
                   std::rotl(fingerprint_, 23);
  }

  EventQueue queue_;
  Instant now_;
  std::uint64_t events_ = 0;
  std::uint64_t fingerprint_ = 0;
  bool stopped_ = false;
  bool stuck_ = false;
  static constexpr std::uint64_t kMostAtOneInstant = 100'000'000;
  std::uint64_t at_instant_ = 0;
  std::uint64_t runs_ = 0;
  EventWatcher* watcher_ = nullptr;
  StreamSeed seed_;
  AssertContext context_;
  std::vector<std::string> sources_;
};

}  // namespace rehearse::sim
