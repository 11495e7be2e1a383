#include "reports/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/text.hpp"

namespace rehearse::reports {
namespace {

std::string csv_number(double value) {
  return std::isfinite(value) ? fmt::format("{}", value) : "";
}

void summary_row(std::string& out, const std::string& kind, const std::string& subject,
                 const std::string& metric, const Estimate& e) {
  out += fmt::format("{},{},{},", kind, subject, metric);
  if (e.value)
    out += fmt::format("{},{},{}", csv_number(*e.value), csv_number(e.low), csv_number(e.high));
  if (!e.value) out += ",,";
  out += "," + csv_text(e.unit) + "\n";
}

}  // namespace

std::string csv_text(const std::string& text) {
  std::string shown = visible(text);
  const bool formula =
      !text.empty() && std::string_view("=+-@\t\r\n").find(text.front()) != std::string_view::npos;
  if (formula) shown.insert(0, "'");
  if (shown.find_first_of(",\"'; ") == std::string::npos) return shown;
  std::string quoted = "\"";
  for (const char c : shown) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::string summary_csv(const RunResult& r) {
  std::string out = "kind,subject,metric,estimate,low,high,unit\n";
  for (const ObjectiveResult& o : r.objectives)
    summary_row(out, "objective", csv_text(o.id.empty() ? o.text : o.id), csv_text(o.metric),
                o.estimate);
  for (const SubjectResult& s : r.subjects)
    for (const auto& [metric, estimate] : s.metrics)
      summary_row(out, csv_text(s.kind), csv_text(s.name), csv_text(metric), estimate);
  return out;
}

std::string decisions_csv(const RunResult& r) {
  std::string out =
      "at,policy,kind,subject,from,to,because,metric,measured,limit,outcome,settled,ruling\n";
  for (const DecisionEntry& d : r.decisions) {
    const bool measured = !d.metric.empty();
    out += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{}\n", csv_number(d.at),
                       csv_text(d.policy), csv_text(d.kind), csv_text(d.subject), d.from, d.to,
                       csv_text(d.because), csv_text(d.metric),
                       measured ? csv_number(d.measured) : "", measured ? csv_number(d.limit) : "",
                       csv_text(d.outcome), csv_number(d.settled), csv_text(d.ruling));
  }
  return out;
}

std::string series_csv(const RunResult& r) {
  std::string out = "kind,subject,metric,unit,at,value\n";
  for (const Series& s : r.series) {
    const std::string lead = csv_text(s.kind) + "," + csv_text(s.subject);
    for (const SeriesColumn& column : series_columns()) {
      const std::vector<double>& values = s.*column.values;
      const size_t n = std::min(values.size(), r.series_at.size());
      for (size_t i = 0; i < n; ++i)
        fmt::format_to(std::back_inserter(out), "{},{},{},{},{}\n", lead, column.name, column.unit,
                       csv_number(r.series_at[i]), csv_number(values[i]));
    }
  }
  return out;
}

}  // namespace rehearse::reports
