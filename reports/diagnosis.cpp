#include "reports/diagnosis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/figures.hpp"
#include "reports/instances.hpp"

namespace rehearse::reports {
namespace {

/// Faults that ended this share of the run before a breach may still explain it.
constexpr double kAftermath = 0.1;
/// Utilisation from which waiting times grow steeply, whatever the number of servers.
constexpr double kNearlyFull = 0.7;
constexpr double kFull = 0.9;

const std::vector<double>* values_of(const RunResult& r, const Series& s, std::string_view name) {
  for (const SeriesColumn& column : series_columns())
    if (name == column.name && (s.*column.values).size() == r.series_at.size())
      return &(s.*column.values);
  return nullptr;
}

bool beyond(const ColumnBound& bound, double value) {
  return bound.upper ? value > bound.value : value < bound.value;
}

/// Part of the run that is measured for an objective.
std::pair<double, double> measured(const RunResult& r, const ObjectiveResult& o) {
  return o.during.value_or(std::pair{r.warmup, r.horizon});
}

std::optional<Breach> breach_of(const RunResult& r, const ObjectiveResult& o) {
  const std::optional<ColumnBound> bound = column_bound(o);
  const Series* s = bound ? r.find_series(o.subject) : nullptr;
  const auto* values = s ? values_of(r, *s, bound->column) : nullptr;
  if (!values) return std::nullopt;
  const auto [from, to] = measured(r, o);
  Breach found{&o};
  for (size_t i = 0; i < values->size(); ++i) {
    const double value = (*values)[i];
    // Whole windows only: what is cut off is not judged.
    if (!std::isfinite(value) || r.series_at[i] < from - 1e-9 ||
        r.series_at[i] + r.series_interval > to + 1e-6 * std::max(to, 1.0))
      continue;
    ++found.of;
    if (!beyond(*bound, value)) continue;
    if (found.windows++ == 0) {
      found.at = r.series_at[i];
      found.value = value;
    }
  }
  return found.windows > 0 ? std::optional(found) : std::nullopt;
}

bool is_station(const std::string& kind) {
  return kind == "service" || kind == "database" || kind == "broker" || kind == "queue" ||
         kind == "cache";
}

/// How busy a part was in one window; of the run as a whole where `window` is none.
struct Load {
  const Series* series = nullptr;
  double used = -1;
  double of_what_is_up = -1;  ///< the same, of the instances that are up
  double waiting = std::nan("");
  int up = 0;
  int all = 0;  ///< instances; 0 where nothing is known of them
};

double at(const std::vector<double>* values, size_t window) {
  return values && window < values->size() ? (*values)[window] : std::nan("");
}

Load busiest_at(const RunResult& r, size_t window) {
  const std::vector<InstanceHistory> histories = instance_histories(r);
  Load top;
  for (const Series& s : r.series) {
    const double used = is_station(s.kind) ? at(values_of(r, s, "utilization"), window) : -1;
    if (!(used >= 0)) continue;
    Load load{&s, used, used, at(values_of(r, s, "queue_length"), window)};
    for (const InstanceHistory& h : histories) {
      if (h.subject != s.subject || h.kind != s.kind) continue;
      const double from = r.series_at[window];
      load.up = h.fewest_up(from, from + r.series_interval);
      load.all = h.scaled ? load.up : static_cast<int>(h.instances.size());
      if (load.up > 0) load.of_what_is_up = used * load.all / load.up;
    }
    if (load.of_what_is_up > top.of_what_is_up) top = load;
  }
  return top;
}

std::string waiting_text(double waiting) {
  if (!(waiting >= 0.05)) return "";
  return fmt::format(", {} waiting", format_figure(waiting, "1", 2));
}

std::string average_text(const RunResult& r, const Series& s) {
  const SubjectResult* subject = r.find(s.subject, s.kind);
  const Estimate* used = subject ? subject->find("utilization") : nullptr;
  if (!used) return "";
  const Estimate* waiting = subject->find("queue_length");
  return fmt::format(" ({} used{} on average)", format_figure(*used->value, "ratio", 3),
                     waiting ? waiting_text(*waiting->value) : "");
}

size_t window_of(const RunResult& r, double time) {
  const auto after = std::upper_bound(r.series_at.begin(), r.series_at.end(), time + 1e-9);
  return after == r.series_at.begin() ? 0 : static_cast<size_t>(after - r.series_at.begin()) - 1;
}

std::string fault_part(const RunResult& r, double time) {
  const FaultResult* best = nullptr;
  for (const FaultResult& f : r.faults) {
    const double end = std::isfinite(f.ended) ? f.ended : r.horizon;
    if (f.trials == 0 || !f.took_effect || f.began > time + r.series_interval ||
        end + kAftermath * r.horizon < time)
      continue;
    if (!best || f.began > best->began) best = &f;
  }
  if (!best) return "";
  const bool over = std::isfinite(best->ended) && best->ended <= time;
  const double ago = time - (over ? best->ended : best->began);
  return fmt::format(
      "{} ({}) {} {}", best->id, best->kind, over ? "ended" : "began",
      ago < r.series_interval ? std::string("right then") : format_span(ago) + " before");
}

/// Clients of an open loop that ask for less than an objective wants served.
std::string too_little_asked(const RunResult& r, const ObjectiveResult& o) {
  if (o.estimate.unit != "1/s" || o.op.empty() || o.op.front() != '>') return "";
  const SubjectResult* subject = r.find(o.subject);
  const Estimate* asked = subject ? subject->find("arrival_rate") : nullptr;
  if (!asked || *asked->value >= o.bound) return "";
  return fmt::format("no more than {} is asked for on average",
                     format_figure(*asked->value, "1/s", 3));
}

/// What a request's time is spent on most: of those that the objective is about where there are
/// any, else of all.
std::string time_part(const RunResult& r, const ObjectiveResult* o) {
  const bool about_time = o && o->estimate.unit == "s";
  if (!about_time) return "";
  std::map<std::string, double> own;  // seconds of those requests
  double all = 0;
  for (const TimeSpent& t : r.time_spent) {
    const bool workload = t.request.starts_with(o->subject + ".");
    if (!workload && !t.request.ends_with("." + o->subject)) continue;
    const double time = t.mean * static_cast<double>(t.requests);
    all += time;
    own[t.phase + (t.phase == "network" ? " to " : " in ") + t.hop] += time;
  }
  const auto top = std::max_element(
      own.begin(), own.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  if (top == own.end() || all <= 0) return "";
  return fmt::format("{} of the time of {} is {}", format_figure(top->second / all, "ratio", 2),
                     o->subject, top->first);
}

/// ", with 2 of 3 instances up: no room was left".
std::string up_text(const Load& load) {
  if (load.all == 0 || load.up == load.all) return "";
  return fmt::format(", with {} of {} instances up{}", load.up, load.all,
                     load.of_what_is_up >= kFull ? ": no room was left" : "");
}

std::string busy_part(const RunResult& r, const Load& load, bool then) {
  if (!load.series || load.used < 0) return "";
  const std::string used = format_figure(load.used, "ratio", 3) + " used";
  if (load.of_what_is_up < kNearlyFull)
    return fmt::format("nothing is short of capacity: {} leads with {}", load.series->subject,
                       used);
  return fmt::format("{} was {}{}{}{}{}", load.series->subject, used, waiting_text(load.waiting),
                     then ? " then" : "", then ? average_text(r, *load.series) : "", up_text(load));
}

/// Of the run as a whole, as if it were one window.
Load busiest_overall(const RunResult& r) {
  Load top;
  for (const Series& s : r.series) {
    const SubjectResult* subject = is_station(s.kind) ? r.find(s.subject, s.kind) : nullptr;
    const Estimate* used = subject ? subject->find("utilization") : nullptr;
    if (!used || *used->value <= top.used) continue;
    const Estimate* waiting = subject->find("queue_length");
    top = {&s, *used->value, *used->value, waiting ? *waiting->value : std::nan("")};
  }
  return top;
}

}  // namespace

std::optional<ColumnBound> column_bound(const ObjectiveResult& o) {
  if (o.window > 0 || o.op.empty()) return std::nullopt;
  const std::string metric = o.metric.substr(0, o.metric.find('('));
  const bool upper = o.op.front() == '<';
  if (metric == "availability") return ColumnBound{"error_ratio", 1 - o.bound, !upper};
  if (metric == "error_rate") return ColumnBound{"error_ratio", o.bound, upper};
  for (const SeriesColumn& column : series_columns())
    if (metric == column.name) return ColumnBound{column.name, o.bound, upper};
  return std::nullopt;
}

std::optional<Breach> first_breach(const RunResult& r) {
  std::optional<Breach> first;
  const bool any_fails = r.count(Verdict::fails) > 0;
  for (const ObjectiveResult& o : r.objectives) {
    if (any_fails && o.verdict != Verdict::fails) continue;
    const std::optional<Breach> one = breach_of(r, o);
    if (one && (!first || one->at < first->at)) first = one;
  }
  return first;
}

std::string breach_sentence(const RunResult& r) {
  const std::optional<Breach> b = first_breach(r);
  if (!b) return "";
  const ObjectiveResult& o = *b->objective;
  const ColumnBound bound = *column_bound(o);
  const bool errors = std::string_view(bound.column) == "error_ratio";
  const std::string unit = errors ? "ratio" : o.estimate.unit;
  const std::string when = b->at <= 0 ? "the start" : format_span(b->at);
  const std::string value = format_figure(b->value, unit, 3) + (errors ? " errors" : "");
  const std::string limit =
      fmt::format("{} {}", bound.upper ? "above" : "below", format_figure(bound.value, unit, 6));
  const std::string share =
      fmt::format("in {} of {} windows", format_count(b->windows), format_count(b->of));
  if (o.verdict == Verdict::fails)
    return fmt::format("{} at {}: {}, {}; so {}", o.metric, when, value, limit, share);
  return fmt::format("nothing{}; {} was {} {}, first at {} ({})",
                     o.verdict == Verdict::holds ? "" : " for sure", o.metric, limit, share, when,
                     value);
}

std::string cause_sentence(const RunResult& r) {
  const std::optional<Breach> b = first_breach(r);
  const ObjectiveResult* o = b ? b->objective : nullptr;
  std::vector<std::string> parts;
  const auto add = [&parts](std::string part) {
    if (!part.empty()) parts.push_back(std::move(part));
  };
  if (b) add(fault_part(r, b->at));
  if (o) add(too_little_asked(r, *o));
  const Load load = b ? busiest_at(r, window_of(r, b->at)) : busiest_overall(r);
  add(busy_part(r, load, b.has_value()));
  add(time_part(r, o));
  return fmt::format("{}", fmt::join(parts, "; "));
}

}  // namespace rehearse::reports
