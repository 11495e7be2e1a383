// The event queue against a sorted map, under loads that differ in everything that matters to it:
// how far ahead events lie, how many are pending, how many are cancelled, how many share an
// instant. Each seed draws such a load at random (swarm testing), so that every tier, the splitting
// of buckets, the pouring of the heap and the sweep are met in many combinations.
// REHEARSE_SWARM_SEED=N runs one seed only.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "sim/event_queue.hpp"
#include "sim/random.hpp"

namespace rehearse::sim {
namespace {

using Key = std::pair<std::int64_t, std::uint64_t>;  // instant, order

/// What a seed makes of the load.
struct Load {
  enum class Gaps { uniform, exponential, heavy_tail, few_values, two_scales, none };
  Gaps gaps = Gaps::uniform;
  double scale = 1e6;         // of the gaps, ns
  std::size_t pending = 100;  // aimed at
  double cancellable = 0;     // share of events
  double cancelled = 0;       // share of those that are cancelled at some time
  double burst = 0;           // how often many events are pushed for one instant
  int sources = 1;

  explicit Load(Stream& random) {
    gaps = static_cast<Gaps>(random.below(6));
    scale = std::pow(10, 12 * random.uniform());
    pending = static_cast<std::size_t>(std::pow(10, 1 + 3.6 * random.uniform()));
    if (random.chance(0.7)) cancellable = random.uniform();
    if (random.chance(0.7)) cancelled = random.chance(0.5) ? 0.9 : random.uniform();
    if (random.chance(0.3)) burst = 0.002;
    sources = static_cast<int>(1 + random.below(5));
  }
  double gap(Stream& random) const {
    switch (gaps) {
      case Gaps::uniform:
        return scale * random.uniform();
      case Gaps::exponential:
        return scale * random.exponential();
      case Gaps::heavy_tail:  // Pareto of index 0.5: no mean
        return scale * std::min(1e6, std::pow(random.uniform(), -2));
      case Gaps::few_values:
        return scale * static_cast<double>(random.below(4));
      case Gaps::two_scales:  // timeouts among short steps
        return random.chance(0.5) ? scale : 1e-4 * scale * random.exponential();
      case Gaps::none:
        return 0;
    }
    return 0;
  }
};

class Swarm {
 public:
  explicit Swarm(std::uint64_t seed) : random_({seed, 0}, "swarm", "steps"), load_(random_) {
    counters_.resize(static_cast<std::size_t>(load_.sources), 0);
  }

  void run(int steps) {
    for (int step = 0; step < steps && !testing::Test::HasFailure(); ++step) {
      // Up to the number aimed at, then to and fro around it.
      const double push_share = expected_.size() < load_.pending ? 0.7 : 0.4;
      if (random_.chance(load_.burst)) {
        const std::int64_t at = later();
        for (std::uint64_t n = random_.below(500); n > 0; --n) push(at);
      } else if (random_.chance(push_share)) {
        push(later());
      } else {
        pop();
      }
      if (random_.chance(load_.cancellable * load_.cancelled)) cancel();
      if (random_.chance(0.01)) look();
    }
    while (!expected_.empty() && !testing::Test::HasFailure()) pop();
    Event event{};
    EXPECT_FALSE(queue_.pop(event));
    EXPECT_EQ(queue_.next_at(), std::numeric_limits<std::int64_t>::max());
  }
  const EventQueue::Counters& counters() const { return queue_.counters(); }

 private:
  struct Expected {
    std::uint64_t data;
    std::optional<TimerId> timer;
  };

  std::int64_t later() {
    return now_ + static_cast<std::int64_t>(std::min(1e15, load_.gap(random_)));
  }
  void push(std::int64_t at) {
    const std::uint64_t source = random_.below(counters_.size());
    const std::uint64_t order =
        (source << Event::kSourceShift) | (counters_[source] += Event::kCounterStep);
    const std::uint64_t data = random_.bits();
    if (random_.chance(load_.cancellable)) {
      const std::uint64_t marked = order | Event::kCancellable;
      const TimerId timer = queue_.push_cancellable({at, marked, nullptr, data});
      expected_[{at, marked}] = {data, timer};
      timers_.emplace_back(Key{at, marked}, timer);
    } else {
      queue_.push({at, order, nullptr, data});
      expected_[{at, order}] = {data, std::nullopt};
    }
  }
  void pop() {
    Event event{};
    const bool popped = queue_.pop(event);
    ASSERT_EQ(popped, !expected_.empty());
    if (!popped) return;
    const auto first = expected_.begin();
    ASSERT_EQ((Key{event.at_ns, event.order}), first->first);
    ASSERT_EQ(event.data, first->second.data);
    now_ = event.at_ns;
    expected_.erase(first);
    ASSERT_EQ(queue_.size(), expected_.size());
  }
  // A timer of any age: pending ones can be cancelled, others no more.
  void cancel() {
    if (timers_.empty()) return;
    const std::size_t at = random_.below(timers_.size());
    const auto [key, timer] = timers_[at];
    const bool pending = expected_.erase(key) > 0;
    ASSERT_EQ(queue_.cancel(timer), pending);
    ASSERT_FALSE(queue_.cancel(timer));
    if (pending || random_.chance(0.5)) {  // a few stay, to be tried again when they are stale
      timers_[at] = timers_.back();
      timers_.pop_back();
    }
    ASSERT_EQ(queue_.size(), expected_.size());
  }
  void look() {
    const std::int64_t next = expected_.empty() ? std::numeric_limits<std::int64_t>::max()
                                                : expected_.begin()->first.first;
    ASSERT_EQ(queue_.next_at(), next);
  }

