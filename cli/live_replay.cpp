#include <fmt/format.h>

#include <fstream>

#include "base/text.hpp"
#include "cli/live_modes.hpp"
#include "live/fact_json.hpp"
#include "live/replay.hpp"
#include "reports/figures.hpp"

/// `rehearse live replay`: the decisions of a log once more.

namespace rehearse::cli {
namespace {

using End = live::ReplayResult::End;

constexpr std::string_view kEndNames[] = {"equal", "broken-off", "differs", "tampered", "wrong"};

std::string_view end_name(End end) {
  return kEndNames[static_cast<std::size_t>(end)];
}

ExitCode code_of(End end) {
  switch (end) {
    case End::equal:
      return ExitCode::holds;
    case End::broken:
      return ExitCode::undecided;
    case End::differs:
    case End::tampered:
      return ExitCode::fails;
    case End::wrong:
      return ExitCode::bad_input;
  }
  return ExitCode::bad_input;
}

std::string render_replay(const live::ReplayResult& result, const std::string& file) {
  std::string out;
  if (result.began > Instant::start())
    out += fmt::format("{}: {} of {} from {} to {}, version {}\n", file,
                       printable(result.beginning.mode), printable(result.beginning.file),
                       live::utc_text(result.began), live::utc_text(result.ended),
                       printable(result.beginning.version));
  const std::string counts =
      fmt::format("{} decisions after {} facts and {} wakes, {} acts",
                  reports::format_count(result.decisions), reports::format_count(result.facts),
                  reports::format_count(result.wakes), reports::format_count(result.acts));
  switch (result.end) {
    case End::equal:
      return out + fmt::format("equal: all {}\nlast link: {}\n", counts, result.last_link);
    case End::broken:
      return out + fmt::format("equal as far as it goes: {}\nline {}: {}\n", counts, result.line,
                               printable(result.problem));
    default:
      break;
  }
  out += fmt::format("line {}: {}\n", result.line, printable(result.problem));
  if (!result.logged.empty()) out += fmt::format("  log     {}\n", printable(result.logged));
  if (!result.replayed.empty()) out += fmt::format("  replay  {}\n", printable(result.replayed));
  return out;
}

std::string replay_json(const live::ReplayResult& result) {
  using live::json_text;
  return fmt::format(
      "{{\"end\":\"{}\",\"line\":{},\"problem\":{},\"logged\":{},\"replayed\":{},"
      "\"version\":{},\"mode\":{},\"file\":{},\"began\":{},\"ended\":{},\"facts\":{},"
      "\"wakes\":{},\"decisions\":{},\"acts\":{},\"last_link\":\"{}\"}}\n",
      end_name(result.end), result.line, json_text(result.problem), json_text(result.logged),
      json_text(result.replayed), json_text(result.beginning.version),
      json_text(result.beginning.mode), json_text(result.beginning.file), result.began.ns(),
      result.ended.ns(), result.facts, result.wakes, result.decisions, result.acts,
      result.last_link);
}

}  // namespace

ExitCode live_replay(const LiveArguments& arguments, Console& console) {
  std::ifstream log(arguments.file, std::ios::binary);
  if (!log) {
    console.complain(fmt::format("cannot read {}", arguments.file));
    return ExitCode::environment;
  }
  const live::ReplayResult result = live::replay(log);
  console.print(arguments.json ? replay_json(result) : render_replay(result, arguments.file));
  return code_of(result.end);
}

}  // namespace rehearse::cli
