#pragma once
/// What an autoscaler has been told of each instance: its state, and for each metric its last
/// sample and its request. Arrays in parallel, ordered by id. No allocation once every instance has
/// been seen. Units: thousandths of the metric's unit.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "policies/hpa_calculator.hpp"

namespace rehearse::policies::hpa {

/// Thousandths of a real value, to the nearest, kept within int64; zero where it is not a number.
std::int64_t thousandths(double value);

class PodTable {
 public:
  PodTable(std::size_t metrics, std::size_t expected);

  void set(const InstanceStatus& status);
  void remove(InstanceId id);
  /// A sample of an instance that is not listed is kept: it says that the list is not complete.
  void set(const MetricSample& sample);
  void set(const ResourceRequest& request);
  /// Samples taken before `oldest` are no longer there.
  void forget_samples(Instant oldest);

  std::span<const Pod> pods() const { return pods_; }
  PodMetric metric(std::size_t metric, bool cpu) const {
    return {pods_, samples_[metric], requests_[metric], cpu};
  }

 private:
  std::size_t slot(InstanceId id);

  std::vector<InstanceId> ids_;
  std::vector<Pod> pods_;
  std::vector<std::vector<PodSample>> samples_;      // by metric
  std::vector<std::vector<std::int64_t>> requests_;  // by metric
};

}  // namespace rehearse::policies::hpa
