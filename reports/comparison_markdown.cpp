#include "reports/comparison_markdown.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reports/comparison_wording.hpp"
#include "reports/figures.hpp"
#include "reports/markdown.hpp"
#include "reports/text.hpp"

namespace rehearse::reports {
namespace {

constexpr size_t kMostChanges = 50;  // comments are limited to 65,536 characters
constexpr int kLongest = 300;

std::string text(const std::string& any) {
  return markdown_text(shorten_middle(visible(any), kLongest));
}

std::string figure_cell(const Estimate& e) {
  return e.value ? figure(e).text() : "";
}

std::string verdicts(const ObjectiveChange& o) {
  const auto name = [](const std::optional<Verdict>& v, const char* none) {
    return std::string(v ? verdict_name(*v) : none);
  };
  if (!o.verdict_changed()) return name(o.after, "");
  return fmt::format("{}{} → {}", o.broke() ? "❌ " : "", name(o.before, "new"),
                     name(o.after, "gone"));
}

void objectives(std::string& out, const Comparison& c) {
  const std::vector<const ObjectiveChange*> changed = changed_objectives(c);
  if (changed.empty()) return;
  out += "| objective | before | after | verdict |\n|---|---|---|---|\n";
  const size_t shown = std::min(changed.size(), kMostChanges);
  for (size_t i = 0; i < shown; ++i) {
    const ObjectiveChange& o = *changed[i];
    out += fmt::format("| {} | {} | {} | {} |\n", markdown_code(o.name),
                       figure_cell(o.figure.before), figure_cell(o.figure.after), verdicts(o));
  }
  if (changed.size() > shown) out += fmt::format("\nand {} more\n", changed.size() - shown);
}

void folded(std::string& out, const std::string& title, const std::vector<std::string>& lines,
            size_t all) {
  if (lines.empty()) return;
  out += fmt::format("\n<details><summary>{}</summary>\n\n", title);
  for (const std::string& line : lines) out += "- " + text(line) + "\n";
  if (all > lines.size()) out += fmt::format("\nand {} more\n", all - lines.size());
  out += "\n</details>\n";
}

template <class Change>
std::vector<std::string> sentences(const std::vector<Change>& changes) {
  std::vector<std::string> out;
  for (size_t i = 0; i < std::min(changes.size(), kMostChanges); ++i)
    out.push_back(change_sentence(changes[i]));
  return out;
}

std::string side(const ComparedRun& r) {
  return fmt::format("{} ({}, seed {}, {} {}, version {}, fingerprint {})",
                     r.source.empty() ? "this run" : markdown_code(r.source),
                     verdict_name(r.verdict), r.seed, r.trials, r.trials == 1 ? "trial" : "trials",
                     text(r.version), markdown_code(r.fingerprint));
}

}  // namespace

std::string since_markdown(const Comparison& c) {
  std::string out;
  objectives(out, c);
  const size_t figures = c.figures.size() + static_cast<size_t>(c.figures_left_out);
  folded(out, fmt::format("{} {} changed", figures, figures == 1 ? "figure" : "figures"),
         sentences(c.figures), figures);
  const size_t settings = c.settings.size() + static_cast<size_t>(c.settings_left_out);
  folded(out, fmt::format("{} {}", settings, settings == 1 ? "setting differs" : "settings differ"),
         sentences(c.settings), settings);
  return out;
}

std::string to_markdown(const Comparison& c) {
  const char* sign = c.worsened() ? "❌" : c.verdicts_changed() > 0 ? "❔" : "✅";
  std::string out =
      fmt::format("### {} {}\n\n**{}**\n\n", sign, text(c.after.scenario_name),
                  markdown_text(shorten_middle(visible(comparison_sentence(c)), kLongest)));
  out += since_markdown(c);
  if (const std::vector<std::string> run = run_differences(c); !run.empty())
    out += "\nNot alike: " + text(fmt::format("{}", fmt::join(run, ", "))) + ".\n";
  return out + fmt::format("\n<sub>Before: {}. After: {}. {}.</sub>\n", side(c.before),
                           side(c.after), text(c.test));
}

}  // namespace rehearse::reports
