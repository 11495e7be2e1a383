#include "traces.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

namespace {

constexpr std::size_t kLeastRows = 100;
constexpr double kLeastDays = 9;
constexpr double kMostGap = 30.5;  // minutes between rows, where they are not days

// Days since 1970-01-01 of the Gregorian calendar (H. Hinnant, "chrono-compatible low-level date
// algorithms").
long days_of(int y, int m, int d) {
  y -= m <= 2 ? 1 : 0;
  const int era = (y >= 0 ? y : y - 399) / 400;
  const int yoe = y - era * 400;
  const int doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
  return era * 146097L + (yoe * 365 + yoe / 4 - yoe / 100 + doy) - 719468L;
}

std::optional<double> minutes_of(const std::string& text) {
  int y = 0;
  int m = 0;
  int d = 0;
  int hour = 0;
  int minute = 0;
  double second = 0;
  const int n =
      std::sscanf(text.c_str(), "%d-%d-%d%*1[ T]%d:%d:%lf", &y, &m, &d, &hour, &minute, &second);
  if (n < 3) return std::nullopt;
  return static_cast<double>(days_of(y, m, d)) * 1440 + hour * 60 + minute + second / 60;
}

struct Row {
  double minute = 0;
  double value = 0;
};

struct File {
  std::vector<Row> rows;
  bool is_trace = false;
  std::string error;
};

File read(const std::filesystem::path& path) {
  File file;
  std::ifstream stream(path);
  std::string line;
  if (!stream) file.error = fmt::format("{}: cannot be read", path.string());
  if (!std::getline(stream, line)) return file;
  file.is_trace = line.starts_with("timestamp,") || line.starts_with("date,");
  for (int number = 2; file.is_trace && std::getline(stream, line); ++number) {
    if (line.empty() || line == "\r") continue;
    const auto comma = line.find(',');
    const auto minute = minutes_of(line.substr(0, comma));
    const std::size_t begin = comma == std::string::npos ? line.size() : comma + 1;
    const std::string cell = line.substr(begin, line.find_first_of(",\r", begin) - begin);
    char* end = nullptr;
    const double value = std::strtod(cell.c_str(), &end);
    const bool whole = !std::isinf(value) && *end == '\0';
    if (!minute || !whole || comma == std::string::npos) {
      file.error = fmt::format("{}:{}: no date and number: {}", path.string(), number, line);
      return file;
    }
    if (!cell.empty() && !std::isnan(value)) file.rows.push_back({*minute, value});
  }
  std::stable_sort(file.rows.begin(), file.rows.end(),
                   [](const Row& a, const Row& b) { return a.minute < b.minute; });
  return file;
}

double usual_gap(const std::vector<Row>& rows) {
  std::vector<double> gaps;
  for (std::size_t i = 1; i < rows.size(); ++i) gaps.push_back(rows[i].minute - rows[i - 1].minute);
  const auto middle = gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2);
  std::nth_element(gaps.begin(), middle, gaps.end());
  return *middle;
}

// The trace, or why there is none.
std::string bring_to_steps(const std::vector<Row>& rows, Trace& trace) {
  if (rows.size() < kLeastRows) return fmt::format("{} rows", rows.size());
  const double days = (rows.back().minute - rows.front().minute) / 1440;
  if (days < kLeastDays) return fmt::format("{:.1f} days", days);
  const double gap = usual_gap(rows);
  if (gap > kMostGap && std::abs(gap - 1440) > 1) return fmt::format("rows {:.0f} min apart", gap);
  trace.step = gap > 1000 ? 1440.0 : std::max(gap, 10.0);
  const double begin = std::floor(rows.front().minute / trace.step) * trace.step;
  const double steps = std::floor((rows.back().minute - begin) / trace.step) + 1;
  if (steps > 2 * static_cast<double>(rows.size())) return "more gaps than values";
  const auto n = static_cast<std::size_t>(steps);
  std::vector<double> sums(n, 0.0);
  std::vector<int> counts(n, 0);
  for (const Row& row : rows) {
    const auto at = static_cast<std::size_t>((row.minute - begin) / trace.step);
    sums[at] += row.value;
    ++counts[at];
  }
  if (2 * std::count(counts.begin(), counts.end(), 0) > std::ssize(counts))
    return "more gaps than values";
  double last = rows.front().value;
  for (std::size_t i = 0; i < n; ++i) {
    if (counts[i] > 0) last = sums[i] / counts[i];
    trace.values.push_back(last);
  }
  return {};
}

}  // namespace

Traces traces_in(const std::string& folder) {
  std::vector<std::filesystem::path> paths;
  if (std::filesystem::is_directory(folder))
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
      if (entry.path().extension() == ".csv") paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  Traces found;
  for (const auto& path : paths) {
    const File file = read(path);
    if (!file.error.empty()) found.errors.push_back(file.error);
    if (!file.error.empty() || !file.is_trace) continue;
    Trace trace{.name = path.stem().string()};
    const std::string reason = bring_to_steps(file.rows, trace);
    if (reason.empty())
      found.traces.push_back(std::move(trace));
    else
      found.left_out.push_back(fmt::format("{}: {}", path.string(), reason));
  }
  return found;
}
