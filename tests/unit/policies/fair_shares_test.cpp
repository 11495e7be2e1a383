#include "policies/fair_shares.hpp"

#include <gtest/gtest.h>

namespace rehearse::policies {
namespace fair_shares_test {

// How often each flow is served in `turns` while all of them always wait.
std::vector<int> served(const std::vector<double>& weights, int turns) {
  FairShares shares(weights);
  std::vector<int> count(weights.size());
  for (std::size_t f = 0; f < weights.size(); ++f) shares.joined(f);
  for (int i = 0; i < turns; ++i) {
    const std::size_t flow = shares.next();
    ++count[flow];
    shares.joined(flow);
  }
  return count;
}

TEST(FairShares, FollowWeights) {
  EXPECT_EQ(served({1, 1}, 100), (std::vector<int>{50, 50}));
  EXPECT_EQ(served({3, 1}, 400), (std::vector<int>{300, 100}));
  EXPECT_EQ(served({4, 2, 1}, 700), (std::vector<int>{400, 200, 100}));
}

TEST(FairShares, StayWithinTheirBoundAtEachTurn) {
  const std::vector<double> weights{2.5, 1, 0.3};
  for (int turns = 1; turns < 200; ++turns) {
    const std::vector<int> n = served(weights, turns);
    for (std::size_t a = 0; a < n.size(); ++a)
      for (std::size_t b = 0; b < n.size(); ++b)
        EXPECT_LE(n[a] / weights[a] - n[b] / weights[b], 1 / weights[a] + 1 / weights[b] + 1e-9);
  }
}

TEST(FairShares, GiveNoCreditForIdleness) {
  FairShares shares({1, 1});
  for (int i = 0; i < 1000; ++i) shares.passed(0);
  // The second one was away; now they take turns.
  for (int i = 0; i < 10; ++i) {
    shares.joined(0);
    shares.joined(1);
  }
  int second = 0;
  for (int i = 0; i < 10; ++i) second += shares.next() == 1 ? 1 : 0;
  EXPECT_EQ(second, 5);
}

TEST(FairShares, LeaveOutWhoHasLeft) {
  FairShares shares({1, 1});
  shares.joined(0);
  shares.joined(1);
  shares.left(0);
  EXPECT_EQ(shares.next(), 1U);
}

}  // namespace fair_shares_test
}  // namespace rehearse::policies
