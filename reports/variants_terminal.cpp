#include <fmt/format.h>

#include <algorithm>

#include "reports/comparison_wording.hpp"
#include "reports/figures.hpp"
#include "reports/terminal_page.hpp"
#include "reports/variants.hpp"

namespace rehearse::reports {
namespace {

constexpr int kWidestLine = 400;        // columns of a sentence
constexpr int kWidestHead = 12;         // columns of the name of a variant
constexpr size_t kMostPairRows = 30;    // of a pair
constexpr size_t kMostPairsShown = 20;  // that are shown

void write_prose(Page& page, const std::string& text, Color color = Color::none, int margin = 0) {
  page.paragraph(page.shorten(page.plain(text), kWidestLine), color, margin);
}

Color tint_of(const Difference& d) {
  if (!d.significant) return Color::dim;
  if (d.trend == Trend::worse) return Color::red;
  return d.trend == Trend::better ? Color::green : Color::none;
}

/// "better", "worse"; of what is neither "more" or "less".
std::string word_of(const Difference& d) {
  if (!d.significant) return "";
  if (d.trend != Trend::other) return trend_name(d.trend);
  return *d.paired->change.value > 0 ? "more" : "less";
}

std::string side_text(const std::optional<double>& value, const Estimate& e) {
  return value ? format_figure(*value, e.unit, 3) : "";
}

void variant_line(Page& page, const VariantComparison& all, size_t index) {
  const ComparedRun& run = all.variants[index];
  std::string text = fmt::format("{}{}: {}", run.source, index == 0 ? " (baseline)" : "",
                                 verdict_name(run.verdict));
  if (run.scenario_name != run.source) text += ", " + run.scenario_name;
  if (index > 0 && all.with_baseline(index).worsened())
    text += "; fails where the baseline does not";
  write_prose(page, text);
}

void pair_table(Page& page, const Comparison& c) {
  const std::vector<ComparedRow> all = compared_rows(c);
  std::vector<std::vector<Cell>> rows;
  for (size_t i = 0; i < std::min(all.size(), kMostPairRows); ++i) {
    const Difference& d = *all[i].figure;
    const std::string change =
        d.paired ? difference_figure(d.paired->change, d.size()).text() : "-";
    rows.push_back({{page.plain(all[i].name), Color::none},
                    {page.plain(side_text(d.shown_before(), d.before)), Color::none},
                    {page.plain(side_text(d.shown_after(), d.after)), Color::none},
                    {page.plain(change), tint_of(d)},
                    {change.front() == '0' ? "" : word_of(d), tint_of(d)}});
  }
  const std::string before = page.shorten(page.plain(c.before.source), kWidestHead);
  const std::string after = page.shorten(page.plain(c.after.source), kWidestHead);
  page.table({{"figure", false, 20},
              {before.c_str(), true, 0, 2},
              {after.c_str(), true, 0, 1},
              {"difference", true},
              {"", false, 0, 3}},
             rows);
  if (all.size() > rows.size())
    page.paragraph(fmt::format("and {} more", all.size() - rows.size()), Color::dim);
}

/// Changes that the table does not have.
void other_figures(Page& page, const Comparison& c) {
  size_t left = c.figures_left_out;
  for (const FigureChange& f : c.figures)
    left += std::none_of(c.headline.begin(), c.headline.end(), [&](const FigureChange& h) {
      return h.kind == f.kind && h.subject == f.subject && h.metric == f.metric;
    });
  if (left > 0)
    page.paragraph(fmt::format("{} more {} beyond chance, in the JSON document", left,
                               left == 1 ? "figure differs" : "figures differ"),
                   Color::dim);
}

void pair_lines(Page& page, const Comparison& c, bool table) {
  if (table) {
    page.line("");
    pair_table(page, c);
    other_figures(page, c);
    if (const std::string text = pairing_sentence(c); !text.empty())
      write_prose(page, text, Color::dim);
  }
  for (const std::string& caution : c.cautions) write_prose(page, caution, Color::yellow);
  if (table) page.line("");
  write_prose(page, choice_sentence(c), Color::bold);
}

}  // namespace

std::string render_terminal(const VariantComparison& all, const TerminalOptions& options) {
  Page page(options);
  for (size_t i = 0; i < all.variants.size(); ++i) variant_line(page, all, i);
  const ComparedRun& first = all.variants.front();
  page.paragraph(fmt::format("{} paired trials of {} ({}), seed {}, {} intervals", all.trials,
                             format_span(first.horizon), all.trials_rule, first.seed,
                             format_figure(first.confidence, "ratio", 4)),
                 Color::dim);
  const size_t tables = all.variants.size() - 1;
  for (size_t i = 0; i < std::min(all.comparisons.size(), kMostPairsShown); ++i)
    pair_lines(page, all.comparisons[i], i < tables);
  if (all.comparisons.size() > kMostPairsShown)
    page.paragraph(fmt::format("and {} more pairs", all.comparisons.size() - kMostPairsShown));
  if (all.comparisons.size() > 1) {
    page.line("");
    write_prose(page, variants_sentence(all));
  }
  return page.take();
}

}  // namespace rehearse::reports
