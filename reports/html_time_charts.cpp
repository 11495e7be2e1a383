#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "reports/figures.hpp"
#include "reports/html_parts.hpp"
#include "reports/html_plot.hpp"
#include "reports/markup.hpp"
#include "reports/wording.hpp"

namespace rehearse::reports {
namespace {

/// One line of a chart. `color` is a custom property of the page's style.
struct Trace {
  const char* name;  ///< of the series column
  const char* label;
  const char* color;
  const char* style;  ///< class names: "", "thin", "dash"
  bool area;
};

struct ChartKind {
  Quantity quantity;
  const char* title;
  const char* unit;
  int height;
  std::vector<Trace> traces;
};

const std::vector<ChartKind>& chart_kinds() {
  static const std::vector<ChartKind> kKinds = {
      {Quantity::response_time,
       "Response time",
       "s",
       150,
       {{"p99", "p99", "p99", "thin", false},
        {"p95", "p95", "p95", "", false},
        {"p50", "p50", "p50", "", false}}},
      {Quantity::rate,
       "Requests per second",
       "1/s",
       100,
       {{"arrival_rate", "offered", "arrivals", "dash", false},
        {"throughput", "answered", "through", "", true}}},
      {Quantity::errors, "Errors", "ratio", 70, {{"error_ratio", "errors", "errors", "", true}}},
      {Quantity::utilization,
       "In use",
       "ratio",
       70,
       {{"utilization", "in use", "used", "", true}}}};
  return kKinds;
}

Axis value_axis(const ChartKind& kind, const std::vector<const std::vector<double>*>& lines,
                const std::vector<Bound>& bounds) {
  double low = 1e300, high = 0;
  for (const auto* values : lines)
    for (const double v : *values) {
      if (!std::isfinite(v)) continue;
      high = std::max(high, v);
      if (v > 0) low = std::min(low, v);
    }
  for (const Bound& b : bounds)
    if (b.value > high && b.value < 4 * high) high = b.value;
  if (kind.quantity == Quantity::utilization && high <= 1) return linear_axis(1, 2);
  if (std::string_view(kind.unit) == "s" && low < 1e300 && high > 40 * low)
    return log_axis(low, high);
  if (std::string_view(kind.unit) == "ratio")
    high = high == 0 ? 0.01 : high > 0.5 && high <= 1 ? 1 / 1.02 : high;
  return linear_axis(high * 1.02, kind.height < 100 ? 2 : 4);
}

/// The part of a chart that was cut as warm-up.
std::string warm_up(const Windows& windows, double warmup) {
  const double at = std::clamp(windows.place(warmup), 0.0, 1.0);
  if (warmup <= 0 || at <= 0) return "";
  const auto x = std::lround(at * 1000);
  return fmt::format(
      "<rect class=cut x=0 y=0 width={0} height=1000 /><line class=edge x1={0} x2={0} y1=0 "
      "y2=1000 />",
      x);
}

int column_of(const Series& s, std::string_view name) {
  int index = 1;  // the first column of the table is the time
  for (const SeriesColumn& column : series_columns()) {
    if (name == column.name) return index;
    if (values_of(s, column.name)) ++index;
  }
  return 0;
}

std::string caption(const Series& s, const ChartKind& kind) {
  std::string out = fmt::format("<figcaption><b>{}</b>", kind.title);
  for (const Trace& t : kind.traces)
    if (values_of(s, t.name))
      out += fmt::format(
          " <span class=key style=\"--c:var(--{})\"><i{}></i>{} <output "
          "data-column={}></output></span>",
          t.color, std::string_view(t.style) == "dash" ? " class=dash" : "", t.label,
          column_of(s, t.name));
  return out + "</figcaption>";
}

std::string description(const Series& s, const ChartKind& kind) {
  std::string out = std::string(kind.title) + " over time.";
  for (const Trace& t : kind.traces)
    if (const auto* values = values_of(s, t.name)) {
      double top = 0;
      for (const double v : *values)
        if (std::isfinite(v)) top = std::max(top, v);
      out += fmt::format(" {} at most {}.", t.label, format_figure(top, kind.unit, 3));
    }
  return out;
}

/// Part of the width that an objective is about.
std::pair<double, double> range_of(const std::optional<std::pair<double, double>>& during,
                                   const Windows& windows) {
  if (!during) return {0, 1};
  const double from = std::clamp(windows.place(during->first), 0.0, 1.0);
  return {from, std::clamp(windows.place(during->second), from, 1.0)};
}

/// A label of about a third of the width at the right end of its range, or at the left of a range
/// that is near the left edge.
std::string limit_label(const Bound& b, double from, double to, double place, bool under) {
  const std::string side = to < 0.4 ? "left:" + percent(from) : "right:" + percent(1 - to);
  return fmt::format("<span class=\"tag limit {}{}\" style=\"top:{};{}\">{}</span>",
                     verdict_name(b.verdict), under ? " under" : "", percent(place), side,
                     markup(b.label, 60));
}

/// Lines of bounds, and their labels: above the line, or below it where another label is there.
std::string bound_lines(const Axis& axis, std::vector<Bound> bounds, const Windows& windows,
                        std::string& labels) {
  std::stable_sort(bounds.begin(), bounds.end(),
                   [](const Bound& a, const Bound& b) { return a.value > b.value; });
  std::string out;
  std::vector<std::pair<double, double>> taken;  // range and place of labels above their lines
  for (const Bound& b : bounds) {
    if (b.value < axis.low || b.value > axis.high) continue;
    const double place = 1 - axis.place(b.value);
    const auto [from, to] = range_of(b.during, windows);
    out += bound_line(b.verdict, from, place, to, place);
    const double end = to < 0.4 ? from + 0.35 : to;
    const bool crowded = std::any_of(taken.begin(), taken.end(), [&, at = place](const auto& t) {
      return std::abs(t.first - end) < 0.35 && std::abs(t.second - at) < 0.3;
    });
    const bool under = place < 0.15 || (crowded && place < 0.85);
    if (!crowded || under) labels += limit_label(b, from, to, place, under);
    taken.emplace_back(end, place);
  }
  return out;
}

std::string time_chart(const RunResult& r, const Series& s, const ChartKind& kind,
                       const Windows& windows, bool first) {
  std::vector<const std::vector<double>*> lines;
  for (const Trace& t : kind.traces)
    if (const auto* values = values_of(s, t.name)) lines.push_back(values);
  if (lines.empty()) return "";
  const std::vector<Bound> bounds = bounds_of(r, s, kind.quantity);
  Axis axis = value_axis(kind, lines, bounds);
  thin_ticks(axis, 5);
  std::string out = fmt::format(
      "<figure class=chart>{}<div class=plot role=img aria-label=\"{}\" style=\"--h:{}px\">{}{}",
      caption(s, kind), markup(description(s, kind)), kind.height, y_labels(axis, kind.unit),
      kPlotOpen);
  out += warm_up(windows, r.warmup) + grid_lines(axis);
  for (const Trace& t : kind.traces) {
    const auto* values = values_of(s, t.name);
    if (!values) continue;
    out += fmt::format("<g style=\"--c:var(--{})\">", t.color);
    if (t.area) out += "<path class=a d=\"" + area_path(*values, axis) + "\"/>";
    out += fmt::format("<path class=\"l {}\" d=\"{}\"/></g>", t.style, line_path(*values, axis));
  }
  std::string tags;
  out += bound_lines(axis, bounds, windows, tags);
  out += "</svg>" + tags;
  if (first && r.warmup > 0) out += "<span class=\"tag warm\">warm-up, cut</span>";
  if (axis.log) out += "<span class=tag style=\"right:2px;bottom:2px\">log scale</span>";
  return out + "<div class=cursor></div></div></figure>\n";
}

/// Objectives that measure only a part of the run, above the charts they share the time axis with.
std::string measured_spans(const RunResult& r, const Series& s, const Windows& windows) {
  std::string out;
  int shown = 0;
  for (const ObjectiveResult& o : r.objectives) {
    if (o.subject != s.subject || !o.during || ++shown > 4) continue;
    const auto [from, to] = range_of(o.during, windows);
    const std::string side = from + to < 1 ? "left:" + percent(to) : "right:" + percent(1 - from);
    out += fmt::format(
        "<div class=\"span {}\"><b style=\"left:{};width:{}\"></b><span style=\"{}\">{} "
        "{}</span></div>\n",
        verdict_name(o.verdict), percent(from), percent(to - from), side, html_name(o.metric),
        html_name(target_text(o)));
  }
  return out;
}

/// "1:05:30", with hundredths where windows are shorter than a second.
std::string clock(double seconds) {
  const auto hundredths =
      static_cast<std::int64_t>(std::floor(std::clamp(seconds, 0.0, 1e12) * 100 + 0.5));
  const std::int64_t whole = hundredths / 100, rest = hundredths % 100;
  std::string out = fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  if (rest > 0) out += fmt::format(".{:02}", rest);
  return out;
}

/// Numbers of one column in one unit, so that the cells need none.
struct TableColumn {
  const SeriesColumn* column;
  double factor;
  std::string unit;
  int decimals;
};

TableColumn table_column(const Series& s, const SeriesColumn& column) {
  double top = 0;
  for (const double v : s.*column.values)
    if (std::isfinite(v)) top = std::max(top, std::abs(v));
  TableColumn out{&column, 1, "", 2};
  const std::string_view unit = column.unit;
  if (unit == "s" && top < 1) out.factor = 1e3;
  if (unit == "s") out.unit = top < 1 ? " ms" : " s";
  if (unit == "ratio") out.factor = 100;
  if (unit == "ratio") out.unit = " %";
  if (unit == "1/s") out.unit = "/s";
  const double shown = top * out.factor;
  if (shown > 0)
    out.decimals = std::clamp(3 - static_cast<int>(std::floor(std::log10(shown))), 0, 6);
  return out;
}

std::string data_table(const Series& s, const Windows& windows) {
  std::vector<TableColumn> columns;
  std::string out =
      "<details class=table><summary class=muted>These charts as a table</summary><div class=data "
      "tabindex=0 role=region aria-label=\"Figures over time\"><table><thead><tr><th "
      "scope=col>time";
  for (const SeriesColumn& column : series_columns()) {
    if (!values_of(s, column.name)) continue;
    columns.push_back(table_column(s, column));
    std::string title = column.name;
    std::replace(title.begin(), title.end(), '_', ' ');
    out += fmt::format("<th scope=col data-unit=\"{0}\">{1}<br><small>{0}</small>",
                       columns.back().unit, title);
  }
  out += "</thead><tbody>\n";
  for (size_t i = 0; i < windows.at.size(); ++i) {
    out += "<tr><th>" + clock(windows.at[i]);
    for (const TableColumn& c : columns) {
      const double v = (s.*c.column->values)[i];
      out += "<td>";
      if (std::isfinite(v))
        fmt::format_to(std::back_inserter(out), "{:.{}f}", v * c.factor, c.decimals);
    }
  }
  return out + "</tbody></table></div></details>\n";
}

}  // namespace

std::string html_time_charts(const RunResult& r, const Series& s, const Windows& windows) {
  std::string charts;
  for (const ChartKind& kind : chart_kinds())
    charts += time_chart(r, s, kind, windows, charts.empty());
  if (charts.empty()) return "";
  return "<p class=when></p>" + measured_spans(r, s, windows) + charts +
         x_labels(time_axis(windows.begin(), windows.end()), true) + data_table(s, windows);
}

}  // namespace rehearse::reports
