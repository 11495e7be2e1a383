// A lane of timeouts against plain cancellable timers: the same waiters at the same instants in the
// same order, among other events. The script of what is set and what ends in time is drawn at
// random; times are coarse, so that timeouts and other events often share an instant.

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "sim/engine.hpp"
#include "sim/random.hpp"
#include "sim/timeout_lane.hpp"

namespace rehearse::sim {
namespace {

struct Waiter {
  std::uint32_t id = 0;
  std::uint32_t token = 0;  // raised when it no longer waits
};

/// What happened: instant, what, which waiter, which of its waits.
using Log = std::vector<std::tuple<std::int64_t, char, std::uint32_t, std::uint32_t>>;

struct Action {
  std::int64_t at;
  bool starts;  // else the wait ends in time
  std::uint32_t waiter;
};

constexpr std::int64_t kLength = 50;  // of the timeout

std::vector<Action> script(std::uint64_t seed) {
  Stream random({seed, 0}, "script", "actions");
  const double in_time = random.uniform();
  const auto waiters = static_cast<std::uint32_t>(1 + random.below(300));
  const auto step = static_cast<std::int64_t>(1 + random.below(20));
  std::vector<Action> actions;
  std::int64_t at = 0;
  for (int i = 0; i < 3000; ++i) {
    at += step * static_cast<std::int64_t>(random.below(3));
    actions.push_back(
        {at, !random.chance(in_time), static_cast<std::uint32_t>(random.below(waiters))});
  }
  return actions;
}

/// Plays the script; how timeouts are kept is up to the derived class.
class Player : public Handler {
 public:
  explicit Player(const std::vector<Action>& actions)
      : actions_(actions), engine_({1, 0}), waiters_(300) {
    for (std::uint32_t i = 0; i < waiters_.size(); ++i) waiters_[i].id = i;
  }
  Log play() {
    engine_.add(*this, "script");
    prepare();
    for (std::size_t i = 0; i < actions_.size(); ++i)
      engine_.schedule(*this, Instant::at_ns(actions_[i].at), i);
    engine_.run_before(Instant::at_ns(actions_.back().at + 10 * kLength));
    return log_;
  }
  void on_event(Engine& engine, std::uint64_t data) override {
    const Action& action = actions_[data];
    Waiter& waiter = waiters_[action.waiter];
    note(action.starts ? 's' : 'e', waiter);
    end(waiter);
    ++waiter.token;
    if (action.starts) set(engine, waiter);
  }
  bool waits(const Waiter* waiter, std::uint32_t token) const { return waiter->token == token; }
  void on_timeout(Waiter* waiter, std::uint32_t token) {
    EXPECT_EQ(waiter->token, token);
    note('t', *waiter);
    ++waiter->token;
  }

 protected:
  virtual void prepare() = 0;
  virtual void set(Engine& engine, Waiter& waiter) = 0;
  virtual void end(Waiter& waiter) = 0;
  void note(char what, const Waiter& waiter) {
    log_.emplace_back(engine_.now().ns(), what, waiter.id, waiter.token);
  }

  const std::vector<Action>& actions_;
  Engine engine_;
  std::vector<Waiter> waiters_;
  Log log_;
};

class WithLane final : public Player {
 public:
  using Player::Player;

 private:
  void prepare() override { engine_.add(lane_, "timeouts"); }
  void set(Engine& engine, Waiter& waiter) override { lane_.set(engine, &waiter, waiter.token); }
  void end(Waiter&) override {}
  TimeoutLane<Player, Waiter> lane_{*this, Duration::nanoseconds(kLength)};
};

class WithTimers final : public Player {
 public:
  using Player::Player;

 private:
  struct Timers final : Handler {
    explicit Timers(WithTimers& player) : owner(player) {}
    void on_event(Engine&, std::uint64_t waiter) override {
      Waiter& due = owner.waiters_[waiter];
      owner.timer_of_.erase(due.id);
      owner.on_timeout(&due, due.token);
    }
    WithTimers& owner;
  };
  void prepare() override { engine_.add(timers_, "timeouts"); }
  void set(Engine& engine, Waiter& waiter) override {
    timer_of_[waiter.id] = engine.schedule_cancellable(
        timers_, engine.now() + Duration::nanoseconds(kLength), waiter.id);
  }
  void end(Waiter& waiter) override {
    const auto timer = timer_of_.find(waiter.id);
    if (timer == timer_of_.end()) return;
    EXPECT_TRUE(engine_.cancel(timer->second));
    timer_of_.erase(timer);
  }
  Timers timers_{*this};
  std::map<std::uint32_t, TimerId> timer_of_;
};

TEST(TimeoutLaneProperty, FiresAsCancellableTimersDo) {
  std::size_t fired = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const std::vector<Action> actions = script(seed);
    const Log lane = WithLane(actions).play();
    const Log timers = WithTimers(actions).play();
    ASSERT_EQ(lane, timers) << "seed " << seed;
    for (const auto& entry : lane) fired += std::get<1>(entry) == 't' ? 1U : 0U;
  }
  EXPECT_GT(fired, 10'000U) << "scripts that let next to nothing time out show little";
}

}  // namespace
}  // namespace rehearse::sim
