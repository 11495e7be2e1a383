// outlier_detection.json

#include <map>

#include "policies/outlier_detector.hpp"
#include "tests/conformance/vectors.hpp"

namespace rehearse::conformance {
namespace {

using namespace policies;
using Ejection = OutlierDetector::Ejection;
using Kind = CallResult::Kind;

struct Name {
  Ejection kind;
  std::string event;
  std::string stat;
};
const std::vector<Name>& names() {
  static const std::vector<Name> kNames{
      {Ejection::consecutive_5xx, "CONSECUTIVE_5XX", "consecutive_5xx"},
      {Ejection::consecutive_gateway_failure, "CONSECUTIVE_GATEWAY_FAILURE",
       "consecutive_gateway_failure"},
      {Ejection::consecutive_local_origin_failure, "CONSECUTIVE_LOCAL_ORIGIN_FAILURE",
       "consecutive_local_origin_failure"},
      {Ejection::success_rate, "SUCCESS_RATE", "success_rate"},
      {Ejection::success_rate_local_origin, "SUCCESS_RATE_LOCAL_ORIGIN",
       "local_origin_success_rate"},
      {Ejection::failure_percentage, "FAILURE_PERCENTAGE", "failure_percentage"},
      {Ejection::failure_percentage_local_origin, "FAILURE_PERCENTAGE_LOCAL_ORIGIN",
       "local_origin_failure_percentage"}};
  return kNames;
}

// Enforcing is given as yes or no, or as a percentage of which only 0 and 100 are sure.
bool enforced(const json& value) {
  return value.is_boolean() ? value.get<bool>() : value.get<double>() > 0;
}

OutlierDetector::Params params_of(const Case& given) {
  const json& config = get(given.data, "config");
  const auto at = [&](const std::string& key) -> const json& {
    return config.contains(key) ? config.at(key) : get(get(given.file, "defaults"), key);
  };
  OutlierDetector::Params params;
  params.interval = milliseconds(at("interval_ms"));
  params.base_ejection_time = milliseconds(at("base_ejection_time_ms"));
  if (config.contains("max_ejection_time_ms"))
    params.max_ejection_time = milliseconds(config.at("max_ejection_time_ms"));
  params.max_ejection_time_jitter = milliseconds(at("max_ejection_time_jitter_ms"));
  params.max_ejection_percent = at("max_ejection_percent");
  params.always_eject_one_host = at("always_eject_one_host");
  params.consecutive_5xx = at("consecutive_5xx");
  params.consecutive_gateway_failure = at("consecutive_gateway_failure");
  params.consecutive_local_origin_failure = at("consecutive_local_origin_failure");
  params.success_rate_minimum_hosts = at("success_rate_minimum_hosts");
  params.success_rate_request_volume = at("success_rate_request_volume");
  params.success_rate_stdev_factor = at("success_rate_stdev_factor").get<double>() / 1000;
  params.failure_percentage_threshold = at("failure_percentage_threshold");
  params.failure_percentage_minimum_hosts = at("failure_percentage_minimum_hosts");
  params.failure_percentage_request_volume = at("failure_percentage_request_volume");
  params.split_origins = at("split_external_local_origin_errors");
  params.health_check_readmits = at("successful_active_health_check_uneject_host");
  for (const Name& name : names()) {
    const std::string key = name.kind == Ejection::failure_percentage_local_origin
                                ? "enforcing_failure_percentage_local_origin"
                                : "enforcing_" + name.stat;
    if (const json& value = at(key); !value.is_null())
      params.enforced[static_cast<std::size_t>(name.kind)] = enforced(value);
  }
  return params;
}

CallResult result_of(const json& step) {
  static const std::map<std::string, Kind> kKinds{
      {"local_connect_failed", Kind::local_connect_failed},
      {"local_timeout", Kind::local_timeout},
      {"local_connect_success", Kind::local_connect_success},
      {"local_connect_success_final", Kind::local_connect_success_final},
      {"ext_success", Kind::external_success},
      {"ext_failed", Kind::external_failed}};
  return {.host = get(step, "host"),
          .kind = get(step, "op") == "http" ? Kind::http : kKinds.at(get(step, "result")),
          .code = value_or<std::uint16_t>(get(step, "code"), 0)};
}

void compare_rates(const OutlierDetector& detector, const json& expected, Check& check) {
  const auto each = [&](const std::string& prefix, OutlierDetector::Origin origin) {
    check(prefix + "average", detector.rates(origin).average);
    check(prefix + "threshold", detector.rates(origin).threshold);
    json rates = json::object();
    for (const auto& [host, rate] : get(expected, prefix + "success_rate").items())
      rates[host] = detector.success_rate(static_cast<InstanceId>(std::stoul(host)), origin);
    check(prefix + "success_rate", rates);
  };
  each("", OutlierDetector::Origin::external);
  each("local_", OutlierDetector::Origin::local);
}

void compare_stats(const OutlierDetector& detector, const json& expected, Check& check) {
  const OutlierDetector::Stats& stats = detector.stats();
  std::map<std::string, std::uint64_t> all{{"enforced_total", stats.enforced_total},
                                           {"overflow", stats.overflow},
                                           {"active", detector.ejected()}};
  for (const Name& name : names()) {
    const auto index = static_cast<std::size_t>(name.kind);
    all["detected_" + name.stat] = stats.detected[index];
    all["enforced_" + name.stat] = stats.enforced[index];
  }
  check("stats", expected);
  for (const auto& [name, count] : expected.items())
    if (!all.contains(name) || all.at(name) != count)
      check.fail("stats: " + name + " is " +
                 (all.contains(name) ? std::to_string(all.at(name)) : "not counted") +
                 ", expected " + count.dump());
}

void compare(OutlierDetector& detector, std::uint32_t hosts,
             const std::vector<OutlierDetector::Event>& events, const json& expected,
             Check& check) {
  json ejected = json::array();
  for (std::uint32_t host = 0; host < hosts; ++host)
    if (detector.is_ejected(host)) ejected.push_back(host);
  check("ejected", ejected);
  json told = json::array();
  for (const auto& event : events)
    for (const Name& name : names())
      if (name.kind == event.kind) told.push_back({event.host, name.event, event.enforced});
  check("events", told);
  compare_rates(detector, expected, check);
  compare_stats(detector, get(expected, "stats"), check);
}

void outlier_sequence(const Case& given, Check& check) {
  OutlierDetector detector(params_of(given));
  const std::uint32_t hosts = get(given.data, "hosts");
  for (std::uint32_t host = 0; host < hosts; ++host) detector.add_host(host);
  Instant now;
  std::vector<Decision> decisions;
  std::size_t number = 0;
  for (const json& step : get(given.data, "steps")) {
    const std::string op = get(step, "op");
    if (const json& at = get(step, "at_ms"); !at.is_null())
      now = Instant::start() + milliseconds(at);
    if (op == "http" || op == "result")
      for (int i = value_or(get(step, "count"), 1); i > 0; --i)
        detector.result(now, result_of(step), decisions);
    if (op == "interval") detector.interval(now, decisions);
    if (op == "active_hc_success")
      detector.health_check_passed(now, get(step, "host").get<InstanceId>(), decisions);
    if (op == "add_host") detector.add_host(get(step, "host").get<InstanceId>());
    if (op == "remove_host") detector.remove_host(get(step, "host").get<InstanceId>());
    const auto events = detector.take_events();
    const json& expected = get(step, "expect");
    ++number;
    if (expected.is_null()) continue;
    check.against(expected, "step " + std::to_string(number) + " (" + op + ")");
    compare(detector, hosts, events, expected, check);
  }
}

void success_rate_threshold(const Case& given, Check& check) {
  const std::vector<double> rates = get(given.data, "success_rates");
  const auto found = OutlierDetector::threshold_of(rates, get(given.data, "stdev_factor"));
  check("average", found.average);
  check("threshold", found.threshold);
}

void jitter(const Case& given, Check& check) {
  const Duration found =
      OutlierDetector::jitter_of(get(given.data, "random").get<std::uint64_t>(),
                                 milliseconds(get(given.data, "max_ejection_time_jitter_ms")));
  check("jitter_ms", found.ns() / 1'000'000);
}

void config(const Case& given, Check& check) {
  const OutlierDetector::Params params = params_of(given);
  check("max_ejection_time_ms", params.longest().ns() / 1'000'000);
  check("max_ejection_time_jitter_ms", params.max_ejection_time_jitter.ns() / 1'000'000);
  check("valid", params.longest() >= params.base_ejection_time);
  for (const char* key : {"interval_ms", "base_ejection_time_ms"})
    check(key,
          (std::string(key) == "interval_ms" ? params.interval : params.base_ejection_time).ns() /
              1'000'000);
}

}  // namespace

Table outlier_runners() {
  return {{"outlier_sequence", outlier_sequence},
          {"outlier_success_rate_threshold", success_rate_threshold},
          {"outlier_jitter", jitter},
          {"outlier_config", config}};
}

}  // namespace rehearse::conformance
