#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "reports/figures.hpp"
#include "reports/html_parts.hpp"
#include "reports/html_plot.hpp"
#include "reports/markup.hpp"

namespace rehearse::reports {
namespace {

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
  const Series s = merge_series(original, windows);
  const SubjectResult* subject = r.find(s.subject, s.kind);
  const std::string charts = html_time_charts(r, s, windows);
  std::string out = fmt::format(
      "<details class=subject id={}{}><summary><h3>{}</h3><span class=muted>{}{}</span></summary>\n"
      "<div class=split><div class=view role=group aria-label=\"Charts over time, {}\">\n",
      html_anchor(r, s.subject, s.kind), open ? " open" : "", html_name(s.subject),
      markup(s.kind, 40), summary_line(subject), markup(s.subject, 80));
  out += charts.empty() ? "<p class=muted>No window saw a request.</p>" : charts;
  out += "</div>\n<div>";
  if (subject) out += html_distribution(r, s, *subject) + html_outcomes(*subject);
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
  out.reserve(order.size());
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
