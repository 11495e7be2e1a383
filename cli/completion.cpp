#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "cli/command.hpp"
#include "cli/describe.hpp"

/// `rehearse completion`: scripts for shells, made from what the parser knows.

namespace rehearse::cli {
namespace {

// Topics of two words are left out: shells would offer each word on its own.
constexpr const char* kTopics = "rehearse explain --list 2>/dev/null | grep -v ' '";

std::string joined(const std::vector<std::string>& words, const char* separator) {
  return fmt::format("{}", fmt::join(words, separator));
}

std::vector<std::string> option_names(const CommandView& command) {
  std::vector<std::string> names;
  for (const OptionView& option : command.options)
    names.insert(names.end(), option.names.begin(), option.names.end());
  return names;
}

std::vector<std::string> command_names(const CommandView& root) {
  std::vector<std::string> names;
  for (const CommandView& command : root.commands) names.push_back(command.name);
  return names;
}

bool is_topic(const OptionView& option) {
  return option.value == "TOPIC";
}
bool is_file(const OptionView& option) {
  return option.value == "FILE" || option.value == "A" || option.value == "B";
}

// ---- bash

/// What completes a value in bash; files are what bash does by itself.
std::string bash_value(const OptionView& option) {
  if (const auto choices = option.choices(); !choices.empty())
    return fmt::format("COMPREPLY=($(compgen -W \"{}\" -- \"$cur\"))", joined(choices, " "));
  if (is_topic(option))
    return fmt::format("COMPREPLY=($(compgen -W \"$({})\" -- \"$cur\"))", kTopics);
  if (option.value == "DIR") return "compopt -o dirnames; COMPREPLY=($(compgen -d -- \"$cur\"))";
  if (is_file(option)) return ":";
  return "compopt +o default";
}

std::string bash_values(const CommandView& command) {
  std::string cases;
  for (const OptionView& option : command.options) {
    if (option.value.empty()) continue;
    std::vector<std::string> patterns;
    for (const std::string& name : option.names)
      patterns.push_back(fmt::format("\"{} {}\"", command.name, name));
    cases += fmt::format("    {}) {}; return ;;\n", joined(patterns, " | "), bash_value(option));
  }
  return cases;
}

std::string bash_script(const CommandView& root) {
  std::string values, words;
  for (const CommandView& command : root.commands) {
    values += bash_values(command);
    std::string argument = ":";
    if (!command.arguments.empty()) argument = bash_value(command.arguments.front());
    words += fmt::format(
        "    {}) if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W \"{}\" -- \"$cur\")); "
        "else {}; fi ;;\n",
        command.name, joined(option_names(command), " "), argument);
  }
  return fmt::format(
      "# Completion of rehearse for bash; made by 'rehearse completion bash'.\n"
      "_rehearse() {{\n"
      "  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD - 1]}}\n"
      "  local command= word\n"
      "  for word in \"${{COMP_WORDS[@]:1:COMP_CWORD - 1}}\"; do\n"
      "    [[ $word == -* ]] || {{ command=$word; break; }}\n"
      "  done\n"
      "  COMPREPLY=()\n"
      "  case \"$command $prev\" in\n{}  esac\n"
      "  case $command in\n"
      "    '') COMPREPLY=($(compgen -W \"{} {}\" -- \"$cur\")) ;;\n{}  esac\n"
      "}}\n"
      "complete -o default -F _rehearse rehearse\n",
      values, joined(command_names(root), " "), joined(option_names(root), " "), words);
}

// ---- zsh

/// Text inside single quotes, in a specification where colons and brackets mean something.
std::string zsh_text(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'')
      out += "'\\''";
    else if (c == ':' || c == '[' || c == ']' || c == '\\')
      out += std::string("\\") + c;
    else
      out += c;
  }
  return out;
}

std::string zsh_value(const OptionView& option) {
  if (const auto choices = option.choices(); !choices.empty())
    return fmt::format(":value:({})", joined(choices, " "));
  if (is_topic(option)) return fmt::format(":topic:($({}))", kTopics);
  if (option.value == "DIR") return ":folder:_files -/";
  if (is_file(option)) return ":file:_files";
  return fmt::format(":{}: ", zsh_text(option.value));
}

