#include "reports/analysis_json.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "reports/json.hpp"
#include "reports/json_parts.hpp"

namespace rehearse::reports {
namespace {

using Json = nlohmann::ordered_json;

Json shares(const std::vector<std::pair<std::string, double>>& list) {
  Json out = Json::object();
  for (const auto& [name, share] : list) out[name] = number(share);
  return out;
}

Json station_json(const StationAnalysis& s) {
  Json out;
  out["kind"] = s.kind;
  out["resource"] = s.resource.empty() ? Json(nullptr) : Json(s.resource);
  out["capacity"] = s.capacity > 0 ? number(s.capacity) : Json(nullptr);
  out["at_most"] = s.at_most;
  out["arrival_rate"] = {{"mean", number(s.rate_mean)}, {"peak", number(s.rate_peak)}};
  out["offered_load"] = number(s.offered_load);
  out["utilization"] = {{"mean", number(s.utilization_mean)}, {"peak", number(s.utilization_peak)}};
  out["saturation"] = {{"mean", number(s.saturation_mean)}, {"peak", number(s.saturation_peak)}};
  out["growth"] = number(s.growth);
  out["overloaded"] = s.overloaded();
  out["stress"] = {{"all_retries", number(s.saturation_retried)},
                   {"cold_caches", number(s.saturation_cold)},
                   {"zone_lost", number(s.saturation_zone_lost)},
                   {"zone", s.worst_zone.empty() ? Json(nullptr) : Json(s.worst_zone)}};
  return out;
}

Json client_json(const ClientAnalysis& c) {
  Json out;
  out["closed"] = c.closed;
  out["arrival_rate"] = {{"mean", number(c.rate_mean)}, {"peak", number(c.rate_peak)}};
  out["users"] = c.closed ? number(c.users_peak) : Json(nullptr);
  out["growth"] = number(c.growth);
  out["bottleneck"] = c.bottleneck.empty() ? Json(nullptr) : Json(c.bottleneck);
  out["saturation_rate"] = number(c.rate_full);
  out["failure"] = number(c.failure);
  out["depth"] = c.depth;
  return out;
}

Json path_json(const PathAnalysis& p) {
  Json hops = Json::array();
  for (const PathHop& hop : p.hops)
    hops.push_back({{"endpoint", hop.endpoint},
                    {"depth", hop.depth},
                    {"time", number(hop.time)},
                    {"share", number(hop.share)}});
  return {{"client", p.client},           {"endpoint", p.endpoint},
          {"share", number(p.share)},     {"duration", number(p.duration)},
          {"network", number(p.network)}, {"hops", std::move(hops)}};
}

Json impact_json(const ImpactAnalysis& i) {
  return {{"name", i.name},
          {"kind", i.kind},
          {"clients", number(i.clients)},
          {"workloads", shares(i.workloads)},
          {"endpoints", shares(i.endpoints)},
          {"overloads", shares(i.overloads)},
          {"availability", number(i.availability)},
          {"gain", i.availability ? number(i.gain) : Json(nullptr)}};
}

Json lists_json(const Analysis& a) {
  Json out;
  Json& paths = out["critical_paths"] = Json::array();
  for (const PathAnalysis& p : a.paths) paths.push_back(path_json(p));
  Json& impacts = out["impacts"] = Json::array();
  for (const ImpactAnalysis& i : a.impacts) impacts.push_back(impact_json(i));
  Json& availabilities = out["availability"] = Json::array();
  for (const AvailabilityAnalysis& one : a.availabilities)
    availabilities.push_back({{"name", one.name},
                              {"kind", one.kind},
                              {"low", number(one.low)},
                              {"high", number(one.high)}});
  Json& calls = out["calls"] = Json::array();
  for (const CallAnalysis& call : a.calls)
    calls.push_back({{"from", call.from},
                     {"to", call.to},
                     {"per_request", number(call.per_request)},
                     {"rate", number(call.rate)}});
  Json& lints = out["lints"] = Json::array();
  for (const LintAnalysis& lint : a.lints)
    lints.push_back({{"id", lint.id},
                     {"subject", lint.subject},
                     {"message", lint.message},
                     {"help", lint.help}});
  return out;
}

}  // namespace

std::string to_json(const Analysis& a) {
  Json out;
  out["format"] = a.format;
  out["version"] = a.version;
  out["scenario"] = {
      {"name", a.scenario_name}, {"file", a.scenario_file}, {"hash", a.scenario_hash}};
  out["stationary"] = a.stationary;
  out["overloaded"] = a.overloaded();
  out["bottleneck"] = a.bottleneck.empty() ? Json(nullptr) : Json(a.bottleneck);
  out["growth"] = number(a.growth);
  Json& stations = out["stations"] = Json::object();
  for (const StationAnalysis& s : a.stations) stations[s.name] = station_json(s);
  Json& clients = out["clients"] = Json::object();
  for (const ClientAnalysis& c : a.clients) clients[c.name] = client_json(c);
  Json& caches = out["caches"] = Json::object();
  for (const CacheAnalysis& c : a.caches)
    caches[c.name] = {{"lookup_rate", number(c.rate)},
                      {"hit_ratio", number(c.hit_ratio)},
                      {"miss_rate", number(c.misses)}};
  out.update(lists_json(a));
  return lay_out_json(out.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace rehearse::reports
