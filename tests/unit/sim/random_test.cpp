#include "sim/random.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

namespace rehearse::sim {
namespace {

using testing::ElementsAre;

// The known-answer vectors that Random123 publishes for philox4x64 with 10 rounds.
TEST(Philox, GivesThePublishedAnswers) {
  EXPECT_THAT(
      philox_block({0, 0, 0, 0}, {0, 0}),
      ElementsAre(0x16554d9eca36314c, 0xdb20fe9d672d0fdc, 0xd7e772cee186176b, 0x7e68b68aec7ba23b));
  const std::uint64_t ones = ~std::uint64_t{0};
  EXPECT_THAT(
      philox_block({ones, ones, ones, ones}, {ones, ones}),
      ElementsAre(0x87b092c3013fe90b, 0x438c3c67be8d0224, 0x9cc7d7c69cd777b6, 0xa09caebf594f0ba0));
  EXPECT_THAT(
      philox_block({0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89},
                   {0x452821e638d01377, 0xbe5466cf34e90c6c}),
      ElementsAre(0xa528f45403e61d95, 0x38c72dbd566e9788, 0xa5a1610e72fd18b5, 0x57bd43b5e52b7fe6));
}

TEST(Stream, CountsThroughTheBlocksOfItsKey) {
  Stream stream({7, 3}, "gateway", "service");
  for (std::uint64_t block = 0; block < 5; ++block)
    for (const std::uint64_t want : philox_block({block, 0, 0, 0}, stream.key()))
      EXPECT_EQ(stream.bits(), want) << "block " << block;
}

TEST(Stream, DependsOnEachPartOfItsIdentity) {
  std::set<std::uint64_t> first;
  const auto draw = [&](StreamSeed seed, const char* entity, const char* purpose) {
    first.insert(Stream(seed, entity, purpose).bits());
  };
  draw({1, 0}, "a", "b");
  draw({2, 0}, "a", "b");
  draw({1, 1}, "a", "b");
  draw({0, 1}, "a", "b");
  draw({1, 0}, "b", "a");
  draw({1, 0}, "ab", "");
  draw({1, 0}, "", "ab");
  draw({1, 0}, "a", "c");
  EXPECT_EQ(first.size(), 8U);
}

TEST(Stream, IsNotDisturbedByOtherStreams) {
  Stream alone({1, 0}, "a", "x");
  Stream other({1, 0}, "b", "x");
  Stream beside({1, 0}, "a", "x");
  for (int i = 0; i < 100; ++i) {
    (void)other.bits();
    EXPECT_EQ(alone.bits(), beside.bits());
  }
}

// A change here changes every result that anyone has written down.
TEST(Stream, KeepsItsFirstDrawsForEver) {
  Stream stream({1, 0}, "gateway", "arrivals");
  EXPECT_EQ(name_hash("gateway"), 1218895636914166094U);
  EXPECT_EQ(stream.bits(), 17657457015845861710U);
  EXPECT_EQ(stream.bits(), 16942529040257219283U);
}

TEST(Stream, IsUniformInEveryBit) {
  constexpr int kDraws = 200'000;
  Stream stream({1, 0}, "bits", "test");
  std::vector<int> ones(64);
  for (int i = 0; i < kDraws; ++i) {
    const std::uint64_t bits = stream.bits();
    for (std::size_t b = 0; b < 64; ++b) ones[b] += static_cast<int>((bits >> b) & 1);
  }
  // 5 standard deviations of a fair coin: 64 bits pass together but once in 30,000 seeds.
  const double limit = 5 * std::sqrt(kDraws * 0.25);
  for (const int count : ones) EXPECT_NEAR(count, kDraws / 2.0, limit);
}

TEST(Stream, UniformFillsItsIntervalEvenly) {
  constexpr int kDraws = 1'000'000;
  constexpr int kCells = 100;
  Stream stream({1, 0}, "uniform", "test");
  std::vector<int> cells(kCells);
  for (int i = 0; i < kDraws; ++i) {
    const double u = stream.uniform();
    ASSERT_GT(u, 0.0);
    ASSERT_LE(u, 1.0);
    ++cells[static_cast<std::size_t>(std::ceil(u * kCells)) - 1];
  }
  double chi2 = 0;
  for (const int count : cells) chi2 += std::pow(count - kDraws / kCells, 2) / (kDraws / kCells);
  // 99 degrees of freedom: the 0.01 % and 99.99 % points.
  EXPECT_GT(chi2, 52);
  EXPECT_LT(chi2, 161);
}

TEST(Stream, ExponentialIsMinusTheLogarithmOfTheSameDraw) {
  Stream a({1, 0}, "x", "y");
  Stream b({1, 0}, "x", "y");
  double sum = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double e = a.exponential();
    EXPECT_NEAR(e, -std::log(b.uniform()), 1e-15 * e);
    sum += e;
  }
  EXPECT_NEAR(sum / 100'000, 1, 4 / std::sqrt(100'000.0));
}

TEST(Stream, BelowReachesAllValuesAndNoOther) {
  Stream stream({1, 0}, "below", "test");
  std::vector<int> seen(7);
  for (int i = 0; i < 70'000; ++i) ++seen.at(stream.below(7));
  for (const int count : seen) EXPECT_NEAR(count, 10'000, 5 * std::sqrt(10'000.0));
  EXPECT_EQ(stream.below(1), 0U);
}

TEST(Stream, ChanceIsNeverAtZeroAndAlwaysAtOne) {
  Stream stream({1, 0}, "chance", "test");
  int hits = 0;
  for (int i = 0; i < 10'000; ++i) {
    EXPECT_FALSE(stream.chance(0));
    EXPECT_TRUE(stream.chance(1));
    hits += stream.chance(0.25) ? 1 : 0;
  }
  EXPECT_NEAR(hits, 2500, 5 * std::sqrt(10'000 * 0.25 * 0.75));
}

TEST(Stream, IsSmall) {
  EXPECT_LE(sizeof(Stream), 192U);  // three cache lines
}

}  // namespace
}  // namespace rehearse::sim
