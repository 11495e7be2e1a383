#pragma once
/// How large an instance is: what it reserves of its node, and what it may use. All instances of a
/// service are as large as its scenario says, until a policy scales them vertically: from then on
/// those that begin are larger or smaller (models/instance_set.hpp).
///
/// Limits keep their ratio to what is reserved, as a Vertical Pod Autoscaler keeps them by default
/// (controlledValues: RequestsAndLimits; kubernetes/autoscaler, vertical-pod-autoscaler 1.x). Where
/// nothing is reserved apart from the limit, the limit is what is reserved.

#include <cstdint>

#include "models/node_spec.hpp"

namespace rehearse::models {

struct ServiceSpec;

struct InstanceSize {
  Resources requests;             ///< of its node; zero where it asks for none
  std::int64_t millicores = 0;    ///< limit; 0: no shared cores
  std::int64_t memory_limit = 0;  ///< bytes; 0: nobody counts

  /// Cores that are reserved for it. REQUIRES: it has shared cores.
  double cores() const {
    return 1e-3 * static_cast<double>(requests.millicores > 0 ? requests.millicores : millicores);
  }
  /// Bytes that are reserved for it.
  double bytes() const {
    return static_cast<double>(requests.bytes > 0 ? requests.bytes : memory_limit);
  }
  bool operator==(const InstanceSize&) const = default;
};

InstanceSize size_of(const ServiceSpec& spec);
/// `size` with so many cores reserved; at least a thousandth of one.
InstanceSize with_cores(const ServiceSpec& spec, InstanceSize size, double cores);
/// `size` with so many bytes reserved; at least one.
InstanceSize with_bytes(const ServiceSpec& spec, InstanceSize size, double bytes);

}  // namespace rehearse::models
