#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "reports/diagnosis.hpp"
#include "reports/figures.hpp"
#include "reports/html_parts.hpp"
#include "reports/markup.hpp"
#include "reports/wording.hpp"

namespace rehearse::reports {
namespace {

constexpr size_t kMostFigures = 200;
constexpr size_t kMostAssumptions = 100;

/// A place 0..1 as a CSS percentage.
std::string percent(double place) {
  return fmt::format("{:.2f}%", std::isfinite(place) ? place * 100 : 0.0);
}

std::string more_rows(size_t all, const char* what) {
  if (all <= kMostFigures) return "";
  return fmt::format("<p class=muted>And {} more {} in <code>result.json</code>.</p>\n",
                     all - kMostFigures, what);
}

/// Place of a value on the gauge: half the width is the bound, the right end twice of it.
double gauge_place(const ObjectiveResult& o, double value) {
  return std::min(allowance_used(o, value) / 2, 1.0);
}

std::string margin_text(const ObjectiveResult& o) {
  const double used = allowance_used(o, *o.estimate.value);
  if (used >= 1e6) return "far beyond the limit";
  if (used >= 10) return format_figure(used, "1", 2) + "× what the limit allows";
  return fmt::format("{} of what the limit allows", format_figure(used, "ratio", 3));
}

/// How near: the track is what the objective allows, its middle the limit, the band the interval.
std::string gauge(const ObjectiveResult& o) {
  if (!o.estimate.value) return "<td class=\"gauge none\"></td>";
  const double a = gauge_place(o, o.estimate.low), b = gauge_place(o, o.estimate.high);
  const double low = std::min(a, b), high = std::max(a, b);
  const double at = gauge_place(o, *o.estimate.value);
  std::string out = "<td class=gauge><svg role=img aria-label=\"" + margin_text(o) + "\">";
  out +=
      "<rect class=track x=0 y=6 width=\"100%\" height=10 rx=2></rect>"
      "<rect class=over x=\"50%\" y=6 width=\"50%\" height=10 rx=2></rect>";
  out += fmt::format("<rect class=band x=\"{}\" y=3 width=\"{}\" height=16 rx=2></rect>",
                     percent(low), percent(std::max(high - low, 0.002)));
  out += "<line class=limit x1=\"50%\" x2=\"50%\" y1=0 y2=22></line>";
  out += fmt::format("<circle class=dot cx=\"{}\" cy=11 r=5></circle></svg>", percent(at));
  return out + "<small>" + margin_text(o) + "</small></td>";
}

std::string theory_cell(const ObjectiveResult& o) {
  if (!o.closed_form) return "<td class=none></td>";
  const ClosedForm& form = *o.closed_form;
  return fmt::format("<td data-h=theory>{} <small{}>{}{}</small></td>",
                     markup(format_figure(form.value, o.estimate.unit)),
                     form.agrees ? "" : " class=theory-no", markup(form.model, 40),
                     form.agrees ? "" : ", differs");
}

/// What the charts need to draw the bound: the subject, the column of its series, the bound in the
/// unit of result.json, and the part of the run it is about.
std::string bound_data(const RunResult& r, const ObjectiveResult& o) {
  const std::optional<ColumnBound> bound = column_bound(o);
  const std::string anchor = html_anchor(r, o.subject);
  if (!bound || anchor.empty()) return "";
  std::string out = fmt::format(" data-subject={} data-column={} data-bound={:.9g}", anchor,
                                bound->column, bound->value);
  if (o.during)
    out += fmt::format(" data-at={:.9g} data-to={:.9g}", o.during->first, o.during->second);
  return out;
}

std::string objective_row(const RunResult& r, const ObjectiveResult& o, bool theory) {
  std::string out = fmt::format("<tr class={}{}><td>{}</td>", verdict_name(o.verdict),
                                bound_data(r, o), html_chip(o.verdict, verdict_name(o.verdict)));
  const std::string anchor = html_anchor(r, o.subject);
  const std::string name = html_name(o.metric.empty() ? o.id : o.metric);
  out += "<th scope=row class=name>";
  out += anchor.empty() ? name : fmt::format("<a href=\"#{}\">{}</a>", anchor, name);
  std::vector<std::string> small;
  if (objective_name(o) != o.metric) small.push_back(html_name(o.id));
  if (!o.note.empty()) small.push_back(markup(o.note, 200));
  if (o.observations > 0)
    small.push_back(format_count(o.observations) + (o.window > 0 ? " windows" : " requests"));
  out += fmt::format("<small>{}</small></th>", fmt::join(small, " · "));
  out += "<td data-h=measured class=fig>" + html_figure(o.estimate) + "</td>";
  out += "<td data-h=target>" + html_name(target_text(o)) + "</td>" + gauge(o);
  if (theory) out += theory_cell(o);
  return out + "</tr>\n";
}

struct MetricColumn {
  const char* metric;
  const char* title;
};
constexpr std::array<MetricColumn, 23> kColumns = {{{"arrival_rate", "arrivals"},
                                                    {"throughput", "answered"},
                                                    {"utilization", "used"},
                                                    {"hit_ratio", "hits"},
                                                    {"mean_wait", "wait"},
                                                    {"mean_response", "mean"},
                                                    {"p50", "p50"},
                                                    {"p90", "p90"},
                                                    {"p95", "p95"},
                                                    {"p99", "p99"},
                                                    {"p999", "p99.9"},
                                                    {"in_system", "in system"},
                                                    {"error_ratio", "errors"},
                                                    {"redelivery_ratio", "redelivered"},
                                                    {"dead_letter_ratio", "dead letters"},
                                                    {"drop_ratio", "dropped"},
                                                    {"memory_use", "memory"},
                                                    {"oom_kills", "OOM kills"},
                                                    {"restarts", "restarts"},
                                                    {"core_hours", "core hours"},
                                                    {"memory_hours", "GiB hours"},
                                                    {"node_hours", "node hours"},
                                                    {"cost", "cost"}}};

std::string metric_cell(const SubjectResult& s, const MetricColumn& column) {
  const Estimate* e = s.find(column.metric);
  if (!e) return "<td class=num><span class=muted>–</span>";
  const Figure f = figure(*e);
  std::string out = fmt::format("<td class=num data-column={} data-v={:.6g}>{}{}", column.metric,
                                *e->value, f.number, f.unit);
  if (!f.interval.empty()) out += "<small>" + f.interval + "</small>";
  if (std::string_view(column.metric) == "utilization")
    out += fmt::format("<span class=usebar><i style=\"width:{}\"></i></span>",
                       percent(std::clamp(*e->value, 0.0, 1.0)));
  return out;
}

std::string subject_rows(const RunResult& r, const SubjectKind& kind,
                         const std::vector<MetricColumn>& columns) {
  std::string rows;
  size_t all = 0;
  for (const SubjectResult& s : r.subjects) {
    if (s.kind != kind.kind || ++all > kMostFigures) continue;
    const std::string anchor = html_anchor(r, s.name, s.kind);
    const std::string name = html_name(s.name);
    rows += "<tr><th scope=row>";
    rows += anchor.empty() ? name : fmt::format("<a href=\"#{}\">{}</a>", anchor, name);
    for (const MetricColumn& column : columns) rows += metric_cell(s, column);
    rows += "\n";
  }
  if (all == 0) return "";
  if (all > kMostFigures)
    rows += fmt::format("<tr><td colspan={} class=muted>and {} more in result.json\n",
                        columns.size() + 1, all - kMostFigures);
  return fmt::format("<tbody><tr class=group><th scope=rowgroup colspan={}>{}\n{}",
                     columns.size() + 1, kind.plural, rows);
}

std::string check_value(double value) {
  return std::isfinite(value) ? markup(fmt::format("{:.6g}", value)) : "–";
}

std::string checks_table(const RunResult& r) {
  std::string out =
      "<div class=scroll tabindex=0 role=region aria-label=Figures><table><thead><tr><th "
      "scope=col>law<th scope=col>at<th scope=col "
      "class=num>left<th scope=col class=num>right<th scope=col class=num>tolerance<th "
      "scope=col></thead><tbody>\n";
  std::vector<const SelfCheck*> order;
  for (const SelfCheck& c : r.checks) order.push_back(&c);
  std::stable_sort(order.begin(), order.end(),
                   [](const auto* a, const auto* b) { return a->holds < b->holds; });
  for (size_t i = 0; i < std::min(order.size(), kMostFigures); ++i) {
    const SelfCheck& c = *order[i];
    out += fmt::format(
        "<tr><td>{}<td>{}<td class=num>{}<td class=num>{}<td class=num>{}<td>{}\n",
        html_name(c.law), html_name(c.subject), check_value(c.left), check_value(c.right),
        check_value(c.tolerance),
        html_chip(c.holds ? Verdict::holds : Verdict::fails, c.holds ? "holds" : "does not hold"));
  }
  return out + "</tbody></table></div>\n" + more_rows(r.checks.size(), "checks");
}

std::string twins_table(const RunResult& r) {
  std::string rows;
  size_t all = 0;
  for (const SubjectResult& s : r.subjects)
    for (const auto& [metric, form] : s.closed_forms) {
      if (++all > kMostFigures) continue;
      const Estimate* e = s.find(metric);
      rows += fmt::format(
          "<tr><td>{} <small>{}</small><td>{}<td class=num>{}<td class=\"num fig\">{}<td>{}\n",
          html_name(s.name), markup(metric, 40), markup(form.model, 40),
          markup(format_figure(form.value, e ? e->unit : "1")), e ? html_figure(*e) : "–",
          html_chip(form.agrees ? Verdict::holds : Verdict::undecided,
                    form.agrees ? "agrees" : "differs"));
    }
  if (rows.empty()) return "";
  return "<div class=scroll tabindex=0 role=region aria-label=Figures><table><thead><tr><th "
         "scope=col>figure<th scope=col>closed form<th "
         "scope=col class=num>predicts<th scope=col class=num>simulated<th "
         "scope=col></thead><tbody>\n" +
         rows + "</tbody></table></div>\n" + more_rows(all, "closed forms");
}

std::string list_section(const char* id, const char* title, const std::vector<std::string>& lines) {
  if (lines.empty()) return "";
  std::string out =
      fmt::format("<section id={0} aria-labelledby=h-{0}><h2 id=h-{0}>{1}</h2><ul>\n", id, title);
  for (size_t i = 0; i < std::min(lines.size(), kMostAssumptions); ++i)
    out += "<li><bdi>" + markup(lines[i], 600) + "</bdi>\n";
  if (lines.size() > kMostAssumptions)
    out += fmt::format("<li>and {} more in result.json\n", lines.size() - kMostAssumptions);
  return out + "</ul></section>\n";
}

}  // namespace

std::string html_objectives(const RunResult& r) {
  if (r.objectives.empty()) return "";
  const bool theory = std::any_of(r.objectives.begin(), r.objectives.end(),
                                  [](const auto& o) { return o.closed_form.has_value(); });
  std::string out =
      "<section id=objectives aria-labelledby=h-objectives><h2 id=h-objectives>Objectives</h2>\n"
      "<table class=goals><thead><tr><th scope=col>verdict<th scope=col>objective<th scope=col>"
      "measured<th scope=col>target<th scope=col class=gauge><span class=scale><span>0</span>"
      "<span>limit</span><span>2× limit</span></span>";
  if (theory) out += "<th scope=col>theory";
  out += "</thead><tbody>\n";
  std::vector<const ObjectiveResult*> order;  // what went wrong comes first
  for (const Verdict v :
       {Verdict::fails, Verdict::undecided, Verdict::inconclusive, Verdict::holds})
    for (const ObjectiveResult& o : r.objectives)
      if (o.verdict == v) order.push_back(&o);
  for (size_t i = 0; i < std::min(order.size(), kMostFigures); ++i)
    out += objective_row(r, *order[i], theory);
  return out + "</tbody></table>\n" + more_rows(r.objectives.size(), "objectives") + "</section>\n";
}

std::string html_subjects_table(const RunResult& r) {
  std::vector<MetricColumn> columns;
  for (const MetricColumn& column : kColumns)
    if (std::any_of(r.subjects.begin(), r.subjects.end(),
                    [&](const auto& s) { return s.find(column.metric) != nullptr; }))
      columns.push_back(column);
  std::string bodies;
  for (const SubjectKind& kind : subject_kinds()) bodies += subject_rows(r, kind, columns);
  if (bodies.empty()) return "";
  std::string out =
      "<section id=services aria-labelledby=h-services><h2 id=h-services>Services and all that "
      "requests visit</h2>\n<div class=scroll tabindex=0 role=region aria-labelledby=h-services>"
      "<table class=figures><thead><tr><th scope=col>name";
  for (const MetricColumn& column : columns)
    out += fmt::format("<th scope=col class=num>{}", column.title);
  return out + "</thead>\n" + bodies + "</table></div></section>\n";
}

std::string html_checks(const RunResult& r) {
  std::string out;
  if (const std::string twins = twins_table(r); !twins.empty())
    out +=
        "<section id=theory aria-labelledby=h-theory><h2 id=h-theory>Theory beside "
        "simulation</h2>\n" +
        twins + "</section>\n";
  if (!r.checks.empty()) {
    const bool all =
        std::all_of(r.checks.begin(), r.checks.end(), [](const auto& c) { return c.holds; });
    out += "<section id=checks aria-labelledby=h-checks><h2 id=h-checks>Self-checks</h2>\n";
    out += fmt::format("<details class=fold{}><summary>{}</summary>\n{}</details></section>\n",
                       all ? "" : " open", markup(sentence_case(checks_sentence(r)), 300),
                       checks_table(r));
  }
  return out.empty() ? out : "<div class=pair>\n" + out + "</div>\n";
}

std::string html_remarks(const RunResult& r) {
  const std::string out = list_section("warnings", "Warnings", r.warnings) +
                          list_section("assumptions", "Assumption trail", r.assumptions);
  return out.empty() ? out : "<div class=pair>\n" + out + "</div>\n";
}

std::string html_reproduce(const RunResult& r) {
  std::string out =
      "<section id=reproduce aria-labelledby=h-reproduce><h2 id=h-reproduce>How to get the same "
      "result</h2>\n<pre><code>" +
      markup(reproduce_command(r)) + "</code></pre>\n<dl class=meta>\n";
  const auto row = [&out](const char* title, const std::string& value) {
    if (!value.empty()) out += fmt::format("<dt>{}<dd><bdi>{}</bdi>\n", title, markup(value, 400));
  };
  row("scenario", r.scenario_file);
  row("resolved scenario, hash", r.scenario_hash);
  row("seed", fmt::format("{}", r.seed));
  row("fingerprint", r.fingerprint);
  row("version", r.version);
  row("trials", fmt::format("{}{}{}", r.trials, r.trials_rule.empty() ? "" : ", ", r.trials_rule));
  row("horizon", format_span(r.horizon));
  row("warm-up", fmt::format("{}{}{}", format_span(r.warmup), r.warmup_rule.empty() ? "" : ", ",
                             r.warmup_rule));
  row("intervals", fmt::format("{}{}{}", format_figure(r.confidence, "ratio"),
                               r.interval_method.empty() ? "" : ", ", r.interval_method));
  row("simulated",
      fmt::format("{} requests, {} events", format_count(r.requests), format_count(r.events)));
  return out + "</dl></section>\n";
}

}  // namespace rehearse::reports