  Stream random_;
  Load load_;
  EventQueue queue_;
  std::int64_t now_ = 0;
  std::vector<std::uint64_t> counters_;
  std::map<Key, Expected> expected_;
  std::vector<std::pair<Key, TimerId>> timers_;
};

TEST(EventQueueProperty, AgreesWithASortedMap) {
  const char* only = std::getenv("REHEARSE_SWARM_SEED");
  const std::uint64_t first = only != nullptr ? std::strtoull(only, nullptr, 10) : 1;
  const std::uint64_t last = only != nullptr ? first : 400;
  EventQueue::Counters sum;
  for (std::uint64_t seed = first; seed <= last && !HasFailure(); ++seed) {
    SCOPED_TRACE("REHEARSE_SWARM_SEED=" + std::to_string(seed));
    Swarm swarm(seed);
    swarm.run(30'000);
    sum.splits += swarm.counters().splits;
    sum.spills += swarm.counters().spills;
    sum.sweeps += swarm.counters().sweeps;
  }
  if (only != nullptr) return;
  // The loads reach what they are meant to reach.
  EXPECT_GT(sum.splits, 100U);
  EXPECT_GT(sum.spills, 100U);
  EXPECT_GT(sum.sweeps, 0U);
}

// Timeouts that are cancelled long before they are due: what has gone must not stay in memory.
TEST(EventQueueProperty, CancelledEventsDoNotPileUp) {
  Stream random({1, 0}, "timeouts", "steps");
  EventQueue queue;
  constexpr std::size_t kLive = 1000;
  std::vector<TimerId> live;
  std::int64_t now = 0;
  std::uint64_t counter = 0;
  std::size_t plateau = 0;
  for (int step = 0; step < 1'000'000; ++step) {
    counter += Event::kCounterStep;
    const std::int64_t due =
        now + 30'000'000'000 + static_cast<std::int64_t>(random.below(1'000'000));
    live.push_back(queue.push_cancellable({due, counter | Event::kCancellable, nullptr, 0}));
    counter += Event::kCounterStep;
    queue.push({now + static_cast<std::int64_t>(1 + random.below(1000)), counter, nullptr, 0});
    if (live.size() > kLive) {
      const std::size_t at = random.below(live.size());
      ASSERT_TRUE(queue.cancel(live[at]));
      live[at] = live.back();
      live.pop_back();
    }
    Event event{};
    ASSERT_TRUE(queue.pop(event));
    now = event.at_ns;
    ASSERT_EQ(queue.size(), live.size());
    if (step == 100'000) plateau = queue.memory_bytes();
  }
  EXPECT_GT(queue.counters().sweeps, 10U);
  // At most as many dead events as live ones beyond the threshold of 4096, of 32 bytes each, in
  // vectors that may be twice as large, twice while one is swept into another.
  EXPECT_LE(queue.memory_bytes(), (kLive + 2 * 4096 + 1024) * sizeof(Event) * 4 + 64 * 1024);
  EXPECT_LE(queue.memory_bytes(), 2 * plateau);
}

// The worst case of a calendar: everything at one instant, pushed in reverse order of sources.
TEST(EventQueueProperty, OneInstantComesInOrder) {
  EventQueue queue;
  constexpr std::uint64_t kEvents = 200'000;
  for (std::uint64_t i = kEvents; i > 0; --i)
    queue.push({7, i << Event::kSourceShift >> 18, nullptr, i});
  Event event{};
  std::uint64_t last = 0;
  for (std::uint64_t i = 1; i <= kEvents; ++i) {
    ASSERT_TRUE(queue.pop(event));
    ASSERT_EQ(event.data, i);
    ASSERT_GT(event.order, last);
    last = event.order;
  }
  EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace rehearse::sim
