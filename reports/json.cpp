#include "reports/json.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/assert.hpp"
#include "reports/comparison_json.hpp"
#include "reports/json_parts.hpp"

namespace rehearse::reports {
namespace {

using Json = nlohmann::ordered_json;

Json closed_form_json(const ClosedForm& form) {
  return {{"model", form.model}, {"value", number(form.value)}, {"agrees", form.agrees}};
}

Json objective_json(const ObjectiveResult& o) {
  Json out;
  out["id"] = o.id;
  out["text"] = o.text;
  out["metric"] = o.metric;
  out["subject"] = o.subject;
  out["target"] = o.target;
  out["op"] = o.op;
  out["bound"] = number(o.bound);
  out["estimate"] = o.estimate.value ? number(*o.estimate.value) : Json(nullptr);
  out["ci"] = interval(o.estimate);
  out["unit"] = o.estimate.unit;
  out["verdict"] = verdict_name(o.verdict);
  out["window"] = o.window > 0 ? number(o.window) : Json(nullptr);
  out["during"] =
      o.during ? Json::array({number(o.during->first), number(o.during->second)}) : Json(nullptr);
  out["note"] = o.note;
  out["observations"] = o.observations;
  out["closed_form"] = o.closed_form ? closed_form_json(*o.closed_form) : Json(nullptr);
  return out;
}

/// The standard metrics always, in order, so that readers need no test for their presence; then the
/// metrics that only this kind has.
Json subject_json(const SubjectResult& s) {
  Json out = Json::object();
  for (const StandardMetric& standard : standard_metrics())
    out[standard.name] = estimate_json(Estimate{std::nullopt, 0, 0, standard.unit});
  for (const auto& [key, estimate] : s.metrics) out[key] = estimate_json(estimate);
  Json& forms = out["closed_forms"] = Json::object();
  for (const auto& [key, form] : s.closed_forms) forms[key] = closed_form_json(form);
  Json& outcomes = out["outcomes"] = Json::object();
  for (const auto& [key, mean] : s.outcomes) outcomes[key] = number(mean);
  Json& bins = out["distribution"] = Json::array();
  for (const auto& [upper, count] : s.distribution)
    bins.push_back(Json::array({number(upper), count}));
  return out;
}

Json series_json(const RunResult& r) {
  Json subjects = Json::array();
  for (const Series& s : r.series) {
    Json one = {{"subject", s.subject}, {"kind", s.kind}};
    for (const SeriesColumn& column : series_columns())
      if (!column.optional || !(s.*column.values).empty())
        one[column.name] = numbers(s.*column.values);
    if (!s.heat.empty()) {
      Json& heat = one["heat"] = Json::array();
      for (const auto& [upper, counts] : s.heat)
        heat.push_back(Json::array({number(upper), counts}));
    }
    subjects.push_back(std::move(one));
  }
  return {{"interval", number(r.series_interval)},
          {"at", numbers(r.series_at)},
          {"heat_at", numbers(r.heat_at)},
          {"subjects", std::move(subjects)}};
}

Json topology_json(const Topology& t) {
  Json parts = Json::array();
  for (const TopologyPart& part : t.parts) {
    Json places = Json::array();
    for (const Placement& at : part.places) places.push_back({at.region, at.zone, at.instances});
    parts.push_back({{"name", part.name}, {"kind", part.kind}, {"places", std::move(places)}});
  }
  Json calls = Json::array();
  for (const TopologyCall& call : t.calls)
    calls.push_back({{"from", call.from}, {"to", call.to}, {"rate", number(call.rate)}});
  return {{"parts", std::move(parts)}, {"calls", std::move(calls)}};
}

Json time_spent_json(const TimeSpent& t) {
  return {{"request", t.request},    {"stack", t.stack},       {"hop", t.hop},
          {"phase", t.phase},        {"requests", t.requests}, {"mean", number(t.mean)},
          {"share", number(t.share)}};
}

Json check_json(const SelfCheck& c) {
  return {{"law", c.law},
          {"subject", c.subject},
          {"left", number(c.left)},
          {"right", number(c.right)},
          {"tolerance", number(c.tolerance)},
          {"holds", c.holds}};
}

Json fault_json(const FaultResult& f) {
  return {{"id", f.id},
          {"kind", f.kind},
          {"trials", f.trials},
          {"began", number(f.began)},
          {"ended", number(f.ended)},
          {"touched", number(f.touched)},
          {"took_effect", f.took_effect}};
}

Json guard_json(const GuardResult& g) {
  return {{"caller", g.caller},
          {"callee", g.callee},
          {"attempts", number(g.attempts)},
          {"throttled", number(g.throttled)},
          {"broken", number(g.broken)},
          {"bulkhead_full", number(g.bulkhead_full)},
          {"opened", number(g.opened)},
          {"retries", number(g.retries)},
          {"retries_denied", number(g.retries_denied)},
          {"hedges", number(g.hedges)},
          {"hedges_won", number(g.hedges_won)}};
}

Json timeline_json(const TimelineEntry& e) {
  return {{"at", number(e.at)},
          {"what", e.what},
          {"subject", e.subject},
          {"instance", e.instance < 0 ? Json(nullptr) : Json(e.instance)},
          {"detail", e.detail}};
}

Json decision_json(const DecisionEntry& d) {
  const bool measured = !d.metric.empty();
  return {{"at", number(d.at)},
          {"policy", d.policy},
          {"kind", d.kind},
          {"subject", d.subject},
          {"from", d.from},
          {"to", d.to},
          {"because", d.because},
          {"metric", measured ? Json(d.metric) : Json(nullptr)},
          {"measured", measured ? number(d.measured) : Json(nullptr)},
          {"limit", measured ? number(d.limit) : Json(nullptr)},
          {"outcome", d.outcome},
          {"settled", number(d.settled)},
          {"ruling", d.ruling.empty() ? Json(nullptr) : Json(d.ruling)}};
}

Json timing_json(const RunResult::Timing& t) {
  return {{"wall_seconds", number(t.wall_seconds)},
          {"events_per_second", number(t.events_per_second)},
          {"jobs", t.jobs},
          {"started", t.started}};
}

bool known_kind(const std::string& kind) {
  for (const SubjectKind& k : subject_kinds())
    if (kind == k.kind) return true;
  return false;
}

void add_run(Json& out, const RunResult& r) {
  out["format"] = r.format;
  out["version"] = r.version;
  out["verdict"] = verdict_name(r.verdict);
  out["fingerprint"] = r.fingerprint;
  out["seed"] = r.seed;
  out["trials"] = r.trials;
  out["trials_rule"] = r.trials_rule;
  out["confidence"] = number(r.confidence);
  out["interval_method"] = r.interval_method;
  out["horizon"] = number(r.horizon);
  out["warmup"] = number(r.warmup);
  out["warmup_rule"] = r.warmup_rule;
  out["interrupted"] = r.interrupted;
  out["events"] = r.events;
  out["requests"] = r.requests;
  out["scenario"] = {
      {"name", r.scenario_name}, {"file", r.scenario_file}, {"hash", r.scenario_hash}};
}

bool flat(const Json& value) {
  if (!value.is_structured()) return true;
  if (value.is_object() && value.size() > 6) return false;
  for (const Json& item : value)
    if (item.is_object() ? !item.empty() : !flat(item)) return false;
  return true;
}

/// Small objects and lists of plain values take one line, everything else a line per entry: a diff
/// of two results then shows what changed. dump() knows only one line for all, or a line for each
/// number.
void write(const Json& value, size_t indent, std::string& out) {
  constexpr auto kReplace = Json::error_handler_t::replace;  // names may be no UTF-8
  if (flat(value)) {
    out += value.dump(-1, ' ', false, kReplace);
    return;
  }
  const std::string pad(indent + 2, ' ');
  const char* separator = "\n";
  out += value.is_array() ? '[' : '{';
  for (const auto& item : value.items()) {
    out += separator + pad;
    separator = ",\n";
    if (value.is_object()) out += Json(item.key()).dump(-1, ' ', false, kReplace) + ": ";
    write(item.value(), indent + 2, out);
  }
  out += "\n" + std::string(indent, ' ') + (value.is_array() ? ']' : '}');
}

}  // namespace

std::string to_json(const RunResult& r) {
  Json out;
  add_run(out, r);
  Json& objectives = out["objectives"] = Json::array();
  for (const ObjectiveResult& o : r.objectives) objectives.push_back(objective_json(o));
  for (const SubjectResult& s : r.subjects) REHEARSE_ASSERT(known_kind(s.kind));
  for (const SubjectKind& kind : subject_kinds()) {
    Json group = Json::object();
    for (const SubjectResult& s : r.subjects)
      if (s.kind == kind.kind) group[s.name] = subject_json(s);
    if (kind.always || !group.empty()) out[kind.plural] = std::move(group);
  }
  Json& checks = out["checks"] = Json::array();
  for (const SelfCheck& c : r.checks) checks.push_back(check_json(c));
  Json& faults = out["faults"] = Json::array();
  for (const FaultResult& f : r.faults) faults.push_back(fault_json(f));
  if (!r.guards.empty()) {
    Json& guards = out["guards"] = Json::array();
    for (const GuardResult& g : r.guards) guards.push_back(guard_json(g));
  }
  Json& timeline = out["timeline"] = Json::array();
  for (const TimelineEntry& e : r.timeline) timeline.push_back(timeline_json(e));
  out["timeline_left_out"] = r.timeline_left_out;
  if (!r.decisions.empty()) {
    Json& decisions = out["decisions"] = Json::array();
    for (const DecisionEntry& d : r.decisions) decisions.push_back(decision_json(d));
    out["decisions_left_out"] = r.decisions_left_out;
  }
  out["assumptions"] = r.assumptions;
  out["warnings"] = r.warnings;
  out["topology"] = topology_json(r.topology);
  Json& time_spent = out["time_spent"] = Json::array();
  for (const TimeSpent& t : r.time_spent) time_spent.push_back(time_spent_json(t));
  if (r.baseline) out["baseline"] = comparison_json(*r.baseline);
  out["series"] = series_json(r);
  out["timing"] = timing_json(r.timing);
  std::string text;
  write(out, 0, text);
  return text + "\n";
}

std::string lay_out_json(std::string_view document) {
  const Json parsed = Json::parse(document, nullptr, false);
  REHEARSE_ASSERT(!parsed.is_discarded());
  std::string text;
  write(parsed, 0, text);
  return text + "\n";
}

}  // namespace rehearse::reports
