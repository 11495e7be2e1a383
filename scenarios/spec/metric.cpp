#include <fmt/format.h>

#include <algorithm>

#include "base/decimal.hpp"
#include "base/quantity.hpp"
#include "scenarios/spec/metric_names.hpp"
#include "scenarios/spec/objective.hpp"

namespace rehearse::spec {
namespace {

struct MetricRow {
  Metric metric;
  MetricDoc doc;
};

// Those that only caches, databases, queues and instances have.
std::vector<MetricRow> special_rows() {
  return {
      {Metric::hit_ratio, {"hit_ratio", "Share of look-ups that a cache answers.", Unit::ratio}},
      {Metric::redelivery_ratio,
       {"redelivery_ratio",
        "Share of deliveries from a queue that were not the first of a message.", Unit::ratio}},
      {Metric::dead_letter_ratio,
       {"dead_letter_ratio", "Share of a queue's messages that went on to its dead-letter queue.",
        Unit::ratio}},
      {Metric::drop_ratio,
       {"drop_ratio", "Share of a queue's messages that were refused, dropped or expired.",
        Unit::ratio}},
      {Metric::stale_ratio,
       {"stale_ratio", "Share of look-ups that a cache answers with what is due for a refresh.",
        Unit::ratio}},
      {Metric::outdated_ratio,
       {"outdated_ratio",
        "Share of look-ups that a cache answers with what has changed since it was fetched; of "
        "reads "
        "of a database, that a replica answers which lags behind by more than `max_lag`.",
        Unit::ratio}},
      {Metric::lost_ratio,
       {"lost_ratio",
        "Share of the writes that a cache puts off (`write_behind`) which its origin never saw.",
        Unit::ratio}},
      {Metric::disk_usage,
       {"disk_usage", "Largest share of a database's `storage` that was in use.", Unit::ratio}},
      {Metric::coalesced_ratio,
       {"coalesced_ratio", "Share of look-ups that wait for the fetch of another.", Unit::ratio}},
      {Metric::memory_use,
       {"memory_use", "Share of the memory limit of all instances that is in use, on average.",
        Unit::ratio}},
      {Metric::oom_kills,
       {"oom_kills", "Instances killed for want of memory, per second (or `1/h`).",
        Unit::per_second}},
      {Metric::restarts,
       {"restarts", "Instances that serve again after having been down, per second.",
        Unit::per_second}},
      {Metric::instance_hours,
       {"instance_hours",
        "Hours that instances of a service, or consumers of a queue that a policy scales, were "
        "there, from the start of their process until it has stopped, added up: what is paid for.",
        Unit::number}},
      {Metric::core_hours,
       {"core_hours",
        "Hours that cores were reserved for instances that were there (`requests`, or else the "
        "limit), added up. Of services whose instances a `vertical` policy sizes.",
        Unit::number}},
      {Metric::memory_hours,
       {"memory_hours", "The same of memory: GiB times hours.", Unit::number}},
      {Metric::node_hours,
       {"node_hours",
        "Hours that nodes of a pool were there, from their order until they were given back, added "
        "up. Of pools that a policy sizes or that have a `price`.",
        Unit::number}},
      {Metric::cost, {"cost", "Of these hours, by the `price` of the pool.", Unit::number}},
  };
}

const std::vector<MetricRow>& rows() {
  static const std::vector<MetricRow> kRows = [] {
    std::vector<MetricRow> all{
        {Metric::mean_response,
         {"mean_response",
          "Mean time from arrival at the target to its answer; end to end for a workload.",
          Unit::seconds}},
        {Metric::response_quantile,
         {"pNN",
          "Quantile of that time: `p50` `p90` `p95` `p99` `p999` `p9999`, or any such as `p12.5`.",
          Unit::seconds}},
        {Metric::max_response, {"max_response", "Longest such time.", Unit::seconds}},
        {Metric::mean_wait,
         {"mean_wait", "Mean time in the admission queue; of messages until a consumer begins.",
          Unit::seconds}},
        {Metric::wait_quantile,
         {"pNN_wait", "Quantile of the time in the admission queue, such as `p99_wait`.",
          Unit::seconds}},
        {Metric::availability,
         {"availability",
          "Share of requests answered with success; with `of WINDOW windows`, share of "
          "windows in which at least 99% of requests are.",
          Unit::ratio}},
        {Metric::error_rate,
         {"error_rate", "Share of requests not answered with success.", Unit::ratio}},
        {Metric::throughput,
         {"throughput", "Requests answered per second, failed ones included.", Unit::per_second}},
        {Metric::goodput,
         {"goodput", "Requests answered with success per second.", Unit::per_second}},
        {Metric::arrival_rate, {"arrival_rate", "Requests offered per second.", Unit::per_second}},
        {Metric::queue_length,
         {"queue_length",
          "Time average of the requests that wait for admission, or of the messages that no "
          "consumer "
          "has begun.",
          Unit::number}},
        {Metric::in_system,
         {"in_system", "Time average of the requests at the target.", Unit::number}},
        {Metric::utilization,
         {"utilization", "Share of servers or cores that are busy.", Unit::ratio}},
    };
    for (MetricRow& row : special_rows()) all.push_back(std::move(row));
    return all;
  }();
  return kRows;
}

const MetricRow& row_of(Metric metric) {
  const auto found = std::find_if(rows().begin(), rows().end(),
                                  [metric](const MetricRow& r) { return r.metric == metric; });
  REHEARSE_ASSERT(found != rows().end());
  return *found;
}

/// "95", "99.9" or "999" as a quantile in (0, 1); three digits and more are 99.9, 99.99, ...
std::optional<double> quantile_of(std::string_view digits) {
  const Decimal number = read_decimal(digits);
  if (number.length == 0 || number.length != digits.size() || digits.size() > 12)
    return std::nullopt;
  int shift = -2;
  if (number.fraction == 0 && digits.size() > 2) {
    if (digits.front() != '9') return std::nullopt;
    shift = -static_cast<int>(digits.size());
  }
  const double quantile = number.shifted(shift);
  if (quantile <= 0 || quantile >= 1) return std::nullopt;
  return quantile;
}

/// What people write for a metric, and what to write.
struct Alias {
  std::string_view wrong, right;
};
constexpr Alias kAliases[] = {{"latency", "mean_response"},
                              {"response_time", "mean_response"},
                              {"mean", "mean_response"},
                              {"avg", "mean_response"},
                              {"average", "mean_response"},
                              {"mean_latency", "mean_response"},
                              {"median", "p50"},
                              {"max", "max_response"},
                              {"p100", "max_response"},
                              {"max_latency", "max_response"},
                              {"wait", "mean_wait"},
                              {"waiting_time", "mean_wait"},
                              {"errors", "error_rate"},
                              {"error_ratio", "error_rate"},
                              {"failure_rate", "error_rate"},
                              {"success_rate", "availability"},
                              {"uptime", "availability"},
                              {"rps", "throughput"},
                              {"qps", "throughput"},
                              {"request_rate", "arrival_rate"},
                              {"queue", "queue_length"},
                              {"queue_depth", "queue_length"},
                              {"backlog", "queue_length"},
                              {"redelivered", "redelivery_ratio"},
                              {"dead_letters", "dead_letter_ratio"},
                              {"dropped", "drop_ratio"},
                              {"cpu", "utilization"},
                              {"load", "utilization"},
                              {"hit_rate", "hit_ratio"},
                              {"cache_hit_ratio", "hit_ratio"},
                              {"memory", "memory_use"},
                              {"concurrency", "in_system"},
                              {"in_flight", "in_system"}};

/// "p95_latency" means p95.
std::string_view without_latency(std::string_view name) {
  for (const std::string_view end : {"_latency", "_response", "_response_time"})
    if (name.size() > end.size() && name.substr(name.size() - end.size()) == end)
      return name.substr(0, name.size() - end.size());
  return name;
}

}  // namespace

Unit unit_of(Metric metric) {
  return row_of(metric).doc.unit;
}

const std::vector<MetricDoc>& metric_docs() {
  static const std::vector<MetricDoc> kDocs = [] {
    std::vector<MetricDoc> docs;
    for (const MetricRow& row : rows()) docs.push_back(row.doc);
    return docs;
  }();
  return kDocs;
}

std::string metric_name(Metric metric, double quantile) {
  if (metric != Metric::response_quantile && metric != Metric::wait_quantile)
    return std::string(row_of(metric).doc.name);
  std::string digits = plain_decimal(quantile, 15, -2);
  // 99.9 is p999 by custom; 12.5 stays p12.5, as p125 would read as 12.5 to nobody.
  if (digits.size() > 3 && digits[0] == '9' && digits[2] == '.') digits.erase(2, 1);
  return fmt::format("p{}{}", digits, metric == Metric::wait_quantile ? "_wait" : "");
}

std::optional<NamedMetric> find_metric(std::string_view name) {
  for (const MetricRow& row : rows())
    if (row.doc.name == name && name.front() != 'p') return NamedMetric{row.metric, 0};
  if (name.empty() || name.front() != 'p') return std::nullopt;
  std::string_view digits = name.substr(1);
  constexpr std::string_view kWait = "_wait";
  const bool wait =
      digits.size() > kWait.size() && digits.substr(digits.size() - kWait.size()) == kWait;
  if (wait) digits.remove_suffix(kWait.size());
  const std::optional<double> quantile = quantile_of(digits);
  if (!quantile) return std::nullopt;
  return NamedMetric{wait ? Metric::wait_quantile : Metric::response_quantile, *quantile};
}

std::string metric_suggestion(std::string_view name) {
  std::vector<std::string_view> names;
  for (const MetricRow& row : rows()) names.push_back(row.doc.name);
  std::sort(names.begin(), names.end());
  const std::string list = fmt::format("metrics: {}", fmt::join(names, ", "));

  std::string_view near;
  for (const Alias& alias : kAliases)
    if (alias.wrong == name) near = alias.right;
  if (near.empty() && without_latency(name) != name && find_metric(without_latency(name)))
    near = without_latency(name);
  if (near.empty()) {
    std::vector<std::string_view> candidates;
    for (const std::string_view candidate : names)
      if (candidate.front() != 'p') candidates.push_back(candidate);
    for (const std::string_view quantile :
         {"p50", "p90", "p95", "p99", "p999", "p95_wait", "p99_wait"})
      candidates.push_back(quantile);
    near = closest(name, candidates);
  }
  return near.empty() ? list : fmt::format("did you mean '{}'? ({})", near, list);
}

std::string_view comparison_text(Comparison op) {
  switch (op) {
    case Comparison::less:
      return "<";
    case Comparison::less_equal:
      return "<=";
    case Comparison::greater:
      return ">";
    case Comparison::greater_equal:
      return ">=";
  }
  return "<";
}

bool satisfies(double value, Comparison op, double bound) {
  switch (op) {
    case Comparison::less:
      return value < bound;
    case Comparison::less_equal:
      return value <= bound;
    case Comparison::greater:
      return value > bound;
    case Comparison::greater_equal:
      return value >= bound;
  }
  return false;
}

std::string format_bound(Unit unit, double bound) {
  switch (unit) {
    case Unit::seconds:
      return format_duration(bound, 9);
    case Unit::ratio:
      return format_ratio(bound, 9);
    case Unit::per_second:
      return format_rate(bound, 9);
    case Unit::number:
      return format_number(bound, 9);
  }
  return {};
}

}  // namespace rehearse::spec
