#include "experiments/run.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <ctime>
#include <memory>
#include <thread>

#include "base/quantity.hpp"
#include "cli/baseline.hpp"
#include "cli/command.hpp"
#include "cli/diagnostics_json.hpp"
#include "cli/interrupt.hpp"
#include "cli/output_folder.hpp"
#include "cli/scenario_arguments.hpp"
#include "experiments/difference.hpp"
#include "experiments/divergence.hpp"
#include "experiments/memory.hpp"
#include "experiments/trace_keeper.hpp"
#include "experiments/windows.hpp"
#include "reports/folder.hpp"
#include "reports/json.hpp"
#include "reports/terminal.hpp"

/// `rehearse run`: simulates scenario files and judges their objectives.

namespace rehearse::cli {
namespace {

struct RunArguments {
  ScenarioArguments scenario;
  int jobs = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  std::string out;
  std::string baseline;
  std::string event_log;
  int traces = 100;
  double trace_share = 0.1;
  bool json = false;
  bool quiet = false;
  bool no_lint = false;
};

/// Now, in UTC, as RFC 3339 writes it.
std::string utc_now() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  const size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text, length};
}

/// Trials done and to come, how fast, and how long it will take.
reports::Progress progress_of(const experiments::Progress& now) {
  reports::Progress line;
  line.label = "trial";
  line.done = now.trials_done;
  line.total = now.trials_planned;
  if (now.seconds <= 0) return line;
  line.rate = static_cast<double>(now.events) / now.seconds;
  const double done = static_cast<double>(now.trials_done) + now.running;
  if (done <= 0) return line;
  const double left = now.seconds * (static_cast<double>(now.trials_planned) - done) / done;
  if (left >= 1) line.eta_seconds = left;  // less is over before it is read
  return line;
}

/// "shop.yaml:3:5: message [id]".
std::string text_of(const Diagnostic& warning, const Diagnostics& diagnostics) {
  const std::string place = diagnostics.place(warning.where);
  return fmt::format("{}{}{} [{}]", place, place.empty() ? "" : ": ", warning.message, warning.id);
}

class Run {
 public:
  Run(const RunArguments& arguments, const Interrupts& interrupts, Console& console)
      : arguments_(arguments), interrupts_(interrupts), console_(console) {}

  ExitCode all();

