#pragma once
/// What a subcommand is, and all there are. Each is one file: it declares its arguments on the
/// parser, and calls the libraries with them.

#include <functional>
#include <vector>

#include "cli/console.hpp"
#include "cli/exit_code.hpp"

namespace CLI {
class App;
}

namespace rehearse::cli {

struct Command {
  CLI::App* app = nullptr;                ///< owned by the root
  std::function<ExitCode(Console&)> run;  ///< called when it was chosen and its arguments read
};

Command add_run(CLI::App& root);
Command add_check(CLI::App& root);
Command add_analyze(CLI::App& root);
Command add_fit(CLI::App& root);
Command add_report(CLI::App& root);
Command add_trace(CLI::App& root);
Command add_explain(CLI::App& root);
Command add_compare(CLI::App& root);
Command add_diff(CLI::App& root);
Command add_diverge(CLI::App& root);
Command add_live(CLI::App& root);
Command add_version(CLI::App& root);
Command add_completion(CLI::App& root);
Command add_man(CLI::App& root);

/// All of the above, in the order of the help. REQUIRES: root outlives the commands.
std::vector<Command> add_commands(CLI::App& root);

}  // namespace rehearse::cli
