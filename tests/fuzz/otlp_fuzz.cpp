// Any text as a file of traces: it is refused with a problem, or every format can render it.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "reports/otlp.hpp"
#include "reports/waterfall.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rehearse::reports;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const ReadTraces read = from_otlp_json(text);
  if (read.set.has_value() != read.problem.empty()) std::abort();
  if (!read.set) return 0;
  for (const Trace& trace : read.set->traces)
    render_waterfall(*read.set, trace,
                     {.terminal = {.width = static_cast<int>(size % 140), .color = size % 2 == 0},
                      .all = size % 3 == 0});
  render_trace_list(*read.set);
  return 0;
}
