#pragma once
/// The arguments of a command as plain data, taken from the parser: help, man page and completion
/// are rendered from it, so that none of them can say what the parser does not do.
///
/// Conventions for whoever declares a command: the first line of its description is the summary,
/// what follows after an empty line is explained in help and man page; the footer holds examples,
/// a command and a comment per line ("rehearse run x.yaml  # comment"). The type name of an option
/// is what stands for its value: FILE and DIR are completed as such, "a|b|c" lists the choices.

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace rehearse::cli {

struct OptionView {
  std::vector<std::string> names;  ///< "-h", "--help"; empty for a positional argument
  std::string value;               ///< "FILE", "N|auto"; empty for a flag
  std::string doc;
  bool many = false;
  bool required = false;
  /// Words that the value may be; empty where it is free.
  std::vector<std::string> choices() const;
};

struct CommandView {
  std::string name;  ///< "run"
  std::string path;  ///< "rehearse run"
  std::string summary;
  std::string details;  ///< paragraphs, separated by empty lines
  std::vector<OptionView> arguments;
  std::vector<OptionView> options;
  std::vector<std::string> examples;
  std::vector<CommandView> commands;
};

/// `prefix`: what stands before the name, "rehearse " for a subcommand.
CommandView describe(const CLI::App& app, const std::string& prefix = {});

/// "rehearse run FILE... [OPTIONS]".
std::string usage_line(const CommandView& command);
/// "--trials N|auto", "-h, --help".
std::string option_heading(const OptionView& option);

}  // namespace rehearse::cli
