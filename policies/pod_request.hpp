#pragma once
/// What a pod has requested of a resource, from what its containers have: for observers that read
/// pod specifications. Sidecars are init containers that are always restarted; other init
/// containers have ended by the time that usage is measured. Units: thousandths. Source:
/// Kubernetes 1.37, replica_calculator.go; KEP-2837 (requests of pods).

#include <optional>

#include "policies/hpa_calculator.hpp"

namespace rehearse::policies::hpa {

struct ContainerRequest {
  std::string_view name;
  std::optional<std::int64_t> request;
};
struct PodRequest {
  Fault fault = Fault::none;  ///< or missing_request, unknown_container
  std::int64_t request = 0;
};

/// `container` empty: of the whole pod, by `pod_level` where it is given.
inline PodRequest request_of(std::span<const ContainerRequest> containers,
                             std::optional<std::int64_t> pod_level, std::string_view container) {
  if (container.empty() && pod_level) return {Fault::none, *pod_level};
  PodRequest sum;
  bool found = container.empty();
  for (const ContainerRequest& each : containers) {
    if (!container.empty() && each.name != container) continue;
    found = true;
    if (!each.request) return {Fault::missing_request, 0};
    sum.request = saturating_sum(sum.request, *each.request);
  }
  return found ? sum : PodRequest{Fault::unknown_container, 0};
}

}  // namespace rehearse::policies::hpa
