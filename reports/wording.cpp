#include "reports/wording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "base/quantity.hpp"

namespace rehearse::reports {
namespace {

bool upper_bound(const ObjectiveResult& o) {
  return !o.op.empty() && o.op.front() == '<';
}

bool inside(const Estimate& e, double value) {
  return e.low <= value && value <= e.high;
}

/// How the interval stands to the bound, in the words of the unit.
std::string relation(const ObjectiveResult& o) {
  const std::string bound = format_figure(o.bound, o.estimate.unit, 6);
  // The rule for stopping may ask for more than the interval shows: it looks more than once.
  if (o.verdict == Verdict::undecided)
    return "too close to " + bound +
           (inside(o.estimate, o.bound) ? " to tell" : " to tell for sure");
  if (o.verdict == Verdict::holds) return (upper_bound(o) ? "within " : "at least ") + bound;
  const double value = *o.estimate.value;
  if (value == o.bound) return "exactly " + bound;
  return (value > o.bound ? "above " : "below ") + bound;
}

/// Larger is worse. Fails come before what could not be told, and both before what holds.
std::pair<int, double> severity(const ObjectiveResult& o) {
  constexpr int kRank[] = {0, 3, 2, 1};  // holds, fails, undecided, inconclusive
  const double used = o.estimate.value ? allowance_used(o, *o.estimate.value) : 0;
  return {kRank[static_cast<size_t>(o.verdict)], used};
}

std::string more(const RunResult& r, Verdict verdict, const char* one, const char* many) {
  const int others = r.count(verdict) - 1;
  if (others <= 0) return "";
  return fmt::format(" (and {} more {})", others, others == 1 ? one : many);
}

}  // namespace

double allowance_used(const ObjectiveResult& o, double value) {
  if (!std::isfinite(value)) return (value > 0) == upper_bound(o) ? 1e9 : 0;
  double used = 0;
  if (upper_bound(o)) {
    used = o.bound > 0 ? value / o.bound : (value <= o.bound ? 1.0 : 2.0);
  } else if (o.estimate.unit == "ratio" && o.bound >= 0.5) {
    used = o.bound < 1 ? (1 - value) / (1 - o.bound) : (value >= o.bound ? 1.0 : 2.0);
  } else {
    used = o.bound > 0 ? 2 - value / o.bound : (value >= o.bound ? 1.0 : 2.0);
  }
  return std::clamp(used, 0.0, 1e9);
}

std::string objective_name(const ObjectiveResult& o) {
  if (o.id.empty() || o.id == o.text || o.id == o.metric) return o.metric;
  return o.id + ": " + o.metric;
}

std::string target_text(const ObjectiveResult& o) {
  if (o.text.starts_with(o.metric)) {
    const size_t at = o.text.find_first_not_of(' ', o.metric.size());
    if (at != o.text.npos && (o.text[at] == '<' || o.text[at] == '>')) return o.text.substr(at);
  }
  std::string out = o.target;
  if (o.window > 0 && out.find("window") == out.npos)
    out += " of " + format_duration(o.window) + " windows";
  if (o.during && out.find("during") == out.npos)
    out += fmt::format(" during {}..{}", format_duration(o.during->first),
                       format_duration(o.during->second));
  return out;
}

std::string objective_sentence(const ObjectiveResult& o) {
  const std::string name = objective_name(o);
  if (!o.estimate.value)
    return name + " has no figure" + (o.note.empty() ? std::string() : ": " + o.note);
  const std::string measured = figure(o.estimate).text();
  if (o.verdict == Verdict::inconclusive)
    return fmt::format("{} is {}{}{}", name, measured, o.note.empty() ? "" : ", but ", o.note);
  if (o.window > 0)
    return fmt::format("{} {}: met in {} of them, {}", name, target_text(o), measured, relation(o));
  std::string part;
  if (o.during)
    part = fmt::format(" during {}..{}", format_duration(o.during->first),
                       format_duration(o.during->second));
  return fmt::format("{}{} is {}, {}", name, part, measured, relation(o));
}

const ObjectiveResult* decisive_objective(const RunResult& r) {
  const auto it =
      std::max_element(r.objectives.begin(), r.objectives.end(),
                       [](const auto& a, const auto& b) { return severity(a) < severity(b); });
  return it == r.objectives.end() ? nullptr : &*it;
}

std::string verdict_sentence(const RunResult& r) {
  std::string lead = std::string(verdict_name(r.verdict)) + ": ";
  const ObjectiveResult* worst = decisive_objective(r);
  if (!worst) return lead + "there is no objective to judge";
  switch (r.verdict) {
    case Verdict::holds: {
      const size_t n = r.objectives.size();
      if (n == 1) return lead + objective_sentence(*worst);
      return fmt::format("{}all {} objectives; closest: {}", lead, n, objective_sentence(*worst));
    }
    case Verdict::fails:
      return lead + objective_sentence(*worst) + more(r, worst->verdict, "fails", "fail");
    case Verdict::undecided:
    case Verdict::inconclusive:
      return lead + objective_sentence(*worst) + more(r, worst->verdict, "is open", "are open");
  }
  return lead;
}

std::string objective_counts(const RunResult& r) {
  std::string out;
  const auto add = [&](Verdict verdict, const char* one, const char* many) {
    const int n = r.count(verdict);
    if (n > 0) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", n, n == 1 ? one : many);
  };
  add(Verdict::fails, "fails", "fail");
  add(Verdict::undecided, "undecided", "undecided");
  add(Verdict::inconclusive, "inconclusive", "inconclusive");
  add(Verdict::holds, "holds", "hold");
  return out;
}

std::string method_sentence(const RunResult& r) {
  std::string out = fmt::format("{} {} of {}", r.trials, r.trials == 1 ? "trial" : "trials",
                                format_span(r.horizon));
  if (r.warmup > 0) {
    out += fmt::format(", {} warm-up cut", format_span(r.warmup));
    if (!r.warmup_rule.empty()) out += " (" + r.warmup_rule + ")";
  } else {
    out += ", no warm-up cut";
    constexpr std::string_view kNone = "none: ";
    if (r.warmup_rule.starts_with(kNone)) out += " (" + r.warmup_rule.substr(kNone.size()) + ")";
  }
  out += fmt::format(", {} intervals", format_figure(r.confidence, "ratio", 4));
  if (r.interrupted) out += ", interrupted";
  return out;
}

std::string certainty_sentence(const RunResult& r) {
  const ObjectiveResult* o = decisive_objective(r);
  if (!o || !o->estimate.value || !std::isfinite(o->estimate.low + o->estimate.high)) return "";
  const Estimate& e = o->estimate;
  const std::string ends =
      fmt::format("{} interval, {} to {},", format_figure(r.confidence, "ratio", 4),
                  format_figure(e.low, e.unit, 4), format_figure(e.high, e.unit, 4));
  const std::string bound = format_figure(o->bound, e.unit, 6);
  const bool apart = e.low > o->bound || e.high < o->bound;
  if (apart && o->verdict == Verdict::undecided)
    return fmt::format("the {} does not contain {}, but is too near for a verdict", ends, bound);
  if (e.low > o->bound || e.high < o->bound)
    return fmt::format("the whole {} lies {} {}", ends, e.low > o->bound ? "above" : "below",
                       bound);
  return fmt::format("the {} contains {}", ends, bound);
}

std::string fault_sentence(const FaultResult& f) {
  const std::string name =
      f.id.starts_with(f.kind) ? "fault " + f.id : fmt::format("fault {} ({})", f.id, f.kind);
  if (f.trials == 0) return name + " never began: its condition did not come true";
  std::string out = fmt::format("{} from {}", name, format_span(f.began));
  if (std::isnan(f.ended)) {
    out += " on";
  } else if (f.ended > f.began) {
    out += " to " + format_span(f.ended);
  }
  if (!f.took_effect) return out + ": took no effect";
  return fmt::format("{}: {} hits per trial", out, format_short(f.touched));
}

std::vector<std::string> fault_sentences(const RunResult& r) {
  std::vector<std::string> out;
  for (const FaultResult& fault : r.faults) out.push_back(fault_sentence(fault));
  return out;
}

std::string guard_deeds(const GuardResult& g) {
  const auto times = [](double count) {
    return count == 1 ? "once" : format_short(count) + " times";
  };
  std::vector<std::string> parts{format_short(g.attempts) + " attempts"};
  if (g.opened > 0 || g.broken > 0)
    parts.push_back(fmt::format("breaker opened {} and refused {} calls", times(g.opened),
                                format_short(g.broken)));
  if (g.bulkhead_full > 0)
    parts.push_back(fmt::format("bulkhead refused {} calls", format_short(g.bulkhead_full)));
  if (g.throttled > 0)
    parts.push_back(fmt::format("throttle held back {} calls", format_short(g.throttled)));
  if (g.retries > 0 || g.retries_denied > 0)
    parts.push_back(fmt::format("{} retries, {} denied", format_short(g.retries),
                                format_short(g.retries_denied)));
  if (g.hedges > 0)
    parts.push_back(fmt::format("{} hedges, {} of them first to answer", format_short(g.hedges),
                                format_short(g.hedges_won)));
  if (parts.size() == 1) parts.emplace_back("its guards had nothing to do");
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string guard_sentence(const GuardResult& g) {
  return fmt::format("{} -> {}, per trial: {}", g.caller, g.callee, guard_deeds(g));
}

std::vector<std::string> guard_sentences(const RunResult& r) {
  std::vector<std::string> out;
  for (const GuardResult& guard : r.guards) out.push_back(guard_sentence(guard));
  return out;
}

std::string sentence_case(std::string text) {
  if (!text.empty() && text.front() >= 'a' && text.front() <= 'z')
    text.front() = static_cast<char>(text.front() - 'a' + 'A');
  return text;
}

std::string busiest_sentence(const RunResult& r) {
  const SubjectResult* top = nullptr;
  double most = -1;
  for (const SubjectResult& s : r.subjects) {
    if (s.kind != "service" && s.kind != "database") continue;
    const Estimate* used = s.find("utilization");
    if (used && *used->value > most) {
      most = *used->value;
      top = &s;
    }
  }
  if (!top) return "";
  const std::string used = figure(*top->find("utilization")).text() + " used";
  std::string out = most < 0.5
                        ? fmt::format("no service is busy: {} leads with {}", top->name, used)
                        : fmt::format("busiest: {}, {}", top->name, used);
  const Estimate* wait = top->find("mean_wait");
  if (wait && *wait->value > 0) out += ", mean wait " + figure(*wait).text();
  return out;
}

std::string checks_sentence(const RunResult& r) {
  if (r.checks.empty()) return "";
  std::vector<std::string> laws;
  std::string broken;
  size_t failures = 0;
  for (const SelfCheck& c : r.checks) {
    const std::string law = c.law.substr(0, c.law.find(": "));  // "Little's law: L = lambda W"
    if (std::find(laws.begin(), laws.end(), law) == laws.end()) laws.push_back(law);
    if (c.holds) continue;
    if (++failures <= 3)
      broken += fmt::format("{}{} at {}", broken.empty() ? "" : ", ", law, c.subject);
  }
  if (failures > 3) broken += ", ...";
  if (failures > 0)
    return fmt::format("{} of {} self-checks do not hold: {}", failures, r.checks.size(), broken);
  return fmt::format("all {} self-checks hold ({})", r.checks.size(), fmt::join(laws, ", "));
}

std::string reproduce_command(const RunResult& r) {
  std::string out = fmt::format("rehearse run scenario.resolved.yaml --seed {}", r.seed);
  if (r.trials > 0) out += fmt::format(" --trials {}", r.trials);
  return out;
}

}  // namespace rehearse::reports