 private:
  ExitCode one(const std::string& file, const std::string& folder, const std::string& baseline);
  ExitCode refuse(const std::string& file, const Diagnostics& diagnostics);
  ExitCode fail(const std::string& problem);
  /// Fills options.memory_limit; what is wrong where it cannot fit.
  std::string plan(const models::Scenario& scenario, experiments::RunOptions& options) const;
  std::string write(reports::RunResult& result, const LoadedScenario& loaded,
                    const experiments::TraceKeeper& keeper, const std::string& folder) const;
  ExitCode log_events(const LoadedScenario& loaded);
  ExitCode read_baseline_of(const std::string& path);
  ExitCode finish(const LoadedScenario& loaded, experiments::RunOutcome& outcome,
                  const experiments::TraceKeeper& keeper, const std::string& folder);
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

std::string Run::plan(const models::Scenario& scenario, experiments::RunOptions& options) const {
  Diagnostics known;  // load_scenario() has reported them
  const experiments::MemoryPlan plan = experiments::plan_memory(
      experiments::estimate_memory(scenario, experiments::plan_windows(scenario, known),
                                   options.jobs),
      experiments::memory_available());
  options.memory_limit = plan.in_flight_limit;
  return plan.problem;
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
  if (std::string problem = plan(*loaded.scenario, options); !problem.empty()) return fail(problem);
  if (!arguments_.quiet)
    options.progress = [&](const experiments::Progress& now) {
      console_.show_progress(progress_of(now));
    };
  experiments::TraceKeeper keeper({loaded.scenario->experiment.seed, 0});
  if (arguments_.traces > 0) options.follow = {arguments_.trace_share, &keeper};
  const std::string started = utc_now();
  std::optional<experiments::RunOutcome> outcome =
      experiments::run(*loaded.scenario, options, loaded.diagnostics);
  console_.end_progress();
  if (!outcome) return refuse(file, loaded.diagnostics);
  outcome->result.scenario_file = file;
  outcome->result.timing.started = started;
  const ExitCode code = finish(loaded, *outcome, keeper, folder);
  if (arguments_.event_log.empty() || interrupts_.flag()) return code;
  return worse(code, log_events(loaded));
}

/// Inputs before the result: whoever finds a result.json finds everything. Where time is spent is
/// part of the result, the traces are files beside it.
std::string Run::write(reports::RunResult& result, const LoadedScenario& loaded,
                       const experiments::TraceKeeper& keeper, const std::string& folder) const {
  for (const experiments::InputFile& input : loaded.inputs)
    if (std::string problem = write_input(folder + "/" + input.name, input.text); !problem.empty())
      return problem;
  if (arguments_.traces == 0) return reports::write_folder(result, folder);
  reports::Traces traces =
      keeper.kept(*loaded.scenario, result.warmup, static_cast<std::size_t>(arguments_.traces));
  traces.set.version = REHEARSE_VERSION;
  result.time_spent = traces.profile.rows();
  return reports::write_folder(result, traces, folder);
}

ExitCode Run::finish(const LoadedScenario& loaded, experiments::RunOutcome& outcome,
                     const experiments::TraceKeeper& keeper, const std::string& folder) {
  reports::RunResult& result = outcome.result;
  result.version = REHEARSE_VERSION;
  result.scenario_hash = fmt::format("{:016x}", loaded.hash);
  result.resolved_scenario = loaded.resolved;
  if (!arguments_.no_lint)  // errors there are none: it was run
    for (const Diagnostic& warning : loaded.diagnostics.all())
      result.warnings.push_back(text_of(warning, loaded.diagnostics));
  if (baseline_ && result.trials > 0) {
    result.baseline = experiments::compare_results(*baseline_, result);
    result.baseline->before.source = baseline_source_;
  }
  if (result.trials == 0) {
    result.verdict = reports::Verdict::undecided;  // whatever no objective at all would say
    if (arguments_.json) documents_.push_back(reports::to_json(result));
  } else {
    if (std::string problem = write(result, loaded, keeper, folder); !problem.empty())
      return fail(problem);
    show(result, folder);
  }
  switch (outcome.end) {
    case experiments::PoolEnd::done:
      return exit_code_of(result.verdict);
    case experiments::PoolEnd::interrupted:
      console_.complain(result.trials > 0
                            ? "interrupted; the result is that of the trials that were finished"
                            : "interrupted before the first trial was finished; nothing to show");
      return ExitCode::interrupted;
    case experiments::PoolEnd::out_of_memory:
      return fail(
          "the run needs more memory than there is; the result is that of the trials that "
          "were finished. A queue without a limit, at more load than it can serve, grows "
          "for ever");
    case experiments::PoolEnd::stuck:
      console_.complain(
          "time does not advance: the scenario makes more than a hundred million "
          "events happen at one instant. Is there a loop without any delay?");
      return ExitCode::bad_input;
  }
  return ExitCode::environment;
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

/// An option whose value is a share, "10%" or "0.1".
void add_share(CLI::App& app, const std::string& name, double& share, const std::string& doc) {
  app.add_option_function<std::string>(
         name, [&share](const std::string& text) { share = *parse_ratio(text).value; }, doc)
      ->type_name("RATIO")
      ->check(CLI::Validator(
          [](const std::string& text) {
            const Parsed<double> read = parse_ratio(text);
            if (!read.value) return read.problem;
            return *read.value < 0 || *read.value > 1
                       ? fmt::format("'{}' is not a share from 0% to 100%", text)
                       : std::string();
          },
          ""));
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
  app->add_option("--jobs", arguments->jobs,
                  "Trials to simulate at once; results do not depend on it. Default: processors.")
      ->type_name("N")
      ->check(CLI::Range(1, 4096).description(""));
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
  app->add_option(
         "--traces", arguments->traces,
         "Keep at most so many requests of the first trial as traces, for 'rehearse trace' "
         "and tracing tools; the slowest and failed ones first. Default: 100; 0: none.")
      ->type_name("N")
      ->check(CLI::Range(0, 100'000).description(""));
  add_share(*app, "--trace-sample", arguments->trace_share,
            "Share of the requests of the first trial that are followed, to choose traces from. "
            "Default: 10%.");
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
