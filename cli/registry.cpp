#include "cli/command.hpp"

namespace rehearse::cli {

std::vector<Command> add_commands(CLI::App& root) {
  std::vector<Command> commands;
  for (const auto add : {add_run, add_check}) commands.push_back(add(root));
  return commands;
}

}  // namespace rehearse::cli
