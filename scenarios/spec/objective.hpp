#pragma once
/// Objectives: one line each, an SLI compared with a bound.
///
///   METRIC(TARGET) OP VALUE [during FROM..TO] [in SHARE of WINDOW windows]
///   availability(TARGET) OP SHARE of WINDOW windows        (a window counts as available when at
///                                                           least 99% of its requests succeed)
///
///   p95(gateway/fraud) < 200ms
///   error_rate(traders) < 1%
///   p99(gateway) <= 250ms in 99% of 1m windows
///   availability(gateway) >= 99.95%                        per request
///   availability(gateway) >= 99.95% of 1m windows          per time window
///   throughput(gateway) >= 100rps during 40s..100s
///
/// The order of the two clauses is free; a space may stand between a number and its unit.
/// OP is < <= > >=. TARGET is a service, service/endpoint, workload, cache, database, broker, queue
/// or region.
/// A list item is the line itself or {id: NAME, objective: "LINE"}. Without an id the line is the
/// id.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.hpp"
#include "base/fields.hpp"
#include "base/spec_node.hpp"
#include "base/time.hpp"

namespace rehearse::spec {

enum class Metric {
  mean_response,      ///< seconds; arrival at the target to its answer; for a workload: end to end
  response_quantile,  ///< seconds; p50 p90 p95 p99 p999 p9999 or any pNN / pNN.N
  mean_wait,          ///< seconds in the admission queue
  wait_quantile,      ///< seconds; p99_wait and so on
  max_response,       ///< seconds
  availability,       ///< ratio of requests answered with success
  error_rate,         ///< 1 - availability
  throughput,         ///< requests answered per second, failed ones included
  goodput,            ///< requests answered with success per second
  arrival_rate,       ///< requests offered per second
  queue_length,       ///< time average of requests that wait for admission
  in_system,          ///< time average of requests at the target
  utilization,        ///< ratio of busy servers or cores
  hit_ratio,          ///< of a cache
  redelivery_ratio,   ///< of a queue; these three too
  dead_letter_ratio,
  drop_ratio,
  stale_ratio,      ///< of a cache: hits on what is due for a refresh
  outdated_ratio,   ///< hits on what has changed at the origin; reads from replicas that lag
  lost_ratio,       ///< of a cache: writes put off that never reached their origin
  disk_usage,       ///< of a database: most of its storage that was in use
  coalesced_ratio,  ///< of a cache: look-ups that wait for the fetch of another
  memory_use,       ///< of a service with `memory`; these three
  oom_kills,        ///< per second
  restarts,         ///< per second
  instance_hours,   ///< of a service: time that instances were there, working or not
  core_hours,       ///< of a service that a policy sizes: of cores that are reserved
  memory_hours,     ///< and of GiB
  node_hours,       ///< of a pool of nodes
  cost,             ///< of a pool of nodes with a price
};

/// Dimension of a metric's values; decides which literals an objective accepts and how it prints.
enum class Unit { seconds, ratio, per_second, number };
Unit unit_of(Metric metric);
/// Name as written in an objective: "p95" for (response_quantile, 0.95), "p99_wait", "error_rate".
std::string metric_name(Metric metric, double quantile);
/// One line per metric for `explain` and the reference page.
struct MetricDoc {
  std::string_view name;
  std::string_view doc;
  Unit unit;
};
const std::vector<MetricDoc>& metric_docs();

enum class Comparison { less, less_equal, greater, greater_equal };
std::string_view comparison_text(Comparison op);
bool satisfies(double value, Comparison op, double bound);

struct Objective {
  std::string id;
  std::string text;  ///< as written
  Metric metric = Metric::mean_response;
  double quantile = 0;  ///< for the two quantile metrics, in (0, 1)
  std::string target;
  Comparison op = Comparison::less;
  double bound = 0;  ///< in the unit of the metric; for window forms, of the metric inside a window
  struct Range {
    Duration from, to;
  };
  std::optional<Range> during;     ///< part of the run; nullopt: all of it after the warm-up
  std::optional<Duration> window;  ///< length of windows in the window forms
  double share = 0;  ///< of windows that must satisfy `metric op bound`, compared with `share_op`
  Comparison share_op = Comparison::greater_equal;
  Mark mark;  ///< of the line
  Mark target_mark;
};

/// In a window form of availability, a window is available when this share of its requests
/// succeeds.
inline constexpr double kAvailableWindow = 0.99;

/// JSON Schema of the short form, one line: how it begins, which is what an editor can help with.
inline constexpr std::string_view kObjectiveLineSchema =
    R"({"type": "string", )"
    R"("pattern": "^ *[a-z][a-z0-9_.]* *\\( *[^() ,]+ *\\) *(<|<=|>|>=) *[0-9]"})";
/// The long form of a list item, for the schema and the reference page.
extern const FieldTable kObjectiveFields;

/// "200ms", "99.95%", "80rps", "12": a bound as an objective writes it, in the unit of the metric.
std::string format_bound(Unit unit, double bound);

/// Reads the `objectives:` list; reports each line that does not parse with what it expected and
/// where in the line. `node` may be nullptr. Errors: wrong-type, bad-objective, unknown-metric,
/// bad-quantity, out-of-range, duplicate-objective; warning: trivial-objective.
std::vector<Objective> read_objectives(const SpecNode* node, Diagnostics& out);

}  // namespace rehearse::spec
