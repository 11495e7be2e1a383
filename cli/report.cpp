#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <filesystem>
#include <memory>

#include "cli/command.hpp"
#include "cli/plots.hpp"
#include "cli/recorded.hpp"
#include "reports/folder.hpp"
#include "reports/recorded.hpp"
#include "reports/terminal.hpp"
#include "reports/text.hpp"

/// `rehearse report`: shows a result again, in any format.

namespace rehearse::cli {
namespace {

struct ReportArguments {
  std::string result;
  std::vector<std::string> formats = {"text"};
  std::string out;
  RecordedArguments recorded;
};

/// Names on the command line, short where people say so.
struct FormatWord {
  const char* word;
  const char* name;  ///< of reports::format_of(); "" for the text of the terminal and for plots
};
constexpr std::array<FormatWord, 11> kWords = {{{"text", ""},
                                                {"html", "html"},
                                                {"md", "markdown"},
                                                {"junit", "junit"},
                                                {"csv", "summary-csv"},
                                                {"series", "series-csv"},
                                                {"json", "json"},
                                                {"openmetrics", "openmetrics"},
                                                {"png", ""},
                                                {"svg", ""},
                                                {"pdf", ""}}};

std::string words() {
  std::string list;
  for (const FormatWord& one : kWords) list += (list.empty() ? "" : "|") + std::string(one.word);
  return list;
}

std::optional<reports::Format> format_of(const std::string& word) {
  for (const FormatWord& one : kWords)
    if (word == one.word) return reports::format_of(one.name);
  return std::nullopt;
}

bool is_plot(const std::string& word) {
  return word == "png" || word == "svg" || word == "pdf";
}

const char* file_of(reports::Format format) {
  for (const reports::FormatName& known : reports::formats())
    if (known.format == format) return known.file;
  return "";
}

ExitCode fail(const std::string& problem, Console& console) {
  if (problem.empty()) return ExitCode::holds;
  console.complain(problem);
  return ExitCode::environment;
}

/// One text, to standard output or a file.
ExitCode show(const reports::RunResult& result, const ReportArguments& arguments,
              Console& console) {
  const std::optional<reports::Format> format = format_of(arguments.formats.front());
  const auto text = [&](const reports::TerminalOptions& style) {
    return format ? reports::render(result, *format) : reports::render_terminal(result, style);
  };
  if (!arguments.out.empty()) return fail(reports::write_file(arguments.out, text({})), console);
  console.print(text(console.style()));
  return ExitCode::holds;
}

/// The folder that was asked for, or the one that holds the result.
std::string folder_of(const std::string& result, const std::string& wanted) {
  namespace fs = std::filesystem;
  if (!wanted.empty()) return wanted;
  std::error_code ignored;
  if (fs::is_directory(result, ignored)) return result;
  const fs::path parent = fs::path(result).parent_path();
  return parent.empty() ? "." : parent.string();
}

/// Files under their usual names, one after the other.
ExitCode write(const reports::RunResult& result, const ReportArguments& arguments,
               const std::string& folder, Console& console) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(fmt::format("cannot write '{}': {}", folder, error.message()), console);
  ExitCode code = ExitCode::holds;
  std::string plots;
  for (const std::string& word : arguments.formats) {
    if (is_plot(word)) plots += (plots.empty() ? "" : ",") + word;
    if (const std::optional<reports::Format> format = format_of(word))
      code = worse(code, fail(reports::write_file(folder + "/" + file_of(*format),
                                                  reports::render(result, *format)),
                              console));
  }
  if (plots.empty()) return code;
  return worse(code, draw_plots(arguments.result, folder, plots, console));
}

ExitCode report(const ReportArguments& arguments, Console& console) {
  reports::ReadResult read = reports::read_result(arguments.result);
  if (!read.result) return fail(read.problem, console);
  const bool files = arguments.formats.size() > 1 || is_plot(arguments.formats.front());
  // A file that one text goes to is no folder.
  const std::string folder = folder_of(arguments.result, files ? arguments.out : "");
  Recorded recorded = put_beside(*read.result, arguments.recorded, folder, console);
  if (recorded.code != ExitCode::holds) return recorded.code;
  if (!recorded.all.empty()) read.result->recorded = std::move(recorded.all);
  const ExitCode code = files ? write(*read.result, arguments, folder, console)
                              : show(*read.result, arguments, console);
  if (files || arguments.formats.front() == "text")
    for (const reports::RecordedComparison& one : read.result->recorded)
      console.print("recorded " + reports::visible(reports::recorded_sentence(one)) + "\n");
  return code;
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
      "what the run wrote, and with what was recorded beside it. Several formats, and plots, "
      "become files of the result folder: "
      "report.html, report.md, junit.xml, summary.csv, series.csv, result.json, openmetrics.txt, "
      "plots/*.png.\n\n"
      "Exit codes: 0 done, whatever the verdict; 2 wrong arguments; 4 the result cannot be read, "
      "the output not be written, or plots not be drawn (they need Python with matplotlib).");
  app->add_option("DIR", arguments->result, "Folder of a result, or a result.json.")->required();
  app->add_option("--format", arguments->formats,
                  "What to render: the text of the terminal (default), the page, Markdown, JUnit "
                  "XML, the table of figures, the time series, the document for machines, metrics "
                  "for Prometheus, plots. Several with commas between.")
      ->type_name(words())
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::Validator(check_format, ""));
  app->add_option("--out", arguments->out,
                  "Write to this file instead of standard output; of several formats and plots: to "
                  "this folder instead of that of the result.")
      ->type_name("FILE|DIR");
  add_recorded_arguments(*app, arguments->recorded);
  app->footer(
      "rehearse report results/shop\n"
      "rehearse report results/shop --format md >> \"$GITHUB_STEP_SUMMARY\"\n"
      "rehearse report results/shop --format html --out shop.html\n"
      "rehearse report results/shop --format html,junit,md,csv,openmetrics,png\n"
      "rehearse report results/shop --recorded week.csv --format html,png\n"
      "rehearse report results/shop --recorded clients:p95=query_range.json");
  return {app, [arguments](Console& console) { return report(*arguments, console); }};
}

}  // namespace rehearse::cli
