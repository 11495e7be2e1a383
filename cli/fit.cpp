#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "base/quantity.hpp"
#include "cli/command.hpp"
#include "models/trace_file.hpp"
#include "models/traffic_fit.hpp"
#include "scenarios/spec/reader.hpp"

/// `rehearse fit`: the workload block of a scenario whose traffic is like that of a trace.

namespace rehearse::cli {
namespace {

constexpr double kWeek = 7 * 86400;

struct FitArguments {
  std::string file;
  std::string column;
  std::string interval = "1m";
  std::string begin = "0s";
  std::string name = "visitors";
  std::string to = "web";
};

/// Seconds, or a complaint.
std::optional<double> seconds(const std::string& option, const std::string& text, double least,
                              double most, Console& console) {
  const Parsed<Duration> parsed = parse_duration(text);
  if (parsed.value && parsed.value->to_seconds() >= least && parsed.value->to_seconds() <= most)
    return parsed.value->to_seconds();
  console.complain(fmt::format(
      "{}: {}", option,
      parsed.value
          ? fmt::format("must be from {} to {}", format_duration(least), format_duration(most))
          : parsed.problem));
  return std::nullopt;
}

std::string describe_fit(const models::TraceCounts& trace, const models::TrafficFit& fit) {
  const auto stretch = [&](const models::Dispersion& d) {
    return format_duration(static_cast<double>(d.intervals) * trace.interval);
  };
  return fmt::format(
      "# {} intervals of {}, {} on average. Beyond the season, counts vary\n"
      "# {} times as much as those of Poisson arrivals within {}, {} times within {}.\n",
      trace.counts.size(), format_duration(trace.interval), format_rate(fit.rate),
      format_number(fit.dispersion[0].index, 3), stretch(fit.dispersion[0]),
      format_number(fit.dispersion[1].index, 3), stretch(fit.dispersion[1]));
}

ExitCode fit(const FitArguments& arguments, Console& console) {
  const auto interval = seconds("--interval", arguments.interval, 1e-6, 86400, console);
  const auto begin = seconds("--begin", arguments.begin, 0, kWeek, console);
  if (!interval || !begin) return ExitCode::bad_input;
  const spec::FileText file = spec::disk()(arguments.file);
  if (!file.text) {
    console.complain(fmt::format("cannot read '{}': {}", arguments.file, file.problem));
    return ExitCode::environment;
  }
  models::TraceColumn column = models::read_counts(*file.text, arguments.column);
  if (column.problem.empty() &&
      (column.values.size() < 2 || std::all_of(column.values.begin(), column.values.end(),
                                               [](double count) { return count <= 0; })))
    column.problem = "has fewer than two counts, or nothing but zeros";
  if (!column.problem.empty()) {
    console.complain(fmt::format("{} {}{}{}", arguments.file, column.problem,
                                 column.help.empty() ? "" : "; ", column.help));
    return ExitCode::bad_input;
  }
  const models::TraceCounts trace{std::move(column.values), *interval, *begin};
  const models::TrafficFit found = models::fit_traffic(trace);
  console.print(fmt::format("# Fitted to {} by 'rehearse fit'.\n", arguments.file));
  console.print(describe_fit(trace, found));
  console.print(spec::write_yaml(models::workload_of(found, *begin, arguments.name, arguments.to)));
  return ExitCode::holds;
}

}  // namespace

Command add_fit(CLI::App& root) {
  const auto arguments = std::make_shared<FitArguments>();
  CLI::App* app = root.add_subcommand(
      "fit",
      "write a workload whose traffic is like that of a trace\n\n"
      "Reads counts per interval from a column of a CSV file, one row after the other, and prints "
      "the workload block of a scenario: Poisson arrivals with the rate of the trace, its hours of "
      "the day, its weekends, and bursts that make counts vary as much as they do there, from one "
      "interval to the next and from hour to hour. Unlike 'arrivals: {trace: ...}' it goes on for "
      "as long as one likes and differs from trial to trial.\n\n"
      "Exit codes: 0 done, 2 the arguments or the file make no sense, 4 the file is unreadable.");
  app->add_option("FILE", arguments->file, "CSV file with a header row.")->required();
  app->add_option("--column", arguments->column, "Column of the counts. Default: the last one.")
      ->type_name("NAME");
  app->add_option("--interval", arguments->interval, "Length of an interval. Default: 1m.")
      ->type_name("DURATION");
  app->add_option("--begin", arguments->begin,
                  "When the first interval begins, from Monday 00:00: 5d is Saturday. Default: 0s.")
      ->type_name("DURATION");
  app->add_option("--name", arguments->name, "Name of the workload. Default: visitors.")
      ->type_name("NAME");
  app->add_option("--to", arguments->to, "Endpoint that it asks for. Default: web.")
      ->type_name("ENDPOINT");
  app->footer(
      "rehearse fit requests.csv --interval 5m > traffic.yaml\n"
      "rehearse fit requests.csv --column count --begin 5d --to shop/page");
  return {app, [arguments](Console& console) { return fit(*arguments, console); }};
}

}  // namespace rehearse::cli
