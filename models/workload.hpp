#pragma once
/// Clients. Open loop: requests begin by an arrival process, whatever became of those before them
/// (no coordinated omission). Closed loop: each user asks, waits for the answer, thinks, asks
/// again; a user who is no longer wanted leaves after the answer (the graceful ramp-down of k6). A
/// request's time is end to end: retries, pauses and the network included. Either may walk through
/// pages (models/session_walk.hpp). Leaves out: users who give up for good.

#include <cstdint>
#include <optional>
#include <vector>

#include "models/blueprint.hpp"
#include "models/flow.hpp"
#include "models/meter.hpp"
#include "models/session_walk.hpp"
#include "sim/engine.hpp"

namespace rehearse::models {

class World;

class Workload final : public sim::Handler {
 public:
  Workload(World& world, std::uint32_t number);

  /// Schedules the first arrival or the first users.
  void begin();
  /// Begins no more requests: the trial drains.
  void close() { closed_ = true; }
  /// A request of this workload is over.
  void complete(Frame& root, Outcome outcome);
  void on_event(sim::Engine& engine, std::uint64_t data) override;

  /// From now on the clients ask `factor` times as often: beyond 1 by a Poisson stream beside the
  /// workload's own requests, below 1 by leaving out some of these; a closed loop has so many times
  /// the users. `touched` counts the requests or users that this adds or takes away.
  void surge(double factor, sim::Stream& stream, std::uint64_t& touched);

  Meter& meter() { return meter_; }
  std::uint64_t begun() const { return begun_; }

 private:
  // What a `client` signal means: the number in its low bits is kArrival, kChange or a user.
  static constexpr std::uint64_t kArrival = 0xfffffffe;
  static constexpr std::uint64_t kSurge = 0xfffffffd;
  static constexpr std::uint64_t kChange = 0xffffffff;

  void launch(std::uint32_t user);
  void arrive();
  void go_on(std::uint32_t user, Outcome outcome);
  inline Origin origin(std::uint32_t user);
  inline std::uint32_t client(std::uint32_t user);
  inline void plan_arrival();
  inline Instant next_arrival();
  Instant next_modulated();
  void change_users();
  void want_users(std::uint32_t wanted);
  std::uint32_t surged_users() const;
  void plan_surge();
  void on_surge();
  void think(std::uint32_t user, std::uint32_t law);
  void wait(std::uint32_t user, std::uint32_t law);
  bool exhausted() const { return closed_ || (spec_.limit > 0 && begun_ >= spec_.limit); }

  World& world_;
  const WorkloadSpec& spec_;
  const std::uint32_t number_;
  Meter meter_;
  std::optional<SessionWalk> sessions_;
  std::uint64_t begun_ = 0;
  bool closed_ = false;
  RateWalk walk_;
  BurstWalk bursts_;
  std::size_t next_instant_ = 0;
  std::size_t next_change_ = 0;
  std::uint32_t wanted_ = 0;          // users
  std::uint32_t described_ = 0;       // users that the scenario asks for, without a surge
  std::vector<std::uint8_t> active_;  // by user: in the loop
  double surge_ = 1;
  double highest_rate_ = 0;  // of the open loop, without a surge
  sim::Stream* surge_stream_ = nullptr;
  std::uint64_t* surged_ = nullptr;
  sim::TimerId next_surge_;
};

}  // namespace rehearse::models
