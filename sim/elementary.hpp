#pragma once
/// Logarithm and exponential function with the same bits on every machine: only IEEE additions,
/// multiplications and tables that are computed in whole numbers by the compiler. The C library's
/// functions differ between versions and, by a choice made when a program starts, between
/// processors with and without fused multiply-add; samples must not. They are faster here as well,
/// as they are inlined and need not care for special values. REQUIRES: built without -ffast-math
/// and with -ffp-contract=off. Accuracy against long double: tests/unit/sim/elementary_test.cpp.

#include <array>
#include <bit>
#include <cstdint>
#include <limits>

#include "sim/wide.hpp"

namespace rehearse::sim {
namespace detail {

constexpr int kLogBins = 128;
/// Bin 77 is centred on 1, so that its logarithm is exactly zero and -log(u) keeps its relative
/// accuracy near u = 1. The bins cover [0.697, 1.395), one power of two.
constexpr int kLogUnitBin = 77;
constexpr int kLogBinBits = 45;  // 52 bits of fraction, of which 7 choose the bin
constexpr std::uint64_t kOneBits = 0x3ff0'0000'0000'0000;
constexpr std::uint64_t kLogOrigin = kOneBits - (std::uint64_t{kLogUnitBin} << kLogBinBits) -
                                     (std::uint64_t{1} << (kLogBinBits - 1));

struct LogBin {
  double center;
  double inverse;
  double log;
};

/// ln(n / 256) by the series 2 artanh(t), t = (n - 256) / (n + 256), in steps of 2^-100.
constexpr double log_of_256th(int n) {
  const Int128 a = n - 256;
  const Int128 b = n + 256;
  Int128 power = ((a << 100) / b);
  Int128 sum = 0;
  for (int k = 1; power != 0; k += 2) {
    sum += power / k;
    power = power * (a * a) / (b * b);
  }
  return static_cast<double>(sum) * 0x1.0p-99;
}

constexpr std::array<LogBin, kLogBins> make_log_bins() {
  std::array<LogBin, kLogBins> bins{};
  for (int i = 0; i < kLogBins; ++i) {
    // Bins are 1/256 wide below 1 and 2/256 above, as the spacing of doubles doubles there.
    const int offset = i - kLogUnitBin;
    const int n = 256 + (offset < 0 ? offset : 2 * offset);
    bins[static_cast<std::size_t>(i)] = {n / 256.0, 256.0 / n, log_of_256th(n)};
  }
  return bins;
}
inline constexpr std::array<LogBin, kLogBins> kLogTable = make_log_bins();

constexpr double kLn2 = 0x1.62e42fefa39efp-1;

constexpr int kExpSteps = 64;
/// 2^(j / 64), by the Taylor series of exp in steps of 2^-62.
constexpr double power_of_two(int j) {
  const Int128 ln2 = 0x2c5c'85fd'f473'de6b;  // ln 2 in units of 2^-62
  const Int128 x = ln2 * j / kExpSteps;
  Int128 term = Int128{1} << 62;
  Int128 sum = 0;
  for (int k = 1; term != 0; ++k) {
    sum += term;
    term = ((term * x) >> 62) / k;
  }
  return static_cast<double>(sum) * 0x1.0p-62;
}
constexpr std::array<double, kExpSteps> make_exp_steps() {
  std::array<double, kExpSteps> steps{};
  for (int j = 0; j < kExpSteps; ++j) steps[static_cast<std::size_t>(j)] = power_of_two(j);
  return steps;
}
inline constexpr std::array<double, kExpSteps> kExpTable = make_exp_steps();

}  // namespace detail

/// Natural logarithm, relative error below 1e-15. REQUIRES: x positive, normal and finite.
inline double portable_log(double x) {
  using namespace detail;
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(x);
  const std::uint64_t offset = bits - kLogOrigin;
  const LogBin& bin = kLogTable[(offset >> kLogBinBits) % kLogBins];
  const auto exponent = static_cast<std::int64_t>(offset) >> 52;
  const double z = std::bit_cast<double>(bits - (offset & 0xfff0'0000'0000'0000));
  // x = 2^exponent * center * (1 + r), |r| < 1/256; z - center is exact.
  const double r = (z - bin.center) * bin.inverse;
  const double r2 = r * r;
  const double high = (-1.0 / 4 + r * (1.0 / 5)) + r2 * (-1.0 / 6 + r * (1.0 / 7));
  const double tail = r2 * ((-1.0 / 2 + r * (1.0 / 3)) + r2 * high);
  return (static_cast<double>(exponent) * kLn2 + bin.log) + (r + tail);
}

/// e^x, relative error below 1e-15; zero below -708, infinite above 709. REQUIRES: x is no NaN.
inline double portable_exp(double x) {
  using namespace detail;
  if (x < -708.0) return 0.0;
  if (x > 709.0) return std::numeric_limits<double>::infinity();
  constexpr double kStepsPerE = 0x1.71547652b82fep+6;  // 64 / ln 2
  constexpr double kRound = 0x1.8p52;                  // adding it rounds to a whole number
  constexpr double kStepHigh = 0x1.62e42fefap-7;       // ln 2 / 64, 37 bits: exact times a step
  constexpr double kStepLow = 0x1.cf79abc9e3b398p-46;  // and the rest
  const double shifted = x * kStepsPerE + kRound;
  const double step = shifted - kRound;
  const auto whole = static_cast<std::int64_t>(step);
  const double r = (x - step * kStepHigh) - step * kStepLow;  // |r| <= ln 2 / 128
  const double r2 = r * r;
  const double tail = r + r2 * ((0.5 + r * (1.0 / 6)) + r2 * (1.0 / 24 + r * (1.0 / 120)));
  const double base = kExpTable[static_cast<std::size_t>(whole & (kExpSteps - 1))];
  const double scale = std::bit_cast<double>(static_cast<std::uint64_t>((whole >> 6) + 1023) << 52);
  return (base + base * tail) * scale;
}

}  // namespace rehearse::sim
