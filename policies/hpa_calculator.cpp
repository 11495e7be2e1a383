#include "policies/hpa_calculator.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace rehearse::policies::hpa {
namespace {

constexpr auto kMost64 = std::numeric_limits<std::int64_t>::max();
constexpr auto kLeast64 = std::numeric_limits<std::int64_t>::min();
constexpr auto kMost32 = std::numeric_limits<std::int32_t>::max();
constexpr auto kLeast32 = std::numeric_limits<std::int32_t>::min();

// a * b / c without overflow in between, kept within int64. REQUIRES: c > 0.
std::int64_t scaled(std::int64_t a, std::int64_t b, std::int64_t c) {
  __extension__ typedef __int128 Wide;
  const Wide exact = static_cast<Wide>(a) * b / c;
  if (exact > kMost64) return kMost64;
  if (exact < kLeast64) return kLeast64;
  return static_cast<std::int64_t>(exact);
}

std::int64_t ceil64(double real) {
  const double whole = std::ceil(real);
  if (!(whole < 9.2233720368547758e18)) return std::isnan(whole) ? 0 : kMost64;
  return whole < -9.2233720368547758e18 ? kLeast64 : static_cast<std::int64_t>(whole);
}

// A sum over pods, and how many they were.
struct Sum {
  std::int64_t usage = 0;
  std::int64_t counted = 0;
  // Of those with a request: only they have a utilisation.
  std::int64_t usage_of_requested = 0;
  std::int64_t requests = 0;
  std::int64_t requested = 0;

  void add(std::int64_t value, std::int64_t request) {
    usage = saturating_sum(usage, value);
    ++counted;
    if (request == kNoRequest) return;
    usage_of_requested = saturating_sum(usage_of_requested, value);
    requests = saturating_sum(requests, request);
    ++requested;
  }
};

struct Census {
  Sum counted;             // samples that count
  std::int64_t ready = 0;  // pods whose sample counts
  std::int64_t unready = 0;
  std::int64_t unready_requests = 0;
  std::int64_t missing = 0;
  std::int64_t missing_requests = 0;
  std::int64_t missing_fallback = 0;  // what they would use on a way down
  std::int64_t listed = 0;
  bool sampled = false;        // there is a sample at all
  bool lacks_request = false;  // of a listed pod
};

// `fallback`: percent of the request that a missing pod counts with on the way down.
Census census_of(const PodMetric& metric, std::int64_t fallback, const Readiness& readiness,
                 Instant now) {
  Census census;
  for (std::size_t i = 0; i < metric.pods.size(); ++i) {
    const Pod& pod = metric.pods[i];
    const PodSample& sample = metric.samples[i];
    const std::int64_t request = metric.requests.empty() ? kNoRequest : metric.requests[i];
    const std::int64_t reserved = std::max<std::int64_t>(0, request);
    census.sampled = census.sampled || sample.present;
    if (!pod.listed) {
      if (sample.present) census.counted.add(sample.value, kNoRequest);
      continue;
    }
    ++census.listed;
    census.lacks_request = census.lacks_request || request == kNoRequest;
    switch (group_of(pod, sample, metric.cpu, readiness, now)) {
      case Group::ready:
        ++census.ready;
        census.counted.add(sample.value, request);
        break;
      case Group::unready:
        ++census.unready;
        census.unready_requests = saturating_sum(census.unready_requests, reserved);
        break;
      case Group::missing:
        ++census.missing;
        census.missing_requests = saturating_sum(census.missing_requests, reserved);
        census.missing_fallback =
            saturating_sum(census.missing_fallback, scaled(reserved, fallback, 100));
        break;
      case Group::ignored:
        break;
    }
  }
  return census;
}

bool turns_round(double before, double after) {
  return (before < 1.0 && after > 1.0) || (before > 1.0 && after < 1.0);
}

// The count for a ratio that was recomputed with pods filled in; `pods`: that it then rests on.
std::int32_t refilled(std::int32_t current, double before, double after, std::int64_t pods,
                      const Tolerance& tolerance) {
  if (tolerance.holds(after) || turns_round(before, after)) return current;
  const std::int32_t replicas = saturating_ceil(after * static_cast<double>(pods));
  const bool against = (after < 1.0 && replicas > current) || (after > 1.0 && replicas < current);
  return against ? current : replicas;
}

Fault fault_of(const Census& census) {
  if (!census.sampled) return Fault::no_metrics;
  if (census.listed == 0) return Fault::no_pods;
  return census.counted.counted == 0 ? Fault::no_ready_metrics : Fault::none;
}

}  // namespace

std::int64_t saturating_sum(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return a > 0 ? kMost64 : kLeast64;
}

std::int32_t saturating_ceil(double real) {
  const double whole = std::ceil(real);
  if (whole >= static_cast<double>(kMost32)) return kMost32;
  if (!(whole > static_cast<double>(kLeast32))) return kLeast32;
  return static_cast<std::int32_t>(whole);
}

Group group_of(const Pod& pod, const PodSample& sample, bool cpu, const Readiness& readiness,
               Instant now) {
  if (pod.deleted || pod.phase == Phase::failed || pod.phase == Phase::succeeded)
    return Group::ignored;
  if (pod.phase == Phase::pending) return Group::unready;
  if (!sample.present) return Group::missing;
  if (!cpu) return Group::ready;
  if (!pod.has_condition || !pod.has_started) return Group::unready;
  bool unready = !pod.ready;
  if (saturating_add(pod.started, readiness.cpu_initialization) > now)
    unready = unready || sample.taken < saturating_add(pod.ready_changed, sample.window);
  else
    unready = unready && saturating_add(pod.started, readiness.initial_delay) > pod.ready_changed;
  return unready ? Group::unready : Group::ready;
}

