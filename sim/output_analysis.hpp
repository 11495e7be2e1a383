#pragma once
/// Output analysis: where the warm-up ends, how sure an estimate is, when enough was simulated.

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace rehearse::sim {

/// MSER-5 (K. P. White, "An effective truncation heuristic for bias reduction in simulation output",
/// 1997; batch size 5: White, Cobb and Spratt, 2000). `series`: observations in order of time; NaN is
/// skipped. Returns how many leading observations to cut, a multiple of 5, at most half of them;
/// nullopt where the minimum lies at that half: no steady state was seen.
std::optional<size_t> mser5(std::span<const double> series);

struct Interval {
  double low = 0;
  double high = 0;
};

/// Student's t quantile: P(T_df <= t) = p.
double student_t(double p, double degrees_of_freedom);
double normal_quantile(double p);

/// Mean of independent values with its t-interval (n >= 2; with n < 2 the interval is infinite).
struct MeanEstimate {
  double mean = 0;
  Interval interval;
  size_t n = 0;
};
MeanEstimate t_interval(std::span<const double> values, double confidence);

/// Sectioning (S. Asmussen and P. Glynn, "Stochastic Simulation", 2007, III.5a): the estimate is
/// computed from all trials pooled, its spread from the trials' own estimates around it; for ratios
/// and quantiles it has far less bias than a mean of per-trial estimates. NaN sections are left out.
Interval section_interval(double pooled, std::span<const double> sections, double confidence);

/// Order-statistic interval of a quantile from independent values: distribution-free (binomial).
Interval order_statistic_interval(std::span<const double> sorted, double p, double confidence);

/// Clopper-Pearson interval of a proportion: exact for independent trials, and honest at 0 and 1.
Interval proportion_interval(double successes, double n, double confidence);

/// What an interval says about a bound.
enum class Decision { satisfied, violated, open };

}  // namespace rehearse::sim
