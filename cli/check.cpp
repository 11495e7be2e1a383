#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <list>
#include <memory>

#include "cli/command.hpp"
#include "cli/diagnostics_json.hpp"
#include "cli/scenario_arguments.hpp"

/// `rehearse check`: all mistakes of scenario files, without running them.

namespace rehearse::cli {
namespace {

struct CheckArguments {
  ScenarioArguments scenario;
  bool json = false;
  bool strict = false;
};

ExitCode check(const CheckArguments& arguments, Console& console) {
  ExitCode code = ExitCode::holds;
  std::list<LoadedScenario> loaded;
  std::vector<std::pair<std::string, const Diagnostics*>> found;
  for (const std::string& file : arguments.scenario.files) {
    loaded.push_back(load_scenario(file, arguments.scenario.read_options(), true));
    const Diagnostics& diagnostics = loaded.back().diagnostics;
    found.emplace_back(file, &diagnostics);
    code = worse(code, exit_code_of(diagnostics));
    if (arguments.strict && diagnostics.warning_count() > 0) code = worse(code, ExitCode::fails);
    if (arguments.json) continue;
    console.print_error(diagnostics.render(console.error_style().color));
    const std::string summary = diagnostics.summary();
    console.print(fmt::format("{}: {}\n", file, summary.empty() ? "ok" : summary));
  }
  if (arguments.json) console.print(diagnostics_json(found));
  return code;
}

}  // namespace

Command add_check(CLI::App& root) {
  const auto arguments = std::make_shared<CheckArguments>();
  CLI::App* app = root.add_subcommand(
      "check",
      "find the mistakes of scenario files without running them\n\n"
      "Reports every mistake of a file in one pass, each with its place and what would be right; "
      "then looks for what is allowed but rarely meant (load above capacity, a timeout below the "
      "time of the callee), and warns.\n\n"
      "Exit codes: 0 no mistakes, 1 warnings under --strict, 2 mistakes, 4 a file is unreadable.");
  add_file_arguments(*app, arguments->scenario);
  app->add_flag("--json", arguments->json, "Print one JSON document, and nothing else.");
  app->add_flag("--strict", arguments->strict, "Exit with 1 where there are warnings.");
  app->footer(
      "rehearse check shop.yaml\n"
      "rehearse check scenarios/*.yaml --strict  # in continuous integration");
  return {app, [arguments](Console& console) { return check(*arguments, console); }};
}

}  // namespace rehearse::cli
