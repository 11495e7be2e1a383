#include "cli/app.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <new>
#include <system_error>

#include "cli/command.hpp"
#include "cli/describe.hpp"
#include "cli/help.hpp"

namespace rehearse::cli {
namespace {

constexpr const char* kDescription =
    "rehearses the failures of a platform and judges its objectives\n\n"
    "A scenario file describes a platform, its traffic and what must hold. Rehearse simulates it "
    "many times over and says, with confidence intervals, whether the objectives hold.\n\n"
    "Exit codes: 0 all objectives hold, 1 an objective fails, 2 the input is wrong, 3 undecided or "
    "inconclusive, 4 the environment failed, 130 interrupted.";

constexpr const char* kExamples =
    "rehearse run shop.yaml            # simulate and judge\n"
    "rehearse check shop.yaml          # find mistakes without running\n"
    "rehearse analyze shop.yaml        # loads, bottleneck, impact, without running\n"
    "rehearse explain system.services  # what may stand there";

/// The command that was chosen, the root where there was none.
const CLI::App& chosen(const CLI::App& root) {
  const auto below = root.get_subcommands();
  return below.empty() ? root : *below.back();
}

CommandView describe_chosen(const CLI::App& root) {
  const CLI::App& app = chosen(root);
  return &app == &root ? describe(root) : describe(app, root.get_name() + " ");
}

class HelpFormatter final : public CLI::FormatterBase {
 public:
  explicit HelpFormatter(int width) : width_(width) {}
  std::string make_help(const CLI::App* app, std::string, CLI::AppFormatMode) const override {
    const CLI::App* parent = app->get_parent();
    return help_text(describe(*app, parent != nullptr ? parent->get_name() + " " : ""), width_);
  }

 private:
  int width_;
};

ExitCode explain_mistake(const CLI::App& root, const CLI::ParseError& error, Console& console) {
  console.complain(error.what());
  console.print_error(fmt::format("\nUsage: {}\n'{} --help' tells more.\n",
                                  usage_line(describe_chosen(root)), describe_chosen(root).path));
  return ExitCode::bad_input;
}

ExitCode dispatch(int argc, const char* const* argv, Console& console) {
  CLI::App root(kDescription, "rehearse");
  root.footer(kExamples);
  root.formatter(std::make_shared<HelpFormatter>(console.style().width));
  root.set_help_flag("-h,--help", "Show this help.");
  root.set_version_flag("--version", "rehearse " REHEARSE_VERSION, "Show the version.");
  root.require_subcommand(1);
  const std::vector<Command> commands = add_commands(root);
  if (argc <= 1) {
    console.print_error(root.help());
    return ExitCode::bad_input;
  }
  try {
    root.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    console.print(root.help());
    return ExitCode::holds;
  } catch (const CLI::CallForVersion& version) {
    console.print(fmt::format("{}\n", version.what()));
    return ExitCode::holds;
  } catch (const CLI::ParseError& error) {
    return explain_mistake(root, error, console);
  }
  for (const Command& command : commands)
    if (command.app->parsed()) return command.run(console);
  return ExitCode::bad_input;  // cannot be: a subcommand is required
}

}  // namespace

int run_command(int argc, const char* const* argv) {
  Console console;
  ExitCode code = ExitCode::environment;
  try {
    code = dispatch(argc, argv, console);
  } catch (const std::bad_alloc&) {
    console.complain("not enough memory");
  } catch (const std::system_error& error) {
    console.complain(error.what());  // a thread that cannot be started, for one
  }
  if (const std::string problem = console.finish(); !problem.empty()) {
    console.complain(problem);
    code = worse(code, ExitCode::environment);
  }
  return static_cast<int>(code);
}

}  // namespace rehearse::cli
