#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "reports/figures.hpp"
#include "reports/html_parts.hpp"
#include "reports/markup.hpp"
#include "reports/svg_chart.hpp"

namespace rehearse::reports {
namespace {

constexpr size_t kMostWindows = 400;
constexpr int kMostBars = 64;

/// One line of a chart. `color` is a custom property of the page's style.
struct Trace {
  const char* name;  ///< of the series column
  const char* label;
  const char* color;
  const char* style;  ///< class names: "", "thin", "dash"
  bool area;
};

struct ChartKind {
  const char* title;
  const char* unit;
  int height;
  std::vector<Trace> traces;
};

const std::vector<ChartKind>& chart_kinds() {
  static const std::vector<ChartKind> kKinds = {
      {"Response time",
       "s",
       150,
       {{"p99", "p99", "p99", "thin", false},
        {"p95", "p95", "p95", "", false},
        {"p50", "p50", "p50", "", false}}},
      {"Requests per second",
       "1/s",
       100,
       {{"arrival_rate", "offered", "arrivals", "dash", false},
        {"throughput", "answered", "through", "", true}}},
      {"Errors", "ratio", 70, {{"error_ratio", "share", "errors", "", true}}},
      {"In use", "ratio", 70, {{"utilization", "share", "used", "", true}}}};
  return kKinds;
}

struct Windows {
  std::vector<double> at;
  double interval = 0;
  size_t merged = 1;  ///< windows of the result in one of the page
  double begin() const { return at.empty() ? 0 : at.front(); }
  double end() const { return at.empty() ? 1 : at.back() + interval; }
  double place(double time) const { return (time - begin()) / std::max(end() - begin(), 1e-9); }
};

Windows merge_windows(const RunResult& r) {
  Windows out;
  out.merged = (r.series_at.size() + kMostWindows - 1) / kMostWindows;
  out.merged = std::max<size_t>(out.merged, 1);
  out.interval = r.series_interval * static_cast<double>(out.merged);
  for (size_t i = 0; i < r.series_at.size(); i += out.merged) out.at.push_back(r.series_at[i]);
  return out;
}

/// Rates and ratios average, times keep the worst: a spike must not vanish on a long run's page.
std::vector<double> merge_values(const std::vector<double>& values, size_t merged, bool worst) {
  if (merged == 1) return values;
  std::vector<double> out;
  for (size_t i = 0; i < values.size(); i += merged) {
    double sum = 0, top = -1, n = 0;
    for (size_t k = i; k < std::min(i + merged, values.size()); ++k) {
      if (!std::isfinite(values[k])) continue;
      sum += values[k];
      top = std::max(top, values[k]);
      ++n;
    }
    out.push_back(n == 0 ? std::nan("") : worst ? top : sum / n);
  }
  return out;
}

Series merge_series(const Series& s, size_t merged, size_t windows) {
  Series out{s.subject, s.kind, {}, {}, {}, {}, {}, {}, {}, {}, {}};
  for (const SeriesColumn& column : series_columns()) {
    out.*column.values =
        merge_values(s.*column.values, merged, std::string_view(column.unit) == "s");
    if ((out.*column.values).size() != windows) (out.*column.values).clear();
  }
  return out;
}

const std::vector<double>* values_of(const Series& s, std::string_view name) {
  for (const SeriesColumn& column : series_columns())
    if (name == column.name) {
      const std::vector<double>& values = s.*column.values;
      const bool any =
          std::any_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
      return any ? &values : nullptr;
    }
  return nullptr;
}

/// A bound of an objective, as a line in a chart of its subject.
struct Bound {
  double value;
  std::string label;
  Verdict verdict;
};

std::vector<Bound> bounds_of(const RunResult& r, const Series& s, std::string_view title) {
  std::vector<Bound> out;
  for (const ObjectiveResult& o : r.objectives) {
    if (o.subject != s.subject || o.window > 0 || out.size() >= 3) continue;
    const std::string metric = o.metric.substr(0, o.metric.find('('));
    const std::string label =
        metric + (o.op.starts_with('<') ? " limit " : " floor ") +
        format_figure(metric == "availability" ? 1 - o.bound : o.bound, o.estimate.unit, 6);
    if (title == "Response time" && o.estimate.unit == "s" && metric.find("wait") == metric.npos)
      out.push_back({o.bound, label, o.verdict});
    if (title == "Requests per second" && o.estimate.unit == "1/s")
      out.push_back({o.bound, label, o.verdict});
    if (title == "Errors" && metric == "error_rate") out.push_back({o.bound, label, o.verdict});
    if (title == "Errors" && metric == "availability")
      out.push_back({1 - o.bound, "error limit " + format_figure(1 - o.bound, o.estimate.unit, 6),
                     o.verdict});
    if (title == "In use" && metric == "utilization") out.push_back({o.bound, label, o.verdict});
  }
  return out;
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
  if (std::string_view(kind.title) == "In use" && high <= 1) return linear_axis(1, 2);
  if (std::string_view(kind.unit) == "s" && low < 1e300 && high > 40 * low)
    return log_axis(low, high);
  if (std::string_view(kind.unit) == "ratio" && high == 0) high = 0.01;
  return linear_axis(high * 1.02, kind.height < 100 ? 2 : 4);
}

void thin_ticks(Axis& axis, size_t most) {
  if (axis.ticks.size() <= most) return;
  std::vector<double> powers;
  for (const double t : axis.ticks) {
    const double exponent = std::log10(t);
    if (t > 0 && std::abs(exponent - std::round(exponent)) < 1e-6) powers.push_back(t);
  }
  if (axis.log && powers.size() >= 2 && powers.size() <= most) {
    axis.ticks = powers;
    return;
  }
  const size_t every = (axis.ticks.size() + most - 1) / most;
  std::vector<double> kept;
  for (size_t i = 0; i < axis.ticks.size(); i += every) kept.push_back(axis.ticks[i]);
  axis.ticks = kept;
}

const char kSvgOpen[] = "<svg viewBox=\"0 0 1000 1000\" preserveAspectRatio=none aria-hidden=true>";

std::string grid_lines(const Axis& axis) {
  std::string out;
  for (const double tick : axis.ticks) {
    const auto y = std::lround((1 - axis.place(tick)) * 1000);
    out += fmt::format("<line class=\"{}\" x1=0 x2=1000 y1={} y2={} />",
                       y >= 1000 ? "base" : "grid", y, y);
  }
  return out;
}

std::string y_labels(const Axis& axis, std::string_view unit) {
  std::string out = "<div class=ys aria-hidden=true>";
  for (const double tick : axis.ticks)
    out += fmt::format("<span style=\"top:{}\">{}</span>", percent(1 - axis.place(tick)),
                       tick == 0 ? "0" : markup(format_figure(tick, unit, 3)));
  return out + "</div>";
}

std::string x_labels(const Axis& axis, bool time) {
  std::string out = fmt::format("<div class=\"xs{}\" aria-hidden=true>", time ? " t" : "");
  for (const double tick : axis.ticks) {
    const double at = axis.place(tick);
    out += fmt::format("<span{} style=\"left:{}\">{}</span>",
                       at < 0.03 ? " class=start" : (at > 0.97 ? " class=end" : ""), percent(at),
                       time ? time_label(tick) : markup(format_figure(tick, "s", 3)));
  }
  return out + "</div>\n";
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

std::string time_chart(const RunResult& r, const Series& s, const ChartKind& kind,
                       const Windows& windows, bool first) {
  std::vector<const std::vector<double>*> lines;
  for (const Trace& t : kind.traces)
    if (const auto* values = values_of(s, t.name)) lines.push_back(values);
  if (lines.empty()) return "";
  const std::vector<Bound> bounds = bounds_of(r, s, kind.title);
  Axis axis = value_axis(kind, lines, bounds);
  thin_ticks(axis, 5);
  std::string out = fmt::format(
      "<figure class=chart>{}<div class=plot role=img aria-label=\"{}\" style=\"--h:{}px\">{}{}",
      caption(s, kind), markup(description(s, kind)), kind.height, y_labels(axis, kind.unit),
      kSvgOpen);
  out += warm_up(windows, r.warmup) + grid_lines(axis);
  for (const Trace& t : kind.traces) {
    const auto* values = values_of(s, t.name);
    if (!values) continue;
    out += fmt::format("<g style=\"--c:var(--{})\">", t.color);
    if (t.area) out += "<path class=a d=\"" + area_path(*values, axis) + "\"/>";
    out += fmt::format("<path class=\"l {}\" d=\"{}\"/></g>", t.style, line_path(*values, axis));
  }
  std::string tags;
  for (const Bound& b : bounds) {
    if (b.value > axis.high || b.value < axis.low) continue;
    const double place = 1 - axis.place(b.value);
    out += fmt::format("<line class=\"bound {0}\" x1=0 x2=1000 y1={1} y2={1} />",
                       verdict_name(b.verdict), std::lround(place * 1000));
    tags += fmt::format("<span class=\"tag limit {}\" style=\"top:{}\">{}</span>",
                        verdict_name(b.verdict), percent(place), markup(b.label, 60));
  }
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
    const double from = std::clamp(windows.place(o.during->first), 0.0, 1.0);
    const double to = std::clamp(windows.place(o.during->second), from, 1.0);
    out += fmt::format(
        "<div class=span><b class={} style=\"left:{};width:{}\">measured here: {} {}</b></div>\n",
        verdict_name(o.verdict), percent(from), percent(to - from), html_name(o.metric),
        html_name(o.target));
  }
  return out;
}

std::string clock(double seconds) {
  const auto total = static_cast<std::int64_t>(std::clamp(seconds, 0.0, 1e12));
  const double rest = std::clamp(seconds, 0.0, 1e12) - static_cast<double>(total / 60 * 60);
  const std::string tail =
      rest == std::floor(rest) ? fmt::format("{:02.0f}", rest) : fmt::format("{:05.2f}", rest);
  return fmt::format("{}:{:02}:{}", total / 3600, total / 60 % 60, tail);
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

/// Requests per bar of equal width on a log axis. Bins are spread over the bars they overlap.
struct Histogram {
  Axis axis;
  std::vector<double> left, right, share;  // places and shares per bar
  double total = 0;
};

std::optional<Histogram> histogram_of(const SubjectResult& s) {
  Histogram h;
  std::vector<std::array<double, 3>> bins;  // low, high, count
  double previous = 0;
  for (const auto& [upper, count] : s.distribution) {
    // Only non-empty bins are kept; the widest of the 8 in an octave is an eighth above its start.
    const double low = std::max(previous, upper * (8.0 / 9.0));
    previous = upper;
    if (count == 0 || !std::isfinite(upper) || upper < 1e-12) continue;
    bins.push_back({low, upper, static_cast<double>(count)});
    h.total += static_cast<double>(count);
  }
  if (bins.empty()) return std::nullopt;
  h.axis = log_axis(bins.front()[0], bins.back()[1]);
  const double octaves = std::log2(h.axis.high / h.axis.low);
  const int bars = std::clamp(static_cast<int>(octaves * 6), 8, kMostBars);
  for (int i = 0; i < bars; ++i) {
    h.left.push_back(static_cast<double>(i) / bars);
    h.right.push_back(static_cast<double>(i + 1) / bars);
    h.share.push_back(0);
  }
  for (const auto& [low, high, count] : bins) {
    const double a = h.axis.place(low) * bars, b = std::max(h.axis.place(high) * bars, a + 1e-9);
    for (int i = static_cast<int>(a); i < bars && i < b; ++i) {
      const double part = std::max(0.0, std::min(b, i + 1.0) - std::max(a, i * 1.0)) / (b - a);
      h.share[static_cast<size_t>(i)] += part * count / h.total;
    }
  }
  return h;
}

std::string distribution_marks(const SubjectResult& s, const Histogram& h, std::string& labels) {
  constexpr std::array<std::pair<const char*, const char*>, 3> kMarks = {
      {{"p50", "p50"}, {"p95", "p95"}, {"p99", "p99"}}};
  std::string lines;
  for (size_t row = 0; row < kMarks.size(); ++row) {
    const auto& [metric, color] = kMarks[row];
    const Estimate* e = s.find(metric);
    if (!e) continue;
    const double at = h.axis.place(*e->value);
    lines += fmt::format("<line class=mark style=\"--c:var(--{0})\" x1={1} x2={1} y1=0 y2=1000 />",
                         color, std::lround(at * 1000));
    labels +=
        fmt::format("<span{} style=\"left:{};top:{:.2f}rem;--c:var(--{})\">{} {}</span>",
                    at < 0.2 ? " class=right" : (at > 0.8 ? " class=left" : ""), percent(at),
                    1.05 * static_cast<double>(row), color, metric, markup(figure(*e).text()));
  }
  return lines;
}

std::string distribution_table(const Histogram& h) {
  std::string out =
      "<details class=table><summary class=muted>This chart as a table</summary><div class=data "
      "tabindex=0 role=region aria-label=\"Distribution of response times\"><table><thead><tr><th "
      "scope=col>up to<th scope=col>requests</thead><tbody>\n";
  for (size_t i = 0; i < h.share.size(); ++i) {
    if (h.share[i] <= 0) continue;
    const double upper = h.axis.low * std::pow(h.axis.high / h.axis.low, h.right[i]);
    out += fmt::format("<tr><th>{}<td>{}", markup(format_figure(upper, "s", 3)),
                       markup(format_figure(h.share[i], "ratio", 3)));
  }
  return out + "</tbody></table></div></details>\n";
}

std::string distribution_chart(const RunResult& r, const Series& s, const SubjectResult& subject) {
  const std::optional<Histogram> h = histogram_of(subject);
  if (!h) return "";
  const double top = *std::max_element(h->share.begin(), h->share.end());
  const Axis heights = linear_axis(top * 1.02, 3);
  Axis ticks = h->axis;
  thin_ticks(ticks, 6);
  std::string labels, tags;
  std::string marks = distribution_marks(subject, *h, labels);
  for (const Bound& b : bounds_of(r, s, "Response time")) {
    if (b.value < h->axis.low || b.value > h->axis.high) continue;
    const double at = h->axis.place(b.value);
    marks += fmt::format("<line class=\"bound {0}\" x1={1} x2={1} y1=0 y2=1000 />",
                         verdict_name(b.verdict), std::lround(at * 1000));
    tags += fmt::format("<span class=\"tag {}\" style=\"top:3px;{};color:var(--v)\">{}</span>",
                        verdict_name(b.verdict),
                        at > 0.5 ? "right:" + percent(1 - at) : "left:" + percent(at),
                        markup(b.label, 60));
  }
  std::string out = fmt::format(
      "<figure class=chart><figcaption><b>Distribution of response times</b><span class=muted>log "
      "scale, all trials, warm-up cut</span></figcaption><div class=plot role=img "
      "aria-label=\"Distribution of response times of {} requests\" "
      "style=\"--h:190px;--c:var(--bars)\">{}{}",
      format_count(static_cast<std::uint64_t>(h->total)), y_labels(heights, "ratio"), kSvgOpen);
  out += grid_lines(heights);
  out += "<path class=b d=\"" + bars_path(h->left, h->right, h->share, heights) + "\"/>";
  out += marks + "</svg>" + tags + "</div>" + x_labels(ticks, false);
  return out + "<div class=marks>" + labels + "</div></figure>\n" + distribution_table(*h);
}

std::string outcomes_bar(const SubjectResult& s) {
  double total = 0;
  for (const auto& [name, mean] : s.outcomes)
    if (std::isfinite(mean) && mean > 0) total += mean;
  if (total <= 0) return "";
  constexpr std::array<std::pair<const char*, const char*>, 3> kColors = {
      {{"ok", "holds"}, {"timeout", "undecided"}, {"error", "fails"}}};
  std::string bar, legend;
  for (const auto& [name, mean] : s.outcomes) {
    if (!std::isfinite(mean) || mean <= 0) continue;
    const auto* known = std::find_if(kColors.begin(), kColors.end(),
                                     [&n = name](const auto& c) { return n == c.first; });
    const char* color = known == kColors.end() ? "inconclusive" : known->second;
    bar += fmt::format("<i style=\"--c:var(--{});width:{}\"></i>", color, percent(mean / total));
    legend += fmt::format("<span style=\"--c:var(--{})\"><i></i> {} {}</span>", color,
                          html_name(name), markup(format_figure(mean / total, "ratio", 3)));
  }
  return "<div class=outcomes><h3>Outcomes of requests</h3><div class=stack "
         "aria-hidden=true>" +
         bar + "</div><div class=legend>" + legend + "</div></div>\n";
}

std::string summary_line(const SubjectResult* s) {
  if (!s) return "";
  std::string out;
  for (const auto& [metric, label] : {std::pair{"arrival_rate", ""},
                                      {"utilization", " used"},
                                      {"p95", ""},
                                      {"error_ratio", " errors"}})
    if (const Estimate* e = s->find(metric))
      out += fmt::format(" · {}{}{}", std::string_view(metric) == "p95" ? "p95 " : "",
                         markup(format_figure(*e->value, e->unit, 3)), label);
  return out;
}

std::string subject_section(const RunResult& r, const Series& original, const Windows& windows,
                            bool open) {
  const Series s = merge_series(original, windows.merged, windows.at.size());
  const SubjectResult* subject = r.find(s.subject, s.kind);
  std::string charts;
  for (const ChartKind& kind : chart_kinds())
    charts += time_chart(r, s, kind, windows, charts.empty());
  std::string out = fmt::format(
      "<details class=subject id={}{}><summary><h3>{}</h3><span class=muted>{}{}</span></summary>\n"
      "<div class=split><div class=view role=group aria-label=\"Charts over time, {}\">\n",
      html_anchor(r, s.subject, s.kind), open ? " open" : "", html_name(s.subject),
      markup(s.kind, 40), summary_line(subject), markup(s.subject, 80));
  if (charts.empty()) {
    out += "<p class=muted>No window saw a request.</p>";
  } else {
    out += "<p class=when></p>" + measured_spans(r, s, windows) + charts;
    out += x_labels(time_axis(windows.begin(), windows.end()), true) + data_table(s, windows);
  }
  out += "</div>\n<div>";
  if (subject) out += distribution_chart(r, s, *subject) + outcomes_bar(*subject);
  return out + "</div></div></details>\n";
}

/// What a reader looks for first: subjects of objectives by how bad their verdict is, then by load.
std::vector<size_t> by_interest(const RunResult& r) {
  std::vector<std::pair<double, size_t>> order;
  for (size_t i = 0; i < r.series.size(); ++i) {
    double interest = 0;
    for (const ObjectiveResult& o : r.objectives)
      if (o.subject == r.series[i].subject)
        interest = std::max(interest, o.verdict == Verdict::fails       ? 40.0
                                      : o.verdict == Verdict::undecided ? 20.0
                                                                        : 2.0);
    const SubjectResult* s = r.find(r.series[i].subject, r.series[i].kind);
    const Estimate* used = s ? s->find("utilization") : nullptr;
    if (used) interest += std::min(*used->value, 1.0) * (*used->value > 0.85 ? 30 : 1);
    order.emplace_back(-interest, i);
  }
  std::sort(order.begin(), order.end());
  std::vector<size_t> out;
  for (const auto& [interest, index] : order) out.push_back(index);
  return out;
}

}  // namespace

std::string html_over_time(const RunResult& r, size_t budget) {
  if (r.series.empty() || r.series_at.empty()) return "";
  const Windows windows = merge_windows(r);
  std::string out =
      "<section id=time aria-labelledby=h-time><h2 id=h-time>Over time</h2>\n<p "
      "class=muted>Means over all trials";
  if (windows.merged > 1)
    out += fmt::format(
        "; each point sums up {} windows of {}: rates are means, response times the worst",
        windows.merged, format_span(r.series_interval));
  out += ". Dashed lines are the limits of objectives.</p>\n";
  std::string rest;
  size_t shown = 0;
  for (const size_t i : by_interest(r)) {
    const Series& s = r.series[i];
    if (rest.empty()) {
      const std::string section = subject_section(r, s, windows, shown < 2);
      if (out.size() + section.size() < budget) {
        out += section;
        ++shown;
        continue;
      }
    }
    if (rest.size() < 40'000)
      rest += "<li id=" + html_anchor(r, s.subject, s.kind) + ">" + html_name(s.subject) + "\n";
  }
  if (!rest.empty())
    out += fmt::format(
        "<details class=fold><summary>{} more subjects have their series in series.csv only, to "
        "keep "
        "this page small</summary><ul>\n{}</ul></details>\n",
        r.series.size() - shown, rest);
  return out + "</section>\n";
}

std::string html_anchor(const RunResult& r, std::string_view subject, std::string_view kind) {
  const Series* s = r.find_series(subject, kind);
  return s ? fmt::format("s-{}", s - r.series.data()) : "";
}

}  // namespace rehearse::reports
