#include "reports/variants.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "reports/figures.hpp"

namespace rehearse::reports {
namespace {

constexpr size_t kMostNamed = 3;
constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();

bool is_hours(const FigureChange& f) {
  return f.metric == "instance_hours";
}

/// What is paid for.
bool is_use(const FigureChange& f) {
  return is_hours(f) || f.metric == "core_hours" || f.metric == "memory_hours";
}

Estimate turned(const Estimate& e) {
  return {-*e.value, -e.high, -e.low, e.unit};
}

size_t workloads_in(const std::vector<const FigureChange*>& figures) {
  return static_cast<size_t>(std::count_if(
      figures.begin(), figures.end(), [](const auto* f) { return f->metric == "error_ratio"; }));
}

/// "p95", "errors"; with the name of the workload where there are several.
std::string short_name(const FigureChange& f, bool several) {
  if (is_hours(f)) return "instance hours";
  const std::string what = f.metric == "error_ratio" ? "errors" : f.metric;
  return several ? fmt::format("{} of {}", what, f.subject) : what;
}

/// "p95 (-41 ms [-52, -30]) and errors (-0.2 pp [-0.3, -0.1])", as seen from the later side, or
/// from the earlier one.
std::string list_of_changes(const std::vector<const FigureChange*>& figures, bool several,
                            bool from_later) {
  std::vector<std::string> parts;
  for (const FigureChange* f : figures) {
    if (parts.size() == kMostNamed) break;
    const Estimate& change = f->figure.paired->change;
    parts.push_back(fmt::format("{} ({})", short_name(*f, several),
                                difference_figure(from_later ? change : turned(change)).text()));
  }
  if (figures.size() > parts.size())
    parts.push_back(fmt::format("{} more", figures.size() - parts.size()));
  if (parts.size() == 1) return parts.front();
  const std::string last = parts.back();
  parts.pop_back();
  return fmt::format("{} and {}", fmt::join(parts, ", "), last);
}

/// " at 3.2 instance hours more [2.9, 3.5]", as seen from that side.
std::string price(const FigureChange* hours, bool from_later) {
  if (hours == nullptr) return "";
  Estimate change = hours->figure.paired->change;
  if (!from_later) change = turned(change);
  if (!hours->figure.significant)
    return fmt::format(" at the same instance hours ({})", difference_figure(change).text());
  const bool more = *change.value > 0;
  Figure figure = difference_figure(more ? change : turned(change));
  if (figure.number.front() == '+') figure.number.erase(0, 1);
  return fmt::format(" at {}{} instance hours {} {}", figure.number, figure.unit,
                     more ? "more" : "less", figure.interval);
}

/// Values of one figure by variant, where all have it.
struct Contest {
  std::string name;
  std::vector<double> values;
};

std::vector<Contest> contests(const VariantComparison& all) {
  std::vector<Contest> out;
  const auto first = choice_figures(all.with_baseline(1));
  const bool several = workloads_in(first) > 1;
  for (const FigureChange* f : first) {
    Contest contest{short_name(*f, several), {f->figure.shown_before().value_or(kNoValue)}};
    for (size_t i = 1; i < all.variants.size(); ++i)
      for (const FigureChange* other : choice_figures(all.with_baseline(i)))
        if (other->subject == f->subject && other->metric == f->metric)
          contest.values.push_back(other->figure.shown_after().value_or(kNoValue));
    if (contest.values.size() == all.variants.size()) out.push_back(std::move(contest));
  }
  return out;
}

/// The comparison of variants i and j, i < j.
const Comparison& pair_of(const VariantComparison& all, size_t i, size_t j) {
  const size_t n = all.variants.size();
  return all.comparisons[i * n - i * (i + 1) / 2 + (j - i - 1)];
}

bool told_apart(const VariantComparison& all, const std::string& name, size_t i, size_t j) {
  const Comparison& c = pair_of(all, std::min(i, j), std::max(i, j));
  const auto figures = choice_figures(c);
  const bool several = workloads_in(figures) > 1;
  return std::any_of(figures.begin(), figures.end(), [&](const FigureChange* f) {
    return short_name(*f, several) == name && f->figure.significant;
  });
}

/// "lowest p95: predictive, not told from hpa".
std::string winner(const VariantComparison& all, const Contest& contest) {
  size_t best = 0;
  for (size_t i = 1; i < contest.values.size(); ++i)
    if (contest.values[i] < contest.values[best] || std::isnan(contest.values[best])) best = i;
  std::vector<std::string> equals;
  for (size_t i = 0; i < contest.values.size(); ++i)
    if (i != best && !told_apart(all, contest.name, best, i))
      equals.push_back(all.variants[i].source);
  const bool latency = contest.name.rfind("p95", 0) == 0;
  std::string out = fmt::format("{} {}: ", latency ? "lowest" : "fewest", contest.name);
  if (equals.size() + 1 == contest.values.size()) return out + "not told apart";
  out += all.variants[best].source;
  if (!equals.empty()) out += fmt::format(" (not told from {})", fmt::join(equals, ", "));
  return out;
}

std::string called(const ComparedRun& run) {
  return run.source.empty() ? "this run" : run.source;
}

/// As objectives write it.
std::string as_objective(const FigureChange& f) {
  return fmt::format("{}({})", f.metric == "error_ratio" ? "error_rate" : f.metric, f.subject);
}

bool asks_for(const ObjectiveChange& o, const FigureChange& f) {
  const std::string name = as_objective(f);
  const bool whole =
      o.target.find(" in ") == std::string::npos && o.target.find(" during ") == std::string::npos;
  return whole && o.name.size() >= name.size() &&
         o.name.compare(o.name.size() - name.size(), name.size(), name) == 0;
}

}  // namespace

bool VariantComparison::worsened() const {
  for (size_t i = 1; i < variants.size(); ++i)
    if (with_baseline(i).worsened()) return true;
  return false;
}

bool is_choice(const FigureChange& f) {
  return is_hours(f) || (f.kind == "workload" && (f.metric == "p95" || f.metric == "error_ratio"));
}

std::vector<const FigureChange*> choice_figures(const Comparison& c) {
  std::vector<const FigureChange*> out, hours;
  for (const FigureChange& f : c.headline) {
    if (!is_choice(f) || !f.figure.paired || !f.figure.paired->change.value) continue;
    (is_hours(f) ? hours : out).push_back(&f);
  }
  if (!hours.empty()) out.push_back(hours.back());  // the sum stands last
  return out;
}

std::vector<ComparedRow> compared_rows(const Comparison& c) {
  std::vector<ComparedRow> out;
  for (const ObjectiveChange& o : c.objectives)
    if (o.before && o.after) out.push_back({o.name, &o.figure});
  for (const FigureChange& f : c.headline) {
    if (f.kind == "service" && f.metric != "utilization" && !is_use(f)) continue;
    const bool asked = std::any_of(c.objectives.begin(), c.objectives.end(),
                                   [&](const ObjectiveChange& o) { return asks_for(o, f); });
    if (!asked) out.push_back({f.subject + " " + f.metric, &f.figure});
  }
  return out;
}

std::string choice_sentence(const Comparison& c) {
  std::vector<const FigureChange*> gains, losses, all = choice_figures(c);
  const FigureChange* hours = nullptr;
  if (!all.empty() && is_hours(*all.back())) {
    hours = all.back();
    all.pop_back();
  }
  for (const FigureChange* f : all) {
    if (f->figure.trend == Trend::better) gains.push_back(f);
    if (f->figure.trend == Trend::worse) losses.push_back(f);
  }
  const bool several = workloads_in(all) > 1;
  const std::string before = called(c.before), after = called(c.after);
  if (all.empty() && hours == nullptr)
    return fmt::format("{} and {} have no figure in common to choose by", after, before);
  if (gains.empty() && losses.empty()) {
    std::vector<std::string> names;
    for (const FigureChange* f : all) names.push_back(short_name(*f, several));
    if (names.size() > kMostNamed) names = {"p95", "errors"};
    return fmt::format("{} and {} are not told apart by {}{}", after, before,
                       fmt::join(names, " and "),
                       hours ? fmt::format("; {} runs{}", after, price(hours, true)) : "");
  }
  if (losses.empty())
    return fmt::format("{} beats {} on {}{}", after, before, list_of_changes(gains, several, true),
                       price(hours, true));
  if (gains.empty())
    return fmt::format("{} beats {} on {}{}", before, after,
                       list_of_changes(losses, several, false), price(hours, false));
  return fmt::format("{} is better than {} on {} and worse on {}{}", after, before,
                     list_of_changes(gains, several, true), list_of_changes(losses, several, true),
                     price(hours, true));
}

std::string variants_sentence(const VariantComparison& all) {
  if (all.comparisons.size() == 1) return choice_sentence(all.comparisons.front());
  std::vector<std::string> parts;
  for (const Contest& contest : contests(all))
    if (parts.size() < 4) parts.push_back(winner(all, contest));
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string pairing_sentence(const Comparison& c) {
  for (const FigureChange* f : choice_figures(c)) {
    const PairedDifference& paired = *f->figure.paired;
    if (!std::isfinite(paired.correlation) || !(paired.variance_ratio > 0)) continue;
    const double times = 1 / paired.variance_ratio;
    const std::string lead = fmt::format("{} {} of both goes together with r = {:.2f}", f->subject,
                                         f->metric, paired.correlation);
    if (times < 1.05) return lead + ": pairing gains nothing";
    return fmt::format("{}: unpaired trials would have to be {} times as many", lead,
                       format_figure(times, "1", 2));
  }
  return "";
}

}  // namespace rehearse::reports
