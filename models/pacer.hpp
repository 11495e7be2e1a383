#pragma once
/// Lets the instances of a service warm up and pause.
///
/// Warm-up: from the start of the process, work takes `slowdown` times as long, a factor that falls
/// in a straight line to 1 over `duration`. The line is walked in kWarmupSteps steps, each at its
/// mean. What it stands for: just-in-time compilation, cold caches and pools (OpenJDK HotSpot
/// compiles a method after some thousand calls; load balancers call the remedy slow start).
///
/// Pauses: a stop-the-world pause (garbage collection, a stolen processor) holds everything in the
/// instance: shared cores, timed work, requests that arrive or come back from calls. Time between
/// pauses runs on whether there is work or not; at the start of a trial instances are somewhere
/// between two pauses. Timers of callers run on. In the long run an instance works for the share
/// E[every] / (E[every] + E[for]) of the time. Theory: M/M/1 with breakdowns (H. White, L. Christie
/// 1958), tests/theory/pace_test.cpp.
///
/// With a process end its pause and its warm-up; the next one begins anew. Leaves out: pauses that
/// depend on load or memory, and cores that a concurrent collector takes.

#include <cstdint>
#include <vector>

#include "models/frame.hpp"
#include "models/pace_spec.hpp"
#include "sim/engine.hpp"

namespace rehearse::models {

class World;
struct ServiceSpec;

class Pacer final : public sim::Handler {
 public:
  static constexpr int kWarmupSteps = 20;

  Pacer(World& world, std::uint32_t service);

  void begin();
  /// No more pauses: the trial drains.
  void close() { closed_ = true; }
  /// The process of an instance has started anew, or has died with all that was in it.
  void started(std::uint32_t instance);
  void stopped(std::uint32_t instance);
  void on_event(sim::Engine& engine, std::uint64_t data) override;

  /// What happens in the instant in which a pause ends is no longer in it.
  bool stands(Instant now, std::uint32_t instance) const {
    return states_[instance].stands && now < states_[instance].until;
  }
  /// When the running pause ends. REQUIRES: it stands.
  Instant goes_on_at(std::uint32_t instance) const { return states_[instance].until; }
  /// How long it has stood still in all its pauses until now.
  Duration stood(Instant now, std::uint32_t instance) const;
  /// The same once the running pause is over.
  Duration will_have_stood(std::uint32_t instance) const { return states_[instance].stood; }
  /// `frame` goes on when the pause is over. REQUIRES: the instance stands; nobody else refers to
  /// the frame's place in a list.
  void hold(Frame& frame);

 private:
  enum class What : std::uint8_t { pause, go_on, warmer };
  struct State {
    std::uint32_t life = 0;  // of the process: events planned for an earlier one do not count
    int warmth = 0;          // steps of the warm-up that are over
    double slowness = 1;     // applied
    bool stands = false;
    Instant until;
    Duration stood;          // the running pause included
    Frame* first = nullptr;  // held
    Frame* last = nullptr;
  };
  void plan(What what, std::uint32_t instance, Duration after);
  void plan_pause(std::uint32_t instance, double share);
  void end_life(std::uint32_t instance);
  void warm_up(std::uint32_t instance);
  void slow_down(std::uint32_t instance, double factor);
  void pause(std::uint32_t instance);
  void go_on(std::uint32_t instance);

  World& world_;
  const ServiceSpec& spec_;
  const std::uint32_t service_;
  bool closed_ = false;
  std::vector<State> states_;
};

}  // namespace rehearse::models
