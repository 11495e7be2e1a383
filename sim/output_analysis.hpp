#pragma once
/// Output analysis: where the warm-up ends, how sure an estimate is, when enough was simulated.
/// Pure functions; a confidence is a number inside (0, 1), such as 0.95, and intervals are
/// two-sided with equal tails.

#include <cstddef>
#include <optional>
#include <span>

#include "sim/special_functions.hpp"

namespace rehearse::sim {

/// MSER-5 (K. P. White, "An effective truncation heuristic for bias reduction in simulation
/// output", 1997; batches of 5: White, Cobb and Spratt, "A comparison of five steady-state
/// truncation heuristics for simulation", 2000): the cut that leaves the smallest standard error of
/// the mean of the rest. `series`: observations in order of time, evenly spaced; NaN is skipped.
/// Returns the position in `series` of the first observation to keep: a multiple of 5 where there
/// is no NaN, at most half of the series; nullopt where the minimum lies at that half, so that no
/// steady state was seen, and where there are fewer than 20 observations to judge by.
std::optional<std::size_t> mser5(std::span<const double> series);

struct Interval {
  double low = 0;
  double high = 0;
  bool operator==(const Interval&) const = default;
};

/// Mean of independent values with its t-interval (with n < 2 the interval is infinite; with n = 0
/// the mean is NaN). Coverage falls short of `confidence` for few and skewed values:
/// tests/theory/coverage_test.cpp shows by how much.
struct MeanEstimate {
  double mean = 0;
  Interval interval;
  std::size_t n = 0;
};
MeanEstimate t_interval(std::span<const double> values, double confidence);

/// Sectioning (S. Asmussen and P. Glynn, "Stochastic Simulation", 2007, III.5a): the estimate is
/// computed from all trials pooled, its spread from the trials' own estimates around it; for ratios
/// and quantiles it has far less bias than a mean of per-trial estimates. NaN sections are left
/// out; with fewer than two the interval is infinite.
Interval section_interval(double pooled, std::span<const double> sections, double confidence);

/// Order-statistic interval of the p-quantile, p in (0, 1), from independent values in ascending
/// order: distribution-free, by the binomial law of how many values lie below (H. A. David,
/// H. N. Nagaraja, "Order Statistics", 2003, section 7.1). Infinite on a side where even the
/// extreme value is no sure bound: the p99 has no upper bound at 95 % before n = 368.
Interval order_statistic_interval(std::span<const double> sorted, double p, double confidence);

/// Clopper-Pearson interval of a proportion: exact for independent trials, and honest at 0 and 1.
/// Counts may be fractional (effective sizes). With n = 0 it is [0, 1].
Interval proportion_interval(double successes, double n, double confidence);

/// What an interval says about "value RELATION bound": satisfied where every value inside satisfies
/// it, violated where none does, else open; open as well where a bound is NaN.
enum class Relation { less, less_equal, greater, greater_equal };
enum class Decision { satisfied, violated, open };
Decision decide(const Interval& interval, Relation relation, double bound);

/// Half of the interval's width over |estimate|; infinite where the estimate is zero and the width
/// is not. To be compared with a requested precision.
double relative_half_width(double estimate, const Interval& interval);

/// Sequential stopping. Who looks at 95 % intervals after every batch of trials and stops at the
/// first that decides is wrong far more often than 5 % of the time. Look k = 1, 2, ... therefore
/// uses the confidence 1 - (1 - confidence) / (k (k + 1)): the shares of error add up to 1 -
/// confidence over any number of looks, so that by Bonferroni the decision errs at most that often.
double look_confidence(double confidence, int look);
/// Trials at the time of look k + 1, given those of look k: doubling keeps looks few and their
/// price low, and wastes at most half of the trials. Capped at `max_trials`.
std::size_t next_look(std::size_t trials, std::size_t max_trials);

}  // namespace rehearse::sim
