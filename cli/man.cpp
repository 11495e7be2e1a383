#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/command.hpp"
#include "cli/describe.hpp"
#include "cli/topics.hpp"

/// `rehearse man`: the manual page, made from what the parser knows.

namespace rehearse::cli {
namespace {

/// Text that roff prints as it stands: nothing in it is a request or an escape.
std::string roff(const std::string& text) {
  std::string out;
  bool line_start = true;
  for (const char c : text) {
    if (line_start && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else if (c == '\'')
      out += "\\(aq";
    else if (c == '^')
      out += "\\(ha";
    else if (c == '~')
      out += "\\(ti";
    else if (c == '`')
      out += "\\(ga";
    else
      out += c;
    line_start = c == '\n';
  }
  return out;
}

/// Paragraphs, separated by empty lines.
std::string paragraphs(const std::string& text) {
  std::string out;
  for (size_t from = 0; from < text.size();) {
    const size_t end = std::min(text.find("\n\n", from), text.size());
    out += ".PP\n" + roff(text.substr(from, end - from)) + "\n";
    from = text.find_first_not_of('\n', end);
    if (from == std::string::npos) break;
  }
  return out;
}

std::string entries(const std::vector<OptionView>& options) {
  std::string out;
  for (const OptionView& option : options)
    out += fmt::format(".TP\n\\fB{}\\fR\n{}\n", roff(option_heading(option)), roff(option.doc));
  return out;
}

std::string examples(const CommandView& command) {
  if (command.examples.empty()) return "";
  std::string out = ".PP\nExamples:\n.PP\n.nf\n.RS\n";
  for (const std::string& line : command.examples) out += roff(line) + "\n";
  return out + ".RE\n.fi\n";
}

std::string exit_status() {
  std::string out = ".SH EXIT STATUS\n";
  for (const Topic& topic : exit_code_topics())
    out += fmt::format(".TP\n\\fB{}\\fR\n{}\n", topic.name, roff(plain_text(topic.text)));
  return out;
}

std::string manual(const CommandView& root) {
  std::string out = fmt::format(
      ".\\\" Made by 'rehearse man'.\n.TH REHEARSE 1 \"\" \"rehearse {}\" \"User Commands\"\n"
      ".SH NAME\nrehearse \\- {}\n.SH SYNOPSIS\n",
      REHEARSE_VERSION, roff(root.summary));
  for (const CommandView& command : root.commands)
    out += fmt::format(".br\n{}\n", roff(usage_line(command)));
  out += ".SH DESCRIPTION\n" + paragraphs(root.details) + ".SH OPTIONS\n" + entries(root.options);
  out += ".SH COMMANDS\n";
  for (const CommandView& command : root.commands)
    out += fmt::format(".SS {}\n{}.\n{}{}{}{}", roff(usage_line(command)), roff(command.summary),
                       paragraphs(command.details), entries(command.arguments),
                       entries(command.options), examples(command));
  out += exit_status();
  out +=
      ".SH ENVIRONMENT\n.TP\n\\fBNO_COLOR\\fR\nWhere it is set to anything, no colour is used.\n"
      ".TP\n\\fBCOLUMNS\\fR\nWidth of tables and help, in place of that of the terminal.\n"
      ".SH FILES\n.TP\n\\fIresults/\\fR\nWhere results go unless \\fB\\-\\-out\\fR says "
      "otherwise: a folder for each scenario file.\n";
  return out;
}

}  // namespace

Command add_man(CLI::App& root) {
  CLI::App* app = root.add_subcommand(
      "man", "print the manual page\n\nIn roff, for man(1). An installed Rehearse has it already.");
  app->footer("rehearse man | man -l -");
  return {app, [&root](Console& console) {
            console.print(manual(describe(root)));
            return ExitCode::holds;
          }};
}

}  // namespace rehearse::cli
