#include "reports/comparison_wording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/figures.hpp"

namespace rehearse::reports {
namespace {

constexpr const char* kArrow = " → ";

std::string side(const std::optional<double>& value, const std::string& unit) {
  return value ? format_figure(*value, unit, 3) : "no figure";
}
std::string side(const Estimate& e) {
  return side(e.value, e.unit);
}

/// "(+26 %)"; ratios differ in points, and of what was nothing no share can be told. Of paired
/// trials the difference and its interval.
std::string relative(const Difference& d) {
  if (d.paired && d.paired->change.value)
    return fmt::format(" ({})", difference_figure(d.paired->change, d.size()).text());
  if (!d.before.value || !d.after.value) return "";
  const double before = *d.before.value, after = *d.after.value;
  if (before == 0 || d.before.unit == "ratio") return "";
  const double share = (after - before) / std::abs(before);
  if (share > 9) return fmt::format(" ({} times)", format_figure(after / before, "1", 2));
  return fmt::format(" ({}{})", share > 0 ? "+" : "", format_figure(share, "ratio", 2));
}

std::string figures_of(const Difference& d) {
  return side(d.shown_before(), d.before.unit) + kArrow + side(d.shown_after(), d.after.unit) +
         relative(d);
}

/// Lower comes first: to fails, from fails, other changes, changed figures, the rest.
int urgency(const ObjectiveChange& o) {
  if (o.broke()) return 0;
  if (o.verdict_changed()) return o.before == Verdict::fails ? 2 : 1;
  if (o.figure.trend == Trend::worse) return 3;
  return o.figure.significant ? 4 : 5;
}

double growth(const ObjectiveChange& o) {
  const Difference& d = o.figure;
  if (!d.before.value || !d.after.value || *d.before.value == 0) return 0;
  return std::abs(std::log(std::max(*d.after.value / *d.before.value, 1e-9)));
}

}  // namespace

std::string change_sentence(const ObjectiveChange& o) {
  if (!o.after)
    return fmt::format("{}: no longer asked for, was {}", o.name,
                       verdict_name(o.before.value_or(Verdict::undecided)));
  if (!o.before)
    return fmt::format("{} {}, new: {}", o.name, side(o.figure.after), verdict_name(*o.after));
  std::string out = o.name + " ";
  out += o.figure.significant || o.verdict_changed() ? figures_of(o.figure)
                                                     : side(o.figure.after) + ", as before";
  if (o.verdict_changed())
    out += fmt::format(", {}{}{}", verdict_name(*o.before), kArrow, verdict_name(*o.after));
  if (o.verdict_changed() && !o.figure.significant)
    out += ", though the figures do not differ beyond chance";
  if (!o.target_before.empty())
    out += fmt::format("; the target was {}, is {}", o.target_before, o.target);
  return out;
}

std::string change_sentence(const FigureChange& f) {
  return fmt::format("{} {} {}", f.subject, f.metric, figures_of(f.figure));
}

std::string change_sentence(const SettingChange& s) {
  if (!s.before) return fmt::format("{}: {}, new", s.path, s.after.value_or(""));
  if (!s.after) return fmt::format("{}: {}, gone", s.path, *s.before);
  return s.path + ": " + *s.before + kArrow + *s.after;
}

std::vector<const ObjectiveChange*> changed_objectives(const Comparison& c) {
  std::vector<const ObjectiveChange*> out;
  for (const ObjectiveChange& o : c.objectives)
    if (urgency(o) < 5) out.push_back(&o);
  std::stable_sort(out.begin(), out.end(), [](const ObjectiveChange* a, const ObjectiveChange* b) {
    return urgency(*a) != urgency(*b) ? urgency(*a) < urgency(*b) : growth(*a) > growth(*b);
  });
  return out;
}

std::string comparison_sentence(const Comparison& c) {
  const std::vector<const ObjectiveChange*> objectives = changed_objectives(c);
  const int verdicts = c.verdicts_changed();
  std::string lead;
  if (!objectives.empty()) {
    lead = change_sentence(*objectives.front());
  } else if (!c.figures.empty()) {
    lead = change_sentence(c.figures.front());
  } else if (c.before.fingerprint == c.after.fingerprint && !c.after.fingerprint.empty()) {
    return "the same run: equal fingerprints";
  } else if (c.figures_left_out > 0) {
    lead = fmt::format("{} figures differ, none of them by 1 % or more", c.figures_left_out);
  } else {
    lead = "no figure differs beyond chance";
  }
  if (verdicts == 0) return lead + "; no verdict changed";
  return fmt::format("{}; {} {} changed", lead, verdicts, verdicts == 1 ? "verdict" : "verdicts");
}

std::vector<std::string> run_differences(const Comparison& c) {
  std::vector<std::string> out;
  const auto add = [&](const char* what, const std::string& before, const std::string& after) {
    if (before != after) out.push_back(fmt::format("{} {}{}{}", what, before, kArrow, after));
  };
  add("scenario", c.before.scenario_name, c.after.scenario_name);
  add("version", c.before.version, c.after.version);
  add("seed", std::to_string(c.before.seed), std::to_string(c.after.seed));
  add("trials", std::to_string(c.before.trials), std::to_string(c.after.trials));
  add("horizon", format_span(c.before.horizon), format_span(c.after.horizon));
  add("warm-up", format_span(c.before.warmup), format_span(c.after.warmup));
  add("confidence", format_figure(c.before.confidence, "ratio", 4),
      format_figure(c.after.confidence, "ratio", 4));
  return out;
}

}  // namespace rehearse::reports
