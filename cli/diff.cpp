#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/baseline.hpp"
#include "cli/command.hpp"
#include "experiments/difference.hpp"
#include "reports/comparison_json.hpp"
#include "reports/comparison_markdown.hpp"
#include "reports/comparison_terminal.hpp"

/// `rehearse diff`: what changed in meaning between two results.

namespace rehearse::cli {
namespace {

struct DiffArguments {
  std::string before;
  std::string after;
  bool json = false;
  bool markdown = false;
};

ExitCode diff(const DiffArguments& arguments, Console& console) {
  Baseline before = read_baseline(arguments.before);
  Baseline after = read_baseline(arguments.after);
  for (const Baseline* side : {&before, &after})
    if (!side->result) console.complain(side->problem);
  if (const ExitCode code = worse(before.code, after.code); code != ExitCode::holds) return code;
  reports::Comparison found = experiments::compare_results(*before.result, *after.result);
  found.before.source = arguments.before;
  found.after.source = arguments.after;
  if (arguments.json) {
    console.print(reports::to_json(found));
  } else {
    console.print(arguments.markdown ? reports::to_markdown(found)
                                     : reports::render_terminal(found, console.style()));
  }
  return found.worsened() ? ExitCode::fails : ExitCode::holds;
}

}  // namespace

Command add_diff(CLI::App& root) {
  const auto arguments = std::make_shared<DiffArguments>();
  CLI::App* app = root.add_subcommand(
      "diff",
      "say what changed between two results\n\n"
      "Verdicts first, then objectives and figures that differ beyond chance, a sentence each, and "
      "what differs between the two scenarios. A is the baseline. Figures are told from chance by "
      "Welch's t-test on what their intervals say.\n\n"
      "Exit codes: 0 nothing got worse to failing, 1 an objective fails in B that did not fail in "
      "A, 2 a file is no result, 4 a file cannot be read.");
  app->add_option("A", arguments->before, "Folder of a result, or a result.json: the baseline.")
      ->required();
  app->add_option("B", arguments->after, "Folder of a result, or a result.json.")->required();
  CLI::Option* json =
      app->add_flag("--json", arguments->json,
                    "Print one JSON document: $defs/comparison of result.schema.json.");
  app->add_flag("--markdown", arguments->markdown, "Print Markdown, for a pull request.")
      ->excludes(json);
  app->footer(
      "rehearse diff results/main results/branch\n"
      "rehearse diff main/result.json results/shop --markdown >> \"$GITHUB_STEP_SUMMARY\"\n"
      "rehearse diff results/main results/branch --json > changes.json");
  return {app, [arguments](Console& console) { return diff(*arguments, console); }};
}

}  // namespace rehearse::cli
