#pragma once
/// How many replicas one metric asks for, by the rules of the Kubernetes Horizontal Pod Autoscaler.
/// Pure functions on integers: what measures and what remembers is elsewhere (hpa.hpp).
///
/// Utilisation is a whole percentage, truncated, before a ratio is made of it: 110.9 % of the
/// request is 110 %. No change within the tolerance, borders included. Pods that do not count yet
/// (unready) or have no sample (missing) are filled in against the direction of the change: with
/// zero on the way up, with their request or the target on the way down; if that turns the
/// direction round, nothing is done.
///
/// Units: values and requests in thousandths of the metric's unit (millicores), as int64, saturated
/// instead of overflowing; utilisation in percent. O(pods), no allocation.
/// Source: Kubernetes 1.29 .. 1.37, pkg/controller/podautoscaler/replica_calculator.go,
/// metrics/utilization.go. Succeeded pods count as failed ones (newer releases).

#include <cstdint>
#include <span>
#include <string_view>

#include "policies/controller.hpp"

namespace rehearse::policies::hpa {

/// What is known of a pod that has to do with counting it.
struct Pod {
  bool listed = true;  ///< false: there is a sample of it, and it is in no list of pods
  bool deleted = false;
  Phase phase = Phase::running;
  bool has_condition = true;  ///< Ready is known
  bool ready = true;
  bool has_started = true;  ///< `started` is known
  Instant started;
  Instant ready_changed;
};

struct PodSample {
  bool present = false;
  std::int64_t value = 0;
  Instant taken;
  Duration window;
};

inline constexpr std::int64_t kNoRequest = -1;

/// When the figures of a young pod may be believed (CPU only).
struct Readiness {
  Duration cpu_initialization = Duration::seconds(300);
  Duration initial_delay = Duration::seconds(30);  ///< within it, "not ready" means "never was"
};

struct Tolerance {
  double down = 0.1;
  double up = 0.1;
  bool holds(double ratio) const { return 1.0 - down <= ratio && ratio <= 1.0 + up; }
};

enum class Fault : std::uint8_t {
  none,
  no_pods,
  no_metrics,        ///< the source knows nothing at all
  no_ready_metrics,  ///< nothing of a pod that counts
  no_matching_pods,  ///< of other pods only
  missing_request,
  unknown_container
};

struct Proposal {
  Fault fault = Fault::none;
  std::int32_t replicas = 0;
  std::int32_t utilization = 0;  ///< percent; of resources with a utilisation target
  std::int64_t usage = 0;        ///< of a pod, on average, or of all: what was compared
};

enum class Group : std::uint8_t { ready, unready, missing, ignored };
Group group_of(const Pod& pod, const PodSample& sample, bool cpu, const Readiness& readiness,
               Instant now);

struct UtilizationRatio {
  Fault fault = Fault::none;
  double ratio = 0;
  std::int32_t utilization = 0;
  std::int64_t average = 0;
};
/// REQUIRES: entries > 0 where requests > 0, target > 0.
UtilizationRatio utilization_ratio(std::int64_t usage, std::int64_t requests, std::int64_t entries,
                                   std::int32_t target);

/// One metric of every pod. The three spans run in parallel.
struct PodMetric {
  std::span<const Pod> pods;
  std::span<const PodSample> samples;
  std::span<const std::int64_t> requests;  ///< may be empty where there is no utilisation target
  bool cpu = false;
};
/// Average utilisation against `target` percent.
Proposal by_utilization(const PodMetric& metric, std::int32_t current, std::int32_t target,
                        const Tolerance& tolerance, const Readiness& readiness, Instant now);
/// Average value against `target`.
Proposal by_pods_average(const PodMetric& metric, std::int32_t current, std::int64_t target,
                         const Tolerance& tolerance, const Readiness& readiness, Instant now);
/// One figure for all, against `target`. `current` as wanted.
Proposal by_value(std::span<const Pod> pods, std::int32_t current, std::int64_t value,
                  std::int64_t target, const Tolerance& tolerance);
/// One figure for all, its share per pod against `target`. `current` as present.
Proposal by_average(std::int32_t current, std::int64_t value, std::int64_t target,
                    const Tolerance& tolerance);

/// a + b, kept within int64.
std::int64_t saturating_sum(std::int64_t a, std::int64_t b);
/// The smallest whole number not below `real`, kept within int32 (not a number: the smallest).
std::int32_t saturating_ceil(double real);

}  // namespace rehearse::policies::hpa
