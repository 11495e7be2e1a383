// Any text as a file of recorded series: it is refused with a problem, or can be compared and
// written, whatever it was said to be.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "reports/recorded_read.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rehearse::reports;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  RunResult result;
  result.horizon = 40;
  result.series_interval = 10;
  result.series_at = {0, 10, 20, 30};
  Series clients;
  clients.subject = "clients";
  clients.p95 = {1, 2, 3, 4};
  result.series = {clients};
  const std::optional<RecordedName> names[] = {std::nullopt, recorded_name("clients:p95[ms]"),
                                               recorded_name(text.substr(0, 20))};
  for (const std::optional<RecordedName>& name : names) {
    const ReadRecorded read = read_recorded(text, name, std::nullopt);
    if (read.series.empty() && read.problem.empty()) std::abort();
    std::vector<RecordedComparison> all;
    std::string problem;
    for (const RecordedSeries& series : read.series)
      if (auto one = compare_recorded(result, series, problem)) all.push_back(std::move(*one));
    recorded_json(all);
    recorded_csv(all);
  }
  const ReadBeside beside = read_beside(result, text);
  if (!beside.all.empty() && !beside.problem.empty()) std::abort();
  return 0;
}
