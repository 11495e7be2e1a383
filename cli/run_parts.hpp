#pragma once
/// What commands that run trials have in common: `rehearse run` and `rehearse compare`.

#include <string>

#include "cli/exit_code.hpp"
#include "cli/scenario_arguments.hpp"
#include "experiments/memory.hpp"
#include "experiments/trace_keeper.hpp"
#include "experiments/trial_pool.hpp"
#include "reports/result.hpp"
#include "reports/terminal.hpp"

namespace rehearse::cli {

/// Which requests of first trials become traces.
struct TraceArguments {
  int most = 100;  ///< 0: none
  double share = 0.1;
};

/// Processors.
int default_jobs();
/// --jobs.
void add_jobs(CLI::App& app, int& jobs);
/// --traces, --trace-sample.
void add_trace_arguments(CLI::App& app, TraceArguments& traces);

/// Now, in UTC, as RFC 3339 writes it.
std::string utc_now();

/// Trials done and to come, how fast, and how long it will take.
reports::Progress progress_of(const experiments::Progress& now);

/// What fits the memory there is, before anything runs.
experiments::MemoryPlan plan_memory_of(const models::Scenario& scenario, int jobs);

/// Version, file, hash and text of the scenario, and its warnings where `lint` is set.
void complete_result(reports::RunResult& result, const std::string& file,
                     const LoadedScenario& loaded, bool lint);

/// The result folder with the scenario's inputs and, where wanted, its traces; what went wrong.
/// Where time is spent becomes part of the result.
std::string write_result(reports::RunResult& result, const LoadedScenario& loaded,
                         const experiments::TraceKeeper& keeper, const TraceArguments& traces,
                         const std::string& folder);

/// Why trials ended before all were done, and the exit code of that. REQUIRES: `end` is not done.
struct EarlyEnd {
  ExitCode code = ExitCode::environment;
  std::string problem;
};
EarlyEnd early_end(experiments::PoolEnd end, bool any_finished);

}  // namespace rehearse::cli
