#include "cli/recorded.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>

#include "cli/output_folder.hpp"
#include "cli/scenario_arguments.hpp"
#include "reports/folder.hpp"
#include "reports/recorded.hpp"
#include "reports/recorded_read.hpp"

namespace rehearse::cli {
namespace {

/// "clients:p95=week.csv" in its two parts; a file whose own name has an equals sign is given as
/// "./a=b.csv".
struct NamedFile {
  std::optional<reports::RecordedName> name;
  std::string path;
};

NamedFile named_file(const std::string& word) {
  const size_t equals = word.find('=');
  if (equals == std::string::npos || word.find('/') < equals || equals == 0)
    return {std::nullopt, word};
  return {reports::recorded_name(word.substr(0, equals)), word.substr(equals + 1)};
}

Recorded fail(const std::string& problem, ExitCode code, Console& console) {
  console.complain(problem);
  return {{}, code};
}

std::string write_both(const std::vector<reports::RecordedComparison>& all,
                       const std::string& folder) {
  std::string problem = write_input(folder + "/recorded.csv", reports::recorded_csv(all));
  if (problem.empty())
    problem = write_input(folder + "/recorded.json", reports::recorded_json(all));
  return problem;
}

}  // namespace

void add_recorded_arguments(CLI::App& app, RecordedArguments& arguments) {
  add_repeated(app, "--recorded", arguments.files, "[NAME=]FILE",
               "Put what was recorded of the real platform beside the simulated series: into "
               "recorded.json and recorded.csv, onto the page, into plots, with an error figure "
               "each. CSV with "
               "columns such as 'time,clients:p95', or an answer of Prometheus to a range query, "
               "whose NAME is a metric and, unless its labels say it, a subject: clients:p95. "
               "Repeatable.");
  app.add_option("--recorded-start", arguments.start,
                 "Instant of the recording at which simulated time begins, in UTC "
                 "(2026-03-01T12:00:00Z) or seconds. Default: its first sample.")
      ->type_name("TIME")
      ->check(CLI::Validator(
          [](const std::string& text) {
            return reports::parse_seconds(text)
                       ? std::string()
                       : fmt::format("'{}' is no time in seconds or UTC", text);
          },
          ""));
}

Recorded put_beside(const reports::RunResult& result, const RecordedArguments& arguments,
                    const std::string& folder, Console& console) {
  if (arguments.files.empty()) return {};
  std::optional<double> start;
  if (!arguments.start.empty()) start = reports::parse_seconds(arguments.start);
  std::vector<reports::RecordedComparison> all;
  for (const std::string& word : arguments.files) {
    const NamedFile file = named_file(word);
    const reports::FileText text = reports::read_file(file.path);
    if (!text.problem.empty()) return fail(text.problem, ExitCode::environment, console);
    const reports::ReadRecorded read = reports::read_recorded(text.text, file.name, start);
    if (!read.problem.empty())
      return fail(file.path + ": " + read.problem, ExitCode::bad_input, console);
    for (const reports::RecordedSeries& series : read.series) {
      std::string problem;
      auto compared = reports::compare_recorded(result, series, problem);
      if (!compared) return fail(file.path + ": " + problem, ExitCode::bad_input, console);
      all.push_back(std::move(*compared));
    }
  }
  if (std::string problem = write_both(all, folder); !problem.empty())
    return fail(problem, ExitCode::environment, console);
  return {std::move(all), ExitCode::holds};
}

}  // namespace rehearse::cli
