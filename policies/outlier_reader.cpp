// The block `outlier_detection` of a scenario: its field table, and how it becomes parameters.

#include "policies/outlier_detector.hpp"

#include "policies/field_shapes.hpp"

namespace rehearse::policies {
namespace {

using Ejection = OutlierDetector::Ejection;

struct Enforced {
  std::string_view name;
  Ejection kind;
};
constexpr std::array<Enforced, OutlierDetector::kKinds> kEnforced{{
    {"enforce_consecutive_5xx", Ejection::consecutive_5xx},
    {"enforce_consecutive_gateway_failure", Ejection::consecutive_gateway_failure},
    {"enforce_consecutive_local_origin_failure", Ejection::consecutive_local_origin_failure},
    {"enforce_success_rate", Ejection::success_rate},
    {"enforce_success_rate_local_origin", Ejection::success_rate_local_origin},
    {"enforce_failure_percentage", Ejection::failure_percentage},
    {"enforce_failure_percentage_local_origin", Ejection::failure_percentage_local_origin},
}};

// How long hosts are out, and how many of them at once.
std::vector<Field> ejection_fields() {
  return {{.name = "interval",
           .type = FieldType::duration,
           .doc = "Time between two looks at rates and at who may return.",
           .fallback = "10s",
           .min = 0.001,
           .max = 86400},
          {.name = "base_ejection_time",
           .type = FieldType::duration,
           .doc = "How long the first ejection lasts; the next ones twice, three times as long.",
           .fallback = "30s",
           .min = 0.001,
           .max = 86400},
          {.name = "max_ejection_time",
           .type = FieldType::duration,
           .doc = "No ejection lasts longer. 300 s, or the base where that is longer.",
           .min = 0.001,
           .max = 86400},
          {.name = "max_ejection_time_jitter",
           .type = FieldType::duration,
           .doc = "Up to so much is added at random.",
           .fallback = "0s",
           .min = 0,
           .max = 86400},
          {.name = "max_ejection",
           .type = FieldType::ratio,
           .doc = "Share of the hosts that may be out at once.",
           .fallback = "10%",
           .min = 0,
           .max = 1},
          {.name = "always_eject_one_host",
           .type = FieldType::flag,
           .doc = "One host may be out whatever its share.",
           .fallback = "false"}};
}

// What makes a host an outlier.
std::vector<Field> threshold_fields() {
  return {
      count_field("consecutive_5xx", "Errors (5xx) in a row that eject; 0: off.", "5"),
      count_field("consecutive_gateway_failure", "Of 502, 503 and 504 alone; 0: off.", "5"),
      count_field("consecutive_local_origin_failure",
                  "Failures to reach the host in a row, with `split_origins`; 0: off.", "5"),
      count_field("success_rate_minimum_hosts",
                  "Hosts with enough requests to compare rates at all.", "5"),
      count_field("success_rate_request_volume", "Requests in an interval that are enough.", "100"),
      {.name = "success_rate_stdev_factor",
       .type = FieldType::number,
       .doc = "Below the mean by more than so many standard deviations is an outlier.",
       .fallback = "1.9",
       .min = 0,
       .max = 1000},
      {.name = "failure_threshold",
       .type = FieldType::ratio,
       .doc = "This share of errors, or more, is an outlier.",
       .fallback = "85%",
       .min = 0,
       .max = 1},
      count_field("failure_minimum_hosts",
                  "Hosts with enough requests to look at shares of errors.", "5"),
      count_field("failure_request_volume", "Requests in an interval that are enough.", "50"),
      {.name = "split_origins",
       .type = FieldType::flag,
       .doc = "Tell failures to reach a host apart from errors that it answers.",
       .fallback = "false"},
      {.name = "health_check_readmits",
       .type = FieldType::flag,
       .doc = "A passed active health check ends an ejection.",
       .fallback = "true"}};
}

std::vector<Field> all_fields() {
  std::vector<Field> fields = ejection_fields();
  for (const Field& field : threshold_fields()) fields.push_back(field);
  const OutlierDetector::Params defaults;
  for (const Enforced& each : kEnforced)
    fields.push_back({.name = each.name,
                      .type = FieldType::flag,
                      .doc = "Eject for it; otherwise it is only counted.",
                      .fallback = defaults.enforced[static_cast<std::size_t>(each.kind)]
                                      ? std::string_view("true")
                                      : std::string_view("false")});
  return fields;
}

}  // namespace

const FieldTable& OutlierDetector::fields() {
  static const FieldTable kOutlierFields{
      "outlier detection", "Takes hosts out of balancing that answer with errors, as Envoy does.",
      all_fields()};
  return kOutlierFields;
}

std::optional<OutlierDetector::Params> OutlierDetector::read(FieldReader& reader) {
  const int before = reader.diagnostics().error_count();
  const auto whole = [&](std::string_view name) {
    return static_cast<std::uint32_t>(reader.count(name));
  };
  Params params;
  params.interval = reader.duration("interval");
  params.base_ejection_time = reader.duration("base_ejection_time");
  params.max_ejection_time = reader.optional_duration("max_ejection_time");
  params.max_ejection_time_jitter = reader.duration("max_ejection_time_jitter");
  params.max_ejection_percent =
      static_cast<std::uint32_t>(reader.ratio("max_ejection") * 100 + 0.5);
  params.always_eject_one_host = reader.flag("always_eject_one_host");
  params.consecutive_5xx = whole("consecutive_5xx");
  params.consecutive_gateway_failure = whole("consecutive_gateway_failure");
  params.consecutive_local_origin_failure = whole("consecutive_local_origin_failure");
  params.success_rate_minimum_hosts = whole("success_rate_minimum_hosts");
  params.success_rate_request_volume = whole("success_rate_request_volume");
  params.success_rate_stdev_factor = reader.number("success_rate_stdev_factor");
  params.failure_percentage_threshold = reader.ratio("failure_threshold") * 100;
  params.failure_percentage_minimum_hosts = whole("failure_minimum_hosts");
  params.failure_percentage_request_volume = whole("failure_request_volume");
  params.split_origins = reader.flag("split_origins");
  params.health_check_readmits = reader.flag("health_check_readmits");
  for (const Enforced& each : kEnforced)
    params.enforced[static_cast<std::size_t>(each.kind)] = reader.flag(each.name);
  if (params.max_ejection_time && *params.max_ejection_time < params.base_ejection_time)
    reader.error("contradiction", "max_ejection_time",
                 reader.what() + " ends ejections before the first one is over",
                 "give at least the base ejection time");
  if (reader.diagnostics().error_count() != before) return std::nullopt;
  return params;
}

}  // namespace rehearse::policies
