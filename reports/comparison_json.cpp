#include "reports/comparison_json.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "reports/comparison_wording.hpp"
#include "reports/json.hpp"
#include "reports/json_parts.hpp"
#include "reports/variants.hpp"

namespace rehearse::reports {
namespace {

using Json = nlohmann::ordered_json;
constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

Json paired_json(const PairedDifference& paired) {
  return {{"change", estimate_json(paired.change)},
          {"before", number(paired.before)},
          {"after", number(paired.after)},
          {"pairs", paired.pairs},
          {"correlation", number(paired.correlation)},
          {"variance_ratio", number(paired.variance_ratio)}};
}

void add_difference(Json& out, const Difference& d) {
  out["estimate_before"] = estimate_json(d.before);
  out["estimate_after"] = estimate_json(d.after);
  out["p_value"] = number(d.p);
  out["significant"] = d.significant;
  out["trend"] = trend_name(d.trend);
  if (d.paired) out["paired"] = paired_json(*d.paired);
}

Json verdict_json(const std::optional<Verdict>& verdict) {
  return verdict ? Json(verdict_name(*verdict)) : Json(nullptr);
}

Json objective_json(const ObjectiveChange& o) {
  Json out = {{"name", o.name},
              {"sentence", change_sentence(o)},
              {"target", o.target},
              {"target_before", o.target_before.empty() ? Json(nullptr) : Json(o.target_before)},
              {"before", verdict_json(o.before)},
              {"after", verdict_json(o.after)},
              {"changed", o.verdict_changed()}};
  add_difference(out, o.figure);
  return out;
}

Json figure_json(const FigureChange& f) {
  Json out = {{"kind", f.kind},
              {"subject", f.subject},
              {"metric", f.metric},
              {"sentence", change_sentence(f)}};
  add_difference(out, f.figure);
  return out;
}

Json setting_json(const SettingChange& s) {
  const auto side = [](const std::optional<std::string>& text) {
    return text ? Json(*text) : Json(nullptr);
  };
  return {{"path", s.path}, {"before", side(s.before)}, {"after", side(s.after)}};
}

ComparedRun read_run(Walker& w, const Json& parent, const std::string& path, const char* key) {
  ComparedRun out;
  const std::string at = Walker::join(path, key);
  const Json& run = w.map(parent, path, key);
  out.source = w.text(run, at, "source");
  out.version = w.text(run, at, "version");
  const Json& scenario = w.map(run, at, "scenario");
  out.scenario_name = w.text(scenario, at + ".scenario", "name");
  out.scenario_hash = w.text(scenario, at + ".scenario", "hash");
  out.fingerprint = w.text(run, at, "fingerprint");
  out.seed = w.count(run, at, "seed");
  out.trials = w.small_count(run, at, "trials");
  out.horizon = w.real(run, at, "horizon", 0);
  out.warmup = w.real(run, at, "warmup", 0);
  out.confidence = w.real(run, at, "confidence", 0);
  out.verdict = w.verdict(run, at, "verdict");
  return out;
}

Difference read_difference(Walker& w, const Json& object, const std::string& path) {
  Difference out;
  out.before = w.estimate(w.map(object, path, "estimate_before"), path + ".estimate_before");
  out.after = w.estimate(w.map(object, path, "estimate_after"), path + ".estimate_after");
  out.p = w.real(object, path, "p_value", kMissing);
  out.significant = w.flag(object, path, "significant");
  const std::optional<Trend> trend = trend_of(w.text(object, path, "trend"));
  if (!trend && w.ok())
    w.fail(Walker::join(path, "trend"), "none, better, worse or other", &object["trend"]);
  out.trend = trend.value_or(Trend::none);
  if (!object.contains("paired")) return out;
  const std::string at = path + ".paired";
  const Json& paired = w.map(object, path, "paired");
  out.paired.emplace();
  out.paired->change = w.estimate(w.map(paired, at, "change"), at + ".change");
  const auto mean = [&](const char* key) {
    const double value = w.real(paired, at, key, kMissing);
    return std::isnan(value) ? std::nullopt : std::optional(value);
  };
  out.paired->before = mean("before");
  out.paired->after = mean("after");
  out.paired->pairs = w.count(paired, at, "pairs");
  out.paired->correlation = w.real(paired, at, "correlation", kMissing);
  out.paired->variance_ratio = w.real(paired, at, "variance_ratio", kMissing);
  return out;
}

/// Text, or nothing for null.
std::optional<std::string> optional_text(Walker& w, const Json& object, const std::string& path,
                                         const char* key) {
  const Json* value = w.member(object, path, key);
  if (!value || value->is_null()) return std::nullopt;
  return w.text(object, path, key);
}

std::optional<Verdict> optional_verdict(Walker& w, const Json& object, const std::string& path,
                                        const char* key) {
  const Json* value = w.member(object, path, key);
  if (!value || value->is_null()) return std::nullopt;
  return w.verdict(object, path, key);
}

ObjectiveChange read_objective(Walker& w, const Json& o, const std::string& path) {
  ObjectiveChange out;
  if (!w.is_object(o, path)) return out;
  out.name = w.text(o, path, "name");
  out.target = w.text(o, path, "target");
  out.target_before = optional_text(w, o, path, "target_before").value_or("");
  out.before = optional_verdict(w, o, path, "before");
  out.after = optional_verdict(w, o, path, "after");
  out.figure = read_difference(w, o, path);
  return out;
}

FigureChange read_figure(Walker& w, const Json& f, const std::string& path) {
  FigureChange out;
  if (!w.is_object(f, path)) return out;
  out.kind = w.text(f, path, "kind");
  out.subject = w.text(f, path, "subject");
  out.metric = w.text(f, path, "metric");
  out.figure = read_difference(w, f, path);
  return out;
}

SettingChange read_setting(Walker& w, const Json& s, const std::string& path) {
  SettingChange out;
  if (!w.is_object(s, path)) return out;
  out.path = w.text(s, path, "path");
  out.before = optional_text(w, s, path, "before");
  out.after = optional_text(w, s, path, "after");
  return out;
}

template <class Item>
std::vector<Item> read_list(Walker& w, const Json& object, const std::string& path, const char* key,
                            Item (*read)(Walker&, const Json&, const std::string&)) {
  std::vector<Item> out;
  for (const Json& item : w.list(object, path, key))
    out.push_back(read(w, item, fmt::format("{}[{}]", Walker::join(path, key), out.size())));
  return out;
}

}  // namespace

Json run_json(const ComparedRun& r) {
  return {{"source", r.source},
          {"version", r.version},
          {"scenario", {{"name", r.scenario_name}, {"hash", r.scenario_hash}}},
          {"fingerprint", r.fingerprint},
          {"seed", r.seed},
          {"trials", r.trials},
          {"horizon", number(r.horizon)},
          {"warmup", number(r.warmup)},
          {"confidence", number(r.confidence)},
          {"verdict", verdict_name(r.verdict)}};
}

Json comparison_json(const Comparison& c) {
  Json out = {{"summary", c.paired() ? choice_sentence(c) : comparison_sentence(c)},
              {"worsened", c.worsened()},
              {"verdicts_changed", c.verdicts_changed()},
              {"test", c.test},
              {"before", run_json(c.before)},
              {"after", run_json(c.after)}};
  Json& objectives = out["objectives"] = Json::array();
  for (const ObjectiveChange& o : c.objectives) objectives.push_back(objective_json(o));
  Json& figures = out["figures"] = Json::array();
  for (const FigureChange& f : c.figures) figures.push_back(figure_json(f));
  out["figures_compared"] = c.figures_compared;
  out["figures_left_out"] = c.figures_left_out;
  out["settings_known"] = c.settings_known;
  Json& settings = out["settings"] = Json::array();
  for (const SettingChange& s : c.settings) settings.push_back(setting_json(s));
  out["settings_left_out"] = c.settings_left_out;
  if (!c.paired()) return out;
  Json& headline = out["headline"] = Json::array();
  for (const FigureChange& f : c.headline) headline.push_back(figure_json(f));
  out["cautions"] = c.cautions;
  return out;
}

Comparison read_comparison(Walker& w, const Json& object, const std::string& path) {
  Comparison out;
  if (!w.is_object(object, path)) return out;
  out.test = w.text(object, path, "test");
  out.before = read_run(w, object, path, "before");
  out.after = read_run(w, object, path, "after");
  out.objectives = read_list<ObjectiveChange>(w, object, path, "objectives", read_objective);
  out.figures = read_list<FigureChange>(w, object, path, "figures", read_figure);
  out.figures_compared = w.count(object, path, "figures_compared");
  out.figures_left_out = w.count(object, path, "figures_left_out");
  out.settings_known = w.flag(object, path, "settings_known");
  out.settings = read_list<SettingChange>(w, object, path, "settings", read_setting);
  out.settings_left_out = w.count(object, path, "settings_left_out");
  if (!object.contains("headline")) return out;
  out.headline = read_list<FigureChange>(w, object, path, "headline", read_figure);
  out.cautions = w.texts(object, path, "cautions");
  return out;
}

std::string to_json(const Comparison& c) {
  Json out = {{"format", 1}};
  out.update(comparison_json(c));
  return lay_out_json(out.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace rehearse::reports
