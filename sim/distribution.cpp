#include "sim/distribution.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/assert.hpp"
#include "sim/distribution_table.hpp"
#include "sim/elementary.hpp"
#include "sim/special_functions.hpp"

namespace rehearse::sim {
namespace {

constexpr double kNormalP99 = 2.3263478740408411009;

bool not_negative(double x) {
  return std::isfinite(x) && x >= 0;
}
bool positive(double x) {
  return std::isfinite(x) && x > 0;
}

/// Mean and second moment of the law whose inverse runs straight from value to value.
std::pair<double, double> polygon_moments(const std::vector<double>& sorted) {
  if (sorted.size() == 1) return {sorted[0], sorted[0] * sorted[0]};
  double first = 0;
  double second = 0;
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    const double a = sorted[i - 1];
    const double b = sorted[i];
    first += (a + b) / 2;
    second += (a * a + a * b + b * b) / 3;
  }
  const auto pieces = static_cast<double>(sorted.size() - 1);
  return {first / pieces, second / pieces};
}

/// P(N > -x) for a standard normal N, by bisection of its quantile: the bits of samples hang on it,
/// so it may not come from the C library. REQUIRES: x >= 0.
double positive_share(double x) {
  double low = 0.5;
  double high = 1;
  for (;;) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return high;
    (normal_quantile(middle) < x ? low : high) = middle;
  }
}

double scv_of(double mean, double second_moment) {
  if (!std::isfinite(second_moment)) return kInfinity;
  return mean > 0 ? std::max(second_moment / (mean * mean) - 1, 0.0) : 0;
}

}  // namespace

Distribution Distribution::constant(double seconds) {
  REHEARSE_ASSERT(std::isfinite(seconds));
  return {Kind::constant, seconds};
}

Distribution Distribution::exponential(double mean) {
  REHEARSE_ASSERT(not_negative(mean));
  return mean == 0 ? constant(0) : Distribution(Kind::exponential, mean);
}

Distribution Distribution::uniform(double low, double high) {
  REHEARSE_ASSERT(std::isfinite(low) && std::isfinite(high) && low <= high);
  return low == high ? constant(low) : Distribution(Kind::uniform, low, high);
}

Distribution Distribution::normal(double mean, double deviation) {
  REHEARSE_ASSERT(not_negative(mean) && not_negative(deviation));
  if (deviation == 0) return constant(mean);
  return {Kind::normal, mean, deviation, positive_share(mean / deviation)};
}

Distribution Distribution::lognormal_median_p99(double median, double p99) {
  REHEARSE_ASSERT(positive(median) && std::isfinite(p99) && p99 >= median);
  if (median == p99) return constant(median);
  return {Kind::lognormal, portable_log(median), portable_log(p99 / median) / kNormalP99};
}

Distribution Distribution::lognormal_mean_cv(double mean, double cv) {
  REHEARSE_ASSERT(positive(mean) && not_negative(cv));
  if (cv == 0) return constant(mean);
  const double variance = portable_log(1 + cv * cv);
  return {Kind::lognormal, portable_log(mean) - variance / 2, std::sqrt(variance)};
}

Distribution Distribution::gamma(double shape, double mean) {
  REHEARSE_ASSERT(positive(shape) && not_negative(mean));
  if (shape == 1 || mean == 0) return exponential(mean);
  Distribution result(Kind::gamma, shape, mean / shape);
  auto table = std::make_shared<Table>();
  table->gamma.emplace(shape);
  result.table_ = std::move(table);
  return result;
}

Distribution Distribution::weibull(double shape, double scale) {
  REHEARSE_ASSERT(positive(shape) && not_negative(scale));
  if (shape == 1 || scale == 0) return exponential(scale);
  return {Kind::weibull, shape, scale, 1 / shape};
}

Distribution Distribution::pareto(double shape, double scale) {
  REHEARSE_ASSERT(positive(shape) && not_negative(scale));
  return scale == 0 ? constant(0) : Distribution(Kind::pareto, shape, scale, 1 / shape);
}

Distribution Distribution::hyperexponential(double mean, double scv) {
  REHEARSE_ASSERT(not_negative(mean) && std::isfinite(scv) && scv >= 1);
  if (scv == 1 || mean == 0) return exponential(mean);
  // Balanced means: each phase carries half of the mean.
  const double p = (1 + std::sqrt((scv - 1) / (scv + 1))) / 2;
  return {Kind::hyperexponential, p, mean / (2 * p), mean / (2 * (1 - p))};
}

