#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

#include "reports/diagnosis.hpp"
#include "reports/figures.hpp"
#include "reports/html_parts.hpp"
#include "reports/markup.hpp"

/// The topology: two tables, of parts and of calls, which the script of the page draws.

namespace rehearse::reports {
namespace {

constexpr size_t kMostParts = 300;
constexpr size_t kMostCalls = 1000;

/// Where the instances of a part stand, by region: "a 2 · b 2 · c 2".
std::string places_text(const TopologyPart& part, const std::string& region) {
  std::string out;
  for (const Placement& at : part.places) {
    if (at.region != region) continue;
    if (!out.empty()) out += " · ";
    out += at.zone;
    if (at.instances == 0) continue;
    if (!at.zone.empty()) out += " ";
    out += (at.zone.empty() ? "× " : "") + format_count(at.instances);
  }
  return out;
}

std::vector<std::string> regions_of(const TopologyPart& part) {
  std::vector<std::string> out;
  for (const Placement& at : part.places)
    if (std::find(out.begin(), out.end(), at.region) == out.end()) out.push_back(at.region);
  return out;
}

/// The worst verdict of the objectives about a part; empty where there is none.
std::string worst_verdict(const RunResult& r, const std::string& name) {
  constexpr int kBadness[] = {0, 3, 2, 1};  // holds, fails, undecided, inconclusive
  const ObjectiveResult* worst = nullptr;
  for (const ObjectiveResult& o : r.objectives) {
    if (o.subject != name && !o.subject.starts_with(name + "/")) continue;
    if (!worst ||
        kBadness[static_cast<size_t>(o.verdict)] > kBadness[static_cast<size_t>(worst->verdict)])
      worst = &o;
  }
  return worst ? verdict_name(worst->verdict) : "";
}

std::string metric_cell(const SubjectResult* s, const char* metric) {
  const Estimate* e = s ? s->find(metric) : nullptr;
  // A store inside its callers is looked up, it has no requests of its own.
  const bool store = s && s->kind == "cache" && !s->find("p95") && !s->find("error_ratio");
  if (!e || (store && std::string_view(metric) == "arrival_rate")) return "<td class=num>–";
  return fmt::format("<td class=num data-v={:.6g}>{}", *e->value,
                     markup(format_figure(*e->value, e->unit, 3)));
}

std::string parts_table(const RunResult& r) {
  std::string out =
      "<div class=scroll><table id=parts><thead><tr><th scope=col>part<th scope=col>kind<th "
      "scope=col>region<th scope=col>zones and instances<th scope=col class=num>arrivals<th "
      "scope=col class=num>used<th scope=col class=num>hits<th scope=col class=num>p95<th "
      "scope=col "
      "class=num>errors</thead><tbody>\n";
  for (size_t i = 0; i < std::min(r.topology.parts.size(), kMostParts); ++i) {
    const TopologyPart& part = r.topology.parts[i];
    const SubjectResult* s = r.find(part.name, part.kind);
    const std::string anchor = html_anchor(r, part.name, part.kind);
    const std::string name = html_name(part.name);
    std::string regions, places;
    for (const std::string& region : regions_of(part)) {
      regions += (regions.empty() ? "" : "<br>") + html_name(region);
      places += (places.empty() ? "" : "<br>") + markup(places_text(part, region), 120);
    }
    out += fmt::format("<tr data-verdict=\"{}\"><th scope=row>{}<td>{}<td>{}<td>{}",
                       worst_verdict(r, part.name),
                       anchor.empty() ? name : fmt::format("<a href=\"#{}\">{}</a>", anchor, name),
                       markup(part.kind, 40), regions, places);
    for (const char* metric : {"arrival_rate", "utilization", "hit_ratio", "p95", "error_ratio"})
      out += metric_cell(s, metric);
    out += "\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string rate_text(double rate) {
  return rate < 1e-3 ? "< 0.001/s" : format_figure(rate, "1/s", 3);
}

std::string calls_table(const RunResult& r) {
  std::string out =
      "<div class=scroll><table id=calls><thead><tr><th scope=col>from<th scope=col>to<th "
      "scope=col class=num>expected rate</thead><tbody>\n";
  for (size_t i = 0; i < std::min(r.topology.calls.size(), kMostCalls); ++i) {
    const TopologyCall& call = r.topology.calls[i];
    if (std::max(call.from, call.to) >= kMostParts) continue;
    out += fmt::format("<tr data-from={} data-to={}><td>{}<td>{}<td class=num data-v={:.6g}>{}\n",
                       call.from, call.to, html_name(r.topology.parts[call.from].name),
                       html_name(r.topology.parts[call.to].name), call.rate,
                       markup(rate_text(call.rate)));
  }
  return out + "</tbody></table></div>\n";
}

}  // namespace

std::string html_topology(const RunResult& r) {
  if (r.topology.parts.empty()) return "";
  std::string out =
      "<section id=topology aria-labelledby=h-topology><h2 id=h-topology>Topology</h2>\n<p "
      "class=muted>Load and use as simulated, means of what is measured; rates on the arrows as "
      "expected without time-outs and retries.</p>\n<details class=table open><summary "
      "class=muted>The topology as tables</summary>\n";
  out += parts_table(r) + calls_table(r);
  if (r.topology.parts.size() > kMostParts)
    out += fmt::format("<p class=muted>And {} more parts in <code>result.json</code>.</p>\n",
                       r.topology.parts.size() - kMostParts);
  return out + "</details></section>\n";
}

}  // namespace rehearse::reports
