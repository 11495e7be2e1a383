#include "cli/command.hpp"

namespace rehearse::cli {

std::vector<Command> add_commands(CLI::App& root) {
  std::vector<Command> commands;
  for (const auto add :
       {add_run, add_check, add_analyze, add_fit, add_report, add_trace, add_compare, add_diff,
        add_explain, add_diverge, add_live, add_version, add_completion, add_man})
    commands.push_back(add(root));
  return commands;
}

}  // namespace rehearse::cli
