#include "reports/openmetrics_text.hpp"

#include <fmt/format.h>

#include <cmath>

#include "reports/openmetrics.hpp"
#include "reports/text.hpp"

namespace rehearse::reports {

std::string openmetrics_label(std::string_view text) {
  std::string out;
  for (const char c : visible(text)) {
    if (c == '\\' || c == '"') out += '\\';
    out += c;  // visible() has spelled line feeds out
  }
  return out;
}

void MetricText::family(const char* name, const char* type, const char* unit, const char* help) {
  name_ = name;
  head_ = fmt::format("# TYPE {} {}\n", name, type);
  if (*unit != '\0') head_ += fmt::format("# UNIT {} {}\n", name, unit);
  head_ += fmt::format("# HELP {} {}\n", name, help);
}

std::string MetricText::line_of(const char* suffix, const Labels& labels) const {
  std::string line = name_ + suffix;
  char separator = '{';
  for (const auto& [name, value] : labels) {
    if (value.empty()) continue;
    line += fmt::format("{}{}=\"{}\"", separator, name, openmetrics_label(value));
    separator = ',';
  }
  return line + (separator == ',' ? "} " : " ");
}

void MetricText::series(const char* suffix, const Labels& labels) {
  series_ = line_of(suffix, labels);
}

void MetricText::sample(const std::string& line, double at, double value) {
  if (!std::isfinite(value)) return;
  out_ += head_;  // a family without samples says nothing
  head_.clear();
  fmt::format_to(std::back_inserter(out_), "{}{} {:.3f}\n", line, value, start_ + at);
}

std::string MetricText::take() {
  return std::move(out_) + "# EOF\n";
}

}  // namespace rehearse::reports
