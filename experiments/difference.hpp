#pragma once
/// What changed between two results, told from chance.
///
/// Each figure is compared by Welch's t-test (B. L. Welch, "The generalization of Student's problem
/// when several different population variances are involved", 1947). A result keeps no values of
/// single trials, but its intervals are t-intervals over trials (twenty sections of a single
/// trial): half-width / t gives back the standard error, trials - 1 its degrees of freedom. Shares
/// may have a wider, exact binomial interval, and an end cut off at 0 or 1; of the two arms the
/// longer one counts. Both make the test more careful, never bolder.
///
/// Objectives are few and asked for: each is tested at 1 - confidence. Figures of services are
/// many, so that some would always differ by chance: of those listed as significant at most that
/// share is expected to be chance (Y. Benjamini, Y. Hochberg, "Controlling the false discovery
/// rate", 1995; valid for figures that rise and fall together).
///
/// With one seed on both sides the trials share random numbers: their estimates move together and
/// the test, which takes them for independent, finds less than there is. Paired trials find more,
/// and need what single trials gave, which only experiments/compare.hpp has: their differences are
/// independent values with a t-interval of their own, whatever both sides have in common (A. Law,
/// "Simulation Modeling and Analysis", 10.2.1 and 11.2).

#include <span>
#include <string>
#include <vector>

#include "experiments/reduction.hpp"
#include "reports/result.hpp"

namespace rehearse::experiments {

/// `before` and `after` in full; `source` of either is left empty. Settings are compared where both
/// carry their resolved scenario.
reports::Comparison compare_results(const reports::RunResult& before,
                                    const reports::RunResult& after);

/// The same of paired trials: trial i of both sides has the same random numbers. `level`: the share
/// of errors that the tests allow themselves. REQUIRES: as many trials on both sides, those of the
/// results.
reports::Comparison compare_paired(const reports::RunResult& before, const TrialFigures& old_trials,
                                   const reports::RunResult& after, const TrialFigures& new_trials,
                                   double level);

/// A figure with the degrees of freedom behind its interval.
struct Measured {
  reports::Estimate estimate;
  double confidence = 0.95;
  double degrees_of_freedom = 1;
};
/// Two-sided p of Welch's test; NaN where a side has no value or an infinite interval. Figures
/// without any spread differ for sure or not at all (1e-12 of their size is rounding).
double welch_p(const Measured& before, const Measured& after);

/// Student's t-test on the differences of pairs; those in which a side has no value are left out. p
/// is NaN with fewer than two pairs. Differences that do not vary are sure, or nothing where they
/// are 0 (1e-12 of a figure's size is rounding).
struct PairedTest {
  reports::PairedDifference difference;
  double p = 0;
};
/// REQUIRES: as many values on both sides.
PairedTest paired_test(std::span<const double> before, std::span<const double> after,
                       double confidence, const std::string& unit);

/// Benjamini and Hochberg: which of the hypotheses to reject; NaN never is.
std::vector<bool> discoveries(std::span<const double> p, double rate);

/// Values that differ between two resolved scenarios (YAML), in the order of `after`, then those
/// that only `before` has. Names that contain a point stand in quotes, as --set takes them; lists
/// of plain values are one value. False where either is no YAML.
bool compare_settings(const std::string& before, const std::string& after,
                      std::vector<reports::SettingChange>& out);

}  // namespace rehearse::experiments
