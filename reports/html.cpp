#include "reports/html.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <string_view>

#include "reports/diagnosis.hpp"
#include "reports/figures.hpp"
#include "reports/html_parts.hpp"
#include "reports/markup.hpp"
#include "reports/page_assets.hpp"
#include "reports/wording.hpp"

namespace rehearse::reports {
namespace {

/// The policy wants base64, the build knows hexadecimal.
std::string base64_of_hex(std::string_view hex) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto nibble = [](char c) {
    return static_cast<std::uint32_t>(c <= '9' ? c - '0' : c - 'a' + 10);
  };
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : hex) {
    bits = (bits << 4) | nibble(c);
    held += 4;
    if (held >= 6) {
      held -= 6;
      out += kDigits[(bits >> held) & 63U];
    }
  }
  if (held > 0) out += kDigits[(bits << (6 - held)) & 63U];
  while (out.size() % 4 != 0) out += '=';
  return out;
}

/// Signs as symbols, drawn once and referred to: each has a shape of its own.
const char kSigns[] =
    "<svg width=0 height=0 style=\"position:absolute\" aria-hidden=true><defs>"
    "<symbol id=i-holds viewBox=\"0 0 24 24\"><circle cx=12 cy=12 r=10 fill=currentColor /><path "
    "d=\"M7 12.5l3.5 3.5L17 9\" fill=none stroke=\"var(--card)\" stroke-width=2.6 "
    "stroke-linecap=round stroke-linejoin=round /></symbol>"
    "<symbol id=i-fails viewBox=\"0 0 24 24\"><path d=\"M7.9 2h8.2L22 7.9v8.2L16.1 22H7.9L2 "
    "16.1V7.9z\" fill=currentColor /><path d=\"M8.5 8.5l7 7m0-7l-7 7\" stroke=\"var(--card)\" "
    "stroke-width=2.6 stroke-linecap=round /></symbol>"
    "<symbol id=i-undecided viewBox=\"0 0 24 24\"><path d=\"M12 1.5L22.5 12 12 22.5 1.5 12z\" "
    "fill=currentColor /><path d=\"M9.6 9.6a2.5 2.5 0 1 1 3.6 2.3c-.9.5-1.2.9-1.2 1.8m0 "
    "2.6v.1\" fill=none stroke=\"var(--card)\" stroke-width=2.1 stroke-linecap=round /></symbol>"
    "<symbol id=i-inconclusive viewBox=\"0 0 24 24\"><circle cx=12 cy=12 r=9 fill=none "
    "stroke=currentColor stroke-width=2.4 stroke-dasharray=\"4 3\" /><path d=\"M8 12h8\" "
    "stroke=currentColor stroke-width=2.6 stroke-linecap=round /></symbol></defs></svg>\n";

std::string head(const RunResult& r) {
  return fmt::format(
      "<!doctype html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n<meta "
      "http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'; script-src 'sha256-{}'; img-src data:; base-uri 'none'; form-action "
      "'none'\">\n<meta name=viewport content=\"width=device-width, initial-scale=1\">\n<meta "
      "name=color-scheme content=\"light dark\">\n<meta name=referrer content=no-referrer>\n"
      "<title>{}: {}</title>\n<style>\n{}</style>\n</head>\n",
      base64_of_hex(kPageScriptSha256), verdict_name(r.verdict), markup(r.scenario_name, 120),
      kPageStyle);
}

std::string navigation(const std::string& body) {
  constexpr std::array<std::pair<const char*, const char*>, 12> kParts = {
      {{"objectives", "Objectives"},
       {"baseline", "Baseline"},
       {"topology", "Topology"},
       {"time", "Over time"},
       {"spent", "Where time goes"},
       {"events-section", "Events"},
       {"services", "Figures"},
       {"theory", "Theory"},
       {"checks", "Self-checks"},
       {"warnings", "Warnings"},
       {"assumptions", "Assumptions"},
       {"reproduce", "Reproduce"}}};
  std::string out = "<nav aria-label=\"Parts of this page\">";
  for (const auto& [id, title] : kParts)
    if (body.find(fmt::format("<section id={} ", id)) != std::string::npos)
      out += fmt::format("<a href=\"#{}\">{}</a>\n", id, title);
  return out + "</nav>";
}

std::string counts(const RunResult& r) {
  std::string out;
  for (const Verdict v :
       {Verdict::fails, Verdict::undecided, Verdict::inconclusive, Verdict::holds}) {
    const int n = r.count(v);
    const bool verb = v == Verdict::fails || v == Verdict::holds;
    std::string word = verdict_name(v);
    if (verb && n != 1) word.pop_back();  // fail, hold
    if (n > 0) out += html_chip(v, fmt::format("{} {}", n, word));
  }
  return out;
}

/// A sentence, in which a figure and its interval stay on one line.
std::string sentence_html(const std::string& text, int longest) {
  constexpr std::string_view kNoBreak = "&nbsp;";
  std::string out = markup(text, longest);
  for (const std::string_view gap : {" ± ", " %", " ms"})
    for (size_t at = 0; (at = out.find(gap, at)) != std::string::npos; ++at) {
      out.replace(at, 1, kNoBreak);
      if (gap.back() == ' ') out.replace(at + kNoBreak.size() + gap.size() - 2, 1, kNoBreak);
    }
  return out;
}

