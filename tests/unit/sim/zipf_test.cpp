#include "sim/zipf.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace rehearse::sim {
namespace {

double naive_norm(std::uint64_t n, double alpha) {
  long double sum = 0;
  for (std::uint64_t k = n; k >= 1; --k)
    sum += std::pow(static_cast<long double>(k), -static_cast<long double>(alpha));
  return static_cast<double>(sum);
}

/// Chi-squared statistic of draws over cells of equal rank ranges (powers of two), and its cells.
double chi_squared(const Zipf& zipf, int draws, Stream& stream, int& cells) {
  std::vector<double> seen;
  std::vector<double> expected;
  const auto cell = [](std::uint64_t rank) {
    return static_cast<std::size_t>(rank < 8 ? rank : 5 + std::bit_width(rank));
  };
  for (std::uint64_t rank = 0; rank < zipf.size(); ++rank) {
    if (cell(rank) >= expected.size()) expected.resize(cell(rank) + 1);
    expected[cell(rank)] += zipf.probability(rank) * draws;
  }
  seen.resize(expected.size());
  for (int i = 0; i < draws; ++i) {
    const std::uint64_t rank = zipf.sample(stream);
    EXPECT_LT(rank, zipf.size());
    ++seen[cell(rank)];
  }
  double chi2 = 0;
  cells = 0;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    if (expected[i] < 5) continue;
    chi2 += (seen[i] - expected[i]) * (seen[i] - expected[i]) / expected[i];
    ++cells;
  }
  return chi2;
}

/// Upper 99.99 % point of chi-squared (Wilson and Hilferty).
double limit(int cells) {
  const double k = cells;
  return k * std::pow(1 - 2 / (9 * k) + 3.719 * std::sqrt(2 / (9 * k)), 3);
}

TEST(Zipf, ProbabilitiesAddUpToOne) {
  for (const double alpha : {0.0, 0.5, 0.999999, 1.0, 1.2, 3.0}) {
    for (const std::uint64_t n : {1U, 2U, 1024U, 1025U, 100'000U}) {
      const Zipf zipf(n, alpha);
      double sum = 0;
      for (std::uint64_t rank = n; rank-- > 0;) sum += zipf.probability(rank);
      EXPECT_NEAR(sum, 1, 1e-11) << "n " << n << ", alpha " << alpha;
    }
  }
  EXPECT_EQ(Zipf(10, 1).probability(10), 0);
}

TEST(Zipf, SumsFarRanksInClosedForm) {
  for (const double alpha : {0.3, 1.0, 1.0000001, 2.5}) {
    const double want = naive_norm(100'000, alpha);
    EXPECT_NEAR(1 / Zipf(100'000, alpha).probability(0), want, 1e-12 * want) << alpha;
  }
}

TEST(Zipf, AliasTableFollowsTheLaw) {
  Stream stream({1, 0}, "zipf", "alias");
  for (const double alpha : {0.0, 0.5, 0.8, 1.0, 1.5}) {
    for (const std::uint64_t n : {2U, 3U, 10U, 1000U, 100'000U}) {
      int cells = 0;
      const double chi2 = chi_squared(Zipf(n, alpha), 200'000, stream, cells);
      EXPECT_LT(chi2, limit(cells)) << "n " << n << ", alpha " << alpha;
      EXPECT_GE(cells, 2);
    }
  }
}

TEST(Zipf, RejectionFollowsTheLaw) {
  Stream stream({1, 0}, "zipf", "rejection");
  for (const double alpha : {0.3, 0.8, 1.0, 1.5}) {
    const Zipf zipf(Zipf::kAliasLimit + 1, alpha);
    EXPECT_LT(zipf.memory_bytes(), 1000U);
    int cells = 0;
    const double chi2 = chi_squared(zipf, 200'000, stream, cells);
    EXPECT_LT(chi2, limit(cells)) << alpha;
    EXPECT_GE(cells, 15);
  }
}

TEST(Zipf, ReachesTheLastOfFourBillionRanks) {
  const std::uint64_t n = 0xffff'ffff;
  Stream stream({1, 0}, "zipf", "huge");
  for (const double alpha : {0.0, 0.01, 0.9, 1.0}) {
    const Zipf zipf(n, alpha);
    std::uint64_t greatest = 0;
    for (int i = 0; i < 10'000; ++i) greatest = std::max(greatest, zipf.sample(stream));
    EXPECT_LT(greatest, n);
    EXPECT_GT(greatest, n / 2) << alpha;
  }
}

TEST(Zipf, OfOneIsAlwaysTheFirst) {
  Stream stream;
  EXPECT_EQ(Zipf().sample(stream), 0U);
  EXPECT_EQ(Zipf(1, 2).sample(stream), 0U);
  EXPECT_EQ(Zipf(1, 0).sample(stream), 0U);
}

TEST(ZipfDeathTest, RefusesWhatItCannotServe) {
  EXPECT_DEATH(Zipf(0, 1), "n >= 1");
  EXPECT_DEATH(Zipf(std::uint64_t{1} << 32, 1), "n <= ");
  EXPECT_DEATH(Zipf(10, -1), "alpha >= 0");
}

}  // namespace
}  // namespace rehearse::sim
