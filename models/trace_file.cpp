#include "models/trace_file.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdint>

#include "sim/sample_file.hpp"

namespace rehearse::models {
namespace {

/// Takes exactly `digits` digits and the separator behind them, one of `separators`.
bool take(std::string_view& text, int digits, std::string_view separators, int& value) {
  const auto n = static_cast<std::size_t>(digits);
  if (text.size() < n) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + n, value);
  if (error != std::errc{} || end != text.data() + n || value < 0) return false;
  text.remove_prefix(n);
  if (separators.empty()) return true;
  if (text.empty() || separators.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar.
std::int64_t days_since_epoch(int year, int month, int day) {
  const std::int64_t y = month > 2 ? year : year - 1;
  const std::int64_t m = month > 2 ? month - 3 : month + 9;  // March is 0: leap days come last
  return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

/// "YYYY-MM-DD HH:MM[:SS[.fraction]]" in seconds since 1970.
std::string parse_date(std::string_view text, double& value) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0;
  if (!text.empty() && text.back() == 'Z') text.remove_suffix(1);
  if (!take(text, 4, "-", year) || !take(text, 2, "-", month) || !take(text, 2, " T", day) ||
      !take(text, 2, ":", hour) || !take(text, 2, "", minute))
    return "is not an instant";
  double second = 0;
  if (!text.empty()) {
    if (text.front() != ':') return "is not an instant";
    text.remove_prefix(1);
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), second, std::chars_format::fixed);
    if (error != std::errc{} || end != text.data() + text.size()) return "is not an instant";
  }
  const bool valid = month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour < 24 &&
                     minute < 60 && second >= 0 && second < 61;
  if (!valid) return "is no date and time of day";
  value = static_cast<double>(days_since_epoch(year, month, day)) * 86400 + hour * 3600 +
          minute * 60 + second;
  return {};
}

std::string parse_instant(std::string_view text, double& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc{} && end == text.data() + text.size())
    return std::isfinite(value) ? "" : "is not finite";
  return parse_date(text, value);
}

TraceColumn from(sim::SampleColumn column) {
  return {std::move(column.values), std::move(column.problem), std::move(column.help)};
}

std::string parse_count_cell(std::string_view text, double& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return "is not a number";
  return std::isfinite(value) && value >= 0 ? "" : "is not a count";
}

}  // namespace

TraceColumn read_counts(std::string_view text, const std::string& column) {
  return from(sim::read_column(text, column.empty() ? sim::kLastColumn : column, parse_count_cell,
                               "counts of requests per interval"));
}

TraceColumn read_instants(std::string_view text, const std::string& column) {
  TraceColumn result =
      from(sim::read_column(text, column.empty() ? sim::kFirstColumn : column, parse_instant,
                            "instants: seconds, or 'YYYY-MM-DD HH:MM:SS.fff'"));
  if (result.values.empty()) return result;
  const double first = result.values.front();
  for (std::size_t i = 0; i < result.values.size(); ++i) {
    result.values[i] -= first;
    if (i > 0 && result.values[i] < result.values[i - 1]) {
      result.problem = fmt::format("arrival {} is earlier than the one before it", i + 1);
      result.help = "sort the file by time";
      return result;
    }
  }
  return result;
}

}  // namespace rehearse::models
