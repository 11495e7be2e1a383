#include "models/faults/link_hindrance.hpp"
#include "models/instance_stop.hpp"

/// zone.outage: power and network of a zone are gone. Its instances stop, and no message enters or
/// leaves it; with the power the processes start again.

namespace rehearse::models {
namespace {

class ZoneOutage final : public Fault {
 public:
  ZoneOutage(World& world, const FaultSpec& spec)
      : spec_(spec), cut_(spec.links, {nullptr, 1, &world.stream(spec.stream), &touched}) {}

  void apply(World& world, double) override {
    stop_instances(world, spec_.instances, spec_.plan.in_flight);
    cut_.put(world, 1);
    touched += spec_.instances.size();
  }
  void end(World& world) override {
    cut_.take(world);
    for (const InstanceRef& ref : spec_.instances)
      world.service(ref.service).bring_up(ref.instance);
  }

 private:
  const FaultSpec& spec_;
  LinkHindrance cut_;
};

}  // namespace

std::unique_ptr<Fault> make_zone_outage(World& world, const FaultSpec& spec) {
  return std::make_unique<ZoneOutage>(world, spec);
}

}  // namespace rehearse::models
