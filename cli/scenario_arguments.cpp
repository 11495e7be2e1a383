#include "cli/scenario_arguments.hpp"

#include <CLI/CLI.hpp>

#include "experiments/windows.hpp"
#include "live/setup.hpp"
#include "models/lints.hpp"

namespace rehearse::cli {

spec::ReadOptions ScenarioArguments::read_options() const {
  spec::ReadOptions options{overlays, sets};
  const auto set = [&](const char* key, const std::string& value) {
    if (!value.empty()) options.sets.push_back(std::string("experiment.") + key + "=" + value);
  };
  set("trials", trials);
  set("seed", seed);
  set("horizon", horizon);
  return options;
}

CLI::Option* add_repeated(CLI::App& app, const std::string& name, std::vector<std::string>& values,
                          const std::string& value, const std::string& doc) {
  return app.add_option(name, values, doc)->type_name(value)->allow_extra_args(false);
}

void add_file_arguments(CLI::App& app, ScenarioArguments& arguments) {
  app.add_option("FILE", arguments.files, "Scenario files.")->required();
  add_repeated(app, "--set", arguments.sets, "PATH=VALUE",
               "Set one value of the scenario, such as system.services.web.servers=4; "
               "repeatable. The value is YAML.");
  add_repeated(app, "--overlay", arguments.overlays, "FILE",
               "Lay this file over the scenario; repeatable, a later one wins.");
}

void add_experiment_arguments(CLI::App& app, ScenarioArguments& arguments) {
  app.add_option("--trials", arguments.trials,
                 "Independent trials; auto goes on until every objective is decided.")
      ->type_name("N|auto");
  app.add_option("--seed", arguments.seed, "Seed of all random streams.")->type_name("N");
  app.add_option("--horizon", arguments.horizon, "Simulated time of one trial, such as 30m.")
      ->type_name("DURATION");
}

LoadedScenario load_scenario(const std::string& file, const spec::ReadOptions& options, bool lint) {
  LoadedScenario loaded;
  Diagnostics& out = loaded.diagnostics;
  loaded.root = spec::read_scenario(file, options, spec::disk(), out);
  const SpecNode& root = loaded.root;
  if (root.is_null()) return loaded;
  experiments::Inputs inputs;
  loaded.scenario = models::compile(root, inputs.source(), out);
  if (!loaded.scenario) return loaded;
  experiments::plan_windows(*loaded.scenario, out);
  if (!out.has_errors() && root.find("live") != nullptr) live::read_setup(root, out);
  if (out.has_errors()) {
    loaded.scenario.reset();
    return loaded;
  }
  if (lint) models::report_lints(*loaded.scenario, root, out);
  loaded.resolved = inputs.resolve(root, out);
  loaded.hash = inputs.hash(loaded.resolved);
  loaded.inputs = inputs.copies();
  return loaded;
}

ExitCode exit_code_of(const Diagnostics& diagnostics) {
  if (!diagnostics.has_errors()) return ExitCode::holds;
  for (const Diagnostic& one : diagnostics.all())
    if (one.severity == Severity::error && one.id != "unreadable-file") return ExitCode::bad_input;
  return ExitCode::environment;
}

}  // namespace rehearse::cli
