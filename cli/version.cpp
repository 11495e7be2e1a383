#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "reports/result.hpp"

/// `rehearse version`: what results depend on beside the scenario and the seed.

namespace rehearse::cli {
namespace {

std::string compiler() {
#if defined(__clang__)
  return fmt::format("clang {}.{}.{}", __clang_major__, __clang_minor__, __clang_patchlevel__);
#else
  return fmt::format("gcc {}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#endif
}

ExitCode version(bool json, Console& console) {
  constexpr int kScenarioFormat = 1;
  if (!json) {
    console.print(
        fmt::format("rehearse {} ({}, {})\n", REHEARSE_VERSION, compiler(), REHEARSE_BUILD_TYPE));
    return ExitCode::holds;
  }
  const nlohmann::ordered_json document = {{"version", REHEARSE_VERSION},
                                           {"scenario_format", kScenarioFormat},
                                           {"result_format", reports::RunResult{}.format},
                                           {"compiler", compiler()},
                                           {"build", REHEARSE_BUILD_TYPE}};
  console.print(document.dump(2) + "\n");
  return ExitCode::holds;
}

}  // namespace

Command add_version(CLI::App& root) {
  const auto json = std::make_shared<bool>(false);
  CLI::App* app = root.add_subcommand(
      "version",
      "show the version\n\n"
      "Two runs are equal to the bit where scenario, seed and version are; the compiler is named "
      "because equality is promised for the same mathematical library only.");
  app->add_flag("--json", *json, "Print one JSON document.");
  app->footer("rehearse version --json");
  return {app, [json](Console& console) { return version(*json, console); }};
}

}  // namespace rehearse::cli
