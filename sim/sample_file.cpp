#include "sim/sample_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/diagnostics.hpp"
#include "base/text.hpp"

namespace rehearse::sim {
namespace {

constexpr int kShownColumns = 40;  // of a wrong cell

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Takes the first line off `text`, without its end. Quoted line breaks are not supported: a column
/// of numbers has none, and a stray quote then spoils one row, not the rest of the file.
std::string_view next_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

/// Takes the first cell off `line`; nullopt when there is none left. Quotes around it are removed.
std::optional<std::string_view> next_cell(std::string_view& line, bool& ended) {
  if (ended) return std::nullopt;
  const bool quoted = !line.empty() && line.front() == '"';
  const std::size_t from = quoted ? line.find('"', 1) : 0;
  const std::size_t comma = line.find(',', from == std::string_view::npos ? 0 : from);
  std::string_view cell = trimmed(line.substr(0, comma));
  ended = comma == std::string_view::npos;
  line.remove_prefix(ended ? line.size() : comma + 1);
  if (cell.size() >= 2 && cell.front() == '"' && cell.back() == '"')
    cell = cell.substr(1, cell.size() - 2);
  return cell;
}

std::optional<std::string_view> cell_at(std::string_view line, std::size_t index) {
  bool ended = false;
  for (std::size_t i = 0; i < index; ++i) (void)next_cell(line, ended);
  return next_cell(line, ended);
}

std::string shown(std::string_view cell) {
  return shortened(cell, kShownColumns);
}

/// What is wrong with a cell, or empty and `value` set.
std::string parse_number_cell(std::string_view cell, double& value) {
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error == std::errc::result_out_of_range) return "is out of range";
  if (error != std::errc{} || end != cell.data() + cell.size()) return "is not a number";
  if (!std::isfinite(value)) return "is not finite";
  if (value < 0) return "is negative";
  return {};
}

/// Index of the column, or sets problem and help.
std::size_t find_column(std::string_view header, std::string_view column, SampleColumn& result) {
  std::vector<std::string_view> names;
  bool ended = false;
  while (const auto name = next_cell(header, ended)) names.push_back(*name);
  if (column == kFirstColumn) return 0;
  if (column == kLastColumn) return names.size() - 1;
  const auto at = std::find(names.begin(), names.end(), column);
  if (at != names.end()) return static_cast<std::size_t>(at - names.begin());
  result.problem = fmt::format("has no column '{}'", shown(column));
  const std::string_view near = closest(column, names);
  if (!near.empty()) result.help = fmt::format("did you mean '{}'? ", shown(near));
  if (names.size() > 10) names.resize(10);
  result.help +=
      fmt::format("the first row names: {}", shown(fmt::format("{}", fmt::join(names, ", "))));
  return 0;
}

}  // namespace

SampleColumn read_sample_column(std::string_view text, std::string_view column,
                                std::size_t max_rows) {
  return read_column(text, column, parse_number_cell,
                     "plain numbers >= 0; their unit stands in the scenario", max_rows);
}

SampleColumn read_column(std::string_view text, std::string_view column, CellParser parse,
                         std::string_view expected, std::size_t max_rows) {
  SampleColumn result;
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);  // byte order mark
  const std::size_t index = find_column(next_line(text), column, result);
  if (!result.problem.empty()) return result;
  for (std::size_t row = 2; !text.empty(); ++row) {
    const std::string_view line = next_line(text);
    if (trimmed(line).empty()) continue;
    if (result.values.size() == max_rows) {
      result.problem = fmt::format("has more than {} rows", max_rows);
      result.help = "thin it out: every tenth row gives the same distribution";
      return result;
    }
    double value = 0;
    const auto cell = cell_at(line, index);
    const std::string problem = cell ? parse(*cell, value) : "";
    if (!cell || !problem.empty()) {
      result.problem = cell ? fmt::format("row {}: '{}' {}", row, shown(*cell), problem)
                            : fmt::format("row {}: has too few cells", row);
      result.help = fmt::format("column {} holds {}", index + 1, expected);
      return result;
    }
    result.values.push_back(value);
  }
  if (result.values.empty()) result.problem = "has no rows below the header";
  return result;
}

}  // namespace rehearse::sim
