#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <memory>

#include "base/quantity.hpp"
#include "cli/command.hpp"
#include "cli/live_modes.hpp"

/// `rehearse live`: the policies of a scenario with the real platform in place of the simulated.

namespace rehearse::cli {
namespace {

struct Mode {
  std::string_view name;
  ExitCode (*run)(const LiveArguments&, Console&);
  bool looks;  // at a platform, and so takes --for and --log
};
constexpr std::array kModes = {Mode{"plan", live_watch, true}, Mode{"shadow", live_watch, true},
                               Mode{"run", live_run, true}, Mode{"replay", live_replay, false},
                               Mode{"stop", live_stop, false}};

const Mode* find_mode(std::string_view name) {
  const auto found =
      std::find_if(kModes.begin(), kModes.end(), [&](const Mode& one) { return one.name == name; });
  return found == kModes.end() ? nullptr : &*found;
}

ExitCode refuse(Console& console, const std::string& problem) {
  console.complain(problem);
  return ExitCode::bad_input;
}

ExitCode run_live(LiveArguments arguments, Console& console) {
  const Mode* mode = find_mode(arguments.mode);
  if (arguments.file.empty()) {
    if (mode != nullptr || arguments.mode.empty())
      return refuse(console,
                    fmt::format("'live{}{}' needs a file; 'rehearse live --help' tells more",
                                mode != nullptr ? " " : "", arguments.mode));
    arguments.file = std::exchange(arguments.mode, "plan");
    mode = find_mode(arguments.mode);
  }
  if (mode == nullptr) {
    std::vector<std::string_view> names;
    for (const Mode& one : kModes) names.push_back(one.name);
    return refuse(console, fmt::format("'{}' is no mode of 'live'; {}", arguments.mode,
                                       suggestion(arguments.mode, "modes", names)));
  }
  if (!mode->looks && !(arguments.duration.empty() && arguments.log.empty()))
    return refuse(console, fmt::format("'live {}' takes neither --for nor --log", mode->name));
  return mode->run(arguments, console);
}

}  // namespace

Command add_live(CLI::App& root) {
  const auto arguments = std::make_shared<LiveArguments>();
  CLI::App* app = root.add_subcommand(
      "live",
      "let the policies of a scenario see and scale the real platform\n\n"
      "The block 'live' of the scenario says where the platform is. The policies are those that "
      "'rehearse run' simulates; they never know where they are.\n\n"
      "  plan    look, wake the policies twice, say what they would do; the default\n"
      "  shadow  the same until stopped, with a log\n"
      "  run     carry out what they decide, within the guards of the block\n"
      "  replay  decide once more from a log (FILE): every decision must be the same\n"
      "  stop    end the instances that runs of FILE have started\n\n"
      "Ctrl-C ends after the turn that has begun; the instances stay, and the next run takes them "
      "on. A log is made of JSON lines in a hash chain; no act comes before its entry.\n\n"
      "Exit codes: 0 done, or all decisions are the same; 1 they differ, or the log was changed; 2 "
      "the input is wrong; 3 the log breaks off; 4 the environment failed; 130 interrupted.");
  app->add_option("plan|shadow|run|replay|stop", arguments->mode, "What to do; plan unless given.");
  app->add_option("FILE", arguments->file, "Scenario file; of replay a log.");
  add_repeated(*app, "--set", arguments->scenario.sets, "PATH=VALUE",
               "Set one value of the scenario, such as live.guards.most_at_once=1; repeatable.");
  add_repeated(*app, "--overlay", arguments->scenario.overlays, "FILE",
               "Lay this file over the scenario; repeatable, a later one wins.");
  app->add_option("--for", arguments->duration, "How long, such as 90s; until Ctrl-C unless given.")
      ->type_name("DURATION")
      ->check(CLI::Validator(
          [](const std::string& text) {
            const Parsed<Duration> read = parse_duration(text);
            return read.value ? std::string() : read.problem + "; " + read.help;
          },
          ""));
  app->add_option("--log", arguments->log,
                  "File for the log, which must not exist yet. Default: results/<name of the "
                  "file>/live-<mode>-<time>.jsonl; of plan none.")
      ->type_name("FILE");
  app->add_flag("--json", arguments->json,
                "Print the entries of the log as they come (of replay: one JSON document), and "
                "nothing else.");
  app->footer(
      "rehearse live shop.yaml                      # what would they do now?\n"
      "rehearse live shadow shop.yaml --for 1h      # and in the next hour?\n"
      "rehearse live run shop.yaml --log run.jsonl  # let them\n"
      "rehearse live replay run.jsonl               # was it they who decided?\n"
      "rehearse live stop shop.yaml");
  return {app, [arguments](Console& console) { return run_live(*arguments, console); }};
}

}  // namespace rehearse::cli
