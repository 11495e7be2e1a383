#include "cli/help.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reports/text.hpp"

namespace rehearse::cli {
namespace {

constexpr int kWidest = 80;
constexpr int kNarrowest = 40;
constexpr int kHeadingColumn = 26;  // where the explanation of an option begins
constexpr int kTwoColumns = 64;     // below this the explanation takes lines of its own

/// "  --seed N              explanation" with the explanation wrapped in its column.
std::string entry(const std::string& heading, const std::string& doc, int width) {
  const bool beside = width >= kTwoColumns;
  const int column = beside ? kHeadingColumn : 6;
  const std::string text =
      std::string(static_cast<size_t>(column), ' ') + reports::wrap(doc, width - column, 0);
  std::string wrapped;
  for (size_t from = 0; from < text.size();) {
    const size_t end = std::min(text.find('\n', from), text.size());
    if (from > 0) wrapped += std::string(static_cast<size_t>(column), ' ');
    wrapped += text.substr(from, end - from) + "\n";
    from = end + 1;
  }
  const std::string lead = "  " + heading;
  if (!beside || static_cast<int>(lead.size()) + 2 > column) return lead + "\n" + wrapped;
  return lead + wrapped.substr(lead.size());
}

std::string section(const char* title, const std::string& body) {
  return body.empty() ? "" : fmt::format("\n{}:\n{}", title, body);
}

}  // namespace

std::string wrap_paragraphs(const std::string& text, int width, int indent) {
  const std::string margin(static_cast<size_t>(indent), ' ');
  std::string out;
  for (size_t from = 0; from < text.size();) {
    const size_t end = std::min(text.find('\n', from), text.size());
    const std::string line = text.substr(from, end - from);
    if (line.empty()) {
      out += "\n";
    } else if (line.starts_with("  ")) {
      out += margin + line + "\n";
    } else {
      out += margin + reports::wrap(line, width - indent, indent) + "\n";
    }
    from = end + 1;
  }
  return out;
}

std::string help_text(const CommandView& command, int width) {
  width = std::clamp(width, kNarrowest, kWidest);
  std::string out = reports::wrap(command.path + " - " + command.summary, width, 2) +
                    "\n\nUsage: " + reports::wrap(usage_line(command), width - 7, 2) + "\n";
  if (!command.details.empty()) out += "\n" + wrap_paragraphs(command.details, width, 0);
  std::string arguments, options, commands, examples;
  for (const CommandView& one : command.commands) commands += entry(one.name, one.summary, width);
  for (const OptionView& one : command.arguments)
    arguments += entry(option_heading(one), one.doc, width);
  for (const OptionView& one : command.options)
    options += entry(option_heading(one), one.doc, width);
  for (const std::string& one : command.examples) examples += "  " + one + "\n";
  out += section("Commands", commands) + section("Arguments", arguments) +
         section("Options", options) + section("Examples", examples);
  if (!command.commands.empty())
    out += fmt::format("\n'{} COMMAND --help' tells more about a command.\n", command.path);
  return out;
}

}  // namespace rehearse::cli
