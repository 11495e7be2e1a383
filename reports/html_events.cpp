#include <fmt/format.h>

#include <cmath>

#include "reports/figures.hpp"
#include "reports/html_parts.hpp"
#include "reports/html_series.hpp"
#include "reports/markup.hpp"
#include "reports/wording.hpp"

/// Faults, guards of calls, and what happened to the platform, as tables that the script draws over
/// all charts.

namespace rehearse::reports {
namespace {

constexpr size_t kMostFaults = 100;
constexpr size_t kMostEntries = 500;

std::string faults_table(const RunResult& r) {
  if (r.faults.empty()) return "";
  std::string out =
      "<div class=scroll><table id=faults><thead><tr><th scope=col>fault<th scope=col>what it did"
      "</thead><tbody>\n";
  for (size_t i = 0; i < std::min(r.faults.size(), kMostFaults); ++i) {
    const FaultResult& f = r.faults[i];
    std::string place;
    if (f.trials > 0 && std::isfinite(f.began)) place = fmt::format(" data-at={:.6g}", f.began);
    if (f.trials > 0 && std::isfinite(f.ended)) place += fmt::format(" data-to={:.6g}", f.ended);
    out += fmt::format("<tr{}><th scope=row>{}<td><bdi>{}</bdi>\n", place, html_name(f.id),
                       markup(sentence_case(fault_sentence(f)), 400));
  }
  return out + "</tbody></table></div>\n";
}

std::string guards_table(const RunResult& r) {
  if (r.guards.empty()) return "";
  std::string out =
      "<div class=scroll><table id=guards><thead><tr><th scope=col>call<th scope=col>what its "
      "guards did, per trial</thead><tbody>\n";
  for (size_t i = 0; i < std::min(r.guards.size(), kMostFaults); ++i) {
    const GuardResult& g = r.guards[i];
    out += fmt::format("<tr><th scope=row>{} &rarr; {}<td>{}\n", html_name(g.caller),
                       html_name(g.callee), markup(guard_deeds(g), 400));
  }
  return out + "</tbody></table></div>\n";
}

std::string entries_table(const RunResult& r) {
  if (r.timeline.empty()) return "";
  std::string out = fmt::format(
      "<details class=fold><summary>{} in the first trial</summary>\n<div class=data tabindex=0 "
      "role=region aria-label=\"Events of the first trial\"><table id=events><thead><tr><th "
      "scope=col>time<th scope=col>event<th scope=col>of<th scope=col>detail</thead><tbody>\n",
      r.timeline.size() == 1 ? "The event" : "The " + format_count(r.timeline.size()) + " events");
  for (size_t i = 0; i < std::min(r.timeline.size(), kMostEntries); ++i) {
    const TimelineEntry& e = r.timeline[i];
    out +=
        fmt::format("<tr data-at={:.6g}><th scope=row>{}<td>{}<td>{}{}<td><bdi>{}</bdi>\n", e.at,
                    clock_text(e.at), markup(e.what, 60), html_name(e.subject),
                    e.instance < 0 ? "" : fmt::format(" #{}", e.instance), markup(e.detail, 200));
  }
  out += "</tbody></table></div></details>\n";
  const size_t more = r.timeline.size() - std::min(r.timeline.size(), kMostEntries);
  if (more + r.timeline_left_out > 0)
    out +=
        fmt::format("<p class=muted>And {} more{}.</p>\n", format_count(more + r.timeline_left_out),
                    more > 0 ? " in <code>result.json</code>" : ", which were not kept");
  return out;
}

}  // namespace

std::string html_events(const RunResult& r) {
  const std::string tables = faults_table(r) + guards_table(r) + entries_table(r);
  if (tables.empty()) return "";
  return "<section id=events-section aria-labelledby=h-events><h2 id=h-events>Faults and "
         "events</h2>\n" +
         tables + "</section>\n";
}

}  // namespace rehearse::reports
