#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "reports/comparison_json.hpp"
#include "reports/json.hpp"
#include "reports/json_walker.hpp"
#include "reports/text.hpp"

namespace rehearse::reports {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMaxBytes = size_t{256} << 20;
constexpr size_t kMaxDepth = 32;
constexpr size_t kMaxMembers = 20'000;

/// What is too much about the text, or an empty string. Looked at before parsing, so that neither a
/// million brackets nor an object of a million keys (kept in order, hence slow to look up) costs
/// more than this one pass.
std::string excess_of(std::string_view text) {
  if (text.size() > kMaxBytes) return "larger than 256 MiB";
  std::vector<size_t> members;  // colons seen inside each open bracket
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (members.size() == kMaxDepth)
        return fmt::format("nested deeper than {} levels", kMaxDepth);
      members.push_back(0);
    } else if ((c == ']' || c == '}') && !members.empty()) {
      members.pop_back();
    } else if (c == ':' && !members.empty() && ++members.back() > kMaxMembers) {
      return fmt::format("an object of more than {} keys", kMaxMembers);
    }
  }
  return "";
}

ClosedForm read_closed_form(Walker& w, const Json& object, const std::string& path) {
  ClosedForm form;
  if (!w.is_object(object, path)) return form;
  form.model = w.text(object, path, "model");
  form.value = w.real(object, path, "value", std::numeric_limits<double>::quiet_NaN());
  form.agrees = w.flag(object, path, "agrees");
  return form;
}

std::optional<std::pair<double, double>> read_during(Walker& w, const Json& o,
                                                     const std::string& path) {
  const Json* during = w.member(o, path, "during");
  const std::string at = Walker::join(path, "during");
  if (!during || during->is_null() || !w.is_pair(*during, at)) return std::nullopt;
  return std::pair{w.real((*during)[0], at, 0), w.real((*during)[1], at, 0)};
}

ObjectiveResult read_objective(Walker& w, const Json& o, const std::string& path) {
  ObjectiveResult out;
  if (!w.is_object(o, path)) return out;
  out.id = w.text(o, path, "id");
  out.text = w.text(o, path, "text");
  out.metric = w.text(o, path, "metric");
  out.subject = w.text(o, path, "subject");
  out.target = w.text(o, path, "target");
  out.op = w.text(o, path, "op");
  out.bound = w.real(o, path, "bound", 0);
  out.estimate = w.estimate(o, path);
  out.verdict = w.verdict(o, path, "verdict");
  out.window = w.real(o, path, "window", 0);
  out.during = read_during(w, o, path);
  out.note = w.text(o, path, "note");
  out.observations = w.count(o, path, "observations");
  const Json* form = w.member(o, path, "closed_form");
  if (form && !form->is_null())
    out.closed_form = read_closed_form(w, *form, Walker::join(path, "closed_form"));
  return out;
}

void read_distribution(Walker& w, const Json& bins, const std::string& path, SubjectResult& out) {
  double previous = 0;
  for (const Json& bin : bins) {
    if (!w.is_pair(bin, path)) return;
    const double upper = w.real(bin[0], path, 0);
    if (!(upper > previous)) return w.fail(path, "bounds above zero that rise", &bin);
    previous = upper;
    out.distribution.emplace_back(upper,
                                  w.count(bin[1], path, std::numeric_limits<std::uint64_t>::max()));
  }
}

SubjectResult read_subject(Walker& w, const std::string& subject_name, const char* kind,
                           const Json& object, const std::string& path) {
  SubjectResult out;
  out.name = subject_name;
  out.kind = kind;
  if (!w.is_object(object, path)) return out;
  for (const auto& item : object.items())
    if (item.value().is_object() && item.value().contains("estimate") && item.key() != "outcomes" &&
        item.key() != "closed_forms")
      out.metrics.emplace_back(item.key(),
                               w.estimate(item.value(), Walker::join(path, item.key())));
  const std::string forms = Walker::join(path, "closed_forms");
  for (const auto& item : w.map(object, path, "closed_forms").items())
    out.closed_forms.emplace_back(item.key(), read_closed_form(w, item.value(), forms));
  for (const auto& item : w.map(object, path, "outcomes").items())
    out.outcomes.emplace_back(item.key(), w.real(item.value(), Walker::join(path, "outcomes"), 0));
  read_distribution(w, w.list(object, path, "distribution"), Walker::join(path, "distribution"),
                    out);
  return out;
}

