#pragma once
/// Simulates a scenario until its objectives are decided, and judges it.

#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "base/diagnostics.hpp"
#include "experiments/trial_pool.hpp"
#include "models/compile.hpp"
#include "reports/result.hpp"

namespace rehearse::experiments {

/// Trials before `auto` looks for the first time.
inline constexpr std::size_t kFirstLook = 10;

struct RunOptions {
  int jobs = 1;
  const std::atomic<bool>* interrupt = nullptr;
  std::function<void(const Progress&)> progress;
  /// Each finished trial before it is reduced, in order: for figures that no report has.
  std::function<void(const models::TrialRecord&)> on_trial;
  std::size_t memory_limit = SIZE_MAX;  ///< bytes; the run ends with what it has when it is reached
  Follow follow;                        ///< requests of the first trial, for traces
};

struct RunOutcome {
  reports::RunResult result;
  PoolEnd end = PoolEnd::done;
};

/// The result, complete but for the fields that only the caller knows (files, hash, version).
/// nullopt where the scenario cannot be run, with the reasons in `out`. Of an interrupted run the
/// result holds what was finished; with no finished trial there is no estimate in it.
std::optional<RunOutcome> run(const models::Scenario& scenario, const RunOptions& options,
                              Diagnostics& out);

/// How long it took, in the result.
void time_result(reports::RunResult& result, int jobs, double seconds);

}  // namespace rehearse::experiments