UtilizationRatio utilization_ratio(std::int64_t usage, std::int64_t requests, std::int64_t entries,
                                   std::int32_t target) {
  if (requests <= 0) return {.fault = Fault::no_matching_pods};
  const std::int64_t percent = scaled(usage, 100, requests);
  const auto utilization =
      static_cast<std::int32_t>(std::clamp<std::int64_t>(percent, kLeast32, kMost32));
  return {.ratio = static_cast<double>(utilization) / static_cast<double>(target),
          .utilization = utilization,
          .average = usage / entries};
}

Proposal by_utilization(const PodMetric& metric, std::int32_t current, std::int32_t target,
                        const Tolerance& tolerance, const Readiness& readiness, Instant now) {
  const Census census = census_of(metric, std::max<std::int32_t>(100, target), readiness, now);
  if (const Fault fault = fault_of(census); fault != Fault::none) return {.fault = fault};
  if (census.lacks_request) return {.fault = Fault::missing_request};
  const Sum& sum = census.counted;
  const UtilizationRatio found =
      utilization_ratio(sum.usage_of_requested, sum.requests, sum.requested, target);
  Proposal proposal{found.fault, current, found.utilization, found.average};
  if (found.fault != Fault::none) return proposal;

  const bool up_with_unready = census.unready > 0 && found.ratio > 1.0;
  if (!up_with_unready && census.missing == 0) {
    if (!tolerance.holds(found.ratio))
      proposal.replicas = saturating_ceil(found.ratio * static_cast<double>(census.ready));
    return proposal;
  }
  std::int64_t usage = sum.usage_of_requested;
  std::int64_t requests = sum.requests;
  std::int64_t entries = sum.requested;
  std::int64_t pods = sum.counted;
  if (census.missing > 0 && found.ratio != 1.0) {
    if (found.ratio < 1.0) usage = saturating_sum(usage, census.missing_fallback);
    requests = saturating_sum(requests, census.missing_requests);
    entries += census.missing;
    pods += census.missing;
  }
  if (up_with_unready) {
    requests = saturating_sum(requests, census.unready_requests);
    entries += census.unready;
    pods += census.unready;
  }
  const double after = utilization_ratio(usage, requests, entries, target).ratio;
  proposal.replicas = refilled(current, found.ratio, after, pods, tolerance);
  return proposal;
}

Proposal by_pods_average(const PodMetric& metric, std::int32_t current, std::int64_t target,
                         const Tolerance& tolerance, const Readiness& readiness, Instant now) {
  const Census census = census_of(metric, 100, readiness, now);
  if (const Fault fault = fault_of(census); fault != Fault::none) return {.fault = fault};
  const auto ratio_of = [&](std::int64_t usage, std::int64_t pods) {
    return static_cast<double>(usage / pods) / static_cast<double>(target);
  };
  const Sum& sum = census.counted;
  const double ratio = ratio_of(sum.usage, sum.counted);
  Proposal proposal{Fault::none, current, 0, sum.usage / sum.counted};
  const bool up_with_unready = census.unready > 0 && ratio > 1.0;
  if (!up_with_unready && census.missing == 0) {
    if (!tolerance.holds(ratio))
      proposal.replicas = saturating_ceil(ratio * static_cast<double>(census.ready));
    return proposal;
  }
  const std::int64_t filled = ratio == 1.0 ? 0 : census.missing;  // there is no direction then
  const std::int64_t usage =
      ratio < 1.0 ? saturating_sum(sum.usage, scaled(target, filled, 1)) : sum.usage;
  const std::int64_t pods = sum.counted + filled + (up_with_unready ? census.unready : 0);
  proposal.replicas = refilled(current, ratio, ratio_of(usage, pods), pods, tolerance);
  return proposal;
}

Proposal by_value(std::span<const Pod> pods, std::int32_t current, std::int64_t value,
                  std::int64_t target, const Tolerance& tolerance) {
  const double ratio = static_cast<double>(value) / static_cast<double>(target);
  if (current == 0) return {Fault::none, saturating_ceil(ratio), 0, value};
  if (tolerance.holds(ratio)) return {Fault::none, current, 0, value};
  const auto listed =
      std::count_if(pods.begin(), pods.end(), [](const Pod& p) { return p.listed; });
  if (listed == 0) return {.fault = Fault::no_pods};
  const auto ready = std::count_if(pods.begin(), pods.end(), [](const Pod& p) {
    return p.listed && p.phase == Phase::running && p.has_condition && p.ready;
  });
  return {Fault::none, saturating_ceil(ratio * static_cast<double>(ready)), 0, value};
}

Proposal by_average(std::int32_t current, std::int64_t value, std::int64_t target,
                    const Tolerance& tolerance) {
  const double ratio =
      static_cast<double>(value) / (static_cast<double>(target) * static_cast<double>(current));
  Proposal proposal{Fault::none, current, 0, 0};
  if (!tolerance.holds(ratio))  // nor where nothing is asked of nobody: 0 / 0
    proposal.replicas = saturating_ceil(static_cast<double>(value) / static_cast<double>(target));
  if (current > 0) proposal.usage = ceil64(static_cast<double>(value) / current);
  return proposal;
}

}  // namespace rehearse::policies::hpa
