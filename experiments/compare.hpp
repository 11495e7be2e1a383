#pragma once
/// Simulates variants of a platform side by side, and says by what they differ.
///
/// Trial i of each variant has the same seed and number. Random streams belong to (seed, trial,
/// entity, purpose), so that whatever has the same name in two variants meets the same fate in
/// both: the same requests arrive, with the same work (common random numbers; A. Law, "Simulation
/// Modeling and Analysis", 11.2). What is left of a difference is what the variants do about it.
///
/// The experiment of the first variant, the baseline, says how many trials there are. `auto` looks
/// at 10, 20, 40 ... trials, each time at a higher confidence (sim::look_confidence()), and ends
/// when of each pair of variants each objective and each of reports::choice_figures() is either
/// different or known to be the same within `precision` (1 % unless given; of shares at least a
/// hundredth of a point). All variants are measured after the latest warm-up that any of them
/// needs.

#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "experiments/reduction.hpp"
#include "experiments/trial_pool.hpp"
#include "reports/variants.hpp"

namespace rehearse::experiments {

struct Variant {
  std::string name;
  const models::Scenario* scenario = nullptr;
  models::TraceSink* traces = nullptr;  ///< who follows requests of its first trial, if anyone
};

struct CompareOptions {
  int jobs = 1;
  const std::atomic<bool>* interrupt = nullptr;
  std::function<void(const Progress&)> progress;
  std::size_t memory_limit = SIZE_MAX;  ///< as RunOptions
  double trace_share = 0;               ///< of the requests of first trials
};

struct CompareOutcome {
  std::vector<reports::RunResult> results;  ///< by variant, as run() gives them
  std::vector<TrialFigures> trials;         ///< by variant
  double level = 0;                         ///< share of errors that is left for tests
  PoolEnd end = PoolEnd::done;
};

/// Why these cannot be compared: fewer than two, one trial, different horizons. Empty where they
/// can.
std::string why_not_comparable(const std::vector<Variant>& variants);

/// REQUIRES: comparable. nullopt where a scenario cannot be run, with the reasons in `out`. Of an
/// interrupted run the trials that all variants have finished count.
std::optional<CompareOutcome> compare(const std::vector<Variant>& variants,
                                      const CompareOptions& options, Diagnostics& out);

/// Each variant with each. The results may have been completed since. REQUIRES: two trials or more.
reports::VariantComparison compare_all(const std::vector<Variant>& variants,
                                       const CompareOutcome& outcome);

}  // namespace rehearse::experiments
