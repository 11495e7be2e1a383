#pragma once
/// What all commands that read scenarios have in common: their arguments, and how they become a
/// compiled scenario.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostics.hpp"
#include "cli/console.hpp"
#include "cli/exit_code.hpp"
#include "experiments/inputs.hpp"
#include "models/compile.hpp"
#include "scenarios/spec/reader.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace rehearse::cli {

struct ScenarioArguments {
  std::vector<std::string> files;
  std::vector<std::string> overlays;
  std::vector<std::string> sets;
  std::string trials, seed, horizon;  ///< sugar for --set experiment.X; empty: not given
  /// The sugar comes last, so that it wins over --set.
  spec::ReadOptions read_options() const;
};

/// FILE..., --set, --overlay.
void add_file_arguments(CLI::App& app, ScenarioArguments& arguments);
/// --trials, --seed, --horizon.
void add_experiment_arguments(CLI::App& app, ScenarioArguments& arguments);
/// An option that may be repeated and takes one value each time.
CLI::Option* add_repeated(CLI::App& app, const std::string& name, std::vector<std::string>& values,
                          const std::string& value, const std::string& doc);

/// A scenario as it was read; `scenario` only where `diagnostics` has no errors.
struct LoadedScenario {
  Diagnostics diagnostics;
  SpecNode root;  ///< as it was read; null where nothing could be
  std::optional<models::Scenario> scenario;
  std::string resolved;                        ///< YAML
  std::uint64_t hash = 0;                      ///< of `resolved` and `inputs`
  std::vector<experiments::InputFile> inputs;  ///< files that `resolved` names
};
/// Reads, compiles and checks whatever can be checked without running; lints where `lint` is set.
LoadedScenario load_scenario(const std::string& file, const spec::ReadOptions& options, bool lint);

/// bad_input; environment where all that is wrong is that files cannot be read.
ExitCode exit_code_of(const Diagnostics& diagnostics);

}  // namespace rehearse::cli
