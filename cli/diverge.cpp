#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command.hpp"
#include "cli/scenario_arguments.hpp"
#include "experiments/divergence.hpp"
#include "reports/figures.hpp"
#include "reports/text.hpp"

/// `rehearse diverge`: the first event at which two runs differ.

namespace rehearse::cli {
namespace {

struct DivergeArguments {
  std::string a, b;
  ScenarioArguments both;  // files unused
  std::vector<std::string> sets_a, sets_b;
  std::uint64_t trial = 0;
};

/// One side: a simulation or a log.
struct Side {
  std::string name;
  LoadedScenario loaded;
  std::unique_ptr<experiments::EventTrace> trace;
  experiments::EventLogInfo info;
  ExitCode code = ExitCode::holds;
};

Side open_log(const std::string& file, Console& console) {
  Side side;
  side.name = file;
  experiments::OpenedLog opened = experiments::open_event_log(file);
  if (opened.trace == nullptr) {
    console.complain(opened.problem);
    side.code = ExitCode::environment;
  }
  side.trace = std::move(opened.trace);
  side.info = std::move(opened.info);
  return side;
}

std::unique_ptr<Side> open_side(const DivergeArguments& arguments, const std::string& file,
                                const std::vector<std::string>& sets, Console& console) {
  if (experiments::is_event_log(file)) return std::make_unique<Side>(open_log(file, console));
  auto side = std::make_unique<Side>();
  side->name = file;
  spec::ReadOptions options = arguments.both.read_options();
  options.sets.insert(options.sets.end(), sets.begin(), sets.end());
  side->loaded = load_scenario(file, options, false);
  if (!side->loaded.scenario) {
    console.print_error(side->loaded.diagnostics.render(console.error_style().color));
    side->code = exit_code_of(side->loaded.diagnostics);
    return side;
  }
  side->info = {REHEARSE_VERSION, side->loaded.scenario->experiment.seed, arguments.trial,
                side->loaded.hash};
  side->trace = experiments::simulate_trace(*side->loaded.scenario, arguments.trial);
  return side;
}

std::string describe(const char* label, const Side& side) {
  return fmt::format("{}: {}, version {}, seed {}, trial {}, scenario {:016x}\n", label, side.name,
                     reports::visible(side.info.version), side.info.seed, side.info.trial,
                     side.info.scenario_hash);
}

std::string describe(const experiments::NamedEvent& event) {
  return fmt::format("{}.{:09} s  {} #{}{}", event.at_ns / 1'000'000'000,
                     event.at_ns % 1'000'000'000, reports::visible(event.source), event.count,
                     event.cancellable ? " (cancellable)" : "");
}

std::string describe(const std::optional<experiments::NamedEvent>& event) {
  return event ? describe(*event) : "no more events";
}

ExitCode diverge(const DivergeArguments& arguments, Console& console) {
  const auto a = open_side(arguments, arguments.a, arguments.sets_a, console);
  const auto b = open_side(arguments, arguments.b, arguments.sets_b, console);
  if (const ExitCode code = worse(a->code, b->code); code != ExitCode::holds) return code;
  console.print(describe("A", *a) + describe("B", *b));
  const experiments::Divergence found = experiments::find_divergence(*a->trace, *b->trace);
  if (!found.problem.empty()) {
    console.complain(found.problem);
    return ExitCode::environment;
  }
  if (!found.differs()) {
    console.print(fmt::format("\nequal: all {} events\n", reports::format_count(found.equal)));
    return ExitCode::holds;
  }
  console.print(fmt::format("\n{} events are equal", reports::format_count(found.equal)));
  if (!found.common.empty()) console.print(found.equal > found.common.size() ? "; the last:" : ":");
  std::uint64_t number = found.equal - found.common.size();
  console.print("\n");
  for (const experiments::NamedEvent& event : found.common)
    console.print(fmt::format("  {:>12}  {}\n", reports::format_count(++number), describe(event)));
  console.print(fmt::format("\nevent {} differs:\n  A  {}\n  B  {}\n",
                            reports::format_count(found.equal + 1), describe(found.a),
                            describe(found.b)));
  return ExitCode::fails;
}

}  // namespace

Command add_diverge(CLI::App& root) {
  const auto arguments = std::make_shared<DivergeArguments>();
  CLI::App* app = root.add_subcommand(
      "diverge",
      "find the first event at which two runs differ\n\n"
      "Goes through both runs event by event. Each is a scenario file, which is simulated, or an "
      "event log that 'rehearse run --event-log' wrote, on this machine or another. An event is "
      "named by its instant, its source, and how many events this source had planned before.\n\n"
      "Exit codes: 0 equal, 1 they differ, 2 the input is wrong, 4 a file is unreadable.");
  app->add_option("A", arguments->a, "Scenario file or event log.")->required();
  app->add_option("B", arguments->b, "Scenario file or event log.")->required();
  add_repeated(*app, "--set", arguments->both.sets, "PATH=VALUE",
               "Set one value in both scenarios; repeatable.");
  add_repeated(*app, "--set-a", arguments->sets_a, "PATH=VALUE", "Set one value in A only.");
  add_repeated(*app, "--set-b", arguments->sets_b, "PATH=VALUE", "Set one value in B only.");
  add_repeated(*app, "--overlay", arguments->both.overlays, "FILE",
               "Lay this file over both scenarios; repeatable.");
  app->add_option("--seed", arguments->both.seed, "Seed of both.")->type_name("N");
  app->add_option("--horizon", arguments->both.horizon, "Simulated time of both, such as 30m.")
      ->type_name("DURATION");
  app->add_option("--trial", arguments->trial, "Which trial, from 0.")
      ->type_name("N")
      ->check(CLI::Range(0, 1'000'000).description(""));
  app->footer(
      "rehearse diverge shop.yaml shop.yaml --set-b system.services.web.servers=4\n"
      "rehearse run shop.yaml --event-log here.log\n"
      "rehearse diverge here.log there.log");
  return {app, [arguments](Console& console) { return diverge(*arguments, console); }};
}

}  // namespace rehearse::cli
