#pragma once
/// What a run found, as plain data: filled by experiments/, rendered by every file of reports/,
/// written to and read back from result.json. Times in seconds, rates per second, ratios from 0
/// to 1.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/comparison.hpp"
#include "reports/estimate.hpp"
#include "reports/recorded_comparison.hpp"
#include "reports/topology.hpp"

namespace rehearse::reports {

/// A closed form beside a simulated figure: which model, and what it predicts.
struct ClosedForm {
  std::string model;  ///< "M/M/c", "M/G/1", ...
  double value = 0;
  bool agrees = true;  ///< inside the interval widened to 99.9 %
};

struct ObjectiveResult {
  std::string id;
  std::string text;     ///< the line as written
  std::string metric;   ///< "p95(gateway/fraud)"
  std::string subject;  ///< "gateway/fraud": ties the objective to a SubjectResult and a Series
  std::string target;   ///< the comparison: "< 200ms"
  double bound = 0;     ///< the number in `target`, in the unit of the estimate
  std::string op;       ///< "<", "<=", ">", ">="
  /// Seconds. Above zero the line is judged per window of this length: `estimate` is the share of
  /// windows that satisfy it, `bound` and `op` compare that share.
  double window = 0;
  /// Part of the run that is measured, seconds; nullopt: from the end of the warm-up to the
  /// horizon.
  std::optional<std::pair<double, double>> during;
  Estimate estimate;
  Verdict verdict = Verdict::undecided;
  std::string note;  ///< how measured: "per request", "share of 1m windows", or why undecided
  std::optional<ClosedForm> closed_form;
  std::uint64_t observations = 0;  ///< requests or windows behind the estimate
};

/// One thing that requests visit (service, endpoint, cache, database, workload,
/// region, broker, shard), that messages lie in (queue), or writes have to reach (replica).
struct SubjectResult {
  std::string name;
  /// "service", "endpoint", "cache", "database", "workload", "region", "broker", "queue",
  /// "replica", "shard"
  std::string kind;
  /// Fixed order: arrival_rate, throughput, utilization, mean_wait, mean_response, p50, p90, p95,
  /// p99, p999, in_system, error_ratio; then those that only some kinds have (hit_ratio, goodput,
  /// queue_length; redelivery_ratio, dead_letter_ratio and drop_ratio of queues; memory_use,
  /// oom_kills and restarts of services with a limit of memory). A metric that a
  /// kind does not have is absent, or has no value.
  std::vector<std::pair<std::string, Estimate>> metrics;
  std::vector<std::pair<std::string, ClosedForm>> closed_forms;  ///< by metric
  /// Outcomes of requests, by name: ok, error, timeout, rejected, abandoned, limited,
  /// refused; the last two only where they occur. Means per trial.
  std::vector<std::pair<std::string, double>> outcomes;
  /// Response times: upper bounds of bins in seconds, log-spaced, and the requests in each.
  std::vector<std::pair<double, std::uint64_t>> distribution;
  /// The estimate of that metric where it is present and has a value, else nullptr.
  const Estimate* find(std::string_view metric) const;
  const ClosedForm* closed_form(std::string_view metric) const;
};

/// The kinds of subjects in the order of every report, and the key of each in result.json. A new
/// kind is one more line in result.cpp; a subject of any other kind is a bug (asserted by to_json).
struct SubjectKind {
  const char* kind;    ///< "service"
  const char* plural;  ///< "services"
  /// In result.json even where there is none; kinds that came later are only there where there are.
  bool always = true;
};
std::span<const SubjectKind> subject_kinds();
/// The metrics that every subject in result.json has, in order, with their units.
struct StandardMetric {
  const char* name;
  const char* unit;
};
std::span<const StandardMetric> standard_metrics();

/// Means over all trials per window of time, warm-up included; one value per entry of `at`.
/// NaN (null in JSON) where a window saw nothing.
struct Series {
  std::string subject;
  std::string kind;
  std::vector<double> arrival_rate, throughput, error_ratio, mean_response, p50, p95, p99,
      in_system, utilization;
  std::vector<double> queue_length;  ///< empty where nothing waits for admission
  std::vector<double> instances;     ///< of services, where policies scale any; else empty
  /// Of services that a policy sizes, all instances together; GiB.
  std::vector<double> reserved_cores, reserved_memory;
  /// Response times by time: upper bound of a bin in seconds, rising, and the successes in it over
  /// all trials, one for each entry of RunResult::heat_at. Empty bins are left out.
  std::vector<std::pair<double, std::vector<std::uint64_t>>> heat;
};
/// Names and members of Series in the order of every report, so that nobody lists them twice.
struct SeriesColumn {
  const char* name;
  const char* unit;
  std::vector<double> Series::*values;
  bool optional = false;  ///< documents leave it out where it is empty
};
std::span<const SeriesColumn> series_columns();

/// Laws that must hold on every run: Little's law, utilisation law, flow balance.
struct SelfCheck {
  std::string law;
  std::string subject;
  double left = 0;   ///< e.g. L
  double right = 0;  ///< e.g. lambda * W
  double tolerance = 0;
  bool holds = true;
};

/// A fault of the scenario, over all trials.
struct FaultResult {
  std::string id;
  std::string kind;          ///< "zone.outage"
  int trials = 0;            ///< in which it began
  double began = 0;          ///< seconds into the trial, on average of these; NaN where none
  double ended = 0;          ///< NaN where it lasted to the end of the trial
  double touched = 0;        ///< requests ended, messages hindered ... per trial in which it began
  bool took_effect = false;  ///< in at least one trial
};

/// What the policies around a call did (breaker, budget, hedges ...): counts per trial, on average.
struct GuardResult {
  std::string caller;   ///< endpoint or workload
  std::string callee;   ///< endpoint
  double attempts = 0;  ///< that were wanted, retries included
  double throttled = 0;
  double broken = 0;         ///< turned away by an open breaker
  double bulkhead_full = 0;  ///< turned away, or waited in vain
  double opened = 0;         ///< how often breakers opened, those of all instances together
  double retries = 0;
  double retries_denied = 0;  ///< by the budget
  double hedges = 0;
  double hedges_won = 0;  ///< whose answer came first
};

/// Something that happened to the platform in the first trial.
struct TimelineEntry {
  double at = 0;     ///< seconds
  std::string what;  ///< "fault.began", "instance.stopped", "instance.ready" ...
  std::string subject;
  int instance = -1;  ///< -1: not of a single instance
  std::string detail;
};

/// What a policy wished for in the first trial, and what became of it.
struct DecisionEntry {
  double at = 0;  ///< seconds
  std::string policy;
  std::string kind;     ///< of controller: "hpa"
  std::string subject;  ///< service that it scales, or pool of nodes
  int from = 0;         ///< instances, or nodes
  int to = 0;
  std::string because;
  std::string metric;  ///< that the reason speaks of; empty: of none
  double measured = 0;
  double limit = 0;
  std::string
      outcome;  ///< done, limited, vetoed, failed, throttled, unconfirmed, advised, under way
  double settled = 0;  ///< seconds; NaN where that was still to come
  std::string ruling;  ///< of the guard rails, where they did not allow all of it
};

/// Where answers to one kind of request were waited for: a place on the critical path, over the
/// requests that were followed. Shares of a kind add up to 1.
struct TimeSpent {
  std::string request;  ///< name of the root: the client and what it asks for
  std::string stack;    ///< what lies above the place and itself, outermost first, ';' between
  std::string hop;
  std::string phase;           ///< work, queue, network, lost, back-off, client
  std::uint64_t requests = 0;  ///< that were followed
  double mean = 0;             ///< seconds per request
  double share = 0;            ///< of the mean response time
};

struct RunResult {
  int format = 1;
  std::string version;
  std::string scenario_name;
  std::string scenario_file;
  std::string scenario_hash;      ///< of the resolved scenario
  std::string resolved_scenario;  ///< YAML; its own file in the result folder
  std::uint64_t seed = 0;
  int trials = 0;
  std::string trials_rule;  ///< "fixed", "all objectives decided", "limit of 200 reached" ...
  double confidence = 0.95;
  double horizon = 0;
  double warmup = 0;
  std::string warmup_rule;  ///< "MSER-5", "given", "none: traffic is not stationary"
  std::string interval_method;
  std::string fingerprint;
  std::uint64_t events = 0;
  std::uint64_t requests = 0;
  bool interrupted = false;
  Verdict verdict = Verdict::undecided;
  std::vector<ObjectiveResult> objectives;
  std::vector<SubjectResult> subjects;
  double series_interval = 0;
  std::vector<double> series_at;  ///< starts of windows
  std::vector<Series> series;
  std::vector<double> heat_at;  ///< starts of the stretches of Series::heat
  Topology topology;
  std::vector<TimeSpent> time_spent;  ///< by request, then stack; empty where none was followed
  std::vector<SelfCheck> checks;
  std::vector<FaultResult> faults;
  std::vector<GuardResult> guards;
  std::vector<TimelineEntry> timeline;   ///< in order of time
  std::uint64_t timeline_left_out = 0;   ///< entries beyond what is kept
  std::vector<DecisionEntry> decisions;  ///< of policies, in order of time
  std::uint64_t decisions_left_out = 0;  ///< beyond what is kept
  std::vector<std::string> assumptions;  ///< the assumption trail, a sentence each
  std::vector<std::string> warnings;     ///< lints that were found
  std::optional<Comparison> baseline;  ///< what changed since, where there was one to compare with
  /// What was recorded of the real platform: recorded.json beside result.json, in none of the other
  /// formats but the page.
  std::vector<RecordedComparison> recorded;
  /// Everything that may differ between two equal runs; under "timing" in JSON and nowhere else.
  struct Timing {
    double wall_seconds = 0;
    double events_per_second = 0;
    int jobs = 1;
    std::string started;  ///< UTC, RFC 3339
  } timing;

  /// First subject with that name (of that kind, where given), or nullptr. O(subjects).
  const SubjectResult* find(std::string_view name, std::string_view kind = {}) const;
  const Series* find_series(std::string_view name, std::string_view kind = {}) const;
  /// Objectives with that verdict.
  int count(Verdict which) const;
};

}  // namespace rehearse::reports
