#include <algorithm>
#include <cmath>

#include "sim/distribution_table.hpp"
#include "sim/elementary.hpp"
#include "sim/special_functions.hpp"

namespace rehearse::sim {
namespace {

// Draws lie in [2^-53, 1 - 2^-53], or at 1: |z| < 8.21. 64 steps per unit make 8 KiB x 2, and an
// error of the cubic of about step^4 / 384 = 1.6e-10 times a fourth derivative near 1.
constexpr double kEdge = 8.25;
constexpr double kStepsPerUnit = 64;
constexpr auto kNodes = static_cast<std::size_t>(2 * kEdge * kStepsPerUnit) + 1;

/// log of the gamma quantile; far in the lower tail, where the quantile itself may underflow, by
/// the leading term of the distribution function: P(X <= x) = x^a / Gamma(a + 1).
double log_quantile(double shape, double z) {
  if (z > 0) return std::log(gamma_upper_quantile(shape, normal_upper(z)));
  const double p = normal_upper(-z);
  const double leading = (std::log(p) + log_gamma(shape + 1)) / shape;
  return leading < -40 ? leading : std::log(gamma_quantile(shape, p));
}

}  // namespace

GammaInverse::GammaInverse(double shape) : nodes_(kNodes) {
  for (std::size_t i = 0; i < kNodes; ++i) {
    const double z = static_cast<double>(i) / kStepsPerUnit - kEdge;
    const double value = log_quantile(shape, z);
    // F(X(z)) = Phi(z), so dX/dz = phi(z) / f(X), and d log X/dz = phi(z) / (X f(X)).
    const double slope =
        std::exp(std::log(normal_density(z)) - gamma_log_density(shape, value) - value);
    nodes_[i] = {value, slope / kStepsPerUnit};
  }
}

double GammaInverse::at(double q) const {
  const double z = -normal_quantile(q);
  if (z < -kEdge) return 0;  // q = 1
  const double position = (std::min(z, kEdge) + kEdge) * kStepsPerUnit;
  const std::size_t i = std::min(static_cast<std::size_t>(position), kNodes - 2);
  const double t = position - static_cast<double>(i);
  const Node& left = nodes_[i];
  const Node& right = nodes_[i + 1];
  const double rise = right.value - left.value;
  // Cubic Hermite polynomial through both values and slopes.
  const double c2 = 3 * rise - 2 * left.slope - right.slope;
  const double c3 = left.slope + right.slope - 2 * rise;
  return portable_exp(left.value + t * (left.slope + t * (c2 + t * c3)));
}

}  // namespace rehearse::sim