Distribution Distribution::empirical(std::vector<double> samples) {
  REHEARSE_ASSERT(!samples.empty());
  REHEARSE_ASSERT(std::all_of(samples.begin(), samples.end(), not_negative));
  std::sort(samples.begin(), samples.end());
  if (samples.front() == samples.back()) return constant(samples.front());
  auto table = std::make_shared<Table>();
  const auto [first, second] = polygon_moments(samples);
  table->mean = first;
  table->scv = scv_of(first, second);
  table->sorted = std::move(samples);
  Distribution result(Kind::empirical, 0);
  result.table_ = std::move(table);
  return result;
}

Distribution Distribution::mixture(std::vector<std::pair<double, Distribution>> weighted) {
  REHEARSE_ASSERT(!weighted.empty());
  if (weighted.size() == 1) return weighted[0].second;
  double total = 0;
  for (const auto& [weight, of] : weighted) {
    REHEARSE_ASSERT(positive(weight));
    total += weight;
  }
  auto table = std::make_shared<Table>();
  double before = 0;
  double second = 0;
  for (auto& [weight, of] : weighted) {
    before += weight;
    const double mean = of.mean();
    table->mean += weight / total * mean;
    second += weight / total * mean * mean * (1 + of.scv());
    table->parts.push_back({before / total, weight / total, std::move(of)});
  }
  table->parts.back().up_to = 1;
  table->scv = scv_of(table->mean, second);
  Distribution result(Kind::mixture, 0);
  result.table_ = std::move(table);
  return result;
}

double Distribution::sample_other(Stream& stream) const {
  switch (kind_) {
    case Kind::hyperexponential: {
      // Two statements: the operands of a product may be drawn in either order.
      const double mean = stream.uniform() <= a_ ? b_ : c_;
      return mean * stream.exponential();
    }
    case Kind::mixture: {
      const double u = stream.uniform();
      const Table::Part* part = table_->parts.data();
      while (u > part->up_to) ++part;
      return part->of.sample(stream);
    }
    default:
      return upper_quantile(stream.uniform());
  }
}

double Distribution::upper_quantile(double q) const {
  switch (kind_) {
    case Kind::constant:
      return a_;
    case Kind::uniform:
      return b_ - q * (b_ - a_);
    case Kind::exponential:
      return a_ * -portable_log(q);
    case Kind::normal:
      return std::max(a_ - b_ * normal_quantile(q * c_), 0.0);
    case Kind::lognormal:
      return portable_exp(a_ - b_ * normal_quantile(q));
    case Kind::gamma:
      return b_ * table_->gamma->at(q);
    case Kind::weibull: {
      const double e = -portable_log(q);
      if (a_ == 0.5) return b_ * e * e;
      return e > 0 ? b_ * portable_exp(c_ * portable_log(e)) : 0;
    }
    case Kind::pareto:
      return b_ * portable_exp(-portable_log(q) * c_);
    case Kind::empirical: {
      const std::vector<double>& x = table_->sorted;
      const double position = (1 - q) * static_cast<double>(x.size() - 1);
      const std::size_t i = std::min(static_cast<std::size_t>(position), x.size() - 2);
      return x[i] + (position - static_cast<double>(i)) * (x[i + 1] - x[i]);
    }
    case Kind::hyperexponential:
    case Kind::mixture:
      return invert_share_above(q);
  }
  return 0;
}

double Distribution::quantile(double p) const {
  REHEARSE_ASSERT(p > 0 && p < 1);
  return upper_quantile(1 - p);
}

/// The least x with P(X > x) <= q, by bisection to the last bit: rare calls, no closed form.
double Distribution::invert_share_above(double q) const {
  double low = 0;
  double high = std::max(mean(), std::numeric_limits<double>::min());
  if (!std::isfinite(high)) high = 1;
  while (share_above(high) > q) {
    low = high;
    high *= 2;
    if (!std::isfinite(high)) return kInfinity;
  }
  for (;;) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return share_above(low) <= q ? low : high;
    (share_above(middle) > q ? low : high) = middle;
  }
}

}  // namespace rehearse::sim
