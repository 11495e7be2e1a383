#include "cli/run_parts.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <ctime>
#include <thread>

#include "base/quantity.hpp"
#include "cli/output_folder.hpp"
#include "experiments/windows.hpp"
#include "reports/folder.hpp"

namespace rehearse::cli {
namespace {

/// "shop.yaml:3:5: message [id]".
std::string text_of(const Diagnostic& warning, const Diagnostics& diagnostics) {
  const std::string place = diagnostics.place(warning.where);
  return fmt::format("{}{}{} [{}]", place, place.empty() ? "" : ": ", warning.message, warning.id);
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

}  // namespace

int default_jobs() {
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

void add_jobs(CLI::App& app, int& jobs) {
  app.add_option("--jobs", jobs,
                 "Trials to simulate at once; results do not depend on it. Default: processors.")
      ->type_name("N")
      ->check(CLI::Range(1, 4096).description(""));
}

void add_trace_arguments(CLI::App& app, TraceArguments& traces) {
  app.add_option("--traces", traces.most,
                 "Keep at most so many requests of the first trial as traces, for 'rehearse trace' "
                 "and tracing tools; the slowest and failed ones first. Default: 100; 0: none.")
      ->type_name("N")
      ->check(CLI::Range(0, 100'000).description(""));
  add_share(app, "--trace-sample", traces.share,
            "Share of the requests of the first trial that are followed, to choose traces from. "
            "Default: 10%.");
}

std::string utc_now() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  const size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text, length};
}

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

experiments::MemoryPlan plan_memory_of(const models::Scenario& scenario, int jobs) {
  Diagnostics known;  // load_scenario() has reported them
  return experiments::plan_memory(
      experiments::estimate_memory(scenario, experiments::plan_windows(scenario, known), jobs),
      experiments::memory_available());
}

void complete_result(reports::RunResult& result, const std::string& file,
                     const LoadedScenario& loaded, bool lint) {
  result.version = REHEARSE_VERSION;
  result.scenario_file = file;
  result.scenario_hash = fmt::format("{:016x}", loaded.hash);
  result.resolved_scenario = loaded.resolved;
  if (!lint) return;
  for (const Diagnostic& warning : loaded.diagnostics.all())  // errors there are none: it was run
    result.warnings.push_back(text_of(warning, loaded.diagnostics));
}

// Inputs before the result: whoever finds a result.json finds everything. Where time is spent is
// part of the result, the traces are files beside it.
std::string write_result(reports::RunResult& result, const LoadedScenario& loaded,
                         const experiments::TraceKeeper& keeper, const TraceArguments& traces,
                         const std::string& folder) {
  for (const experiments::InputFile& input : loaded.inputs)
    if (std::string problem = write_input(folder + "/" + input.name, input.text); !problem.empty())
      return problem;
  if (traces.most == 0) return reports::write_folder(result, folder);
  reports::Traces kept =
      keeper.kept(*loaded.scenario, result.warmup, static_cast<std::size_t>(traces.most));
  kept.set.version = REHEARSE_VERSION;
  result.time_spent = kept.profile.rows();
  return reports::write_folder(result, kept, folder);
}

EarlyEnd early_end(experiments::PoolEnd end, bool any_finished) {
  if (end == experiments::PoolEnd::interrupted)
    return {ExitCode::interrupted,
            any_finished ? "interrupted; the result is that of the trials that were finished"
                         : "interrupted before the first trial was finished; nothing to show"};
  if (end == experiments::PoolEnd::stuck)
    return {ExitCode::bad_input,
            "time does not advance: the scenario makes more than a hundred million "
            "events happen at one instant. Is there a loop without any delay?"};
  return {ExitCode::environment,
          "the run needs more memory than there is; the result is that of the trials that "
          "were finished. A queue without a limit, at more load than it can serve, grows "
          "for ever"};
}

}  // namespace rehearse::cli