std::vector<double> read_numbers(Walker& w, const Json& list, const std::string& path,
                                 double missing) {
  std::vector<double> out;
  out.reserve(list.size());
  for (const Json& item : list) out.push_back(w.real(item, path, missing));
  return out;
}

void read_heat(Walker& w, const Json& series, const std::string& path, size_t stretches,
               Series& out) {
  const std::string at = Walker::join(path, "heat");
  double previous = 0;
  for (const Json& bin : w.list(series, path, "heat")) {
    if (!w.is_pair(bin, at)) return;
    const double upper = w.real(bin[0], at, 0);
    if (!(upper > previous)) return w.fail(at, "bounds above zero that rise", &bin);
    if (!bin[1].is_array() || bin[1].size() != stretches)
      return w.fail(at, fmt::format("{} counts, one per entry of heat_at", stretches), &bin);
    previous = upper;
    auto& counts = out.heat.emplace_back(upper, std::vector<std::uint64_t>()).second;
    for (const Json& one : bin[1])
      counts.push_back(w.count(one, at, std::numeric_limits<std::uint64_t>::max()));
  }
}

void read_series(Walker& w, const Json& root, RunResult& out) {
  const Json& series = w.map(root, "", "series");
  if (!w.ok()) return;
  out.series_interval = w.real(series, "series", "interval", 0);
  out.series_at = read_numbers(w, w.list(series, "series", "at"), "series.at", 0);
  if (!std::is_sorted(out.series_at.begin(), out.series_at.end()))
    w.fail("series.at", "times that rise", nullptr);
  if (series.contains("heat_at"))
    out.heat_at = read_numbers(w, w.list(series, "series", "heat_at"), "series.heat_at", 0);
  size_t index = 0;
  for (const Json& one : w.list(series, "series", "subjects")) {
    const std::string path = fmt::format("series.subjects[{}]", index++);
    if (!w.is_object(one, path)) return;
    Series s;
    s.subject = w.text(one, path, "subject");
    s.kind = w.text(one, path, "kind");
    for (const SeriesColumn& column : series_columns()) {
      const bool optional = column.optional || column.values == &Series::queue_length;
      if (optional && !one.contains(column.name)) continue;  // older, or of what nobody scales
      const Json& values = w.list(one, path, column.name);
      const std::string at = Walker::join(path, column.name);
      s.*column.values = read_numbers(w, values, at, std::numeric_limits<double>::quiet_NaN());
      if (!values.empty() && values.size() != out.series_at.size())
        w.fail(at, fmt::format("{} values, one per window", out.series_at.size()), &values);
    }
    if (one.contains("heat")) read_heat(w, one, path, out.heat_at.size(), s);
    out.series.push_back(std::move(s));
  }
}

void read_checks(Walker& w, const Json& root, RunResult& out) {
  constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
  size_t index = 0;
  for (const Json& one : w.list(root, "", "checks")) {
    const std::string path = fmt::format("checks[{}]", index++);
    if (!w.is_object(one, path)) return;
    SelfCheck c;
    c.law = w.text(one, path, "law");
    c.subject = w.text(one, path, "subject");
    c.left = w.real(one, path, "left", kMissing);
    c.right = w.real(one, path, "right", kMissing);
    c.tolerance = w.real(one, path, "tolerance", kMissing);
    c.holds = w.flag(one, path, "holds");
    out.checks.push_back(std::move(c));
  }
}

