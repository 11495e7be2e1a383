#include "reports/comparison_terminal.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reports/comparison_wording.hpp"
#include "reports/terminal_page.hpp"

namespace rehearse::reports {
namespace {

constexpr int kWidestName = 400;  // columns of a sentence
constexpr size_t kMostObjectives = 20;
constexpr size_t kMostFigures = 12;
constexpr size_t kMostSettings = 12;

Color color_of(Trend trend) {
  return trend == Trend::worse ? Color::red : trend == Trend::better ? Color::green : Color::none;
}

Color color_of(const ObjectiveChange& o) {
  if (!o.verdict_changed()) return color_of(o.figure.trend);
  if (o.broke()) return Color::red;
  return o.after == Verdict::holds ? Color::green : Color::yellow;
}

void sentence(Page& page, const std::string& text, Color color = Color::none) {
  page.paragraph(page.shorten(page.plain(text), kWidestName), color, 2);
}

void more(Page& page, size_t all, size_t shown) {
  if (all > shown) page.paragraph(fmt::format("and {} more", all - shown), Color::dim, 2);
}

void side(Page& page, const char* letter, const ComparedRun& r) {
  std::string text = fmt::format("{}: {}", letter, r.source.empty() ? "this run" : r.source);
  text += fmt::format(", {}, {} {}, seed {}: {}", r.scenario_name, r.trials,
                      r.trials == 1 ? "trial" : "trials", r.seed, verdict_name(r.verdict));
  page.paragraph(page.shorten(page.plain(text), kWidestName));
}

void objectives(Page& page, const Comparison& c) {
  const std::vector<const ObjectiveChange*> changed = changed_objectives(c);
  const size_t shown = std::min(changed.size(), kMostObjectives);
  if (shown > 0) page.line("objectives");
  for (size_t i = 0; i < shown; ++i)
    sentence(page, change_sentence(*changed[i]), color_of(*changed[i]));
  more(page, changed.size(), shown);
  const size_t same = c.objectives.size() - changed.size();
  if (same > 0)
    page.paragraph(fmt::format("{}{} as before", same, same == 1 ? " objective" : " objectives"),
                   Color::dim, shown > 0 ? 2 : 0);
}

void figures(Page& page, const Comparison& c) {
  const size_t shown = std::min(c.figures.size(), kMostFigures);
  if (shown > 0) page.line("figures");
  for (size_t i = 0; i < shown; ++i)
    sentence(page, change_sentence(c.figures[i]), color_of(c.figures[i].figure.trend));
  const size_t all = c.figures.size() + static_cast<size_t>(c.figures_left_out);
  if (shown > 0) more(page, all, shown);
}

void settings(Page& page, const Comparison& c) {
  const size_t shown = std::min(c.settings.size(), kMostSettings);
  if (shown > 0) page.line("settings");
  for (size_t i = 0; i < shown; ++i) sentence(page, change_sentence(c.settings[i]));
  more(page, c.settings.size() + static_cast<size_t>(c.settings_left_out), shown);
  if (!c.settings_known && c.before.scenario_hash != c.after.scenario_hash)
    page.paragraph("the scenarios differ; without both resolved scenarios nobody can say where");
}

Color color_of(const Comparison& c) {
  if (c.worsened()) return Color::red;
  return c.verdicts_changed() > 0 ? Color::yellow : Color::none;
}

}  // namespace

std::string render_terminal(const Comparison& c, const TerminalOptions& options) {
  Page page(options);
  side(page, "A", c.before);
  side(page, "B", c.after);
  if (const std::vector<std::string> run = run_differences(c); !run.empty())
    page.paragraph(
        page.shorten(page.plain(fmt::format("not alike: {}", fmt::join(run, ", "))), kWidestName),
        Color::dim);
  page.line("");
  objectives(page, c);
  figures(page, c);
  settings(page, c);
  page.line("");
  if (c.before.fingerprint != c.after.fingerprint) {
    page.paragraph(page.shorten(page.plain(c.test), kWidestName), Color::dim);
    page.line("");
  }
  page.paragraph(page.shorten(page.plain(comparison_sentence(c)), kWidestName), color_of(c));
  return page.take();
}

void write_since(Page& page, const Comparison& c) {
  const std::string lead =
      fmt::format("since {}: {}", c.before.source.empty() ? "the baseline" : c.before.source,
                  comparison_sentence(c));
  page.paragraph(page.shorten(page.plain(lead), kWidestName), color_of(c));
  const std::vector<const ObjectiveChange*> changed = changed_objectives(c);
  const size_t shown = std::min(changed.size(), kMostObjectives);
  for (size_t i = 1; i < shown; ++i)  // the first is what the lead says
    sentence(page, change_sentence(*changed[i]), color_of(*changed[i]));
  more(page, changed.size(), std::max<size_t>(shown, 1));
  settings(page, c);
}

}  // namespace rehearse::reports
