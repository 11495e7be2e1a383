#include "reports/terminal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "reports/comparison_terminal.hpp"
#include "reports/diagnosis.hpp"
#include "reports/figures.hpp"
#include "reports/terminal_page.hpp"
#include "reports/terminal_series.hpp"
#include "reports/text.hpp"
#include "reports/wording.hpp"

namespace rehearse::reports {
namespace {

constexpr int kStackBelow = 64;  // columns under which a table row no longer fits on one line
constexpr size_t kMostSubjects = 40;
constexpr size_t kMostWarnings = 5;

Color color_of(Verdict v) {
  constexpr std::array<Color, 4> kColors = {Color::green, Color::red, Color::yellow,
                                            Color::magenta};
  return kColors[static_cast<size_t>(v)];
}

std::string theory_of(const ObjectiveResult& o) {
  if (!o.closed_form) return "";
  return format_figure(o.closed_form->value, o.estimate.unit, 4) +
         (o.closed_form->agrees ? "" : " (differs)");
}

/// False, and nothing written, where the rows are too wide for the terminal.
bool objectives_in_rows(Page& page, const RunResult& r) {
  std::vector<std::vector<Cell>> rows;
  for (const ObjectiveResult& o : r.objectives) {
    const Color theory = o.closed_form && !o.closed_form->agrees ? Color::yellow : Color::none;
    rows.push_back({{verdict_name(o.verdict), color_of(o.verdict)},
                    {page.plain(objective_name(o)), Color::none},
                    {page.plain(figure(o.estimate).text()), Color::none},
                    {page.plain(target_text(o)), Color::none},
                    {page.plain(theory_of(o)), theory}});
  }
  return page.table({{"verdict"},
                     {"objective", false, 18},
                     {"measured"},
                     {"target", false, 12, 0, true},
                     {"theory"}},
                    rows);
}

void objectives_stacked(Page& page, const RunResult& r) {
  for (const ObjectiveResult& o : r.objectives) {
    const std::string verdict = pad_right(verdict_name(o.verdict), 14);
    page.line(page.paint(color_of(o.verdict), verdict) +
              page.shorten(page.plain(objective_name(o)), page.width() - 14));
    std::string text = figure(o.estimate).text() + ", target " + target_text(o);
    if (const std::string theory = theory_of(o); !theory.empty()) text += ", theory " + theory;
    page.paragraph(text, Color::none, 2);
  }
}

std::string lone(const SubjectResult& s, const char* metric, int digits) {
  const Estimate* e = s.find(metric);
  return e ? format_figure(*e->value, e->unit, digits) : "";
}

/// A column with a metric of each subject in it.
struct MetricColumn {
  const char* title;
  const char* metric;
  int drop = 0;
  int digits = 3;
};

/// A row per subject of these kinds; `title` names the first column.
void subjects(Page& page, const RunResult& r, const char* title,
              std::initializer_list<std::string_view> kinds,
              std::span<const MetricColumn> metrics) {
  std::vector<Column> columns = {{title, false, 20}};
  for (const MetricColumn& m : metrics) columns.push_back({m.title, true, 0, m.drop});
  std::vector<std::vector<Cell>> rows;
  size_t left_out = 0;
  for (const SubjectResult& s : r.subjects) {
    if (std::find(kinds.begin(), kinds.end(), s.kind) == kinds.end()) continue;
    if (rows.size() == kMostSubjects) {
      ++left_out;
      continue;
    }
    std::vector<Cell>& row = rows.emplace_back();
    row.push_back({page.plain(s.name)});
    for (const MetricColumn& m : metrics) row.push_back({page.plain(lone(s, m.metric, m.digits))});
  }
  if (rows.empty()) return;
  page.line("");
  page.table(std::move(columns), rows);
  if (left_out > 0) page.paragraph(fmt::format("and {} more in result.json", left_out));
}

void services(Page& page, const RunResult& r) {
  constexpr MetricColumn kMetrics[] = {
      {"arrivals", "arrival_rate", 2}, {"used", "utilization"}, {"wait", "mean_wait", 3},
      {"mean", "mean_response", 4},    {"p95", "p95"},          {"p99", "p99", 5},
      {"errors", "error_ratio", 0, 2}};
  subjects(page, r, "service", {"service", "database", "broker", "shard"}, kMetrics);
}

void queues(Page& page, const RunResult& r) {
  constexpr MetricColumn kMetrics[] = {
      {"messages", "arrival_rate", 2},     {"used", "utilization", 6},
      {"waiting", "queue_length"},         {"wait", "mean_wait"},
      {"mean", "mean_response", 5},        {"p99", "p99", 7},
      {"again", "redelivery_ratio", 4, 2}, {"dead", "dead_letter_ratio", 3, 2},
      {"dropped", "drop_ratio", 1, 2}};
  subjects(page, r, "queue", {"queue"}, kMetrics);
}

void pools(Page& page, const RunResult& r) {
  constexpr MetricColumn kMetrics[] = {{"node hours", "node_hours"}, {"cost", "cost"}};
  subjects(page, r, "nodes", {"pool"}, kMetrics);
}

void memory(Page& page, const RunResult& r) {
  for (const SubjectResult& s : r.subjects) {
    const Estimate* use = s.find("memory_use");
    const Estimate* kills = s.find("oom_kills");
    const Estimate* restarts = s.find("restarts");
    if (!use || !kills || !restarts) continue;
    std::string line =
        fmt::format("{} {}: {} of its memory used, OOM kills {}, restarts {}", s.kind,
                    page.shorten(page.plain(s.name), page.width() / 2), figure(*use).text(),
                    figure(*kills).text(), figure(*restarts).text());
    const Estimate* cores = s.find("core_hours");
    const Estimate* memory = s.find("memory_hours");
    if (cores && memory)
      line += fmt::format("; reserved: {} core hours, {} GiB hours", figure(*cores).text(),
                          figure(*memory).text());
    page.paragraph(line);
  }
}

void caches(Page& page, const RunResult& r) {
  for (const SubjectResult& s : r.subjects) {
    const Estimate* hits = s.find("hit_ratio");
    if (!hits) continue;
    std::string line =
        fmt::format("{} {}: {} hits", s.kind, page.shorten(page.plain(s.name), page.width() / 2),
                    figure(*hits).text());
    if (const Estimate* stale = s.find("stale_ratio"))
      line += fmt::format(", {} of look-ups stale", figure(*stale).text());
    if (const Estimate* outdated = s.find("outdated_ratio"))
      line += fmt::format(", {} of look-ups out of date", figure(*outdated).text());
    if (const Estimate* lost = s.find("lost_ratio"))
      line += fmt::format(", {} of writes lost", figure(*lost).text());
    if (const Estimate* coalesced = s.find("coalesced_ratio"))
      line +=
          fmt::format(", {} of look-ups wait for the fetch of another", figure(*coalesced).text());
    page.paragraph(line);
  }
}

void databases(Page& page, const RunResult& r) {
  for (const SubjectResult& s : r.subjects) {
    const std::string name = page.shorten(page.plain(s.name), page.width() / 2);
    const Estimate* outdated = s.find("outdated_ratio");
    if ((s.kind == "database" || s.kind == "shard") && outdated != nullptr)
      page.paragraph(
          fmt::format("{} {}: {} of reads out of date", s.kind, name, figure(*outdated).text()));
    if (const Estimate* disk = s.find("disk_usage"))
      page.paragraph(
          fmt::format("database {}: {} of the storage in use", name, figure(*disk).text()));
    const Estimate* mean = s.find("mean_response");
    const Estimate* p99 = s.find("p99");
    if (s.kind == "replica" && mean != nullptr && p99 != nullptr)
      page.paragraph(fmt::format("{}: lag {} on average, p99 {}", name, figure(*mean).text(),
                                 figure(*p99).text()));
  }
}

void faults(Page& page, const RunResult& r) {
  constexpr size_t kMostFaults = 12;
  for (size_t i = 0; i < std::min(r.faults.size(), kMostFaults); ++i)
    page.paragraph(page.shorten(page.plain(fault_sentence(r.faults[i])), 300),
                   r.faults[i].took_effect ? Color::none : Color::yellow);
  if (r.faults.size() > kMostFaults)
    page.paragraph(fmt::format("and {} more faults", r.faults.size() - kMostFaults));
}

void guards(Page& page, const RunResult& r) {
  constexpr size_t kMostGuards = 6;
  for (size_t i = 0; i < std::min(r.guards.size(), kMostGuards); ++i)
    page.paragraph(page.shorten(page.plain(guard_sentence(r.guards[i])), 300));
  if (r.guards.size() > kMostGuards)
    page.paragraph(fmt::format("and guards of {} more calls", r.guards.size() - kMostGuards));
}

void remarks(Page& page, const RunResult& r) {
  for (size_t i = 0; i < std::min(r.warnings.size(), kMostWarnings); ++i)
    page.paragraph("warning: " + page.shorten(page.plain(r.warnings[i]), 400), Color::yellow);
  if (r.warnings.size() > kMostWarnings)
    page.paragraph(fmt::format("and {} more warnings", r.warnings.size() - kMostWarnings));
  const bool broken =
      std::any_of(r.checks.begin(), r.checks.end(), [](const auto& c) { return !c.holds; });
  const std::string text = page.shorten(page.plain(checks_sentence(r)), 400);
  if (!text.empty()) page.paragraph(text, broken ? Color::red : Color::none);
}

/// What broke first and why; where nothing did, what is busiest.
void leads(Page& page, const RunResult& r) {
  const auto say = [&](const char* lead, const std::string& sentence) {
    if (!sentence.empty()) page.paragraph(page.shorten(page.plain(lead + sentence), 400));
  };
  const std::string breach = breach_sentence(r), cause = cause_sentence(r);
  say("broke first: ", breach);
  if (!breach.empty()) say("why: ", cause);
  if (breach.empty() || cause.empty()) say("", busiest_sentence(r));
}

}  // namespace

std::string render_terminal(const RunResult& r, const TerminalOptions& options) {
  Page page(options);
  page.line(page.paint(Color::bold, page.shorten(page.plain(r.scenario_name), page.width())));
  page.paragraph(fmt::format("{}, seed {}", method_sentence(r), r.seed), Color::dim);
  if (!r.objectives.empty()) {
    page.line("");
    if (page.width() < kStackBelow || !objectives_in_rows(page, r)) objectives_stacked(page, r);
  }
  services(page, r);
  queues(page, r);
  memory(page, r);
  pools(page, r);
  caches(page, r);
  databases(page, r);
  write_over_time(page, r);
  page.line("");
  faults(page, r);
  guards(page, r);
  remarks(page, r);
  leads(page, r);
  if (r.baseline) write_since(page, *r.baseline);
  page.paragraph("fingerprint " + page.shorten(page.plain(r.fingerprint), 66));
  page.line("");
  page.paragraph(page.shorten(page.plain(verdict_sentence(r)), 480), color_of(r.verdict));
  return page.take();
}

std::string render_progress(const Progress& p, const TerminalOptions& options) {
  const int width = std::max(options.width, 8);
  const auto fit = [&](const std::string& text) {
    return options.ascii ? to_ascii(visible(text)) : visible(text);
  };
  std::string head = fit(p.label) + fmt::format(" {}", p.done);
  if (p.total > 0) head += fmt::format("/{}", p.total);
  std::string bar, percent;
  if (p.total > 0) {
    constexpr int kCells = 20;
    const double share = std::min(1.0, static_cast<double>(p.done) / static_cast<double>(p.total));
    const int full = static_cast<int>(share * kCells);
    for (int i = 0; i < kCells; ++i) bar += i < full ? "█" : "░";
    percent = fmt::format("{:3.0f} %", share * 100);
  }
  const std::string rate = p.rate > 0 ? format_short(p.rate) + " events/s" : "";
  const std::string eta = p.eta_seconds >= 0 ? format_span(p.eta_seconds) + " left" : "";
  // In the order of what a reader misses most; shown in the order of the line.
  std::array<std::string, 5> parts = {fit(bar), percent, rate, fit(eta), fit(p.note)};
  constexpr std::array<size_t, 5> kByNeed = {1, 3, 0, 2, 4};
  std::array<bool, 5> shown{};
  int used = display_width(head);
  for (const size_t i : kByNeed) {
    const int more = display_width(parts[i]) + 2;
    if (parts[i].empty() || used + more > width) continue;
    shown[i] = true;
    used += more;
  }
  std::string out = shorten_middle(head, width, options.ascii ? ".." : "…");
  for (size_t i = 0; i < parts.size(); ++i)
    if (shown[i]) out += "  " + parts[i];
  return out;
}

}  // namespace rehearse::reports
