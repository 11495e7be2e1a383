// What balancers decide by, each against the rules of its source.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "policies/hash_ring.hpp"
#include "policies/peak_ewma.hpp"
#include "policies/priority_load.hpp"
#include "policies/slow_start.hpp"
#include "policies/smooth_round_robin.hpp"

namespace rehearse::policies {
namespace balancing_test {

Instant at(double seconds) {
  return Instant::start() + Duration::from_seconds(seconds);
}

// ---- Smooth weighted round robin

std::string order(const std::vector<double>& weights, int picks) {
  SmoothRoundRobin turns;
  turns.reset(weights.size());
  std::string letters;
  for (int i = 0; i < picks; ++i)
    letters += static_cast<char>('a' + turns.next([&](std::size_t w) { return weights[w]; }));
  return letters;
}

TEST(SmoothRoundRobin, SpreadsTheHeavyOneOverTheRound) {
  EXPECT_EQ(order({5, 1, 1}, 14), "aabacaaaabacaa");  // the example of nginx's commit
  EXPECT_EQ(order({4, 3, 2}, 9), "abcabacba");
}

TEST(SmoothRoundRobin, IsRoundRobinWithEqualWeights) {
  EXPECT_EQ(order({2, 2, 2}, 7), "abcabca");
}

TEST(SmoothRoundRobin, KeepsTheSharesExactlyInEveryRound) {
  const std::string round = order({7, 2, 3, 1}, 13);
  EXPECT_EQ(std::count(round.begin(), round.end(), 'a'), 7);
  EXPECT_EQ(std::count(round.begin(), round.end(), 'b'), 2);
  EXPECT_EQ(std::count(round.begin(), round.end(), 'c'), 3);
  EXPECT_EQ(std::count(round.begin(), round.end(), 'd'), 1);
}

// ---- Peak EWMA

constexpr Duration kDecay = Duration::seconds(10);

TEST(PeakEwma, TakesASlowerAnswerAtOnce) {
  PeakEwma latency;
  latency.observe(at(0), Duration::milliseconds(10), kDecay);
  latency.observe(at(0), Duration::milliseconds(500), kDecay);
  EXPECT_DOUBLE_EQ(latency.latency(), 0.5);
}

TEST(PeakEwma, ForgetsASlowOneAsTimePasses) {
  PeakEwma latency;
  latency.observe(at(0), Duration::milliseconds(500), kDecay);
  latency.observe(at(10), Duration::milliseconds(100), kDecay);
  EXPECT_NEAR(latency.latency(), 0.5 * std::exp(-1) + 0.1 * (1 - std::exp(-1)), 1e-12);
}

TEST(PeakEwma, CostsTheLatencyTimesTheRequestsUnderWayWithThisOne) {
  PeakEwma latency;
  latency.observe(at(1), Duration::milliseconds(200), kDecay);
  EXPECT_NEAR(latency.cost(at(1), 0, kDecay), 0.2, 1e-12);
  EXPECT_NEAR(latency.cost(at(1), 4, kDecay), 1.0, 1e-12);
  EXPECT_NEAR(latency.cost(at(6), 4, kDecay), std::exp(-0.5), 1e-12);
}

TEST(PeakEwma, TriesOneThatItDoesNotKnowOnce) {
  PeakEwma latency;
  EXPECT_EQ(latency.cost(at(1), 0, kDecay), 0);
  EXPECT_GT(latency.cost(at(1), 1, kDecay), PeakEwma::kPenalty);
}

// ---- Levels

std::vector<double> shares(const std::vector<LevelHealth>& levels, double panic = 0.5) {
  std::vector<double> result;
  for (const LevelLoad& load : priority_loads(levels, 1.4, panic)) result.push_back(load.share);
  return result;
}

void expect_shares(const std::vector<LevelHealth>& levels, const std::vector<double>& expected) {
  const std::vector<double> found = shares(levels);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    EXPECT_NEAR(found[i], expected[i], 0.006) << "level " << i;
}

// The tables of Envoy's documentation, "Priority levels", whose percents are rounded.
TEST(PriorityLoads, AreThoseOfEnvoysDocumentation) {
  expect_shares({{100, 100}, {100, 100}}, {1, 0});
  expect_shares({{100, 72}, {100, 72}}, {1, 0});
  expect_shares({{100, 71}, {100, 71}}, {0.994, 0.006});
  expect_shares({{100, 50}, {100, 50}}, {0.70, 0.30});
  expect_shares({{100, 25}, {100, 100}}, {0.35, 0.65});
  expect_shares({{100, 0}, {100, 100}}, {0, 1});
  // Healths 0.35 + 0.35: half each, as nothing can be carried in full; both in panic.
  expect_shares({{100, 25}, {100, 25}}, {0.5, 0.5});
  // Three levels.
  expect_shares({{100, 71}, {100, 71}, {100, 100}}, {0.99, 0.01, 0});
  expect_shares({{100, 25}, {100, 100}, {100, 100}}, {0.35, 0.65, 0});
  expect_shares({{100, 25}, {100, 25}, {100, 100}}, {0.35, 0.35, 0.30});
  const std::vector<double> short_of = shares({{100, 25}, {100, 25}, {100, 20}}, 0);
  EXPECT_NEAR(short_of[0], 0.36, 0.006);
  EXPECT_NEAR(short_of[2], 0.28, 0.006);
}

TEST(PriorityLoads, PanicOnlyWhereLevelsTogetherAreNotEnough) {
  const auto panics = [](const std::vector<LevelHealth>& levels) {
    std::vector<bool> result;
    for (const LevelLoad& load : priority_loads(levels, 1.4, 0.5)) result.push_back(load.panic);
    return result;
  };
  EXPECT_EQ(panics({{10, 1}, {10, 10}}), (std::vector<bool>{false, false}));
  EXPECT_EQ(panics({{10, 6}, {10, 1}}), (std::vector<bool>{false, true}));
  EXPECT_EQ(panics({{10, 4}}), std::vector<bool>{true});
  EXPECT_EQ(panics({{10, 5}}), std::vector<bool>{false});
}

TEST(PriorityLoads, GoByNumbersWhereAllPanic) {
  const std::vector<double> found = shares({{30, 3}, {10, 0}});
  EXPECT_DOUBLE_EQ(found[0], 0.75);
  EXPECT_DOUBLE_EQ(found[1], 0.25);
}

TEST(PriorityLoads, AreZeroWhereNobodyIsHealthyAndNobodyPanics) {
  EXPECT_EQ(shares({{10, 0}, {5, 0}}, 0), (std::vector<double>{0, 0}));
  EXPECT_EQ(shares({{10, 1}, {5, 0}}, 0), (std::vector<double>{1, 0}));
}

// ---- Slow start

TEST(SlowStart, GrowsFromTheLeastWeightToAllOfIt) {
  const SlowStart line{Duration::seconds(60), 1, 0.1};
  EXPECT_DOUBLE_EQ(line.share(Duration::zero()), 0.1);
  EXPECT_DOUBLE_EQ(line.share(Duration::seconds(6)), 0.1);
  EXPECT_DOUBLE_EQ(line.share(Duration::seconds(15)), 0.25);
  EXPECT_DOUBLE_EQ(line.share(Duration::seconds(60)), 1);
  const SlowStart bold{Duration::seconds(60), 2, 0.1};
  EXPECT_DOUBLE_EQ(bold.share(Duration::seconds(15)), 0.5);
}

// ---- Hash ring

constexpr std::uint64_t kKeys = 40'000;

std::vector<std::uint32_t> owners(const HashRing& ring, std::uint32_t away = HashRing::kNobody) {
  std::vector<std::uint32_t> result;
  for (std::uint64_t key = 0; key < kKeys; ++key)
    result.push_back(
        ring.owner(ring.place_of(key), [&](std::uint32_t backend) { return backend != away; }));
  return result;
}

TEST(HashRing, MovesOneKeyInNPlusOneToANewBackendAndNoOther) {
  for (const std::size_t n : {1U, 4U, 9U, 24U}) {
    double moved_share = 0;
    constexpr std::uint64_t kSalts = 20;
    for (std::uint64_t salt = 1; salt <= kSalts; ++salt) {
      const std::vector<std::uint32_t> before = owners(HashRing(std::vector<double>(n, 1), salt));
      const std::vector<std::uint32_t> after =
          owners(HashRing(std::vector<double>(n + 1, 1), salt));
      int moved = 0;
      for (std::size_t key = 0; key < before.size(); ++key) {
        if (before[key] == after[key]) continue;
        ASSERT_EQ(after[key], n);
        ++moved;
      }
      moved_share += static_cast<double>(moved) / kKeys / kSalts;
    }
    // Its share varies from ring to ring by some 8 % of itself, over 20 rings by 2 %.
    const double expected = 1.0 / static_cast<double>(n + 1);
    EXPECT_NEAR(moved_share, expected, 0.08 * expected) << n << " backends";
  }
}

TEST(HashRing, BalancesWithinTheSpreadOfItsPoints) {
  // Of n backends with p points each, shares have a coefficient of variation of about
  // sqrt((1 - 1/n) / p); keys add their own counting noise.
  constexpr std::uint32_t kBackends = 20;
  double square = 0;
  constexpr std::uint64_t kSalts = 20;
  for (std::uint64_t salt = 1; salt <= kSalts; ++salt) {
    std::vector<double> held(kBackends, 0);
    for (const std::uint32_t owner : owners(HashRing(std::vector<double>(kBackends, 1), salt)))
      held[owner] += static_cast<double>(kBackends) / kKeys;
    for (const double share : held) square += (share - 1) * (share - 1) / kBackends / kSalts;
  }
  const double expected = std::sqrt((1 - 1.0 / kBackends) / 160 + kBackends / 40'000.0);
  EXPECT_NEAR(std::sqrt(square), expected, 0.15 * expected);
}

TEST(HashRing, SharesByWeight) {
  double heavy = 0;
  for (std::uint64_t salt = 1; salt <= 20; ++salt) {
    const HashRing ring(std::vector<double>{3, 1}, salt);
    EXPECT_EQ(ring.points(), 640U);
    const std::vector<std::uint32_t> found = owners(ring);
    heavy += static_cast<double>(std::count(found.begin(), found.end(), 0U)) / kKeys / 20;
  }
  EXPECT_NEAR(heavy, 0.75, 0.02);
}

TEST(HashRing, GivesTheKeysOfOneThatIsAwayToOthersAndLeavesTheRest) {
  const HashRing ring(std::vector<double>(5, 1), 7);
  const std::vector<std::uint32_t> before = owners(ring);
  const std::vector<std::uint32_t> without = owners(ring, 2);
  std::vector<int> got(5, 0);
  for (std::size_t key = 0; key < before.size(); ++key) {
    if (before[key] != 2) {
      ASSERT_EQ(without[key], before[key]);
    } else {
      ++got[without[key]];
    }
  }
  EXPECT_EQ(got[2], 0);
  for (const std::uint32_t other : {0U, 1U, 3U, 4U}) EXPECT_GT(got[other], 1000) << other;
}

TEST(HashRing, FindsNobodyWhereNobodyIsEligible) {
  const HashRing ring(std::vector<double>(3, 1), 1);
  EXPECT_EQ(ring.owner(ring.place_of(1), [](std::uint32_t) { return false; }), HashRing::kNobody);
}

TEST(HashRing, BoundsItsPoints) {
  const HashRing ring(std::vector<double>{1e6, 1e6, 1}, 1);
  EXPECT_LE(ring.points(), static_cast<std::size_t>(HashRing::kMostPoints) + 3);
  EXPECT_GT(ring.points(), 1'000'000U);
}

}  // namespace balancing_test
}  // namespace rehearse::policies
