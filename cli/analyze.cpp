#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command.hpp"
#include "cli/diagnostics_json.hpp"
#include "cli/scenario_arguments.hpp"
#include "experiments/analyze.hpp"
#include "reports/analysis_json.hpp"
#include "reports/analysis_terminal.hpp"

/// `rehearse analyze`: the closed-form picture of a scenario, without simulating it.

namespace rehearse::cli {
namespace {

struct AnalyzeArguments {
  ScenarioArguments scenario;
  std::vector<std::string> availabilities;
  bool json = false;
};

class Analyses {
 public:
  Analyses(const AnalyzeArguments& arguments, Console& console)
      : arguments_(arguments), console_(console) {}
  ExitCode all();

 private:
  ExitCode one(const std::string& file);
  const AnalyzeArguments& arguments_;
  Console& console_;
  std::vector<std::string> documents_;  // of --json
};

ExitCode Analyses::one(const std::string& file) {
  // Warnings are part of the analysis.
  const LoadedScenario loaded = load_scenario(file, arguments_.scenario.read_options(), false);
  if (!loaded.scenario) {
    console_.print_error(loaded.diagnostics.render(console_.error_style().color));
    console_.print_error(fmt::format("{}: {}\n", file, loaded.diagnostics.summary()));
    if (arguments_.json) documents_.push_back(diagnostics_json({{file, &loaded.diagnostics}}));
    return exit_code_of(loaded.diagnostics);
  }
  experiments::AnalyzeOptions options;
  const std::vector<std::string> names = experiments::part_names(*loaded.scenario);
  for (const std::string& text : arguments_.availabilities) {
    std::string problem;
    if (experiments::add_availability(text, names, options, problem)) continue;
    console_.complain(problem);
    return ExitCode::bad_input;
  }
  reports::Analysis analysis = experiments::analyze(*loaded.scenario, options);
  analysis.version = REHEARSE_VERSION;
  analysis.scenario_file = file;
  analysis.scenario_hash = fmt::format("{:016x}", loaded.hash);
  if (arguments_.json)
    documents_.push_back(reports::to_json(analysis));
  else
    console_.print(reports::render_terminal(analysis, console_.style()));
  return analysis.overloaded() ? ExitCode::fails : ExitCode::holds;
}

ExitCode Analyses::all() {
  const std::vector<std::string>& files = arguments_.scenario.files;
  ExitCode code = ExitCode::holds;
  for (size_t i = 0; i < files.size(); ++i) {
    if (i > 0 && !arguments_.json) console_.print("\n");
    code = worse(code, one(files[i]));
  }
  if (arguments_.json && files.size() == 1) {
    for (const std::string& document : documents_) console_.print(document);
  } else if (arguments_.json) {
    console_.print(fmt::format("[\n{}]\n", fmt::join(documents_, ",\n")));
  }
  return code;
}

}  // namespace

Command add_analyze(CLI::App& root) {
  const auto arguments = std::make_shared<AnalyzeArguments>();
  CLI::App* app = root.add_subcommand(
      "analyze",
      "say what queueing theory knows of scenarios, without simulating\n\n"
      "Solves the traffic equations: what each service, database and cache is asked for and can "
      "carry, how far traffic can grow and what is full then, what retries, empty caches and a "
      "lost zone do to that; where the time of a request goes; which requests fail while a part "
      "is down; and the warnings of 'rehearse check'. Times are means without queues: what queues "
      "do, 'rehearse run' says.\n\n"
      "Exit codes: 0 everything can be carried, 1 something is asked for more than it has, on "
      "average or at the peak, 2 the input is wrong, 4 a file is unreadable.");
  add_file_arguments(*app, arguments->scenario);
  add_repeated(*app, "--availability", arguments->availabilities, "NAME=SHARE",
               "How often a service, database, cache or zone is up, such as orders=99.9%; "
               "repeatable. Parts that are not named never fail.");
  app->add_flag("--json", arguments->json,
                "Print the analysis as one JSON document, and nothing else; a list where there are "
                "several files.");
  app->footer(
      "rehearse analyze shop.yaml\n"
      "rehearse analyze shop.yaml --set workload.users.arrivals='{poisson: 900rps}'\n"
      "rehearse analyze shop.yaml --availability orders=99.9%");
  return {app, [arguments](Console& console) { return Analyses(*arguments, console).all(); }};
}

}  // namespace rehearse::cli
