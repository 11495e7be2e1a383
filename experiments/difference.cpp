#include "experiments/difference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <string_view>

#include "experiments/reduction.hpp"
#include "reports/wording.hpp"
#include "sim/special_functions.hpp"

namespace rehearse::experiments {
namespace {

using reports::Comparison;
using reports::Difference;
using reports::Estimate;
using reports::FigureChange;
using reports::ObjectiveChange;
using reports::ObjectiveResult;
using reports::RunResult;
using reports::SubjectResult;
using reports::Trend;

constexpr double kUnbounded = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kMostFigures = 200;
constexpr std::size_t kMostSettings = 200;
constexpr double kLeastGrowth = 0.01;  // who reads a report does not act on less

Measured measured(const RunResult& r, const Estimate& estimate) {
  const double sections = r.trials > 1 ? r.trials : static_cast<double>(kSections);
  return {estimate, r.confidence, sections - 1};
}

/// NaN where nothing bounds it.
double standard_error(const Measured& m) {
  if (!m.estimate.value || !(m.confidence > 0 && m.confidence < 1) || m.degrees_of_freedom < 1)
    return kUnbounded;
  const double half =
      std::max(m.estimate.high - *m.estimate.value, *m.estimate.value - m.estimate.low);
  if (!std::isfinite(half)) return kUnbounded;
  return half / sim::student_t((1 + m.confidence) / 2, m.degrees_of_freedom);
}

enum class More { is_worse, is_better, is_neither };

More more_of(std::string_view metric, std::string_view unit) {
  constexpr std::array<std::string_view, 3> kBetter = {"throughput", "goodput", "hit_ratio"};
  constexpr std::array<std::string_view, 5> kNeither = {"arrival_rate", "utilization", "memory_use",
                                                        "disk_usage", "coalesced_ratio"};
  if (unit == "s") return More::is_worse;
  if (std::find(kBetter.begin(), kBetter.end(), metric) != kBetter.end()) return More::is_better;
  if (std::find(kNeither.begin(), kNeither.end(), metric) != kNeither.end())
    return More::is_neither;
  return More::is_worse;  // errors, losses, queues
}

More more_of(const ObjectiveResult& o) {
  if (o.op.empty()) return More::is_neither;
  return o.op.front() == '<' ? More::is_worse : More::is_better;
}

void decide(Difference& d, bool significant, More more) {
  d.significant = significant;
  if (!significant) return;
  const bool rose = *d.after.value > *d.before.value;
  d.trend = more == More::is_neither           ? Trend::other
            : (more == More::is_worse) == rose ? Trend::worse
                                               : Trend::better;
}

/// How many times as much, as a distance: 0 for none, infinite from or to nothing.
double growth(const Difference& d) {
  const double before = std::abs(*d.before.value), after = std::abs(*d.after.value);
  if (before == after) return 0;
  if (before == 0 || after == 0) return std::numeric_limits<double>::infinity();
  return std::abs(std::log(after / before));
}

reports::ComparedRun side_of(const RunResult& r) {
  reports::ComparedRun out;
  out.version = r.version;
  out.scenario_name = r.scenario_name;
  out.scenario_hash = r.scenario_hash;
  out.fingerprint = r.fingerprint;
  out.seed = r.seed;
  out.trials = r.trials;
  out.horizon = r.horizon;
  out.warmup = r.warmup;
  out.confidence = r.confidence;
  out.verdict = r.verdict;
  return out;
}

std::string test_sentence(const RunResult& before, const RunResult& after, std::size_t figures,
                          double level) {
  const std::string share = reports::format_figure(level, "ratio", 3);
  std::string out = fmt::format(
      "Welch's t-test on standard errors taken from the intervals; objectives at {} each, {} "
      "figures at a false discovery rate of {} (Benjamini-Hochberg)",
      share, figures, share);
  if (before.seed == after.seed)
    out +=
        "; both have the same seed, hence the same random numbers, so that more may have changed "
        "than a test for independent trials finds";
  return out;
}

/// The objective of `after` that means the same as `o`: by its id, else by what it measures, so
/// that a new target is a change and not another objective.
const ObjectiveResult* counterpart(const ObjectiveResult& o, const RunResult& other) {
  for (const ObjectiveResult& candidate : other.objectives)
    if (candidate.id == o.id) return &candidate;
  for (const ObjectiveResult& candidate : other.objectives)
    if (candidate.metric == o.metric && candidate.window == o.window &&
        candidate.during == o.during)
      return &candidate;
  return nullptr;
}

ObjectiveChange compare_objective(const RunResult& before, const ObjectiveResult& old,
                                  const RunResult& after, const ObjectiveResult& now,
                                  double level) {
  ObjectiveChange out;
  out.name = reports::objective_name(now);
  out.target = reports::target_text(now);
  if (reports::target_text(old) != out.target) out.target_before = reports::target_text(old);
  out.before = old.verdict;
  out.after = now.verdict;
  out.figure.before = old.estimate;
  out.figure.after = now.estimate;
  out.figure.p = welch_p(measured(before, old.estimate), measured(after, now.estimate));
  decide(out.figure, out.figure.p < level, more_of(now));
  return out;
}

void compare_objectives(const RunResult& before, const RunResult& after, double level,
                        Comparison& out) {
  std::vector<const ObjectiveResult*> matched;
  for (const ObjectiveResult& now : after.objectives) {
    const ObjectiveResult* old = counterpart(now, before);
    if (old != nullptr && std::find(matched.begin(), matched.end(), old) == matched.end()) {
      matched.push_back(old);
      out.objectives.push_back(compare_objective(before, *old, after, now, level));
      continue;
    }
    ObjectiveChange only;
    only.name = reports::objective_name(now);
    only.target = reports::target_text(now);
    only.after = now.verdict;
    only.figure.after = now.estimate;
    only.figure.before.unit = now.estimate.unit;
    out.objectives.push_back(std::move(only));
  }
  for (const ObjectiveResult& old : before.objectives) {
    if (std::find(matched.begin(), matched.end(), &old) != matched.end()) continue;
    ObjectiveChange only;
    only.name = reports::objective_name(old);
    only.target_before = reports::target_text(old);
    only.before = old.verdict;
    only.figure.before = old.estimate;
    only.figure.after.unit = old.estimate.unit;
    out.objectives.push_back(std::move(only));
  }
}

std::vector<FigureChange> comparable_figures(const RunResult& before, const RunResult& after) {
  std::vector<FigureChange> out;
  for (const SubjectResult& now : after.subjects) {
    const SubjectResult* old = before.find(now.name, now.kind);
    if (old == nullptr) continue;
    for (const auto& [metric, estimate] : now.metrics) {
      const Estimate* was = old->find(metric);
      if (was == nullptr || !estimate.value) continue;
      FigureChange figure{now.kind, now.name, metric, {*was, estimate}};
      figure.figure.p = welch_p(measured(before, *was), measured(after, estimate));
      out.push_back(std::move(figure));
    }
  }
  return out;
}

/// Worse before better before neither, the largest first.
bool comes_before(const FigureChange& a, const FigureChange& b) {
  const auto rank = [](Trend trend) {
    return trend == Trend::worse ? 0 : trend == Trend::better ? 1 : 2;
  };
  if (a.figure.trend != b.figure.trend) return rank(a.figure.trend) < rank(b.figure.trend);
  return growth(a.figure) > growth(b.figure);
}

void compare_figures(const RunResult& before, const RunResult& after, double level,
                     Comparison& out) {
  std::vector<FigureChange> all = comparable_figures(before, after);
  std::vector<double> p;
  for (const FigureChange& figure : all) p.push_back(figure.figure.p);
  const std::vector<bool> found = discoveries(p, level);
  out.figures_compared = static_cast<std::uint64_t>(
      std::count_if(p.begin(), p.end(), [](double one) { return !std::isnan(one); }));
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!found[i]) continue;
    decide(all[i].figure, true, more_of(all[i].metric, all[i].figure.after.unit));
    if (growth(all[i].figure) < kLeastGrowth) {
      ++out.figures_left_out;
    } else {
      out.figures.push_back(std::move(all[i]));
    }
  }
  std::stable_sort(out.figures.begin(), out.figures.end(), comes_before);
  if (out.figures.size() <= kMostFigures) return;
  out.figures_left_out += out.figures.size() - kMostFigures;
  out.figures.resize(kMostFigures);
}

}  // namespace

double welch_p(const Measured& before, const Measured& after) {
  const double a = standard_error(before), b = standard_error(after);
  if (std::isnan(a) || std::isnan(b) || before.estimate.unit != after.estimate.unit)
    return kUnbounded;
  const double difference = std::abs(*after.estimate.value - *before.estimate.value);
  const double size = std::max(std::abs(*after.estimate.value), std::abs(*before.estimate.value));
  if (difference <= 1e-12 * size) return 1;
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

Comparison compare_results(const RunResult& before, const RunResult& after) {
  Comparison out;
  out.before = side_of(before);
  out.after = side_of(after);
  const double level = 1 - std::min(before.confidence, after.confidence);
  compare_objectives(before, after, level, out);
  compare_figures(before, after, level, out);
  out.test = test_sentence(before, after, out.figures_compared, level);
  if (!before.resolved_scenario.empty() && !after.resolved_scenario.empty())
    out.settings_known =
        compare_settings(before.resolved_scenario, after.resolved_scenario, out.settings);
  if (out.settings.size() > kMostSettings) {
    out.settings_left_out = out.settings.size() - kMostSettings;
    out.settings.resize(kMostSettings);
  }
  return out;
}

}  // namespace rehearse::experiments
