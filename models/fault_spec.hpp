#pragma once
/// A fault plan with its targets found: which instances, endpoints, links, caches, workloads.

#include <cstdint>
#include <vector>

#include "models/plan.hpp"
#include "scenarios/spec/fault.hpp"

namespace rehearse::models {

struct InstanceRef {
  std::uint32_t service = 0;
  std::uint32_t instance = 0;
};

struct FaultSpec {
  spec::FaultPlan plan;
  std::vector<InstanceRef> instances;  ///< that match
  std::uint32_t take = 0;              ///< of them, drawn at random; 0: all
  std::vector<std::uint32_t> endpoints;
  std::vector<std::uint32_t> links;  ///< one per direction between two zones
  std::vector<std::uint32_t> nodes;
  std::vector<std::uint32_t> caches;
  std::vector<std::uint32_t> workloads;
  std::uint32_t law = kNone;  ///< of a delay
  std::uint32_t stream = 0;
  /// What `when` looks at: a service, or an endpoint, or a workload; the others are kNone.
  std::uint32_t watched_service = kNone;
  std::uint32_t watched_endpoint = kNone;
  std::uint32_t watched_workload = kNone;
};

struct Blueprint;
/// Whether instances of this service may stop or slow down: by a fault, a failing probe, for want
/// of memory, or as they warm up.
bool may_stop_or_slow(const Blueprint& blueprint, std::uint32_t service);

}  // namespace rehearse::models
