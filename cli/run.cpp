#include "experiments/run.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/baseline.hpp"
#include "cli/command.hpp"
#include "cli/diagnostics_json.hpp"
#include "cli/interrupt.hpp"
#include "cli/output_folder.hpp"
#include "cli/run_parts.hpp"
#include "cli/scenario_arguments.hpp"
#include "experiments/difference.hpp"
#include "experiments/divergence.hpp"
#include "experiments/trace_keeper.hpp"
#include "reports/json.hpp"
#include "reports/terminal.hpp"

/// `rehearse run`: simulates scenario files and judges their objectives.

namespace rehearse::cli {
namespace {

struct RunArguments {
  ScenarioArguments scenario;
  int jobs = default_jobs();
  std::string out;
  std::string baseline;
  std::string event_log;
  TraceArguments traces;
  bool json = false;
  bool quiet = false;
  bool no_lint = false;
};

class Run {
 public:
  Run(const RunArguments& arguments, const Interrupts& interrupts, Console& console)
      : arguments_(arguments), interrupts_(interrupts), console_(console) {}

  ExitCode all();

 private:
  ExitCode one(const std::string& file, const std::string& folder, const std::string& baseline);
  ExitCode refuse(const std::string& file, const Diagnostics& diagnostics);
  ExitCode fail(const std::string& problem);
  ExitCode log_events(const LoadedScenario& loaded);
  ExitCode read_baseline_of(const std::string& path);
  ExitCode finish(const std::string& file, const LoadedScenario& loaded,
                  experiments::RunOutcome& outcome, const experiments::TraceKeeper& keeper,
                  const std::string& folder);
  void show(const reports::RunResult& result, const std::string& folder);

