#include "experiments/difference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

#include "experiments/difference_sides.hpp"
#include "reports/wording.hpp"

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

constexpr std::size_t kMostFigures = 200;
constexpr std::size_t kMostSettings = 200;
constexpr double kLeastGrowth = 0.01;  // who reads a report does not act on less

enum class More { is_worse, is_better, is_neither };

More more_of(std::string_view metric, std::string_view unit) {
  constexpr std::array<std::string_view, 4> kBetter = {"throughput", "goodput", "hit_ratio",
                                                       "availability"};
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
  const bool rose = d.paired ? *d.paired->change.value > 0 : *d.after.value > *d.before.value;
  d.trend = more == More::is_neither           ? Trend::other
            : (more == More::is_worse) == rose ? Trend::worse
                                               : Trend::better;
}

/// How many times as much, as a distance: 0 for none, infinite from or to nothing.
double growth(const Difference& d) {
  if (!d.before.value || !d.after.value) return 0;
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

ObjectiveChange compare_objective(const Sides& sides, const ObjectiveResult& old,
                                  const ObjectiveResult& now) {
  ObjectiveChange out;
  out.name = reports::objective_name(now);
  out.target = reports::target_text(now);
  if (reports::target_text(old) != out.target) out.target_before = reports::target_text(old);
  out.before = old.verdict;
  out.after = now.verdict;
  out.figure.before = old.estimate;
  out.figure.after = now.estimate;
  const auto values = [](const TrialFigures* trials, const std::vector<ObjectiveResult>& all,
                         const ObjectiveResult& one) {
    return trials ? &trials->objectives[static_cast<std::size_t>(&one - all.data())] : nullptr;
  };
  test_sides(sides, values(sides.old_trials, sides.before.objectives, old),
             values(sides.new_trials, sides.after.objectives, now), out.figure);
  decide(out.figure, out.figure.p < sides.level, more_of(now));
  return out;
}

void compare_objectives(const Sides& sides, Comparison& out) {
  const RunResult &before = sides.before, &after = sides.after;
  std::vector<const ObjectiveResult*> matched;
  for (const ObjectiveResult& now : after.objectives) {
    const ObjectiveResult* old = counterpart(now, before);
    if (old != nullptr && std::find(matched.begin(), matched.end(), old) == matched.end()) {
      matched.push_back(old);
      out.objectives.push_back(compare_objective(sides, *old, now));
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

std::vector<FigureChange> comparable_figures(const Sides& sides) {
  std::vector<FigureChange> out;
  for (const SubjectResult& now : sides.after.subjects) {
    const SubjectResult* old = sides.before.find(now.name, now.kind);
    if (old == nullptr) continue;
    for (const auto& [metric, estimate] : now.metrics) {
      const Estimate* was = old->find(metric);
      if (was == nullptr || !estimate.value) continue;
      FigureChange figure{now.kind, now.name, metric, {*was, estimate}};
      test_sides(sides, values_of(sides.old_trials, *old, metric),
                 values_of(sides.new_trials, now, metric), figure.figure);
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

void compare_figures(const Sides& sides, Comparison& out) {
  std::vector<FigureChange> all = comparable_figures(sides);
  if (sides.paired()) add_sums(sides, all);
  std::vector<double> p;
  for (const FigureChange& figure : all) p.push_back(figure.figure.p);
  std::vector<bool> found = discoveries(p, sides.level);
  if (sides.paired()) discover_choices(all, sides.level, found);
  out.figures_compared = static_cast<std::uint64_t>(
      std::count_if(p.begin(), p.end(), [](double one) { return !std::isnan(one); }));
  for (std::size_t i = 0; i < all.size(); ++i) {
    decide(all[i].figure, found[i], more_of(all[i].metric, all[i].figure.after.unit));
    if (sides.paired() && is_headline(all[i])) out.headline.push_back(all[i]);
    if (!found[i]) continue;
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

Comparison compare_sides(const Sides& sides) {
  Comparison out;
  out.before = side_of(sides.before);
  out.after = side_of(sides.after);
  compare_objectives(sides, out);
  compare_figures(sides, out);
  const std::string &old = sides.before.resolved_scenario, &now = sides.after.resolved_scenario;
  if (!old.empty() && !now.empty()) out.settings_known = compare_settings(old, now, out.settings);
  if (sides.paired()) out.cautions = cautions_of(out);
  if (out.settings.size() > kMostSettings) {
    out.settings_left_out = out.settings.size() - kMostSettings;
    out.settings.resize(kMostSettings);
  }
  return out;
}

}  // namespace

Comparison compare_results(const RunResult& before, const RunResult& after) {
  const double level = 1 - std::min(before.confidence, after.confidence);
  Comparison out = compare_sides({before, after, level});
  out.test = test_sentence(before, after, out.figures_compared, level);
  return out;
}

Comparison compare_paired(const RunResult& before, const TrialFigures& old_trials,
                          const RunResult& after, const TrialFigures& new_trials, double level) {
  Comparison out = compare_sides({before, after, level, &old_trials, &new_trials});
  const std::string share = reports::format_figure(level, "ratio", 3);
  out.test = fmt::format(
      "paired t-test over {} trials with the same random numbers; differences are means over "
      "pairs of trials; objectives at {} each, {} figures at a false discovery rate of {} "
      "(Benjamini-Hochberg)",
      after.trials, share, out.figures_compared, share);
  return out;
}

}  // namespace rehearse::experiments
