// The small containers of the models against the plainest thing that does the same: waiting lines
// against lists that are searched from end to end, balancers against combinatorics.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <list>
#include <vector>

#include "models/balancer.hpp"
#include "models/waiting_line.hpp"
#include "sim/random.hpp"

namespace rehearse::models {
namespace {

// ---- WaitingLine

/// Who is served next, by looking at everybody.
std::list<Frame*>::iterator next_of(std::list<Frame*>& waiting, Discipline discipline) {
  switch (discipline) {
    case Discipline::fifo:
    case Discipline::adaptive_lifo:  // as long as nobody says otherwise
    case Discipline::fair:           // among equals, of whom there is one
      return waiting.begin();
    case Discipline::lifo:
      return std::prev(waiting.end());
    case Discipline::priority:
      return std::min_element(waiting.begin(), waiting.end(), [](const Frame* a, const Frame* b) {
        return a->priority < b->priority;
      });
  }
  return waiting.begin();
}

void compare_lines(Discipline discipline, std::uint64_t seed) {
  sim::Stream random({seed, 0}, "line", "steps");
  WaitingLine line(discipline);
  std::vector<Frame> frames(64);
  std::list<Frame*> waiting;
  for (int step = 0; step < 5000; ++step) {
    Frame& frame = frames[random.below(frames.size())];
    const auto place = std::find(waiting.begin(), waiting.end(), &frame);
    if (random.chance(0.3)) {
      Frame* const taken = line.take();
      if (waiting.empty()) {
        ASSERT_EQ(taken, nullptr);
      } else {
        const auto next = next_of(waiting, discipline);
        ASSERT_EQ(taken, *next);
        waiting.erase(next);
      }
    } else if (place != waiting.end()) {
      line.leave(frame);
      waiting.erase(place);
    } else {
      frame.priority = static_cast<std::uint8_t>(random.below(WaitingLine::kPriorities));
      line.join(frame);
      waiting.push_back(&frame);
    }
    ASSERT_EQ(line.size(), waiting.size());
  }
}

TEST(WaitingLineProperty, ServesAsAListWould) {
  for (const Discipline discipline : {Discipline::fifo, Discipline::lifo, Discipline::priority}) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      SCOPED_TRACE(testing::Message()
                   << "discipline " << static_cast<int>(discipline) << ", seed " << seed);
      compare_lines(discipline, seed);
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

// ---- Balancer

constexpr std::uint32_t kInstances = 7;

/// A balancer for which instance i has i requests outstanding, so that of those drawn the lowest
/// number is taken.
Balancer loaded(const BalancerSpec& spec, sim::Stream& random) {
  Balancer balancer(spec, kInstances);
  std::vector<std::uint32_t> load(kInstances, 0);
  const auto short_of = [&](std::uint32_t i) { return load[i] < i; };
  for (bool more = true; more;) {
    ++load[balancer.pick(random)];
    more = false;
    for (std::uint32_t i = 0; i < kInstances; ++i) more = more || short_of(i);
  }
  for (std::uint32_t i = 0; i < kInstances; ++i) {
    for (; load[i] > i; --load[i]) balancer.answered(i);
  }
  return balancer;
}

double choose(std::uint32_t n, std::uint32_t k) {
  double result = 1;
  for (std::uint32_t i = 0; i < k; ++i) result = result * (n - i) / (i + 1);
  return result;
}

// Of d drawn, the lowest is r with probability C(n - 1 - r, d - 1) / C(n, d) without replacement,
// and
// ((n - r)^d - (n - r - 1)^d) / n^d with it. Any bias of the draws shows.
TEST(BalancerProperty, DrawsEveryChoiceEquallyOften) {
  constexpr int kDraws = 200'000;
  for (const bool replacement : {false, true}) {
    for (const std::uint32_t d : {1U, 2U, 3U, 5U, 7U}) {
      sim::Stream random({d, replacement ? 1U : 0U}, "balancer", "draws");
      BalancerSpec spec;
      spec.kind = Balancing::choices;
      spec.choices = d;
      spec.replacement = replacement;
      Balancer balancer = loaded(spec, random);
      std::vector<int> seen(kInstances, 0);
      for (int i = 0; i < kDraws; ++i) {
        const std::uint32_t picked = balancer.pick(random);
        balancer.answered(picked);
        ++seen[picked];
      }
      for (std::uint32_t r = 0; r < kInstances; ++r) {
        const double n = kInstances;
        const double p = replacement
                             ? (std::pow(n - r, d) - std::pow(n - r - 1, d)) / std::pow(n, d)
                             : choose(kInstances - 1 - r, d - 1) / choose(kInstances, d);
        const double deviation = std::sqrt(kDraws * p * (1 - p));
        EXPECT_NEAR(seen[r], kDraws * p, 4.5 * deviation)
            << "d = " << d << (replacement ? " with" : " without") << " replacement, rank " << r;
      }
    }
  }
}

}  // namespace
}  // namespace rehearse::models
