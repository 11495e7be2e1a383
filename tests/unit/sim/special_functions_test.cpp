#include "sim/special_functions.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace rehearse::sim {
namespace {

long double upper(long double x) {
  return std::erfc(x / std::sqrt(2.0L)) / 2;
}

TEST(NormalQuantile, InvertsTheErrorFunctionOfLongDoubles) {
  // An error dz of the quantile changes the tail by the factor 1 + h dz, h = density / tail.
  for (int i = 1; i < 5000; ++i) {
    const double p = i / 10'000.0;
    for (const double q : {p, p * 1e-3, p * 1e-8, p * 1e-15, p * 1e-100}) {
      const double z = normal_quantile(q);
      const long double hazard = std::exp(-static_cast<long double>(z) * z / 2) /
                                 std::sqrt(2 * std::acos(-1.0L)) /
                                 upper(-static_cast<long double>(z));
      const long double error = (upper(-static_cast<long double>(z)) - q) / q / hazard;
      ASSERT_LT(std::fabs(error), 1.5e-15L * std::max(1.0, std::fabs(z))) << q;
    }
  }
}

TEST(NormalQuantile, IsOddAndMeetsKnownPoints) {
  EXPECT_EQ(normal_quantile(0.5), 0);
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-15);
  EXPECT_NEAR(normal_quantile(0.99), 2.326347874040841, 2e-15);
  EXPECT_DOUBLE_EQ(normal_quantile(0.25), -normal_quantile(0.75));
  EXPECT_TRUE(std::isinf(normal_quantile(0)));
  EXPECT_LT(normal_quantile(0), 0);
  EXPECT_TRUE(std::isinf(normal_quantile(1)));
  EXPECT_GT(normal_quantile(1), 0);
}

TEST(StudentT, MeetsItsTables) {
  EXPECT_NEAR(student_t(0.975, 1), 12.706, 5e-4);
  EXPECT_NEAR(student_t(0.95, 4), 2.132, 5e-4);
  EXPECT_NEAR(student_t(0.975, 30), 2.042, 5e-4);
  EXPECT_NEAR(student_t(0.995, 9), 3.250, 5e-4);
  EXPECT_NEAR(student_t_upper(student_t(0.975, 7), 7), 0.025, 1e-12);
  EXPECT_NEAR(student_t_upper(student_t(0.1, 3.5), 3.5), 0.9, 1e-12);
  EXPECT_NEAR(student_t(0.975, 1e9), 1.959964, 1e-6);
}

TEST(Gamma, MeetsClosedForms) {
  EXPECT_DOUBLE_EQ(gamma_upper(1, 2), std::exp(-2.0));
  EXPECT_NEAR(gamma_upper(3, 2), 5 * std::exp(-2.0), 1e-15);  // 1 + x + x^2 / 2
  EXPECT_NEAR(gamma_upper(0.5, 2), std::erfc(std::sqrt(2.0)), 1e-15);
  EXPECT_EQ(gamma_upper(3, 0), 1);
  EXPECT_EQ(gamma_upper(3, -1), 1);
  EXPECT_NEAR(log_gamma(10), std::log(362880.0), 1e-13);
}

TEST(Binomial, CountsFlipsOfACoin) {
  EXPECT_DOUBLE_EQ(binomial_cdf(1, 4, 0.5), 5.0 / 16);
  EXPECT_EQ(binomial_cdf(-1, 4, 0.5), 0);
  EXPECT_EQ(binomial_cdf(4, 4, 0.5), 1);
}

TEST(Beta, OfTwoOnesIsUniform) {
  EXPECT_DOUBLE_EQ(beta_quantile(1, 1, 0.3), 0.3);
  EXPECT_NEAR(beta_quantile(2, 1, 0.25), 0.5, 1e-14);
}

}  // namespace
}  // namespace rehearse::sim
