#include "policies/pod_table.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace rehearse::policies::hpa {

std::int64_t thousandths(double value) {
  const double scaled = value * 1000;
  if (std::isnan(scaled)) return 0;
  if (scaled >= 9.2233720368547758e18) return std::numeric_limits<std::int64_t>::max();
  if (scaled <= -9.2233720368547758e18) return std::numeric_limits<std::int64_t>::min();
  return std::llround(scaled);
}

PodTable::PodTable(std::size_t metrics, std::size_t expected)
    : samples_(metrics), requests_(metrics) {
  ids_.reserve(expected);
  pods_.reserve(expected);
  for (auto& samples : samples_) samples.reserve(expected);
  for (auto& requests : requests_) requests.reserve(expected);
}

std::size_t PodTable::slot(InstanceId id) {
  const auto at = std::lower_bound(ids_.begin(), ids_.end(), id);
  const auto index = at - ids_.begin();
  if (at != ids_.end() && *at == id) return static_cast<std::size_t>(index);
  ids_.insert(at, id);
  pods_.insert(pods_.begin() + index, Pod{.listed = false});
  for (auto& samples : samples_) samples.insert(samples.begin() + index, PodSample{});
  for (auto& requests : requests_) requests.insert(requests.begin() + index, kNoRequest);
  return static_cast<std::size_t>(index);
}

void PodTable::set(const InstanceStatus& status) {
  pods_[slot(status.instance)] = {.listed = true,
                                  .deleted = status.deleting,
                                  .phase = status.phase,
                                  .has_condition = status.has_readiness,
                                  .ready = status.ready,
                                  .has_started = status.has_started,
                                  .started = status.started,
                                  .ready_changed = status.ready_changed};
}

void PodTable::remove(InstanceId id) {
  const auto at = std::lower_bound(ids_.begin(), ids_.end(), id);
  if (at == ids_.end() || *at != id) return;
  const auto index = at - ids_.begin();
  ids_.erase(at);
  pods_.erase(pods_.begin() + index);
  for (auto& samples : samples_) samples.erase(samples.begin() + index);
  for (auto& requests : requests_) requests.erase(requests.begin() + index);
}

void PodTable::set(const MetricSample& sample) {
  const std::size_t at = slot(sample.instance);
  samples_[sample.metric][at] = {true, thousandths(sample.value), sample.taken, sample.window};
}

void PodTable::set(const ResourceRequest& request) {
  const std::size_t at = slot(request.instance);
  requests_[request.metric][at] = std::max<std::int64_t>(0, thousandths(request.value));
}

void PodTable::forget_samples(Instant oldest) {
  for (auto& samples : samples_)
    for (PodSample& sample : samples) sample.present = sample.present && sample.taken >= oldest;
}

}  // namespace rehearse::policies::hpa
