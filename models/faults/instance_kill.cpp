#include "models/faults/fault.hpp"
#include "models/instance_stop.hpp"
#include "models/world.hpp"

/// instance.kill: processes die, stay away for the duration of the fault, and start again.

namespace rehearse::models {
namespace {

class InstanceKill final : public Fault {
 public:
  explicit InstanceKill(const FaultSpec& spec) : spec_(spec) {}

  void apply(World& world, double) override {
    hit_ = draw_instances(world, spec_);
    stop_instances(world, hit_, spec_.plan.in_flight);
    touched += hit_.size();
  }
  void end(World& world) override {
    for (const InstanceRef& ref : hit_) world.service(ref.service).bring_up(ref.instance);
  }

 private:
  const FaultSpec& spec_;
  std::vector<InstanceRef> hit_;
};

}  // namespace

std::unique_ptr<Fault> make_instance_kill(World&, const FaultSpec& spec) {
  return std::make_unique<InstanceKill>(spec);
}

}  // namespace rehearse::models
