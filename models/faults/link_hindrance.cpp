#include "models/faults/link_hindrance.hpp"

/// link.delay, link.loss and network.partition: messages that set out while the fault lasts are
/// late, lost by chance, or lost. Messages under way arrive. Ramps scale the delay and the loss.

namespace rehearse::models {
namespace {

class LinkFault final : public Fault {
 public:
  LinkFault(World& world, const FaultSpec& spec)
      : spec_(spec), hindrance_(spec.links, effect(world)) {}

  void apply(World& world, double intensity) override {
    hindrance_.put(world, spec_.plan.strength * intensity);
  }
  void end(World& world) override { hindrance_.take(world); }

 private:
  LinkEffect effect(World& world) {
    const sim::Distribution* delay =
        spec_.law == kNone ? nullptr : &world.blueprint().plans.laws[spec_.law].law;
    return {delay, 1, &world.stream(spec_.stream), &touched};
  }
  const FaultSpec& spec_;
  LinkHindrance hindrance_;
};

}  // namespace

std::unique_ptr<Fault> make_link_hindrance(World& world, const FaultSpec& spec) {
  return std::make_unique<LinkFault>(world, spec);
}

}  // namespace rehearse::models
