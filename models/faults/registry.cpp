#include "models/faults/fault.hpp"
#include "models/instance_set.hpp"
#include "models/world.hpp"

/// All kinds of faults: a new one is a line here, beside its file and its entry in the catalogue of
/// scenarios/spec/fault.cpp.

namespace rehearse::models {

std::unique_ptr<Fault> make_fault(World& world, const FaultSpec& spec) {
  switch (spec.plan.kind) {
    case spec::FaultKind::instance_kill:
      return make_instance_kill(world, spec);
    case spec::FaultKind::instance_slow:
      return make_instance_slow(world, spec);
    case spec::FaultKind::dependency_errors:
      return make_dependency_errors(world, spec);
    case spec::FaultKind::link_delay:
    case spec::FaultKind::link_loss:
    case spec::FaultKind::network_partition:
      return make_link_hindrance(world, spec);
    case spec::FaultKind::zone_outage:
      return make_zone_outage(world, spec);
    case spec::FaultKind::node_kill:
      return make_node_kill(world, spec);
    case spec::FaultKind::cache_flush:
      return make_cache_flush(world, spec);
    case spec::FaultKind::traffic_surge:
      return make_traffic_surge(world, spec);
  }
  REHEARSE_ASSERT(false);
  return nullptr;
}

namespace {

// Drawn without replacement; the first draws are the same however many are taken.
template <class T>
std::vector<T> draw(World& world, const FaultSpec& spec, std::vector<T> left) {
  if (spec.take == 0 || spec.take >= left.size()) return left;
  std::vector<T> drawn;
  while (drawn.size() < spec.take) {
    const std::size_t i = world.stream(spec.stream).below(left.size());
    drawn.push_back(left[i]);
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return drawn;
}

}  // namespace

std::vector<InstanceRef> draw_instances(World& world, const FaultSpec& spec) {
  std::vector<InstanceRef> there = spec.instances;
  std::erase_if(there, [&](const InstanceRef& ref) {
    const InstanceSet* set = world.service(ref.service).set();
    return set != nullptr && set->is_absent(ref.instance);
  });
  return draw(world, spec, std::move(there));
}

std::vector<std::uint32_t> draw_nodes(World& world, const FaultSpec& spec) {
  return draw(world, spec, spec.nodes);
}

}  // namespace rehearse::models