  const RunArguments& arguments_;
  const Interrupts& interrupts_;
  Console& console_;
  std::vector<std::string> documents_;          // of --json
  std::optional<reports::RunResult> baseline_;  // of the scenario that is being run
  std::string baseline_source_;
};

/// The scenario cannot be run.
ExitCode Run::refuse(const std::string& file, const Diagnostics& diagnostics) {
  console_.print_error(diagnostics.render(console_.error_style().color));
  console_.print_error(fmt::format("{}: {}\n", file, diagnostics.summary()));
  if (arguments_.json) documents_.push_back(diagnostics_json({{file, &diagnostics}}));
  return exit_code_of(diagnostics);
}

ExitCode Run::fail(const std::string& problem) {
  console_.complain(problem);
  return ExitCode::environment;
}

ExitCode Run::log_events(const LoadedScenario& loaded) {
  const auto trace = experiments::simulate_trace(*loaded.scenario, 0);
  const std::string problem = experiments::write_event_log(
      *trace, {REHEARSE_VERSION, loaded.scenario->experiment.seed, 0, loaded.hash},
      arguments_.event_log, &interrupts_.flag());
  return problem.empty() ? ExitCode::holds : fail(problem);
}

/// The baseline of one scenario; read before a long run rather than after it, and before the folder
/// of the result, which may be the same, is written.
ExitCode Run::read_baseline_of(const std::string& path) {
  baseline_.reset();
  baseline_source_ = path;
  if (path.empty()) return ExitCode::holds;
  Baseline read = read_baseline(path);
  if (!read.result) console_.complain(read.problem);
  baseline_ = std::move(read.result);
  return read.code;
}

ExitCode Run::one(const std::string& file, const std::string& folder, const std::string& baseline) {
  if (const ExitCode code = read_baseline_of(baseline); code != ExitCode::holds) return code;
  LoadedScenario loaded =
      load_scenario(file, arguments_.scenario.read_options(), !arguments_.no_lint);
  if (!loaded.scenario) return refuse(file, loaded.diagnostics);
  if (std::string problem = folder_problem(folder); !problem.empty()) return fail(problem);
  // The text result lists its warnings itself; beside a JSON document they go to people.
  if (arguments_.json && !arguments_.quiet && !arguments_.no_lint)
    console_.print_error(loaded.diagnostics.render(console_.error_style().color));
  experiments::RunOptions options;
  options.jobs = arguments_.jobs;
  options.interrupt = &interrupts_.flag();
  const experiments::MemoryPlan plan = plan_memory_of(*loaded.scenario, options.jobs);
  if (!plan.problem.empty()) return fail(plan.problem);
  options.memory_limit = plan.in_flight_limit;
  if (!arguments_.quiet)
    options.progress = [&](const experiments::Progress& now) {
      console_.show_progress(progress_of(now));
    };
  experiments::TraceKeeper keeper({loaded.scenario->experiment.seed, 0});
  if (arguments_.traces.most > 0) options.follow = {arguments_.traces.share, &keeper};
  const std::string started = utc_now();
  std::optional<experiments::RunOutcome> outcome =
      experiments::run(*loaded.scenario, options, loaded.diagnostics);
  console_.end_progress();
  if (!outcome) return refuse(file, loaded.diagnostics);
  outcome->result.timing.started = started;
  const ExitCode code = finish(file, loaded, *outcome, keeper, folder);
  if (arguments_.event_log.empty() || interrupts_.flag()) return code;
  return worse(code, log_events(loaded));
}

ExitCode Run::finish(const std::string& file, const LoadedScenario& loaded,
                     experiments::RunOutcome& outcome, const experiments::TraceKeeper& keeper,
                     const std::string& folder) {
  reports::RunResult& result = outcome.result;
  complete_result(result, file, loaded, !arguments_.no_lint);
  if (baseline_ && result.trials > 0) {
    result.baseline = experiments::compare_results(*baseline_, result);
    result.baseline->before.source = baseline_source_;
  }
  if (result.trials == 0) {
    result.verdict = reports::Verdict::undecided;  // whatever no objective at all would say
    if (arguments_.json) documents_.push_back(reports::to_json(result));
  } else {
    if (std::string problem = write_result(result, loaded, keeper, arguments_.traces, folder);
        !problem.empty())
      return fail(problem);
    show(result, folder);
  }
  if (outcome.end == experiments::PoolEnd::done) return exit_code_of(result.verdict);
  const EarlyEnd early = early_end(outcome.end, result.trials > 0);
  console_.complain(early.problem);
  return early.code;
}

void Run::show(const reports::RunResult& result, const std::string& folder) {
  if (arguments_.json) documents_.push_back(reports::to_json(result));
  if (arguments_.json || arguments_.quiet) return;
  console_.print(reports::render_terminal(result, console_.style()));
  console_.print(fmt::format("\nreport: {}/report.html\n", folder));
}

ExitCode Run::all() {
  const std::vector<std::string> folders =
      output_folders(arguments_.scenario.files, arguments_.out);
  const std::vector<std::string> baselines = baseline_paths(folders, arguments_.baseline);
  ExitCode code = ExitCode::holds;
  for (size_t i = 0; i < folders.size(); ++i) {
    if (i > 0 && !arguments_.json && !arguments_.quiet) console_.print("\n");
    code = worse(code, one(arguments_.scenario.files[i], folders[i], baselines[i]));
    if (interrupts_.flag()) break;
  }
  if (arguments_.json && folders.size() == 1) {
    for (const std::string& document : documents_) console_.print(document);
  } else if (arguments_.json) {
    console_.print(fmt::format("[\n{}]\n", fmt::join(documents_, ",\n")));
  }
  return code;
}

ExitCode run(const RunArguments& arguments, Console& console) {
  if (!arguments.event_log.empty() && arguments.scenario.files.size() > 1) {
    console.complain("--event-log takes the events of one scenario file, not of several");
    return ExitCode::bad_input;
  }
  const Interrupts interrupts;
  return Run(arguments, interrupts, console).all();
}

}  // namespace

Command add_run(CLI::App& root) {
  const auto arguments = std::make_shared<RunArguments>();
  CLI::App* app = root.add_subcommand(
      "run",
      "simulate scenarios and judge their objectives\n\n"
      "Prints a verdict for every objective, with its figure and confidence interval, and writes "
      "a folder with the page (report.html), the figures for machines (result.json and others) and "
      "the scenario as it was run. Ctrl-C ends a run with what was finished; a second one kills "
      "it.\n\n"
      "Exit codes: 0 all objectives hold, 1 an objective fails, 2 the input is wrong, 3 undecided "
      "or inconclusive, 4 the environment failed, 130 interrupted. Of several files the worst "
      "counts.");
  add_file_arguments(*app, arguments->scenario);
  add_experiment_arguments(*app, arguments->scenario);
  add_jobs(*app, arguments->jobs);
  app->add_option("--out", arguments->out,
                  "Folder for the result; results/<name of the file> unless given.")
      ->type_name("DIR");
  app->add_option("--baseline", arguments->baseline,
                  "Earlier result (its folder, or a result.json): say what changed since. Of "
                  "several scenario files: a folder that holds a result folder for each.")
      ->type_name("FILE|DIR");
  app->add_flag("--json", arguments->json,
                "Print the result as one JSON document, and nothing else; a list where there are "
                "several files.");
  app->add_flag("--quiet,-q", arguments->quiet, "Print nothing but errors.");
  app->add_flag("--no-lint", arguments->no_lint, "Leave out warnings.");
  app->add_option("--event-log", arguments->event_log,
                  "Write every event of the first trial to this file, for 'rehearse diverge'.")
      ->type_name("FILE");
  add_trace_arguments(*app, arguments->traces);
  app->footer(
      "rehearse run shop.yaml\n"
      "rehearse run shop.yaml --trials 40 --seed 7 --jobs 2\n"
      "rehearse run shop.yaml --set system.services.web.servers=4\n"
      "rehearse run shop.yaml --overlay peak.yaml --out results/peak\n"
      "rehearse run shop.yaml --baseline results/main --out results/branch\n"
      "rehearse run scenarios/*.yaml --json > results.json");
  return {app, [arguments](Console& console) { return run(*arguments, console); }};
}

}  // namespace rehearse::cli
