/// The table of the gamma distribution's inverse. Samples are read from it, so it is computed with
/// our own elementary functions only and has the same bits on every machine; tests compare it with
/// the distribution function of Boost.Math.

#include <algorithm>
#include <cmath>

#include "sim/distribution_table.hpp"
#include "sim/elementary.hpp"
#include "sim/special_functions.hpp"

namespace rehearse::sim {
namespace {

// Draws lie in [2^-53, 1 - 2^-53], or at 1: |z| < 8.21. 64 steps per unit make 17 KB, and an error
// of the cubic of about step^4 / 384 = 1.6e-10 times a fourth derivative near 1.
constexpr double kEdge = 8.25;
constexpr int kStepsPerUnit = 64;
constexpr std::size_t kHalf = static_cast<std::size_t>(kEdge * kStepsPerUnit);
constexpr std::size_t kNodes = 2 * kHalf + 1;
constexpr double kLogRootTwoPi = 0.91893853320467274178;

/// log Gamma(a) - [(a - 1/2) log a - a + log sqrt(2 pi)]: the series of Stirling, to 1e-16 for a
/// >= 10.
double stirling_rest(double a) {
  const double s = 1 / (a * a);
  return (1.0 / 12 - s * (1.0 / 360 - s * (1.0 / 1260 - s * (1.0 / 1680 - s / 1188)))) / a;
}

/// log(1 + t) - t without the loss of digits around zero.
double log1p_minus(double t) {
  if (std::fabs(t) > 0.1) return portable_log(1 + t) - t;
  double sum = 0;
  double power = t;
  for (int k = 2; k <= 18; ++k) {
    power *= -t;
    sum += power / k;
  }
  return sum;
}

/// A gamma variable X of scale 1 with P(X <= x) = D S, D = x^a e^-x / Gamma(a + 1) and S a series.
/// Arguments are y = log x, as small shapes reach far below the least double.
class Gamma {
 public:
  explicit Gamma(double shape) : a_(shape) {
    double product = 1;
    double b = shape + 1;
    for (; b < 10; b += 1) product *= b;
    log_factorial_ =
        (b - 0.5) * portable_log(b) - b + kLogRootTwoPi + stirling_rest(b) - portable_log(product);
  }

  double log_d(double y) const {
    const double x = portable_exp(y);
    if (a_ < 10) return a_ * y - x - log_factorial_;
    // For large shapes the plain form would subtract numbers near a log a.
    return a_ * log1p_minus((x - a_) / a_) - kLogRootTwoPi - portable_log(a_) / 2 -
           stirling_rest(a_);
  }

  /// log P(X <= x), or log P(X > x) if `upper`.
  double log_tail(double y, bool upper) const {
    const double x = portable_exp(y);
    const double d = log_d(y);
    if (x < a_ + 1) {
      const double lower = d + portable_log(series(x));
      return upper ? portable_log(1 - portable_exp(lower)) : lower;
    }
    const double above = d + portable_log(a_ * fraction(x));
    return upper ? above : portable_log(1 - portable_exp(above));
  }

  /// y with log_tail(y, upper) = target, by Newton's method from a guess nearby: the logarithm of
  /// either tail is concave in y, so that the steps do not run away.
  double solve(double target, bool upper, double guess) const {
    double y = guess;
    for (int step = 0; step < 100; ++step) {
      const double tail = log_tail(y, upper);
      const double slope = a_ * portable_exp(log_d(y) - tail) * (upper ? -1 : 1);
      const double move = std::clamp((target - tail) / slope, -2.0, 2.0);
      y += move;
      if (std::fabs(move) < 1e-13 * std::max(std::fabs(y), 1.0)) break;
    }
    return y;
  }

  double log_median_guess() const {
    if (a_ < 0.5) return (log_factorial_ - 0.69314718055994531) / a_;  // leading term of the series
    return portable_log(a_) + 3 * portable_log(1 - 1 / (9 * a_));      // Wilson and Hilferty
  }

 private:
  /// 1 + x / (a + 1) + x^2 / ((a + 1)(a + 2)) + ...
  double series(double x) const {
    double term = 1;
    double sum = 1;
    for (double n = 1; term > 1e-17 * sum; n += 1) {
      term *= x / (a_ + n);
      sum += term;
    }
    return sum;
  }

  /// Legendre's continued fraction for P(X > x) / (x^a e^-x / Gamma(a)), by Lentz's method.
  double fraction(double x) const {
    double b = x + 1 - a_;
    double c = 1e300;
    double d = 1 / b;
    double value = d;
    for (double n = 1; n < 1e6; n += 1) {
      const double numerator = -n * (n - a_);
      b += 2;
      d = 1 / (numerator * d + b);
      c = b + numerator / c;
      value *= c * d;
      if (std::fabs(c * d - 1) < 1e-16) break;
    }
    return value;
  }

  double a_;
  double log_factorial_;  // log Gamma(a + 1)
};

/// log P(N > z), z >= 0, as the inverse of normal_quantile().
double log_normal_upper(double z) {
  double low = -60;  // beyond z = 10
  double high = -0.69;
  for (;;) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return middle;
    (-normal_quantile(portable_exp(middle)) > z ? low : high) = middle;
  }
}

}  // namespace

GammaInverse::GammaInverse(double shape) : nodes_(kNodes) {
  const Gamma gamma(shape);
  // From the median outwards: each node's tangent leads to the guess for the next one.
  for (const bool upper : {false, true}) {
    double guess = upper ? nodes_[kHalf].value : gamma.log_median_guess();
    for (std::size_t i = 0; i <= kHalf; ++i) {
      const double z = static_cast<double>(i) / kStepsPerUnit;
      const double y = gamma.solve(log_normal_upper(z), upper, guess);
      // F(X(z)) = Phi(z), so dX/dz = phi(z) / f(X), and d log X / dz = phi(z) / (X f(X)).
      const double slope =
          portable_exp(-z * z / 2 - kLogRootTwoPi - gamma.log_d(y)) / shape / kStepsPerUnit;
      nodes_[upper ? kHalf + i : kHalf - i] = {y, slope};
      guess = upper ? y + slope : y - slope;
    }
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
