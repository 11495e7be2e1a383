#include "experiments/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>

#include "base/quantity.hpp"
#include "experiments/difference.hpp"
#include "experiments/judge.hpp"
#include "experiments/run.hpp"
#include "experiments/windows.hpp"
#include "sim/output_analysis.hpp"

namespace rehearse::experiments {
namespace {

constexpr double kSame = 0.01;         // of a figure: who reads a report does not act on less
constexpr double kSameShare = 0.0001;  // of shares

/// Every edge that any variant needs: windows are the same for all.
std::vector<Instant> all_edges(const std::vector<WindowGrid>& grids) {
  std::vector<Instant> out;
  for (const WindowGrid& grid : grids)
    out.insert(out.end(), grid.boundaries.begin(), grid.boundaries.end());
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

/// The difference is one, or known to be none that matters.
bool is_settled(const reports::Difference& d, double level, double confidence, double precision) {
  if (d.significant || !d.paired || !d.paired->change.value) return true;
  const reports::PairedDifference& paired = *d.paired;
  if (paired.pairs < 2) return false;
  const auto freedom = static_cast<double>(paired.pairs - 1);
  const double half = (paired.change.high - *paired.change.value) *
                      sim::student_t(1 - level / 2, freedom) /
                      sim::student_t((1 + confidence) / 2, freedom);
  const double margin =
      std::max(precision * d.size(), paired.change.unit == "ratio" ? kSameShare : 0.0);
  return std::abs(*paired.change.value) + half <= margin;
}

class Comparer {
 public:
  Comparer(const std::vector<Variant>& variants, const CompareOptions& options,
           std::vector<WindowGrid> grids);
  CompareOutcome run();

 private:
  PoolEnd simulate();
  bool settled() const;
  void settle_warmup();
  double level() const;
  CompareOutcome outcome() const;

  const std::vector<Variant>& variants_;
  const CompareOptions& options_;
  const std::vector<WindowGrid> grids_;
  std::deque<Judge> judges_;
  std::optional<TrialPool> pool_;
  int look_ = 1;
  std::string rule_;
};

Comparer::Comparer(const std::vector<Variant>& variants, const CompareOptions& options,
                   std::vector<WindowGrid> grids)
    : variants_(variants), options_(options), grids_(std::move(grids)) {
  const bool scaled = std::any_of(variants.begin(), variants.end(), [](const Variant& one) {
    return !one.scenario->blueprint.policies.empty();
  });
  std::vector<Arm> arms;
  for (std::size_t i = 0; i < variants.size(); ++i) {
    judges_.emplace_back(*variants[i].scenario, grids_[i], scaled);
    arms.push_back({variants[i].scenario, {options.trace_share, variants[i].traces}});
  }
  pool_.emplace(
      std::move(arms), grids_.front().boundaries,
      PoolOptions{options.jobs, options.interrupt, options.progress, options.memory_limit});
}

void Comparer::settle_warmup() {
  std::optional<Warmup> latest;
  for (const Judge& judge : judges_) {
    const auto found = judge.reduction().find_warmup();
    if (found && (!latest || found->window > latest->window)) latest = found;
  }
  if (!latest) return;
  latest->rule += ", the latest of all variants";
  for (Judge& judge : judges_) judge.reduction().settle_warmup(*latest);
}

PoolEnd Comparer::simulate() {
  const spec::Experiment& experiment = variants_.front().scenario->experiment;
  const auto most = static_cast<std::size_t>(experiment.trials.value_or(experiment.max_trials));
  std::size_t done = 0;
  std::size_t next = experiment.trials ? most : std::min(kFirstLook, most);
  for (;; ++look_) {
    const PoolEnd end = pool_->run(done, next, [&](std::vector<models::TrialRecord> trial) {
      for (std::size_t i = 0; i < judges_.size(); ++i)
        judges_[i].reduction().add(std::move(trial[i]));
    });
    settle_warmup();
    rule_ = end == PoolEnd::done ? "fixed" : "interrupted";
    if (end != PoolEnd::done || experiment.trials) return end;
    done = next;
    rule_ = "auto: every difference is decided";
    if (settled()) return end;
    rule_ = fmt::format("auto: limit of {} reached", most);
    if (done == most) return end;
    next = sim::next_look(done, most);
  }
}

/// Of a fixed number of trials all errors are left for the only look.
double Comparer::level() const {
  const spec::Experiment& experiment = variants_.front().scenario->experiment;
  if (experiment.trials) return 1 - experiment.confidence;
  return 1 - sim::look_confidence(experiment.confidence, look_);
}

bool Comparer::settled() const {
  const spec::Experiment& experiment = variants_.front().scenario->experiment;
  const double precision = experiment.precision.value_or(kSame);
  const auto all = compare_all(variants_, outcome());
  for (const reports::Comparison& c : all.comparisons) {
    const double confidence = std::min(c.before.confidence, c.after.confidence);
    for (const reports::ObjectiveChange& one : c.objectives)
      if (!is_settled(one.figure, level(), confidence, precision)) return false;
    for (const reports::FigureChange* one : reports::choice_figures(c))
      if (!is_settled(one->figure, level(), confidence, precision)) return false;
  }
  return true;
}

CompareOutcome Comparer::outcome() const {
  CompareOutcome out;
  out.level = level();
  for (const Judge& judge : judges_) {
    out.results.push_back(judge.result(look_));
    out.trials.push_back(judge.reduction().trial_figures());
  }
  return out;
}

CompareOutcome Comparer::run() {
  const double started = wall_seconds();
  const PoolEnd end = simulate();
  CompareOutcome out = outcome();
  out.end = end;
  for (reports::RunResult& result : out.results) {
    result.trials_rule = rule_;
    result.interrupted = end != PoolEnd::done;
    time_result(result, options_.jobs, wall_seconds() - started);
  }
  return out;
}

}  // namespace

std::string why_not_comparable(const std::vector<Variant>& variants) {
  if (variants.size() < 2) return "there is nothing to compare with";
  const spec::Experiment& first = variants.front().scenario->experiment;
  if (first.trials.value_or(first.max_trials) < 2)
    return "one trial has no spread to judge a difference by: give two or more";
  for (const Variant& one : variants)
    if (one.scenario->experiment.horizon != first.horizon)
      return fmt::format("trials of {} ('{}') and of {} ('{}') are no pairs: give one horizon",
                         exact_duration(first.horizon), variants.front().name,
                         exact_duration(one.scenario->experiment.horizon), one.name);
  return "";
}

std::optional<CompareOutcome> compare(const std::vector<Variant>& variants,
                                      const CompareOptions& options, Diagnostics& out) {
  std::vector<WindowGrid> grids;
  for (const Variant& one : variants) grids.push_back(plan_windows(*one.scenario, out));
  if (out.has_errors()) return std::nullopt;
  const std::vector<Instant> edges = all_edges(grids);
  for (WindowGrid& grid : grids) grid.boundaries = edges;
  return Comparer(variants, options, std::move(grids)).run();
}

reports::VariantComparison compare_all(const std::vector<Variant>& variants,
                                       const CompareOutcome& outcome) {
  reports::VariantComparison all;
  const reports::RunResult& first = outcome.results.front();
  all.trials = first.trials;
  all.trials_rule = first.trials_rule;
  all.interrupted = first.interrupted;
  for (std::size_t i = 0; i < variants.size(); ++i) {
    for (std::size_t j = i + 1; j < variants.size(); ++j) {
      reports::Comparison pair =
          compare_paired(outcome.results[i], outcome.trials[i], outcome.results[j],
                         outcome.trials[j], outcome.level);
      pair.before.source = variants[i].name;
      pair.after.source = variants[j].name;
      all.comparisons.push_back(std::move(pair));
    }
  }
  all.variants.push_back(all.comparisons.front().before);
  for (std::size_t i = 1; i < variants.size(); ++i)
    all.variants.push_back(all.with_baseline(i).after);
  return all;
}

}  // namespace rehearse::experiments
