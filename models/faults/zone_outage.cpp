#include "models/faults/link_hindrance.hpp"
#include "models/instance_stop.hpp"

/// zone.outage: power and network of a zone are gone. Its nodes and instances stop, and no message
/// enters or leaves it; with the power the processes start again (pods where they are by then, see
/// models/cluster.hpp).

namespace rehearse::models {
namespace {

class ZoneOutage final : public Fault {
 public:
  ZoneOutage(World& world, const FaultSpec& spec)
      : spec_(spec), cut_(spec.links, {nullptr, 1, &world.stream(spec.stream), &touched}) {}

  void apply(World& world, double) override {
    if (world.cluster() != nullptr) {
      const std::vector<InstanceRef> others = without_nodes(world);
      touched += world.cluster()->lose(spec_.nodes, others, spec_.plan.in_flight) + others.size();
    } else {
      stop_instances(world, spec_.instances, spec_.plan.in_flight);
      touched += spec_.instances.size();
    }
    cut_.put(world, 1);
  }
  void end(World& world) override {
    cut_.take(world);
    if (world.cluster() != nullptr) world.cluster()->bring_back(spec_.nodes);
    for (const InstanceRef& ref : without_nodes(world))
      world.service(ref.service).bring_up(ref.instance);
  }

 private:
  std::vector<InstanceRef> without_nodes(World& world) const {
    std::vector<InstanceRef> others;
    for (const InstanceRef& ref : spec_.instances)
      if (world.blueprint().services[ref.service].nodes.empty()) others.push_back(ref);
    return others;
  }

  const FaultSpec& spec_;
  LinkHindrance cut_;
};

}  // namespace

std::unique_ptr<Fault> make_zone_outage(World& world, const FaultSpec& spec) {
  return std::make_unique<ZoneOutage>(world, spec);
}

}  // namespace rehearse::models