void read_topology(Walker& w, const Json& root, Topology& out) {
  if (!root.contains("topology")) return;  // written before there was any
  const Json& topology = w.map(root, "", "topology");
  for (const Json& one : w.list(topology, "topology", "parts")) {
    const std::string path = fmt::format("topology.parts[{}]", out.parts.size());
    if (!w.is_object(one, path)) return;
    TopologyPart part{w.text(one, path, "name"), w.text(one, path, "kind"), {}};
    for (const Json& at : w.list(one, path, "places")) {
      if (!at.is_array() || at.size() != 3 || !at[0].is_string() || !at[1].is_string())
        return w.fail(path + ".places", "lists of region, zone and instances", &at);
      part.places.push_back({at[0].get<std::string>(), at[1].get<std::string>(),
                             w.count(at[2], path, 1'000'000'000)});
    }
    out.parts.push_back(std::move(part));
  }
  for (const Json& one : w.list(topology, "topology", "calls")) {
    const std::string path = fmt::format("topology.calls[{}]", out.calls.size());
    if (!w.is_object(one, path)) return;
    const std::uint64_t most = out.parts.empty() ? 0 : out.parts.size() - 1;
    out.calls.push_back({static_cast<std::uint32_t>(w.count(one, path, "from", most)),
                         static_cast<std::uint32_t>(w.count(one, path, "to", most)),
                         w.real(one, path, "rate", 0)});
    if (out.parts.empty()) return w.fail(path, "parts to call", nullptr);
  }
}

void read_time_spent(Walker& w, const Json& root, RunResult& out) {
  if (!root.contains("time_spent")) return;  // written before there was any
  for (const Json& one : w.list(root, "", "time_spent")) {
    const std::string path = fmt::format("time_spent[{}]", out.time_spent.size());
    if (!w.is_object(one, path)) return;
    TimeSpent t;
    t.request = w.text(one, path, "request");
    t.stack = w.text(one, path, "stack");
    t.hop = w.text(one, path, "hop");
    t.phase = w.text(one, path, "phase");
    t.requests = w.count(one, path, "requests");
    t.mean = w.real(one, path, "mean", 0);
    t.share = w.real(one, path, "share", 0);
    out.time_spent.push_back(std::move(t));
  }
}

void read_faults(Walker& w, const Json& root, RunResult& out) {
  constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
  if (!root.contains("faults")) return;  // written before there were any
  size_t index = 0;
  for (const Json& one : w.list(root, "", "faults")) {
    const std::string path = fmt::format("faults[{}]", index++);
    if (!w.is_object(one, path)) return;
    FaultResult f;
    f.id = w.text(one, path, "id");
    f.kind = w.text(one, path, "kind");
    f.trials = w.small_count(one, path, "trials");
    f.began = w.real(one, path, "began", kMissing);
    f.ended = w.real(one, path, "ended", kMissing);
    f.touched = w.real(one, path, "touched", kMissing);
    f.took_effect = w.flag(one, path, "took_effect");
    out.faults.push_back(std::move(f));
  }
}

void read_guards(Walker& w, const Json& root, RunResult& out) {
  if (!root.contains("guards")) return;
  size_t index = 0;
  for (const Json& one : w.list(root, "", "guards")) {
    const std::string path = fmt::format("guards[{}]", index++);
    if (!w.is_object(one, path)) return;
    GuardResult g;
    g.caller = w.text(one, path, "caller");
    g.callee = w.text(one, path, "callee");
    g.attempts = w.real(one, path, "attempts", 0);
    g.throttled = w.real(one, path, "throttled", 0);
    g.broken = w.real(one, path, "broken", 0);
    g.bulkhead_full = w.real(one, path, "bulkhead_full", 0);
    g.opened = w.real(one, path, "opened", 0);
    g.retries = w.real(one, path, "retries", 0);
    g.retries_denied = w.real(one, path, "retries_denied", 0);
    g.hedges = w.real(one, path, "hedges", 0);
    g.hedges_won = w.real(one, path, "hedges_won", 0);
    out.guards.push_back(std::move(g));
  }
}

void read_timeline(Walker& w, const Json& root, RunResult& out) {
  if (!root.contains("timeline")) return;
  out.timeline_left_out = w.count(root, "", "timeline_left_out");
  size_t index = 0;
  for (const Json& one : w.list(root, "", "timeline")) {
    const std::string path = fmt::format("timeline[{}]", index++);
    if (!w.is_object(one, path)) return;
    TimelineEntry e;
    e.at = w.real(one, path, "at", 0);
    e.what = w.text(one, path, "what");
    e.subject = w.text(one, path, "subject");
    if (!one.contains("instance") || !one["instance"].is_null())
      e.instance = w.small_count(one, path, "instance");
    e.detail = w.text(one, path, "detail");
    out.timeline.push_back(std::move(e));
  }
}

void read_decisions(Walker& w, const Json& root, RunResult& out) {
  constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
  if (!root.contains("decisions")) return;
  out.decisions_left_out = w.count(root, "", "decisions_left_out");
  size_t index = 0;
  for (const Json& one : w.list(root, "", "decisions")) {
    const std::string path = fmt::format("decisions[{}]", index++);
    if (!w.is_object(one, path)) return;
    DecisionEntry d;
    d.at = w.real(one, path, "at", 0);
    d.policy = w.text(one, path, "policy");
    d.kind = w.text(one, path, "kind");
    d.subject = w.text(one, path, "subject");
    d.from = w.small_count(one, path, "from");
    d.to = w.small_count(one, path, "to");
    d.because = w.text(one, path, "because");
    if (!one.contains("metric") || !one["metric"].is_null()) {
      d.metric = w.text(one, path, "metric");
      d.measured = w.real(one, path, "measured", kMissing);
      d.limit = w.real(one, path, "limit", kMissing);
    }
    d.outcome = w.text(one, path, "outcome");
    d.settled = w.real(one, path, "settled", kMissing);
    if (one.contains("ruling") && !one["ruling"].is_null()) d.ruling = w.text(one, path, "ruling");
    out.decisions.push_back(std::move(d));
  }
}

void read_run(Walker& w, const Json& root, RunResult& out) {
  out.format = w.small_count(root, "", "format");
  if (w.ok() && out.format != RunResult{}.format)
    w.fail("format", fmt::format("{}, the only one this version reads", RunResult{}.format),
           &root["format"]);
  out.version = w.text(root, "", "version");
  out.verdict = w.verdict(root, "", "verdict");
  out.fingerprint = w.text(root, "", "fingerprint");
  out.seed = w.count(root, "", "seed");
  out.trials = w.small_count(root, "", "trials");
  out.trials_rule = w.text(root, "", "trials_rule");
  out.confidence = w.real(root, "", "confidence", 0);
  out.interval_method = w.text(root, "", "interval_method");
  out.horizon = w.real(root, "", "horizon", 0);
  out.warmup = w.real(root, "", "warmup", 0);
  out.warmup_rule = w.text(root, "", "warmup_rule");
  out.interrupted = w.flag(root, "", "interrupted");
  out.events = w.count(root, "", "events");
  out.requests = w.count(root, "", "requests");
  const Json& scenario = w.map(root, "", "scenario");
  out.scenario_name = w.text(scenario, "scenario", "name");
  out.scenario_file = w.text(scenario, "scenario", "file");
  out.scenario_hash = w.text(scenario, "scenario", "hash");
}

void read_timing(Walker& w, const Json& root, RunResult& out) {
  const Json& timing = w.map(root, "", "timing");
  if (!w.ok()) return;
  out.timing.wall_seconds = w.real(timing, "timing", "wall_seconds", 0);
  out.timing.events_per_second = w.real(timing, "timing", "events_per_second", 0);
  out.timing.jobs = w.small_count(timing, "timing", "jobs");
  out.timing.started = w.text(timing, "timing", "started");
}

RunResult read_document(Walker& w, const Json& root) {
  RunResult out;
  if (!w.is_object(root, "the document")) return out;
  read_run(w, root, out);
  size_t index = 0;
  for (const Json& o : w.list(root, "", "objectives"))
    out.objectives.push_back(read_objective(w, o, fmt::format("objectives[{}]", index++)));
  for (const SubjectKind& kind : subject_kinds()) {
    if (!kind.always && !root.contains(kind.plural)) continue;
    for (const auto& item : w.map(root, "", kind.plural).items())
      out.subjects.push_back(read_subject(w, item.key(), kind.kind, item.value(),
                                          Walker::join(kind.plural, item.key())));
  }
  read_checks(w, root, out);
  read_faults(w, root, out);
  read_guards(w, root, out);
  read_timeline(w, root, out);
  read_decisions(w, root, out);
  out.assumptions = w.texts(root, "", "assumptions");
  out.warnings = w.texts(root, "", "warnings");
  read_topology(w, root, out.topology);
  read_time_spent(w, root, out);
  if (root.contains("baseline")) out.baseline = read_comparison(w, root["baseline"], "baseline");
  read_series(w, root, out);
  read_timing(w, root, out);
  return out;
}

}  // namespace

ReadResult from_json(std::string_view text) {
  ReadResult out{std::nullopt, excess_of(text)};
  if (!out.problem.empty()) return out;
  try {
    const Json root = Json::parse(text);
    Walker w(out.problem);
    RunResult result = read_document(w, root);
    if (w.ok()) out.result = std::move(result);
  } catch (const std::exception& e) {        // not JSON, or no memory for it
    const std::string_view what = e.what();  // "[json.exception....] parse error at line ..."
    const size_t prefix = what.find("] ");
    out.problem =
        "not valid JSON: " + visible(prefix == what.npos ? what : what.substr(prefix + 2));
  }
  return out;
}

}  // namespace rehearse::reports
