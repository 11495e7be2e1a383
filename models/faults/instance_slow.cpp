#include "models/faults/fault.hpp"
#include "models/world.hpp"

/// instance.slow: shared cores and timed work take longer; a failing disk, a noisy neighbour, a
/// host that throttles. Time spent in calls to others is theirs. Work that has begun with a fixed
/// time keeps it.

namespace rehearse::models {
namespace {

class InstanceSlow final : public Fault {
 public:
  explicit InstanceSlow(const FaultSpec& spec) : spec_(spec) {}

  void apply(World& world, double intensity) override {
    if (hit_.empty()) {
      hit_ = draw_instances(world, spec_);
      touched += hit_.size();
    }
    scale(world, 1 + (spec_.plan.strength - 1) * intensity);
  }
  void end(World& world) override { scale(world, 1); }

 private:
  // Overlapping faults multiply.
  void scale(World& world, double factor) {
    for (const InstanceRef& ref : hit_) {
      Service& service = world.service(ref.service);
      service.slow_down(ref.instance, applied_, factor);
    }
    applied_ = factor;
  }
  const FaultSpec& spec_;
  std::vector<InstanceRef> hit_;
  double applied_ = 1;
};

}  // namespace

std::unique_ptr<Fault> make_instance_slow(World&, const FaultSpec& spec) {
  return std::make_unique<InstanceSlow>(spec);
}

}  // namespace rehearse::models
