// Any text as a sample file: the reader answers with finite numbers >= 0, or says what is wrong.
// The first line of the input names the column.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "sim/sample_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t end = text.find('\n');
  const std::string_view column = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? size : end + 1);
  constexpr std::size_t kMaxRows = 100;
  const auto samples = rehearse::sim::read_sample_column(text, column, kMaxRows);
  if (samples.values.empty() && samples.problem.empty()) std::abort();
  if (samples.values.size() > kMaxRows) std::abort();
  for (const double value : samples.values)
    if (!std::isfinite(value) || value < 0) std::abort();
  return 0;
}
