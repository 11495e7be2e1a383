#include "reports/html_series.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "reports/figures.hpp"
#include "reports/html_parts.hpp"
#include "reports/instances.hpp"
#include "reports/markup.hpp"
#include "reports/recorded.hpp"

namespace rehearse::reports {
namespace {

constexpr size_t kMostWindows = 400;
constexpr size_t kMostRecorded = 40;

/// A column as the page shows it: all of one unit in the same scale, so that the cells need none.
struct Column {
  std::string name;
  std::string unit;
  double factor = 1;
  std::vector<double> values;
  bool recorded = false;
};

double largest(const std::vector<double>& values) {
  double top = 0;
  for (const double v : values)
    if (std::isfinite(v)) top = std::max(top, std::abs(v));
  return top;
}

std::vector<Column> columns_of(const RunResult& r, const Series& s, const Windows& windows) {
  std::vector<Column> out;
  double slowest = 0;
  for (const SeriesColumn& column : series_columns()) {
    std::vector<double> values = merge_column(s, column, windows);
    if (values.empty()) continue;
    if (std::string_view(column.unit) == "s") slowest = std::max(slowest, largest(values));
    out.push_back({column.name, column.unit, 1, std::move(values)});
  }
  for (const RecordedComparison& one : r.recorded) {
    if (one.subject != s.subject || one.kind != s.kind) continue;
    std::vector<double> values = merge_values(one.recorded, one.unit, windows);
    if (values.empty()) continue;
    if (one.unit == "s") slowest = std::max(slowest, largest(values));
    out.push_back({one.metric, one.unit, 1, std::move(values), true});
  }
  for (Column& c : out) {
    if (c.unit == "s") c.factor = slowest < 10 ? 1e3 : 1;
    if (c.unit == "ratio") c.factor = 100;
    c.unit = c.unit == "s"       ? (slowest < 10 ? " ms" : " s")
             : c.unit == "ratio" ? " %"
             : c.unit == "1/s"   ? "/s"
                                 : "";
  }
  std::vector<double> up = instances_up(r, s, windows);
  if (!up.empty()) out.push_back({"up", "", 1, std::move(up)});
  return out;
}

std::string table_open(const char* data, const std::string& label) {
  return fmt::format(
      "<div class=data tabindex=0 role=region aria-label=\"{}\"><table data-of={}><thead><tr>",
      markup(label, 200), data);
}

std::string series_table(const RunResult& r, const Series& s, const Windows& windows) {
  const std::vector<Column> columns = columns_of(r, s, windows);
  if (columns.empty()) return "";
  std::string out =
      "<h4>Over time</h4>" + table_open("series", "Over time, " + s.subject) + "<th scope=col>time";
  for (const Column& c : columns) {
    std::string title = c.name;
    std::replace(title.begin(), title.end(), '_', ' ');
    out += fmt::format("<th scope=col data-column={}{} data-unit=\"{}\">{}<br><small>{}{}</small>",
                       c.name, c.recorded ? " data-recorded" : "", c.unit, title,
                       c.recorded ? "recorded" : "", c.unit);
  }
  out += "</thead><tbody>\n";
  for (size_t i = 0; i < windows.at.size(); ++i) {
    out += "<tr><th scope=row>" + clock_text(windows.at[i]);
    for (const Column& c : columns) out += "<td>" + cell_text(c.values[i] * c.factor);
  }
  return out + "</tbody></table></div>\n";
}

/// Share of requests that took at most so long: as many nines as it takes.
std::string share_text(double share, double rest) {
  if (rest <= 0) return "100 %";
  return format_figure(share, "ratio", 4);
}

std::string distribution_table(const SubjectResult& s) {
  double total = 0;
  for (const auto& [upper, count] : s.distribution) total += static_cast<double>(count);
  if (total <= 0) return "";
  std::string out = "<h4>Distribution of response times</h4>" +
                    table_open("distribution", "Distribution of response times, " + s.name) +
                    "<th scope=col>up to<th scope=col>requests<th scope=col>at most that "
                    "long</thead><tbody>\n";
  double seen = 0;
  for (const auto& [upper, count] : s.distribution) {
    if (count == 0 || !(upper >= 1e-12) || upper > 1e12) continue;
    seen += static_cast<double>(count);
    out += fmt::format("<tr><th scope=row data-s={:.6g}>{}<td data-n={}>{}<td>{}\n", upper,
                       markup(format_figure(upper, "s", 3)), count, format_count(count),
                       markup(share_text(seen / total, total - seen)));
  }
  return out + "</tbody></table></div>\n";
}

std::string heat_table(const RunResult& r, const Series& s) {
  if (s.heat.empty() || r.heat_at.size() < 2) return "";
  std::string out = "<h4>Response times by time</h4>" +
                    table_open("heat", "Requests by response time and time, " + s.subject) +
                    "<th scope=col>time";
  for (const auto& [upper, counts] : s.heat)
    out += fmt::format("<th scope=col data-s={:.6g}>up to {}", upper,
                       markup(format_figure(upper, "s", 3)));
  out += "</thead><tbody>\n";
  for (size_t i = 0; i < r.heat_at.size(); ++i) {
    out += "<tr><th scope=row>" + clock_text(r.heat_at[i]);
    for (const auto& [upper, counts] : s.heat)
      out += counts[i] > 0 ? fmt::format("<td>{}", counts[i]) : "<td>";
  }
  return out + "</tbody></table></div>\n";
}

std::string outcomes_table(const SubjectResult& s) {
  double total = 0;
  for (const auto& [name, mean] : s.outcomes)
    if (std::isfinite(mean) && mean > 0) total += mean;
  if (total <= 0) return "";
  std::string out = "<h4>Outcomes of requests</h4><table class=outcomes data-of=outcomes><tbody>\n";
  for (const auto& [name, mean] : s.outcomes)
    if (std::isfinite(mean) && mean > 0)
      out += fmt::format("<tr><th scope=row>{}<td>{}\n", html_name(name),
                         markup(format_figure(mean / total, "ratio", 3)));
  return out + "</tbody></table>\n";
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

std::string subject_block(const RunResult& r, const Series& s, const Windows& windows) {
  const SubjectResult* subject = r.find(s.subject, s.kind);
  std::string tables = series_table(r, s, windows);
  if (subject) tables += distribution_table(*subject);
  tables += heat_table(r, s);
  if (subject) tables += outcomes_table(*subject);
  if (tables.empty()) tables = "<p class=muted>No window saw a request.</p>";
  return fmt::format(
      "<details class=subject id={}><summary><span class=name>{}</span> <span class=muted><span "
      "class=kind>{}</span>{}</span></summary>\n<noscript>{}</noscript></details>\n",
      html_anchor(r, s.subject, s.kind), html_name(s.subject), markup(s.kind, 40),
      summary_line(subject), tables);
}

/// How near the simulated series come to what was recorded, a sentence each.
std::string recorded_list(const RunResult& r) {
  if (r.recorded.empty()) return "";
  std::string out =
      "<p>Beside what was recorded of the real platform (circles):</p>\n<ul id=recorded>\n";
  for (size_t i = 0; i < std::min(r.recorded.size(), kMostRecorded); ++i) {
    const RecordedComparison& one = r.recorded[i];
    const std::string text = markup(recorded_sentence(one), 300);
    const std::string anchor = html_anchor(r, one.subject, one.kind);
    out += anchor.empty() ? "<li><bdi>" + text + "</bdi>\n"
                          : fmt::format("<li><a href=\"#{}\"><bdi>{}</bdi></a>\n", anchor, text);
  }
  if (r.recorded.size() > kMostRecorded)
    out += fmt::format("<li class=muted>{} more in <code>recorded.json</code>\n",
                       r.recorded.size() - kMostRecorded);
  return out + "</ul>\n";
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
  out.reserve(order.size());
  for (const auto& [interest, index] : order) out.push_back(index);
  return out;
}

}  // namespace

Windows merge_windows(const RunResult& r) {
  Windows out;
  out.merged = (r.series_at.size() + kMostWindows - 1) / kMostWindows;
  out.merged = std::max<size_t>(out.merged, 1);
  out.interval = r.series_interval * static_cast<double>(out.merged);
  for (size_t i = 0; i < r.series_at.size(); i += out.merged) out.at.push_back(r.series_at[i]);
  return out;
}

std::vector<double> merge_column(const Series& s, const SeriesColumn& column,
                                 const Windows& windows) {
  return merge_values(s.*column.values, column.unit, windows);
}

std::vector<double> merge_values(const std::vector<double>& values, std::string_view unit,
                                 const Windows& windows) {
  const bool mean = unit == "1/s";
  std::vector<double> out;
  bool any = false;
  for (size_t i = 0; i < values.size(); i += windows.merged) {
    double sum = 0, top = -1, n = 0;
    for (size_t k = i; k < std::min(i + windows.merged, values.size()); ++k) {
      if (!std::isfinite(values[k])) continue;
      sum += values[k];
      top = std::max(top, values[k]);
      ++n;
    }
    any = any || n > 0;
    out.push_back(n == 0 ? std::nan("") : mean ? sum / n : top);
  }
  if (!any || out.size() != windows.at.size()) out.clear();
  return out;
}

std::string clock_text(double seconds) {
  const auto hundredths =
      static_cast<std::int64_t>(std::floor(std::clamp(seconds, 0.0, 1e12) * 100 + 0.5));
  const std::int64_t whole = hundredths / 100, rest = hundredths % 100;
  std::string out = fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  if (rest > 0) out += fmt::format(".{:02}", rest);
  return out;
}

std::string cell_text(double value) {
  if (!std::isfinite(value)) return "";
  const double size = std::abs(value);
  if (size < 1e-12) return "0";
  if (size >= 1e15) return fmt::format("{:.3e}", value);
  const int decimals = std::clamp(3 - static_cast<int>(std::floor(std::log10(size))), 0, 12);
  std::string text = fmt::format("{:.{}f}", value, decimals);
  if (text.find('.') != text.npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  return text;
}

std::vector<double> instances_up(const RunResult& r, const Series& s, const Windows& windows) {
  std::vector<double> out;
  if (r.timeline.empty() || r.timeline_left_out > 0) return out;
  for (const InstanceHistory& history : instance_histories(r)) {
    if (history.subject != s.subject || history.kind != s.kind) continue;
    for (const double begin : windows.at)
      out.push_back(history.fewest_up(begin, begin + windows.interval));
    const auto all = static_cast<double>(history.instances.size());
    if (std::all_of(out.begin(), out.end(), [all](double up) { return up == all; })) out.clear();
  }
  return out;
}

std::string html_over_time(const RunResult& r, size_t budget) {
  if (r.series.empty() || r.series_at.empty()) return "";
  const Windows windows = merge_windows(r);
  std::string out = fmt::format(
      "<section id=time aria-labelledby=h-time data-interval={:.6g} data-warmup={:.6g} "
      "data-end={:.6g}><h2 id=h-time>Over time</h2>\n<p class=muted>Means over all trials",
      windows.interval, r.warmup, r.series_at.back() + r.series_interval);
  if (windows.merged > 1)
    out +=
        fmt::format("; each point sums up {} windows of {}: rates are means, all else the largest",
                    windows.merged, format_span(r.series_interval));
  out += ". Dashed lines are the limits of objectives.</p>\n" + recorded_list(r) +
         "<div class=subjects>\n";
  std::string rest;
  size_t shown = 0;
  for (const size_t i : by_interest(r)) {
    const Series& s = r.series[i];
    if (rest.empty()) {
      const std::string block = subject_block(r, s, windows);
      if (out.size() + block.size() < budget) {
        out += block;
        ++shown;
        continue;
      }
    }
    if (rest.size() < 40'000)
      rest += "<li id=" + html_anchor(r, s.subject, s.kind) + ">" + html_name(s.subject) + "\n";
  }
  out += "</div>\n";
  if (!rest.empty())
    out += fmt::format(
        "<details class=fold><summary>{} more subjects have their series in series.csv only, to "
        "keep this page small</summary><ul>\n{}</ul></details>\n",
        r.series.size() - shown, rest);
  return out + "</section>\n";
}

std::string html_anchor(const RunResult& r, std::string_view subject, std::string_view kind) {
  const Series* s = r.find_series(subject, kind);
  return s ? fmt::format("s-{}", s - r.series.data()) : "";
}

}  // namespace rehearse::reports