std::string zsh_options(const CommandView& command) {
  std::string specifications;
  for (const OptionView& option : command.options) {
    for (const std::string& name : option.names)
      specifications +=
          fmt::format(" \\\n        '{}{}[{}]{}'", option.many ? "*" : "", name,
                      zsh_text(option.doc), option.value.empty() ? "" : zsh_value(option));
  }
  for (const OptionView& argument : command.arguments)
    specifications +=
        fmt::format(" \\\n        '{}{}'", argument.many ? "*" : "", zsh_value(argument));
  return specifications;
}

std::string zsh_script(const CommandView& root) {
  std::string commands, cases;
  for (const CommandView& command : root.commands) {
    commands += fmt::format("    '{}:{}'\n", command.name, zsh_text(command.summary));
    cases += fmt::format("    {})\n      _arguments{} ;;\n", command.name, zsh_options(command));
  }
  return fmt::format(
      "#compdef rehearse\n"
      "# Completion of rehearse for zsh; made by 'rehearse completion zsh'.\n"
      "_rehearse() {{\n"
      "  local -a commands\n"
      "  commands=(\n{}  )\n"
      "  if (( CURRENT == 2 )); then\n"
      "    _describe command commands\n"
      "    return\n"
      "  fi\n"
      "  local command=$words[2]\n"
      "  shift words\n"
      "  (( CURRENT-- ))\n"
      "  case $command in\n{}  esac\n"
      "}}\n"
      "if [[ $funcstack[1] == _rehearse ]]; then _rehearse \"$@\"; else compdef _rehearse "
      "rehearse; "
      "fi\n",
      commands, cases);
}

// ---- fish

std::string fish_text(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string fish_value(const OptionView& option) {
  if (option.value.empty()) return "";
  if (const auto choices = option.choices(); !choices.empty())
    return fmt::format(" -x -a '{}'", joined(choices, " "));
  if (option.value == "DIR") return " -x -a '(__fish_complete_directories)'";
  if (is_file(option)) return " -r -F";
  return " -x";
}

std::string fish_option(const std::string& condition, const OptionView& option) {
  std::string names;
  for (const std::string& name : option.names)
    names += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  return fmt::format("complete -c rehearse -n '{}'{}{} -d '{}'\n", condition, names,
                     fish_value(option), fish_text(option.doc));
}

std::string fish_script(const CommandView& root) {
  std::string out = "# Completion of rehearse for fish; made by 'rehearse completion fish'.\n";
  for (const OptionView& option : root.options) out += fish_option("__fish_use_subcommand", option);
  for (const CommandView& command : root.commands) {
    out += fmt::format("complete -c rehearse -f -n __fish_use_subcommand -a {} -d '{}'\n",
                       command.name, fish_text(command.summary));
    const std::string condition = "__fish_seen_subcommand_from " + command.name;
    for (const OptionView& option : command.options) out += fish_option(condition, option);
    for (const OptionView& argument : command.arguments) {
      if (is_topic(argument))
        out += fmt::format("complete -c rehearse -f -n '{}' -a '({})'\n", condition,
                           fish_text(kTopics));
      else if (const auto choices = argument.choices(); !choices.empty())
        out += fmt::format("complete -c rehearse -f -n '{}' -a '{}'\n", condition,
                           joined(choices, " "));
    }
  }
  return out;
}

}  // namespace

Command add_completion(CLI::App& root) {
  const auto shell = std::make_shared<std::string>();
  CLI::App* app =
      root.add_subcommand("completion",
                          "print a script that completes commands in a shell\n\n"
                          "An installed Rehearse has them already; this is for one that is not.");
  app->add_option("bash|zsh|fish", *shell, "The shell.")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}).description(""));
  app->footer(
      "source <(rehearse completion bash)\n"
      "rehearse completion fish > ~/.config/fish/completions/rehearse.fish");
  return {app, [&root, shell](Console& console) {
            const CommandView all = describe(root);
            console.print(*shell == "bash"  ? bash_script(all)
                          : *shell == "zsh" ? zsh_script(all)
                                            : fish_script(all));
            return ExitCode::holds;
          }};
}

}  // namespace rehearse::cli
