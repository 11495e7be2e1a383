#include "cli/describe.hpp"

#include <CLI/CLI.hpp>

namespace rehearse::cli {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  size_t from = 0;
  while (from < text.size()) {
    const size_t end = std::min(text.find('\n', from), text.size());
    if (end > from) lines.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  return lines;
}

OptionView view_of(const CLI::Option& option) {
  OptionView view;
  for (const std::string& name : option.get_snames()) view.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) view.names.push_back("--" + name);
  if (option.get_positional() && view.names.empty()) {
    view.value = option.get_name(true);
  } else if (option.get_items_expected_max() > 0) {
    view.value = option.get_type_name();
  }
  view.doc = option.get_description();
  view.many = option.get_items_expected_max() > 1 ||
              option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
  view.required = option.get_required();
  return view;
}

}  // namespace

std::vector<std::string> OptionView::choices() const {
  std::vector<std::string> words;
  if (value.find('|') == std::string::npos) return words;
  size_t from = 0;
  while (from <= value.size()) {
    const size_t end = std::min(value.find('|', from), value.size());
    const std::string word = value.substr(from, end - from);
    // Capitals stand for a value: of "N|auto" only "auto" is a word.
    if (!word.empty() && !(word.front() >= 'A' && word.front() <= 'Z')) words.push_back(word);
    from = end + 1;
  }
  return words;
}

CommandView describe(const CLI::App& app, const std::string& prefix) {
  CommandView view;
  view.name = app.get_name();
  view.path = prefix + view.name;
  const std::string text = app.get_description();
  const size_t summary_end = std::min(text.find('\n'), text.size());
  view.summary = text.substr(0, summary_end);
  view.details = text.substr(std::min(text.find_first_not_of('\n', summary_end), text.size()));
  for (const CLI::Option* option : app.get_options()) {
    OptionView one = view_of(*option);
    (one.names.empty() ? view.arguments : view.options).push_back(std::move(one));
  }
  view.examples = lines_of(app.get_footer());
  for (const CLI::App* command : app.get_subcommands({}))
    view.commands.push_back(describe(*command, view.path + " "));
  return view;
}

std::string usage_line(const CommandView& command) {
  std::string line = command.path;
  if (!command.commands.empty()) line += " COMMAND";
  for (const OptionView& argument : command.arguments) {
    const std::string name = argument.value + (argument.many ? "..." : "");
    line += argument.required ? " " + name : " [" + name + "]";
  }
  return line + " [OPTIONS]";
}

std::string option_heading(const OptionView& option) {
  std::string heading;
  for (const std::string& name : option.names) heading += (heading.empty() ? "" : ", ") + name;
  if (option.value.empty()) return heading;
  return heading.empty() ? option.value + (option.many ? "..." : "") : heading + " " + option.value;
}

}  // namespace rehearse::cli
