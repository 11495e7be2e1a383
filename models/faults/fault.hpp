#pragma once
/// One fault in one trial: carries out a FaultSpec on the simulated platform. The driver says when.

#include <cstdint>
#include <memory>

#include "models/fault_spec.hpp"

namespace rehearse::models {

class World;

class Fault {
 public:
  virtual ~Fault() = default;
  /// Takes effect; again with another `intensity` in (0, 1] while the fault ramps.
  virtual void apply(World& world, double intensity) = 0;
  /// Takes everything back. REQUIRES: it has been applied.
  virtual void end(World& world) = 0;
  /// Requests ended, messages hindered, entries dropped, ...: the proof that it took effect.
  std::uint64_t touched = 0;
};

/// The executor of this kind of fault; see registry.cpp. `spec` outlives it.
std::unique_ptr<Fault> make_fault(World& world, const FaultSpec& spec);

// One per file of this folder.
std::unique_ptr<Fault> make_instance_kill(World& world, const FaultSpec& spec);
std::unique_ptr<Fault> make_instance_slow(World& world, const FaultSpec& spec);
std::unique_ptr<Fault> make_dependency_errors(World& world, const FaultSpec& spec);
std::unique_ptr<Fault> make_link_hindrance(World& world, const FaultSpec& spec);
std::unique_ptr<Fault> make_node_kill(World& world, const FaultSpec& spec);
std::unique_ptr<Fault> make_zone_outage(World& world, const FaultSpec& spec);
std::unique_ptr<Fault> make_cache_flush(World& world, const FaultSpec& spec);
std::unique_ptr<Fault> make_traffic_surge(World& world, const FaultSpec& spec);

/// The instances that this fault hits: all that match, or so many of them drawn at random.
std::vector<InstanceRef> draw_instances(World& world, const FaultSpec& spec);
std::vector<std::uint32_t> draw_nodes(World& world, const FaultSpec& spec);

}  // namespace rehearse::models
