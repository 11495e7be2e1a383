#include "reports/markdown.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reports/comparison_markdown.hpp"
#include "reports/comparison_wording.hpp"
#include "reports/diagnosis.hpp"
#include "reports/figures.hpp"
#include "reports/text.hpp"
#include "reports/wording.hpp"

namespace rehearse::reports {
namespace {

constexpr size_t kMostRows = 100;  // comments are limited to 65,536 characters
constexpr size_t kMostRemarks = 20;

const char* sign_of(Verdict v) {
  switch (v) {
    case Verdict::holds:
      return "✅";
    case Verdict::fails:
      return "❌";
    case Verdict::undecided:
      return "❔";
    case Verdict::inconclusive:
      return "⚠️";
  }
  return "";
}

std::string cell(const SubjectResult& s, const char* metric) {
  const Estimate* e = s.find(metric);
  return e ? format_figure(*e->value, e->unit, 3) : "";
}

void left_out(std::string& out, size_t all, size_t shown, const char* what) {
  if (all > shown) out += fmt::format("\nand {} more {} in result.json\n", all - shown, what);
}

void objectives(std::string& out, const RunResult& r) {
  if (r.objectives.empty()) return;
  const bool theory = std::any_of(r.objectives.begin(), r.objectives.end(),
                                  [](const auto& o) { return o.closed_form.has_value(); });
  out += theory ? "| | objective | measured | target | theory |\n|---|---|---|---|---|\n"
                : "| | objective | measured | target |\n|---|---|---|---|\n";
  const size_t shown = std::min(r.objectives.size(), kMostRows);
  for (size_t i = 0; i < shown; ++i) {
    const ObjectiveResult& o = r.objectives[i];
    out += fmt::format("| {} {} | {} | {} | {} |", sign_of(o.verdict), verdict_name(o.verdict),
                       markdown_code(objective_name(o)), figure(o.estimate).text(),
                       markdown_code(target_text(o)));
    if (theory && o.closed_form)
      out += fmt::format(" {}{} |", format_figure(o.closed_form->value, o.estimate.unit),
                         o.closed_form->agrees ? "" : " (differs)");
    else if (theory)
      out += " |";
    out += "\n";
  }
  left_out(out, r.objectives.size(), shown, "objectives");
}

void services(std::string& out, const RunResult& r) {
  size_t all = 0;
  std::string rows;
  for (const SubjectResult& s : r.subjects) {
    if ((s.kind != "service" && s.kind != "database") || ++all > kMostRows) continue;
    rows += fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", markdown_code(s.name),
                        cell(s, "arrival_rate"), cell(s, "utilization"), cell(s, "mean_response"),
                        cell(s, "p95"), cell(s, "p99"), cell(s, "error_ratio"));
  }
  if (all == 0) return;
  out += fmt::format("\n<details><summary>{} services</summary>\n\n", all);
  out += "| service | arrivals | used | mean | p95 | p99 | errors |\n";
  out += "|---|--:|--:|--:|--:|--:|--:|\n" + rows;
  left_out(out, all, std::min(all, kMostRows), "services");
  out += "\n</details>\n";
}

void add_sentence(std::string& out, const std::string& sentence) {
  if (!sentence.empty()) out += " " + markdown_text(shorten_middle(visible(sentence), 400)) + ".";
}

void since(std::string& out, const Comparison& c) {
  out += fmt::format("\n#### Since {}\n\n{}.\n\n",
                     c.before.source.empty() ? "the baseline" : markdown_code(c.before.source),
                     markdown_text(shorten_middle(visible(comparison_sentence(c)), 400)));
  out += since_markdown(c);
}

void remarks(std::string& out, const char* title, const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  out += fmt::format("\n<details><summary>{} {}</summary>\n\n", lines.size(), title);
  const size_t shown = std::min(lines.size(), kMostRemarks);
  for (size_t i = 0; i < shown; ++i)
    out += "- " + markdown_text(shorten_middle(visible(lines[i]), 500)) + "\n";
  left_out(out, lines.size(), shown, title);
  out += "\n</details>\n";
}

}  // namespace

std::string markdown_text(std::string_view text) {
  std::string out;
  for (const char c : visible(text)) {
    // GitHub would make a mention of an escaped @ all the same; a word joiner breaks it.
    if (c == '@') {
      out += "@\xE2\x81\xA0";
      continue;
    }
    if (std::string_view("\\`*_{}[]<>()#+!|~&$=:").find(c) != std::string_view::npos) {
      // Ordinary prose stays readable in the source: these act only in places prose rarely has.
      const bool harmless = std::string_view("()+!=:").find(c) != std::string_view::npos;
      if (!harmless) out += '\\';
    }
    out += c;
  }
  return out;
}

std::string markdown_code(std::string_view text) {
  const std::string shown = shorten_middle(visible(text), 200);
  if (shown.empty()) return "";
  size_t longest = 0, run = 0;
  std::string body;
  for (const char c : shown) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
    if (c == '|') body += '\\';  // a bare one would end the cell, in code as well
    body += c;
  }
  const std::string fence(longest + 1, '`');
  const bool edge = shown.front() == '`' || shown.back() == '`';
  return fence + (edge ? " " : "") + body + (edge ? " " : "") + fence;
}

std::string to_markdown(const RunResult& r) {
  std::string out = fmt::format("### {} {}: {}\n\n", sign_of(r.verdict), verdict_name(r.verdict),
                                markdown_text(shorten_middle(visible(r.scenario_name), 120)));
  const ObjectiveResult* worst = decisive_objective(r);
  const std::string sentence =
      worst ? objective_sentence(*worst) : "there is no objective to judge";
  if (r.verdict != Verdict::holds || !worst)
    out += "**" + markdown_text(shorten_middle(sentence, 400)) + "**\n\n";
  objectives(out, r);
  out += "\n" + markdown_text(method_sentence(r)) + ".";
  const std::string breach = breach_sentence(r), cause = cause_sentence(r);
  add_sentence(out, breach.empty() ? "" : "Broke first: " + breach);
  add_sentence(out, breach.empty() || cause.empty() ? "" : "Why: " + cause);
  if (breach.empty() || cause.empty()) add_sentence(out, sentence_case(busiest_sentence(r)));
  add_sentence(out, sentence_case(checks_sentence(r)));
  out += "\n";
  if (r.baseline) since(out, *r.baseline);
  services(out, r);
  remarks(out, "faults", fault_sentences(r));
  remarks(out, "guards of calls", guard_sentences(r));
  remarks(out, "warnings", r.warnings);
  remarks(out, "assumptions", r.assumptions);
  out += fmt::format("\n<sub>Rehearse {}, seed {}, fingerprint {}. Again: {}</sub>\n",
                     markdown_text(r.version), r.seed, markdown_code(r.fingerprint),
                     markdown_code(reproduce_command(r)));
  return out;
}

}  // namespace rehearse::reports
