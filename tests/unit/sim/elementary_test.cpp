#include "sim/elementary.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "sim/random.hpp"

namespace rehearse::sim {
namespace {

long double relative_error(double got, long double want) {
  return want == 0 ? std::fabs(static_cast<long double>(got)) : std::fabs((got - want) / want);
}

/// Evenly over the exponents that draws can have, and dense around 1, where the logarithm is small.
template <class Visit>
void each_argument(Visit visit) {
  Stream stream({1, 0}, "elementary", "arguments");
  for (int i = 0; i < 400'000; ++i) {
    const double u = stream.uniform();
    visit(u);
    visit(1 - u * std::ldexp(1.0, -(i % 52)));
    visit(1 + u * std::ldexp(1.0, -(i % 52)));
    visit(std::ldexp(0.5 + u / 2, i % 2000 - 1000));
  }
}

TEST(PortableLog, IsWithinOnePartIn1e15OfLongDouble) {
  long double worst = 0;
  each_argument([&](double x) {
    if (x > 0)
      worst =
          std::max(worst, relative_error(portable_log(x), std::log(static_cast<long double>(x))));
  });
  EXPECT_LT(worst, 1e-15L);
  EXPECT_GT(worst, 0.0L) << "nothing was compared";
}

TEST(PortableLog, IsExactAtOneAndGoodAtTheLeastDraw) {
  EXPECT_EQ(portable_log(1.0), 0.0);
  EXPECT_DOUBLE_EQ(portable_log(0x1.0p-53), -36.7368005696771013991);
  EXPECT_EQ(portable_log(1 - 0x1.0p-53), -0x1.0p-53);
}

TEST(PortableLog, NeverFalls) {
  // Across bin borders as well: neighbours on both sides of each of them.
  for (int bin = 0; bin <= 128; ++bin) {
    double x = std::bit_cast<double>(detail::kLogOrigin +
                                     (static_cast<std::uint64_t>(bin) << detail::kLogBinBits));
    for (int i = 0; i < 50; ++i) x = std::nextafter(x, 0.0);
    for (int i = 0; i < 100; ++i) {
      const double next = std::nextafter(x, 2.0);
      // Two roundings may cross by an ulp of the result, not more.
      EXPECT_LE(portable_log(x), portable_log(next) + 0x1.0p-52 * std::fabs(portable_log(next)));
      x = next;
    }
  }
}

TEST(PortableExp, IsWithinOnePartIn1e15OfLongDouble) {
  long double worst = 0;
  each_argument([&](double x) {
    const double y = std::remainder(x, 700.0);
    worst = std::max(worst, relative_error(portable_exp(y), std::exp(static_cast<long double>(y))));
    worst =
        std::max(worst, relative_error(portable_exp(-y), std::exp(-static_cast<long double>(y))));
  });
  EXPECT_LT(worst, 1e-15L);
  EXPECT_GT(worst, 0.0L) << "nothing was compared";
}

TEST(PortableExp, SaturatesAtBothEnds) {
  EXPECT_EQ(portable_exp(0), 1.0);
  EXPECT_EQ(portable_exp(-1e300), 0.0);
  EXPECT_EQ(portable_exp(-std::numeric_limits<double>::infinity()), 0.0);
  EXPECT_TRUE(std::isinf(portable_exp(710)));
  EXPECT_TRUE(std::isfinite(portable_exp(709)));
  EXPECT_GT(portable_exp(-708), 0.0);
}

/// The bits of many results: a change of these functions, of the compiler's contraction of products
/// into sums, or of the tables shows here and not as a slow drift of all results.
TEST(Portable, HasTheBitsOfEveryOtherMachine) {
  std::uint64_t hash = 0xcbf2'9ce4'8422'2325;
  const auto add = [&hash](double x) {
    hash = (hash ^ std::bit_cast<std::uint64_t>(x)) * 0x100'0000'01b3;
  };
  each_argument([&](double x) {
    if (x <= 0) return;
    add(portable_log(x));
    add(portable_exp(std::remainder(x, 700.0)));
  });
  EXPECT_EQ(hash, 2976817893949027074U);
}

}  // namespace
}  // namespace rehearse::sim
