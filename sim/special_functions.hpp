#pragma once
/// Special functions of statistics. Those that need Boost.Math are wrapped in one file, as its
/// headers take seconds to compile and report errors by exceptions; here a result that overflows is
/// infinite and an argument outside the domain asserts.

#include <limits>

namespace rehearse::sim {

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();
inline constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// x with P(N <= x) = p for a standard normal N; infinite at p = 0 and p = 1. Relative error about
/// 1e-15 (M. Wichura, "Algorithm AS 241: the percentage points of the normal distribution", 1988),
/// the same bits on every machine. REQUIRES: p in [0, 1].
double normal_quantile(double p);
/// P(N > x).
double normal_upper(double x);
double normal_density(double x);

/// P(X > x) for a gamma variable with this shape and scale 1.
double gamma_upper(double shape, double x);
/// log |Gamma(x)|, x > 0.
double log_gamma(double x);

/// Student's t quantile: P(T <= t) = p, p in (0, 1).
double student_t(double p, double degrees_of_freedom);
/// P(T > t) of Student's t.
double student_t_upper(double t, double degrees_of_freedom);
/// P(B <= k) of a binomial variable, n trials of probability p.
double binomial_cdf(double k, double n, double p);
/// Quantile of the beta distribution: what Clopper and Pearson's bounds are made of.
double beta_quantile(double a, double b, double p);

}  // namespace rehearse::sim
