#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <memory>

#include "cli/command.hpp"
#include "reports/folder.hpp"
#include "reports/waterfall.hpp"

/// `rehearse trace`: shows the way of one request, and where its time went.

namespace rehearse::cli {
namespace {

struct ShownTrace {
  std::string from;
  std::string id;
  bool failed = false;
  bool list = false;
  bool all = false;
};

/// The one trace whose id begins with `id`, or what is wrong.
struct Found {
  const reports::Trace* trace = nullptr;
  std::string problem;
};

Found by_id(const reports::TraceSet& set, std::string id) {
  std::transform(id.begin(), id.end(), id.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  Found found;
  for (const reports::Trace& trace : set.traces) {
    if (!reports::hex_of(trace.id).starts_with(id)) continue;
    if (found.trace != nullptr)
      return {nullptr, fmt::format("several traces begin with '{}'; give more digits", id)};
    found.trace = &trace;
  }
  if (found.trace == nullptr)
    found.problem = fmt::format("there is no trace '{}'; --list shows which there are", id);
  return found;
}

Found chosen(const ShownTrace& arguments, const reports::TraceSet& set) {
  if (!arguments.id.empty()) return by_id(set, arguments.id);
  if (arguments.failed)
    return {reports::slowest_failed_trace(set), "none of the traces is of a failed request"};
  return {reports::slowest_trace(set), "there is no trace in it"};
}

ExitCode trace(const ShownTrace& arguments, Console& console) {
  const reports::ReadTraces read = reports::read_traces(arguments.from);
  if (!read.set) {
    console.complain(read.problem);
    return ExitCode::environment;
  }
  if (arguments.list) {
    console.print(reports::render_trace_list(*read.set, console.style()));
    return ExitCode::holds;
  }
  const Found found = chosen(arguments, *read.set);
  if (found.trace == nullptr) {
    console.complain(found.problem);
    return ExitCode::bad_input;
  }
  console.print(
      reports::render_waterfall(*read.set, *found.trace, {console.style(), arguments.all}));
  return ExitCode::holds;
}

}  // namespace

Command add_trace(CLI::App& root) {
  const auto arguments = std::make_shared<ShownTrace>();
  CLI::App* app = root.add_subcommand(
      "trace",
      "show the way of one request, and where its time went\n\n"
      "Reads the traces that 'rehearse run' kept in the folder of its result, or any file of OTLP "
      "JSON. Shows a line per hop, marks those that the answer waited for (the critical path) and "
      "adds up where the time went. Of all requests that were kept the slowest is shown, unless "
      "another one is asked for.\n\n"
      "Exit codes: 0 done; 2 wrong arguments, or there is no such trace; 4 the file cannot be "
      "read.");
  app->add_option("DIR", arguments->from, "Folder of a result, or a file of OTLP JSON.")
      ->required();
  CLI::Option* id =
      app->add_option("--id", arguments->id, "The trace with this id; its first digits are enough.")
          ->type_name("ID");
  CLI::Option* failed =
      app->add_flag("--failed", arguments->failed, "The slowest of those that failed.");
  CLI::Option* list = app->add_flag("--list", arguments->list, "List all traces.");
  id->excludes(failed)->excludes(list);
  failed->excludes(list);
  app->add_flag("--all", arguments->all,
                "Show every hop, also of large traces those that the answer did not wait for.");
  app->footer(
      "rehearse trace results/shop\n"
      "rehearse trace results/shop --failed\n"
      "rehearse trace results/shop --list\n"
      "rehearse trace results/shop --id 4bf92f35");
  return {app, [arguments](Console& console) { return trace(*arguments, console); }};
}

}  // namespace rehearse::cli
