#include "models/rtt_matrix.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <vector>

namespace rehearse::models {
namespace {

constexpr double kMostMs = 1e7;

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

std::vector<std::string_view> cells_of(std::string_view line) {
  std::vector<std::string_view> cells;
  for (;;) {
    const std::size_t end = line.find(',');
    std::string_view cell = line.substr(0, end);
    while (!cell.empty() && cell.front() == ' ') cell.remove_prefix(1);
    while (!cell.empty() && cell.back() == ' ') cell.remove_suffix(1);
    cells.push_back(cell);
    if (end == std::string_view::npos) return cells;
    line.remove_prefix(end + 1);
  }
}

}  // namespace

std::optional<double> RttMatrix::between(const std::string& from, const std::string& to) const {
  const auto found = rtt.find({from, to});
  if (found == rtt.end()) return std::nullopt;
  return found->second;
}

RttMatrix read_rtt_matrix(std::string_view text) {
  RttMatrix matrix;
  const std::vector<std::string_view> columns = cells_of(take_line(text));
  if (columns.size() < 2) {
    matrix.problem = "line 1 names no regions";
    return matrix;
  }
  for (int number = 2; !text.empty(); ++number) {
    const std::string_view line = take_line(text);
    if (line.empty()) continue;
    const std::vector<std::string_view> cells = cells_of(line);
    if (cells.size() != columns.size()) {
      matrix.problem = fmt::format("line {} has {} cells, but the first line has {}", number,
                                   cells.size(), columns.size());
      return matrix;
    }
    for (std::size_t i = 1; i < cells.size(); ++i) {
      if (cells[i].empty()) continue;
      double ms = 0;
      const char* const last = cells[i].data() + cells[i].size();
      const auto [end, error] = std::from_chars(cells[i].data(), last, ms);
      if (error != std::errc{} || end != last || !std::isfinite(ms) || ms < 0 || ms > kMostMs) {
        matrix.problem = fmt::format("line {}: '{}' is no time in milliseconds", number, cells[i]);
        return matrix;
      }
      matrix.rtt[{std::string(cells[0]), std::string(columns[i])}] = ms / 1000;
    }
  }
  if (matrix.rtt.empty()) matrix.problem = "there are no times in it";
  return matrix;
}

}  // namespace rehearse::models
