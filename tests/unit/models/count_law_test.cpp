#include "models/count_law.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

namespace rehearse::models {
namespace {

TEST(CountLaw, ConstantTakesNoDraw) {
  sim::Stream drawn({1, 0}, "a", "b");
  sim::Stream other({1, 0}, "a", "b");
  const CountLaw law = CountLaw::constant(7);
  EXPECT_EQ(law.sample(drawn), 7U);
  EXPECT_EQ(drawn.uniform(), other.uniform());
  EXPECT_EQ(law.mean(), 7);
  EXPECT_EQ(law.most(), 7U);
  EXPECT_DOUBLE_EQ(law.generating(0.5), std::pow(0.5, 7));
}

TEST(CountLaw, MeansAndGeneratingFunctions) {
  const double z = 0.7;
  const CountLaw uniform = CountLaw::uniform(1, 6);
  EXPECT_NEAR(uniform.mean(), 3.5, 1e-12);
  EXPECT_NEAR(uniform.generating(z), (z - std::pow(z, 7)) / (1 - z) / 6, 1e-12);
  for (const double mean : {1.0, 1.5, 40.0, 1000.0}) {
    const CountLaw law = CountLaw::geometric(mean);
    EXPECT_NEAR(law.mean(), mean, 1e-9 * mean);
    EXPECT_NEAR(law.generating(z), z / mean / (1 - z * (1 - 1 / mean)), 1e-12);
  }
  for (const double mean : {0.0, 0.3, 4.0, 500.0}) {
    const CountLaw law = CountLaw::poisson(mean);
    EXPECT_NEAR(law.mean(), mean, 1e-9 * (1 + mean));
    EXPECT_NEAR(law.generating(z), std::exp(-mean * (1 - z)), 1e-12);
  }
  const CountLaw weighted = CountLaw::weighted({{5, 3}, {1, 7}});
  EXPECT_NEAR(weighted.mean(), 0.7 + 0.3 * 5, 1e-12);
  EXPECT_NEAR(weighted.generating(z), 0.7 * z + 0.3 * std::pow(z, 5), 1e-12);
  EXPECT_EQ(weighted.generating(1), 1);
}

TEST(CountLaw, SamplesByShares) {
  sim::Stream stream({3, 0}, "law", "draws");
  const CountLaw law = CountLaw::weighted({{0, 0.2}, {3, 0.5}, {4, 0.3}});
  std::map<std::uint32_t, int> seen;
  constexpr int kDraws = 100'000;
  for (int i = 0; i < kDraws; ++i) ++seen[law.sample(stream)];
  ASSERT_EQ(seen.size(), 3U);  // 1 and 2 have no chance
  EXPECT_NEAR(seen[0], 0.2 * kDraws, 700);
  EXPECT_NEAR(seen[3], 0.5 * kDraws, 800);
  EXPECT_NEAR(seen[4], 0.3 * kDraws, 750);
}

}  // namespace
}  // namespace rehearse::models
