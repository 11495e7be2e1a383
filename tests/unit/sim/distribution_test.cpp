#include "sim/distribution.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>
#include <vector>

namespace rehearse::sim {
namespace {

using Kind = Distribution::Kind;

struct Case {
  std::string name;
  Distribution law;
  bool four_moments = true;  ///< the sample variance has a variance, so that it can be tested
};
void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

std::vector<Case> continuous_cases() {
  return {
      {"uniform", Distribution::uniform(0.5, 3)},
      {"exponential", Distribution::exponential(0.25)},
      {"normal", Distribution::normal(5, 1)},
      {"normal_cut", Distribution::normal(1, 2)},
      {"normal_half", Distribution::normal(0, 3)},
      {"lognormal", Distribution::lognormal_median_p99(2, 8)},
      {"lognormal_by_mean", Distribution::lognormal_mean_cv(3, 0.5)},
      {"gamma_4", Distribution::gamma(4, 1)},
      {"gamma_half", Distribution::gamma(0.5, 2)},
      {"gamma_small", Distribution::gamma(0.05, 1)},
      {"gamma_large", Distribution::gamma(1000, 1)},
      {"weibull_half", Distribution::weibull(0.5, 1)},
      {"weibull_third", Distribution::weibull(1.0 / 3, 1), false},
      {"weibull_3", Distribution::weibull(3, 2)},
      {"pareto_5", Distribution::pareto(5, 1)},
      {"pareto_heavy", Distribution::pareto(2.5, 1), false},
      {"hyperexponential", Distribution::hyperexponential(1, 4)},
      {"empirical", Distribution::empirical({9, 1, 2, 2.5, 4, 4.25})},
      {"mixture", Distribution::mixture(
                      {{0.9, Distribution::exponential(1)}, {0.1, Distribution::normal(20, 2)}})},
  };
}

class EveryLaw : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Distribution, EveryLaw, testing::ValuesIn(continuous_cases()),
                         [](const auto& test) { return test.param.name; });

TEST_P(EveryLaw, SamplesFollowTheDistributionFunction) {
  constexpr int kDraws = 100'000;
  Stream stream({1, 0}, GetParam().name, "kolmogorov");
  std::vector<double> values(kDraws);
  for (double& v : values) v = GetParam().law.sample(stream);
  std::sort(values.begin(), values.end());
  double distance = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double below = 1 - GetParam().law.share_above(values[static_cast<std::size_t>(i)]);
    distance = std::max({distance, below - i / double{kDraws}, (i + 1) / double{kDraws} - below});
  }
  // Kolmogorov's 99.9 % point.
  EXPECT_LT(distance, 1.9495 / std::sqrt(kDraws));
}

TEST_P(EveryLaw, SamplesHaveTheMomentsThatItStates) {
  constexpr int kDraws = 400'000;
  const Distribution& law = GetParam().law;
  Stream stream({2, 0}, GetParam().name, "moments");
  double m1 = 0;
  double m2 = 0;
  double m4 = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double d = law.sample(stream) - law.mean();
    m1 += d / kDraws;
    m2 += d * d / kDraws;
    m4 += d * d * d * d / kDraws;
  }
  const double variance = law.scv() * law.mean() * law.mean();
  EXPECT_NEAR(m1, 0, 4 * std::sqrt(variance / kDraws));
  if (GetParam().four_moments) {
    EXPECT_NEAR(m2, variance, 4.5 * std::sqrt((m4 - m2 * m2) / kDraws));
  }
}

