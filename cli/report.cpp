#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <memory>

#include "cli/command.hpp"
#include "reports/folder.hpp"
#include "reports/terminal.hpp"

/// `rehearse report`: shows a result again, in any format.

namespace rehearse::cli {
namespace {

struct ReportArguments {
  std::string result;
  std::string format = "text";
  std::string out;
};

/// Names on the command line, short where people say so.
struct FormatWord {
  const char* word;
  const char* name;  ///< of reports::format_of(); "" for the text of the terminal
};
constexpr std::array<FormatWord, 7> kWords = {{{"text", ""},
                                               {"html", "html"},
                                               {"md", "markdown"},
                                               {"junit", "junit"},
                                               {"csv", "summary-csv"},
                                               {"series", "series-csv"},
                                               {"json", "json"}}};

std::string words() {
  std::string list;
  for (const FormatWord& one : kWords) list += (list.empty() ? "" : "|") + std::string(one.word);
  return list;
}

std::string rendered(const reports::RunResult& result, const std::string& word,
                     const reports::TerminalOptions& style) {
  for (const FormatWord& one : kWords)
    if (word == one.word)
      if (const auto format = reports::format_of(one.name)) return reports::render(result, *format);
  return reports::render_terminal(result, style);
}

ExitCode report(const ReportArguments& arguments, Console& console) {
  const reports::ReadResult read = reports::read_result(arguments.result);
  if (!read.result) {
    console.complain(read.problem);
    return ExitCode::environment;
  }
  if (arguments.out.empty()) {
    console.print(rendered(*read.result, arguments.format, console.style()));
    return ExitCode::holds;
  }
  const std::string text = rendered(*read.result, arguments.format, {});
  if (const std::string problem = reports::write_file(arguments.out, text); !problem.empty()) {
    console.complain(problem);
    return ExitCode::environment;
  }
  return ExitCode::holds;
}

std::string check_format(const std::string& word) {
  for (const FormatWord& one : kWords)
    if (word == one.word) return "";
  return fmt::format("'{}' is no format; there are: {}", word, words());
}

}  // namespace

Command add_report(CLI::App& root) {
  const auto arguments = std::make_shared<ReportArguments>();
  CLI::App* app = root.add_subcommand(
      "report",
      "show a result again, in any format\n\n"
      "Renders the result.json of an earlier run; what comes out is the same, byte for byte, as "
      "what the run wrote.\n\n"
      "Exit codes: 0 done, whatever the verdict; 2 wrong arguments; 4 the result cannot be read, "
      "or the output not be written.");
  app->add_option("DIR", arguments->result, "Folder of a result, or a result.json.")->required();
  app->add_option("--format", arguments->format,
                  "What to render: the text of the terminal (default), the page, Markdown, JUnit "
                  "XML, the table of figures, the time series, or the document for machines.")
      ->type_name(words())
      ->check(CLI::Validator(check_format, ""));
  app->add_option("--out", arguments->out, "Write to this file instead of standard output.")
      ->type_name("FILE");
  app->footer(
      "rehearse report results/shop\n"
      "rehearse report results/shop --format md >> \"$GITHUB_STEP_SUMMARY\"\n"
      "rehearse report results/shop --format html --out shop.html");
  return {app, [arguments](Console& console) { return report(*arguments, console); }};
}

}  // namespace rehearse::cli
