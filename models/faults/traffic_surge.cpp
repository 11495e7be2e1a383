#include "models/faults/fault.hpp"
#include "models/world.hpp"

/// traffic.surge: clients ask `factor` times as often. An open loop gets a further Poisson stream
/// of requests beside its own (or loses some of its own at random, for factors below 1); a closed
/// loop has as many times the users.

namespace rehearse::models {
namespace {

class TrafficSurge final : public Fault {
 public:
  explicit TrafficSurge(const FaultSpec& spec) : spec_(spec) {}

  void apply(World& world, double intensity) override {
    scale(world, 1 + (spec_.plan.strength - 1) * intensity);
  }
  void end(World& world) override { scale(world, 1); }

 private:
  void scale(World& world, double factor) {
    for (const std::uint32_t workload : spec_.workloads)
      world.workload(workload).surge(factor, world.stream(spec_.stream), touched);
  }
  const FaultSpec& spec_;
};

}  // namespace

std::unique_ptr<Fault> make_traffic_surge(World&, const FaultSpec& spec) {
  return std::make_unique<TrafficSurge>(spec);
}

}  // namespace rehearse::models
