#include <fmt/format.h>

#include <algorithm>

#include "reports/comparison_wording.hpp"
#include "reports/figures.hpp"
#include "reports/html_parts.hpp"
#include "reports/markup.hpp"
#include "reports/variants.hpp"
#include "reports/wording.hpp"

/// What changed since the baseline that the result was compared with.

namespace rehearse::reports {
namespace {

constexpr size_t kMostDifferences = 100;

std::string verdict_cell(const std::optional<Verdict>& verdict, const char* none) {
  return verdict ? html_chip(*verdict, verdict_name(*verdict))
                 : fmt::format("<span class=muted>{}</span>", none);
}

std::string objectives_table(const Comparison& c) {
  const std::vector<const ObjectiveChange*> changed = changed_objectives(c);
  if (changed.empty()) return "";
  std::string out =
      "<div class=scroll tabindex=0 role=region aria-label=\"Objectives that changed\"><table "
      "id=changes><thead><tr><th scope=col>objective<th scope=col>before<th scope=col>now<th "
      "scope=col>was<th scope=col>is</thead><tbody>\n";
  for (size_t i = 0; i < std::min(changed.size(), kMostDifferences); ++i) {
    const ObjectiveChange& o = *changed[i];
    out += fmt::format(
        "<tr><th scope=row>{} <small>{}</small><td class=fig>{}<td class=fig>{}<td>{}<td>{}\n",
        html_name(o.name), html_name(o.target), html_figure(o.figure.before),
        html_figure(o.figure.after), verdict_cell(o.before, "new"), verdict_cell(o.after, "gone"));
  }
  return out + "</tbody></table></div>\n";
}

std::string lone_figure(const std::optional<double>& value, const Estimate& e) {
  return value ? markup(format_figure(*value, e.unit, 3)) : "";
}

/// Figures side by side, of paired trials.
std::string headline_table(const Comparison& c) {
  if (!c.paired()) return "";
  std::string out =
      "<details class=fold><summary>Figures side by side</summary><div class=scroll tabindex=0 "
      "role=region aria-label=\"Figures side by side\"><table id=pairs><thead><tr><th "
      "scope=col>figure<th scope=col>before<th scope=col>now<th scope=col>difference</thead>"
      "<tbody>\n";
  for (const ComparedRow& row : compared_rows(c)) {
    const Difference& d = *row.figure;
    out += fmt::format(
        "<tr><th scope=row>{}<td class=fig>{}<td class=fig>{}<td>{}\n", html_name(row.name),
        lone_figure(d.shown_before(), d.before), lone_figure(d.shown_after(), d.after),
        d.paired ? markup(difference_figure(d.paired->change, d.size()).text()) : "");
  }
  return out + "</tbody></table></div></details>\n";
}

template <class Change>
std::string folded(const std::vector<Change>& changes, std::uint64_t left_out, const char* one,
                   const char* many) {
  if (changes.empty()) return "";
  const std::uint64_t all = changes.size() + left_out;
  std::string out = fmt::format("<details class=fold><summary>{} {}</summary><ul>\n",
                                format_count(all), all == 1 ? one : many);
  for (size_t i = 0; i < std::min(changes.size(), kMostDifferences); ++i)
    out += "<li><bdi>" + markup(change_sentence(changes[i]), 400) + "</bdi>\n";
  if (all > kMostDifferences || left_out > 0)
    out += "<li class=muted>more in <code>result.json</code> or too small to list\n";
  return out + "</ul></details>\n";
}

}  // namespace

std::string html_comparison(const RunResult& r) {
  if (!r.baseline) return "";
  const Comparison& c = *r.baseline;
  std::string out = fmt::format(
      "<section id=baseline aria-labelledby=h-baseline><h2 id=h-baseline>Since the "
      "baseline</h2>\n<p class=change><bdi>{}</bdi></p>\n<p class=muted>Compared with "
      "<bdi>{}</bdi>, "
      "seed {}, {} {}, version {}. {}.",
      markup(sentence_case(c.paired() ? choice_sentence(c) : comparison_sentence(c)), 400),
      markup(c.before.source, 200), c.before.seed, c.before.trials,
      c.before.trials == 1 ? "trial" : "trials", markup(c.before.version, 60),
      markup(sentence_case(c.test), 300));
  if (const std::vector<std::string> unlike = run_differences(c); !unlike.empty())
    out +=
        " Not alike: <bdi>" + markup(fmt::format("{}", fmt::join(unlike, ", ")), 400) + "</bdi>.";
  for (const std::string& caution : c.cautions)
    out += " " + markup(sentence_case(caution), 300) + ".";
  out += "</p>\n" + objectives_table(c) + headline_table(c);
  out += folded(c.figures, c.figures_left_out, "figure differs beyond chance",
                "figures differ beyond chance");
  out += folded(c.settings, c.settings_left_out, "setting differs", "settings differ");
  return out + "</section>\n";
}

}  // namespace rehearse::reports
