#include <algorithm>
#include <cmath>
#include <limits>

#include "base/assert.hpp"
#include "experiments/difference_sides.hpp"
#include "sim/output_analysis.hpp"
#include "sim/special_functions.hpp"

/// How differences are told from chance.

namespace rehearse::experiments {
namespace {

constexpr double kUnbounded = std::numeric_limits<double>::quiet_NaN();
constexpr double kRounding = 1e-12;  // of a figure's size

/// NaN where nothing bounds it.
double standard_error(const Measured& m) {
  if (!m.estimate.value || !(m.confidence > 0 && m.confidence < 1) || m.degrees_of_freedom < 1)
    return kUnbounded;
  const double half =
      std::max(m.estimate.high - *m.estimate.value, *m.estimate.value - m.estimate.low);
  if (!std::isfinite(half)) return kUnbounded;
  return half / sim::student_t((1 + m.confidence) / 2, m.degrees_of_freedom);
}

Measured measured(const reports::RunResult& r, const reports::Estimate& estimate) {
  const double sections = r.trials > 1 ? r.trials : static_cast<double>(kSections);
  return {estimate, r.confidence, sections - 1};
}

double mean_of(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

/// Sum over i of (a_i - mean a) (b_i - mean b).
double co_moment(std::span<const double> a, std::span<const double> b) {
  const double of_a = mean_of(a), of_b = mean_of(b);
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - of_a) * (b[i] - of_b);
  return sum;
}

}  // namespace

double welch_p(const Measured& before, const Measured& after) {
  const double a = standard_error(before), b = standard_error(after);
  if (std::isnan(a) || std::isnan(b) || before.estimate.unit != after.estimate.unit)
    return kUnbounded;
  const double difference = std::abs(*after.estimate.value - *before.estimate.value);
  const double size = std::max(std::abs(*after.estimate.value), std::abs(*before.estimate.value));
  if (difference <= kRounding * size) return 1;
  const double variance = a * a + b * b;
  if (variance == 0) return 0;
  const double freedom =
      variance * variance /
      (std::pow(a, 4) / before.degrees_of_freedom + std::pow(b, 4) / after.degrees_of_freedom);
  return 2 * sim::student_t_upper(difference / std::sqrt(variance), freedom);
}

std::vector<bool> discoveries(std::span<const double> p, double rate) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < p.size(); ++i)
    if (!std::isnan(p[i])) order.push_back(i);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return p[a] < p[b]; });
  std::size_t rejected = 0;
  for (std::size_t i = 0; i < order.size(); ++i)
    if (p[order[i]] <= rate * static_cast<double>(i + 1) / static_cast<double>(order.size()))
      rejected = i + 1;
  std::vector<bool> out(p.size(), false);
  for (std::size_t i = 0; i < rejected; ++i) out[order[i]] = true;
  return out;
}

PairedTest paired_test(std::span<const double> before, std::span<const double> after,
                       double confidence, const std::string& unit) {
  REHEARSE_ASSERT(before.size() == after.size());
  std::vector<double> old, now, change;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (!std::isfinite(before[i]) || !std::isfinite(after[i])) continue;
    const double size = std::max(std::abs(before[i]), std::abs(after[i]));
    const double difference = after[i] - before[i];
    old.push_back(before[i]);
    now.push_back(after[i]);
    change.push_back(std::abs(difference) <= kRounding * size ? 0 : difference);
  }
  PairedTest out;
  out.difference.change.unit = unit;
  out.difference.pairs = change.size();
  out.p = kUnbounded;
  if (change.empty()) return out;
  const sim::MeanEstimate estimate = sim::t_interval(change, confidence);
  out.difference.change = {estimate.mean, estimate.interval.low, estimate.interval.high, unit};
  out.difference.before = mean_of(old);
  out.difference.after = mean_of(now);
  if (change.size() < 2) return out;
  const double a = co_moment(old, old), b = co_moment(now, now), d = co_moment(change, change);
  if (a > 0 && b > 0)
    out.difference.correlation = std::clamp(co_moment(old, now) / std::sqrt(a * b), -1.0, 1.0);
  if (a + b > 0) out.difference.variance_ratio = d / (a + b);
  const auto n = static_cast<double>(change.size());
  const double error = std::sqrt(d / (n - 1) / n);
  if (error <= kRounding * std::abs(estimate.mean)) {
    out.p = estimate.mean == 0 ? 1 : 0;
  } else {
    out.p = 2 * sim::student_t_upper(std::abs(estimate.mean) / error, n - 1);
  }
  return out;
}

void test_sides(const Sides& sides, const std::vector<double>* old, const std::vector<double>* now,
                reports::Difference& d) {
  if (old != nullptr && now != nullptr && d.before.unit == d.after.unit) {
    PairedTest found = paired_test(*old, *now, sides.confidence(), d.after.unit);
    d.p = found.p;
    d.paired = std::move(found.difference);
  } else {
    d.p = welch_p(measured(sides.before, d.before), measured(sides.after, d.after));
  }
}

const std::vector<double>* values_of(const TrialFigures* trials,
                                     const reports::SubjectResult& subject,
                                     const std::string& metric) {
  if (trials == nullptr) return nullptr;
  for (const TrialFigures::Values& one : trials->figures)
    if (one.subject == subject.name && one.kind == subject.kind && one.metric == metric)
      return &one.by_trial;
  return nullptr;
}

}  // namespace rehearse::experiments
