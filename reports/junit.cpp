#include "reports/junit.hpp"

#include <fmt/format.h>

#include "reports/figures.hpp"
#include "reports/markup.hpp"
#include "reports/wording.hpp"

namespace rehearse::reports {
namespace {

constexpr int kLongest = 400;  // columns of a name: servers show them in lists

void property(std::string& out, const char* name, const std::string& value) {
  out += fmt::format("      <property name=\"{}\" value=\"{}\"/>\n", name, markup(value, kLongest));
}

std::string details(const ObjectiveResult& o) {
  std::string out =
      fmt::format("measured: {}\ntarget: {}\nobservations: {}\n", figure(o.estimate).text(),
                  target_text(o), format_count(o.observations));
  if (!o.note.empty()) out += "how: " + o.note + "\n";
  if (o.closed_form)
    out += fmt::format("closed form {}: {}{}\n", o.closed_form->model,
                       format_figure(o.closed_form->value, o.estimate.unit),
                       o.closed_form->agrees ? "" : " (outside the 99.9 % interval)");
  return out;
}

void outcome(std::string& out, const ObjectiveResult& o) {
  if (o.verdict == Verdict::holds) return;
  const char* element = o.verdict == Verdict::fails ? "failure" : "error";
  out += fmt::format("      <{0} type=\"{1}\" message=\"{2}\">{3}</{0}>\n", element,
                     verdict_name(o.verdict), markup(objective_sentence(o), 2 * kLongest),
                     markup_lines(objective_sentence(o)));
}

void test_case(std::string& out, const RunResult& r, const ObjectiveResult& o) {
  out += fmt::format("    <testcase classname=\"{}\" name=\"{}\">\n",
                     markup(r.scenario_name, kLongest),
                     markup(o.id.empty() ? o.metric + " " + target_text(o) : o.id, kLongest));
  outcome(out, o);
  out += "      <system-out>" + markup_lines(details(o)) + "</system-out>\n    </testcase>\n";
}

}  // namespace

std::string to_junit(const RunResult& r) {
  const std::string counts = fmt::format(
      "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"0\"", r.objectives.size(),
      r.count(Verdict::fails), r.count(Verdict::undecided) + r.count(Verdict::inconclusive));
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  out += fmt::format("<testsuites name=\"rehearse\" {}>\n", counts);
  out += fmt::format("  <testsuite name=\"{}\" {}>\n", markup(r.scenario_name, kLongest), counts);
  out += "    <properties>\n";
  property(out, "verdict", verdict_name(r.verdict));
  property(out, "seed", fmt::format("{}", r.seed));
  property(out, "method", method_sentence(r));
  property(out, "fingerprint", r.fingerprint);
  property(out, "version", r.version);
  out += "    </properties>\n";
  for (const ObjectiveResult& o : r.objectives) test_case(out, r, o);
  out += "    <system-out>" + markup_lines(verdict_sentence(r) + "\n" + checks_sentence(r)) +
         "</system-out>\n";
  return out + "  </testsuite>\n</testsuites>\n";
}

}  // namespace rehearse::reports
