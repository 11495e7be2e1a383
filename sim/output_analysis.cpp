#include "sim/output_analysis.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/assert.hpp"
#include "sim/special_functions.hpp"

namespace rehearse::sim {
namespace {

constexpr Interval kEverything = {-kInfinity, kInfinity};
constexpr std::size_t kBatch = 5;
constexpr std::size_t kLeastBatches = 4;

struct Batch {
  std::size_t starts_at;  ///< position in the series, NaN included
  double mean;
};

/// Means of whole batches of observations; an incomplete last one is left out.
std::vector<Batch> batches_of(std::span<const double> series) {
  std::vector<Batch> batches;
  double sum = 0;
  std::size_t seen = 0;
  std::size_t start = 0;
  for (std::size_t i = 0; i < series.size(); ++i) {
    if (std::isnan(series[i])) continue;
    if (seen == 0) start = i;
    sum += series[i];
    if (++seen < kBatch) continue;
    batches.push_back({start, sum / kBatch});
    sum = 0;
    seen = 0;
  }
  return batches;
}

Interval around(double center, double half_width) {
  return {center - half_width, center + half_width};
}

/// Least k in [0, n] with P(B <= k) >= p, B binomial(n, share); n + 1 where rounding leaves none.
std::size_t binomial_quantile(std::size_t n, double share, double p) {
  std::size_t low = 0;
  std::size_t high = n + 1;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    const bool reached =
        binomial_cdf(static_cast<double>(middle), static_cast<double>(n), share) >= p;
    if (reached) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

}  // namespace

std::optional<std::size_t> mser5(std::span<const double> series) {
  const std::vector<Batch> batches = batches_of(series);
  const std::size_t n = batches.size();
  if (n < kLeastBatches) return std::nullopt;
  // From the end, so that mean and squared deviations of each rest are running figures (Welford).
  double mean = 0;
  double squares = 0;
  double least = kInfinity;
  std::size_t best = 0;
  for (std::size_t i = n; i-- > 0;) {
    const auto kept = static_cast<double>(n - i);
    const double step = batches[i].mean - mean;
    mean += step / kept;
    squares += step * (batches[i].mean - mean);
    if (i > n / 2) continue;
    const double error = squares / (kept * kept);
    if (error <= least) {  // among equals the earliest cut
      least = error;
      best = i;
    }
  }
  if (best == n / 2) return std::nullopt;
  return best == 0 ? 0 : batches[best].starts_at;
}

MeanEstimate t_interval(std::span<const double> values, double confidence) {
  REHEARSE_ASSERT(confidence > 0 && confidence < 1);
  MeanEstimate result{kNan, kEverything, values.size()};
  double mean = 0;
  double squares = 0;
  double n = 0;
  for (const double value : values) {
    n += 1;
    const double step = value - mean;
    mean += step / n;
    squares += step * (value - mean);
  }
  if (values.empty()) return result;
  result.mean = mean;
  if (values.size() < 2) return result;
  const double t = student_t(0.5 + confidence / 2, n - 1);
  result.interval = around(mean, t * std::sqrt(squares / (n - 1) / n));
  return result;
}

Interval section_interval(double pooled, std::span<const double> sections, double confidence) {
  REHEARSE_ASSERT(confidence > 0 && confidence < 1);
  double squares = 0;
  double n = 0;
  for (const double section : sections) {
    if (std::isnan(section)) continue;
    n += 1;
    squares += (section - pooled) * (section - pooled);
  }
  if (n < 2 || std::isnan(pooled)) return kEverything;
  const double t = student_t(0.5 + confidence / 2, n - 1);
  return around(pooled, t * std::sqrt(squares / (n - 1) / n));
}

Interval order_statistic_interval(std::span<const double> sorted, double p, double confidence) {
  REHEARSE_ASSERT(confidence > 0 && confidence < 1 && p > 0 && p < 1);
  const std::size_t n = sorted.size();
  const double tail = (1 - confidence) / 2;
  // With B values below the quantile: it lies below the r-th smallest value with P(B <= r - 1), and
  // above it with P(B >= r).
  Interval result = kEverything;
  const std::size_t low = binomial_quantile(n, p, tail);  // least k with P(B <= k) >= tail
  if (low >= 1 && low <= n) result.low = sorted[low - 1];
  const std::size_t high = binomial_quantile(n, p, 1 - tail);
  if (high + 1 <= n) result.high = sorted[high];
  return result;
}

Interval proportion_interval(double successes, double n, double confidence) {
  REHEARSE_ASSERT(confidence > 0 && confidence < 1 && successes >= 0 && successes <= n);
  const double tail = (1 - confidence) / 2;
  Interval result = {0, 1};
  if (successes > 0) result.low = beta_quantile(successes, n - successes + 1, tail);
  if (successes < n) result.high = beta_quantile(successes + 1, n - successes, 1 - tail);
  return result;
}

Decision decide(const Interval& interval, Relation relation, double bound) {
  const auto holds = [&](double value) {
    switch (relation) {
      case Relation::less:
        return value < bound;
      case Relation::less_equal:
        return value <= bound;
      case Relation::greater:
        return value > bound;
      case Relation::greater_equal:
        return value >= bound;
    }
    return false;
  };
  if (std::isnan(interval.low) || std::isnan(interval.high) || std::isnan(bound))
    return Decision::open;
  // Relations are monotone: the ends speak for what lies between.
  if (holds(interval.low) && holds(interval.high)) return Decision::satisfied;
  return holds(interval.low) || holds(interval.high) ? Decision::open : Decision::violated;
}

double relative_half_width(double estimate, const Interval& interval) {
  const double half = (interval.high - interval.low) / 2;
  if (half == 0) return 0;
  return estimate == 0 ? kInfinity : half / std::fabs(estimate);
}

double look_confidence(double confidence, int look) {
  REHEARSE_ASSERT(look >= 1 && confidence > 0 && confidence < 1);
  return 1 - (1 - confidence) / (static_cast<double>(look) * (look + 1));
}

std::size_t next_look(std::size_t trials, std::size_t max_trials) {
  return std::min(std::max<std::size_t>(2 * trials, 2), max_trials);
}

}  // namespace rehearse::sim
