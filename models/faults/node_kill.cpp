#include "models/faults/fault.hpp"
#include "models/world.hpp"

/// node.kill: machines are gone, with all that runs on them, and come back after the duration of
/// the fault (models/cluster.hpp).

namespace rehearse::models {
namespace {

class NodeKill final : public Fault {
 public:
  explicit NodeKill(const FaultSpec& spec) : spec_(spec) {}

  void apply(World& world, double) override {
    hit_ = draw_nodes(world, spec_);
    world.cluster()->lose(hit_, {}, spec_.plan.in_flight);
    touched += hit_.size();
  }
  void end(World& world) override { world.cluster()->bring_back(hit_); }

 private:
  const FaultSpec& spec_;
  std::vector<std::uint32_t> hit_;
};

}  // namespace

std::unique_ptr<Fault> make_node_kill(World&, const FaultSpec& spec) {
  return std::make_unique<NodeKill>(spec);
}

}  // namespace rehearse::models
