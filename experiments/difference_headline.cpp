#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "experiments/difference_sides.hpp"
#include "reports/variants.hpp"
#include "sim/output_analysis.hpp"

/// What variants are chosen by.

namespace rehearse::experiments {
namespace {

using reports::Estimate;
using reports::FigureChange;

Estimate complement(const Estimate& e) {
  return {1 - *e.value, 1 - e.high, 1 - e.low, e.unit};
}

/// What of its requests a workload saw succeed, behind its error ratio.
FigureChange availability_of(const Sides& sides, const FigureChange& errors) {
  FigureChange out = errors;
  out.metric = "availability";
  out.figure.before = complement(errors.figure.before);
  out.figure.after = complement(errors.figure.after);
  if (!out.figure.paired) return out;
  const auto values = [&](const reports::RunResult& result, const TrialFigures* trials) {
    std::vector<double> all =
        *values_of(trials, *result.find(errors.subject, errors.kind), errors.metric);
    for (double& one : all) one = 1 - one;
    return all;
  };
  const std::vector<double> old = values(sides.before, sides.old_trials);
  const std::vector<double> now = values(sides.after, sides.new_trials);
  test_sides(sides, &old, &now, out.figure);
  return out;
}

/// Instance hours of all services together: by trial, and on the whole.
std::vector<double> all_hours(const TrialFigures& trials, double confidence, Estimate& whole) {
  std::vector<double> sums;
  for (const TrialFigures::Values& one : trials.figures) {
    if (one.metric != "instance_hours") continue;
    sums.resize(one.by_trial.size(), 0);
    for (std::size_t i = 0; i < sums.size(); ++i)
      if (!std::isnan(one.by_trial[i])) sums[i] += one.by_trial[i];
  }
  const sim::MeanEstimate mean = sim::t_interval(sums, confidence);
  if (!sums.empty()) whole = {mean.mean, mean.interval.low, mean.interval.high, "1"};
  return sums;
}

}  // namespace

bool is_headline(const FigureChange& figure) {
  constexpr std::array<std::string_view, 11> kMetrics = {
      "p50",          "p95",        "p99",         "mean_response",  "error_ratio",
      "availability", "throughput", "utilization", "instance_hours", "core_hours",
      "memory_hours"};
  if (figure.kind != "workload" && figure.kind != "service") return false;
  return std::find(kMetrics.begin(), kMetrics.end(), figure.metric) != kMetrics.end();
}

void discover_choices(const std::vector<FigureChange>& figures, double level,
                      std::vector<bool>& found) {
  std::vector<std::size_t> planned;
  std::vector<double> p;
  for (std::size_t i = 0; i < figures.size(); ++i) {
    if (!reports::is_choice(figures[i])) continue;
    planned.push_back(i);
    p.push_back(figures[i].figure.p);
  }
  const std::vector<bool> own = discoveries(p, level);
  for (std::size_t i = 0; i < planned.size(); ++i)
    if (own[i]) found[planned[i]] = true;
}

void add_sums(const Sides& sides, std::vector<FigureChange>& figures) {
  for (std::size_t i = 0; i < figures.size(); ++i) {
    if (figures[i].kind != "workload" || figures[i].metric != "error_ratio") continue;
    if (!figures[i].figure.before.value) continue;
    FigureChange availability = availability_of(sides, figures[i]);
    figures.insert(figures.begin() + static_cast<std::ptrdiff_t>(++i), std::move(availability));
  }
  if (std::count_if(sides.after.subjects.begin(), sides.after.subjects.end(),
                    [](const auto& one) { return one.kind == "service"; }) < 2)
    return;
  FigureChange hours{"service", reports::kAllServices, "instance_hours", {}};
  const auto old = all_hours(*sides.old_trials, sides.confidence(), hours.figure.before);
  const auto now = all_hours(*sides.new_trials, sides.confidence(), hours.figure.after);
  if (old.empty() || now.empty()) return;
  test_sides(sides, &old, &now, hours.figure);
  figures.push_back(std::move(hours));
}

std::vector<std::string> cautions_of(const reports::Comparison& c) {
  std::vector<std::string> out;
  if (c.before.seed != c.after.seed)
    out.push_back(fmt::format(
        "the seeds differ ({}, {}): trials share no random numbers, and pairing gains nothing",
        c.before.seed, c.after.seed));
  const auto of_workload = [](const reports::SettingChange& change) {
    return change.path.rfind("workload", 0) == 0;
  };
  if (std::any_of(c.settings.begin(), c.settings.end(), of_workload))
    out.emplace_back("the workloads differ: trials do not meet the same requests");
  if (c.before.warmup != c.after.warmup)
    out.emplace_back("the warm-ups differ: different parts of the trials are measured");
  return out;
}

}  // namespace rehearse::experiments
