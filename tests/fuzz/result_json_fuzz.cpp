// Any text as a result.json: it is refused with a problem, or every format can render it.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "reports/folder.hpp"
#include "reports/terminal.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rehearse::reports;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const ReadResult read = from_json(text);
  if (read.result.has_value() != read.problem.empty()) std::abort();
  if (!read.result) return 0;
  for (const FormatName& f : formats()) render(*read.result, f.format);
  render_terminal(*read.result, {.width = static_cast<int>(size % 140), .color = size % 2 == 0});
  const std::string again = to_json(*read.result);  // what was read once reads the same for ever
  const ReadResult second = from_json(again);
  if (!second.result || to_json(*second.result) != again) std::abort();
  return 0;
}