TEST_P(EveryLaw, QuantileInvertsTheDistributionFunction) {
  const Distribution& law = GetParam().law;
  // Where values end, their own rounding limits what is left above them.
  const bool ends = law.kind() == Kind::uniform || law.kind() == Kind::empirical;
  const double slack = ends ? 1e-15 : 0;
  for (const double q : {0.999999, 0.99, 0.9, 0.75, 0.5, 0.3, 0.1, 0.01, 1e-4, 1e-9, 1e-15}) {
    const double x = law.upper_quantile(q);
    // Below 1e-300 the law of a small shape has left the range of doubles.
    if (x < 1e-290) continue;
    EXPECT_NEAR(law.share_above(x), q, 2e-8 * q + slack) << "q " << q << ", x " << x;
  }
  EXPECT_EQ(law.quantile(0.25), law.upper_quantile(0.75));
}

TEST_P(EveryLaw, FallsAsTheDrawRises) {
  const Distribution& law = GetParam().law;
  double before = law.upper_quantile(0x1.0p-53);
  EXPECT_TRUE(std::isfinite(before));
  for (int i = 1; i <= 20'000; ++i) {
    const double x = law.upper_quantile(i / 20'000.0);
    EXPECT_LE(x, before) << "at " << i;
    before = x;
  }
  EXPECT_GE(before, 0);
  EXPECT_LE(before, law.upper_quantile(1 - 0x1.0p-53));
}

TEST_P(EveryLaw, SurvivesTheExtremeDraws) {
  for (const double u : {0x1.0p-53, 0x1.0p-52, 1 - 0x1.0p-53, 1.0}) {
    const double x = GetParam().law.upper_quantile(u);
    EXPECT_TRUE(std::isfinite(x)) << u;
    EXPECT_GE(x, 0) << u;
  }
}

TEST(Distribution, IsConstantZeroUnlessToldOtherwise) {
  Stream stream;
  const Distribution law;
  EXPECT_TRUE(law.is_zero());
  EXPECT_EQ(law.sample(stream), 0);
  EXPECT_EQ(law.scv(), 0);
  EXPECT_EQ(Distribution::constant(0.25).sample(stream), 0.25);
  EXPECT_EQ(Distribution::constant(0.25).quantile(0.99), 0.25);
  EXPECT_EQ(Distribution::constant(0.25).sample_duration(stream), Duration::milliseconds(250));
}

TEST(Distribution, StatesKnownMoments) {
  EXPECT_DOUBLE_EQ(Distribution::uniform(1, 3).mean(), 2);
  EXPECT_DOUBLE_EQ(Distribution::uniform(1, 3).scv(), 1.0 / 12);
  // Half of a normal distribution: mean sqrt(2 / pi), variance 1 - 2 / pi.
  EXPECT_NEAR(Distribution::normal(0, 1).mean(), 0.79788456080286536, 1e-15);
  EXPECT_NEAR(Distribution::normal(0, 1).scv(), 0.57079632679489662, 1e-14);
  EXPECT_NEAR(Distribution::lognormal_median_p99(200, 1000).mean(), 254.08, 0.005);
  EXPECT_DOUBLE_EQ(Distribution::lognormal_mean_cv(3, 0.5).scv(), 0.25);
  EXPECT_DOUBLE_EQ(Distribution::lognormal_mean_cv(3, 0.5).mean(), 3);
  EXPECT_DOUBLE_EQ(Distribution::weibull(0.5, 1).mean(), 2);
  EXPECT_NEAR(Distribution::weibull(0.5, 1).scv(), 5, 1e-13);
  EXPECT_DOUBLE_EQ(Distribution::gamma(4, 1).scv(), 0.25);
  EXPECT_DOUBLE_EQ(Distribution::pareto(3, 2).mean(), 3);
  EXPECT_DOUBLE_EQ(Distribution::pareto(3, 2).scv(), 1.0 / 3);
  EXPECT_NEAR(Distribution::hyperexponential(1, 25).scv(), 25, 1e-12);
  EXPECT_NEAR(Distribution::hyperexponential(3, 25).mean(), 3, 1e-14);
  EXPECT_DOUBLE_EQ(Distribution::empirical({0, 1}).mean(), 0.5);
  EXPECT_DOUBLE_EQ(Distribution::empirical({0, 1}).scv(), 1.0 / 3);
}

TEST(Distribution, StatesInfiniteMoments) {
  EXPECT_TRUE(std::isinf(Distribution::pareto(1, 1).mean()));
  EXPECT_TRUE(std::isinf(Distribution::pareto(2, 1).scv()));
  const Distribution mixed =
      Distribution::mixture({{1, Distribution::constant(1)}, {1, Distribution::pareto(1.5, 1)}});
  EXPECT_DOUBLE_EQ(mixed.mean(), 2);
  EXPECT_TRUE(std::isinf(mixed.scv()));
  const Distribution heavier =
      Distribution::mixture({{1, Distribution::constant(1)}, {1, Distribution::pareto(0.5, 1)}});
  EXPECT_TRUE(std::isinf(heavier.mean()));
  EXPECT_TRUE(std::isinf(heavier.scv()));
  EXPECT_NEAR(heavier.quantile(0.75), 4, 1e-9);  // where half of the Pareto part lies below
}

TEST(Distribution, MeetsItsQuantiles) {
  const Distribution law = Distribution::lognormal_median_p99(0.002, 0.008);
  EXPECT_NEAR(law.quantile(0.5), 0.002, 1e-15);
  EXPECT_NEAR(law.quantile(0.99), 0.008, 1e-15);
  const Distribution measured = Distribution::empirical({10, 30, 20});
  EXPECT_DOUBLE_EQ(measured.quantile(0.25), 15);
  EXPECT_DOUBLE_EQ(measured.quantile(0.5), 20);
}

// The bimodal service time of M. Brooker's open-loop example.
TEST(Distribution, MixesByWeight) {
  const Distribution law = Distribution::mixture(
      {{99.9, Distribution::exponential(0.1e-3)}, {0.1, Distribution::exponential(10e-3)}});
  EXPECT_EQ(law.kind(), Kind::mixture);
  EXPECT_NEAR(law.mean(), 0.1099e-3, 1e-16);
  EXPECT_NEAR(law.share_above(10e-3), 0.001 * std::exp(-1), 1e-12);
}

TEST(Distribution, FindsJumpsOfAMixtureOfConstants) {
  const Distribution law =
      Distribution::mixture({{0.25, Distribution::constant(1)}, {0.75, Distribution::constant(3)}});
  EXPECT_DOUBLE_EQ(law.quantile(0.2), 1);
  EXPECT_DOUBLE_EQ(law.quantile(0.3), 3);
  EXPECT_DOUBLE_EQ(law.mean(), 2.5);
}

TEST(Distribution, BecomesTheSimplerKindThatItIs) {
  EXPECT_EQ(Distribution::gamma(1, 2).kind(), Kind::exponential);
  EXPECT_EQ(Distribution::weibull(1, 2).kind(), Kind::exponential);
  EXPECT_EQ(Distribution::hyperexponential(2, 1).kind(), Kind::exponential);
  EXPECT_EQ(Distribution::normal(2, 0).kind(), Kind::constant);
  EXPECT_EQ(Distribution::uniform(2, 2).kind(), Kind::constant);
  EXPECT_EQ(Distribution::lognormal_median_p99(2, 2).kind(), Kind::constant);
  EXPECT_EQ(Distribution::lognormal_mean_cv(2, 0).kind(), Kind::constant);
  EXPECT_EQ(Distribution::empirical({2, 2}).kind(), Kind::constant);
  EXPECT_EQ(Distribution::mixture({{3, Distribution::uniform(0, 1)}}).kind(), Kind::uniform);
  EXPECT_TRUE(Distribution::exponential(0).is_zero());
}

TEST(Distribution, GammaTableIsAsGoodAsItSays) {
  for (const double shape : {0.01, 0.3, 0.99, 1.5, 2.0, 9.99, 10.0, 1e4, 1e6}) {
    const Distribution law = Distribution::gamma(shape, shape);
    for (int i = 1; i < 400; ++i) {
      for (const double q : {i / 400.0, i / 400e4, i / 400e12}) {
        const double x = law.upper_quantile(q);
        if (x < 1e-290) continue;
        // A relative error e of x changes the share above it by x * density * e.
        const double h = 1e-6;
        const double weight =
            (law.share_above(x * (1 - h)) - law.share_above(x * (1 + h))) / (2 * h);
        const double error = (law.share_above(x) - q) / weight;
        EXPECT_LT(std::fabs(error), 5e-9) << "shape " << shape << ", q " << q;
      }
    }
  }
}

// No function of the C library is on the way from a draw to a sample: its versions and its variants
// for processors with fused multiply-add differ in the last bits.
TEST(Distribution, HasTheBitsOfEveryOtherMachine) {
  std::uint64_t hash = 0xcbf2'9ce4'8422'2325;
  for (const Case& c : continuous_cases()) {
    if (c.law.kind() == Kind::hyperexponential || c.law.kind() == Kind::mixture) continue;
    for (int i = 1; i <= 4096; ++i) {
      const auto bits = std::bit_cast<std::uint64_t>(c.law.upper_quantile(i / 4096.0));
      hash = (hash ^ bits) * 0x100'0000'01b3;
    }
  }
  EXPECT_EQ(hash, 8660265867220649418U);
}

TEST(Distribution, CopiesShareTheirTable) {
  const Distribution law = Distribution::empirical(std::vector<double>{1, 2, 3});
  const Distribution copy = law;
  Stream a;
  Stream b;
  for (int i = 0; i < 100; ++i) EXPECT_EQ(law.sample(a), copy.sample(b));
  EXPECT_GE(Distribution::empirical({1, 2, 3}).memory_bytes(), 3 * sizeof(double));
}

TEST(Distribution, DescribesItself) {
  EXPECT_EQ(Distribution::constant(0.25).describe(), "constant 250ms");
  EXPECT_EQ(Distribution::exponential(0.1).describe(), "exponential, mean 100ms");
  EXPECT_EQ(Distribution::uniform(0.001, 0.003).describe(), "uniform, 1ms to 3ms");
  EXPECT_EQ(Distribution::normal(0.005, 0.001).describe(),
            "normal above zero, mean 5ms, deviation 1ms");
  EXPECT_EQ(Distribution::lognormal_median_p99(0.002, 0.008).describe(),
            "log-normal, median 2ms, p99 8ms");
  EXPECT_EQ(Distribution::gamma(4, 1).describe(), "gamma, shape 4, mean 1s");
  EXPECT_EQ(Distribution::weibull(0.5, 1).describe(), "Weibull, shape 0.5, scale 1s");
  EXPECT_EQ(Distribution::pareto(2.5, 0.001).describe(), "Pareto, shape 2.5, scale 1ms");
  EXPECT_EQ(Distribution::hyperexponential(1, 4).describe(), "hyper-exponential, mean 1s, scv 4");
  EXPECT_EQ(Distribution::empirical({1, 3}).describe(), "empirical, 2 values, mean 2s");
  EXPECT_EQ(Distribution::mixture({{1, Distribution::constant(1)}, {1, Distribution::constant(3)}})
                .describe(),
            "mixture of 2, mean 2s");
}

TEST(DistributionDeathTest, RefusesParametersOutsideTheirRange) {
  EXPECT_DEATH(Distribution::exponential(-1), "not_negative");
  EXPECT_DEATH(Distribution::uniform(2, 1), "low <= high");
  EXPECT_DEATH(Distribution::hyperexponential(1, 0.5), "scv >= 1");
  EXPECT_DEATH(Distribution::empirical({}), "empty");
  EXPECT_DEATH(Distribution::lognormal_median_p99(2, 1), "p99 >= median");
}

}  // namespace
}  // namespace rehearse::sim