/// With a capital letter where it does not begin with the name of something.
std::string capital(const std::string& text) {
  for (const std::string_view lead : {"all ", "nothing", "no more than "})
    if (text.starts_with(lead)) return sentence_case(text);
  return text;
}

void fact(std::string& out, const char* title, const std::string& html) {
  if (!html.empty()) out += fmt::format("<div><dt>{}<dd>{}</div>\n", title, html);
}

std::string banner(const RunResult& r) {
  const ObjectiveResult* worst = decisive_objective(r);
  std::string sentence = verdict_sentence(r);
  sentence.erase(0, sentence.find(": ") + 2);  // the word stands above it
  std::string broken = breach_sentence(r);
  if (broken.empty() && r.verdict == Verdict::holds) broken = "nothing, in no window over time";
  std::string out = fmt::format(
      "<div class=\"banner {}\"><p class=word>{}{}</p>\n<p class=say><bdi>{}</bdi></p>\n"
      "<dl class=facts>\n",
      verdict_name(r.verdict), html_sign(r.verdict), sentence_case(verdict_name(r.verdict)),
      sentence_html(capital(sentence), 400));
  if (worst) fact(out, "Objectives", "<div class=counts>" + counts(r) + "</div>");
  if (!broken.empty())
    fact(out, "Broke first", "<bdi>" + sentence_html(capital(broken), 400) + "</bdi>");
  const std::string why = sentence_html(capital(cause_sentence(r)), 500);
  if (!why.empty())
    fact(out, r.verdict == Verdict::holds ? "Capacity" : "Why", "<bdi>" + why + "</bdi>");
  std::string sure = sentence_html(sentence_case(certainty_sentence(r)), 300);
  if (!sure.empty()) sure += ".<br>";
  fact(out, "How sure",
       sure + "<small>" + markup(sentence_case(method_sentence(r)), 300) + "</small>");
  std::string checks = markup(sentence_case(checks_sentence(r)), 200);
  if (!r.warnings.empty())
    checks += fmt::format("{}<a href=\"#warnings\">{} {}</a>", checks.empty() ? "" : "<br>",
                          r.warnings.size(), r.warnings.size() == 1 ? "warning" : "warnings");
  fact(out, "Can it be trusted", checks);
  return out + "</dl></div>\n";
}

std::string foot(const RunResult& r) {
  std::string out = "<footer>Rehearse " + markup(r.version, 60);
  if (r.timing.wall_seconds > 0)
    out += fmt::format(" · took {} with {} {}, {} events/s", format_span(r.timing.wall_seconds),
                       r.timing.jobs, r.timing.jobs == 1 ? "job" : "jobs",
                       format_short(r.timing.events_per_second));
  if (!r.timing.started.empty()) out += " · started " + markup(r.timing.started, 60);
  return out +
         " · every figure of this page is in <code>result.json</code>\n<details "
         "class=fold><summary>Licences of what this page is made with</summary><pre>" +
         markup_lines(kPageLicences) + "</pre></details></footer>\n";
}

}  // namespace

std::string html_name(std::string_view name) {
  return "<bdi>" + markup(name, 120) + "</bdi>";
}

std::string html_sign(Verdict v) {
  return fmt::format("<svg aria-hidden=true><use href=\"#i-{}\" /></svg>", verdict_name(v));
}

std::string html_chip(Verdict v, std::string_view text) {
  return fmt::format("<span class=\"chip {}\">{}{}</span>", verdict_name(v), html_sign(v),
                     markup(text, 60));
}

std::string html_figure(const Estimate& e) {
  const Figure f = figure(e);
  if (f.number.empty()) return "<span class=muted>no data</span>";
  if (f.interval.empty()) return f.number + f.unit;
  return f.number + f.unit + " <small>" + f.interval + "</small>";
}

std::string to_html(const RunResult& r) {
  const std::string before = html_objectives(r) + html_comparison(r) + html_topology(r);
  const std::string after = html_time_spent(r) + html_events(r) + html_subjects_table(r) +
                            html_checks(r) + html_remarks(r) + html_reproduce(r);
  const std::string top = head(r);
  const size_t used = before.size() + after.size() + 20'000;
  const std::string body =
      before + html_over_time(r, used < kPageBudget ? kPageBudget - used : 0) + after;
  return top + "<body>\n" + kSigns +
         "<a class=skip href=\"#main\">Skip to the figures</a>\n<header><div "
         "class=top><h1><bdi>" +
         markup(r.scenario_name, 160) + "</bdi></h1>" + navigation(body) + "</div>\n" + banner(r) +
         "</header>\n<main id=main>\n" + body + "</main>\n" + foot(r) + "<script>" + kPageScript +
         "</script>\n</body>\n</html>\n";
}

}  // namespace rehearse::reports
