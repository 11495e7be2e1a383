#include "sim/special_functions.hpp"

#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>

#include "base/assert.hpp"

namespace rehearse::sim {
namespace {

namespace policies = boost::math::policies;
/// Overflow gives infinity, underflow zero, and nothing throws.
using Quiet = policies::policy<
    policies::domain_error<policies::ignore_error>, policies::pole_error<policies::ignore_error>,
    policies::overflow_error<policies::ignore_error>,
    policies::underflow_error<policies::ignore_error>,
    policies::evaluation_error<policies::ignore_error>,
    policies::rounding_error<policies::ignore_error>, policies::promote_double<false>>;

}  // namespace

double normal_upper(double x) {
  return 0.5 * boost::math::erfc(x / std::sqrt(2.0), Quiet{});
}

double normal_density(double x) {
  constexpr double kInverseRootTwoPi = 0.39894228040143267794;
  return kInverseRootTwoPi * std::exp(-0.5 * x * x);
}

double gamma_upper(double shape, double x) {
  REHEARSE_ASSERT(shape > 0);
  return x <= 0 ? 1.0 : boost::math::gamma_q(shape, x, Quiet{});
}

double log_gamma(double x) {
  REHEARSE_ASSERT(x > 0);
  return boost::math::lgamma(x, Quiet{});
}

double student_t(double p, double degrees_of_freedom) {
  REHEARSE_ASSERT(p > 0 && p < 1 && degrees_of_freedom > 0);
  return boost::math::quantile(
      boost::math::students_t_distribution<double, Quiet>(degrees_of_freedom), p);
}

double student_t_upper(double t, double degrees_of_freedom) {
  REHEARSE_ASSERT(degrees_of_freedom > 0);
  return boost::math::cdf(boost::math::complement(
      boost::math::students_t_distribution<double, Quiet>(degrees_of_freedom), t));
}

double binomial_cdf(double k, double n, double p) {
  REHEARSE_ASSERT(n >= 0 && p >= 0 && p <= 1);
  if (k < 0) return 0;
  if (k >= n) return 1;
  return boost::math::cdf(boost::math::binomial_distribution<double, Quiet>(n, p), k);
}

double beta_quantile(double a, double b, double p) {
  REHEARSE_ASSERT(a > 0 && b > 0 && p >= 0 && p <= 1);
  return boost::math::quantile(boost::math::beta_distribution<double, Quiet>(a, b), p);
}

}  // namespace rehearse::sim
