#pragma once
/// The instances of a service that a policy scales: which are there, which come, which go. What a
/// ReplicaSet and the kubelets are to a Deployment, or an Auto Scaling group to its targets.
///
/// More: an instance begins in the lowest free place; with `nodes` it first waits for room on one
/// (models/cluster.hpp). It serves after its start-up time, is slow while it warms up, and comes
/// into rotation at once, or when its readiness probe passes. Fewer: it leaves the rotation,
/// finishes what it works on, and stops; what is left after the grace period is lost (callers see
/// their connections close), as after SIGKILL. A place that is being emptied is free only
/// afterwards. Another size (models/instance_size.hpp): those that begin from then on have it, and
/// others may be replaced, a few at a time, as the updater of a Vertical Pod Autoscaler evicts
/// them; a process that is killed and starts again keeps its size. Sources: Kubernetes 1.29,
/// "Termination of Pods"; kubernetes/autoscaler, vertical-pod-autoscaler 1.x, updater
/// (evictionTolerance). Leaves out: the time that endpoint updates take to reach balancers, preStop
/// hooks, deletion costs, writes that a cache has put off (they are lost).

#include <cstdint>
#include <string>

#include "models/instance_size.hpp"
#include "models/scale_target.hpp"
#include "scenarios/spec/fault.hpp"
#include "sim/engine.hpp"

namespace rehearse::models {

class Service;
class World;

class InstanceSet final : public ScaleTarget, public sim::Handler {
 public:
  InstanceSet(World& world, std::uint32_t service, Duration grace);

  /// Those that found no node in the beginning begin to wait for one.
  void begin();
  const std::string& name() const override;
  /// It is to go, and another to come in its place, as after an eviction. Nothing where it goes
  /// already, or is not there.
  void evict(std::uint32_t instance);
  /// Those that begin from now on are so large.
  void resize(const InstanceSize& size) { next_size_ = size; }
  const InstanceSize& next_size() const { return next_size_; }
  /// And others that are older are replaced by such, no more than `at_once` at a time: as long as
  /// fewer of those that are wanted do not serve, and the disruption budget allows for it. Those
  /// that do not serve themselves are replaced at once.
  void replace(std::int32_t at_once, Duration older_than);
  /// So many may be taken down on purpose, if others are to serve on.
  std::int32_t disruptions_allowed() const;
  /// It is gone with its node, and nobody hears from it; another comes in its place.
  void lose(std::uint32_t instance);

  // ---- From the service
  /// Whether it may come into rotation.
  bool takes_work(std::uint32_t instance) const {
    return members_[instance].state != State::draining;
  }
  bool is_starting(std::uint32_t instance) const {
    return members_[instance].state == State::starting;
  }
  bool is_absent(std::uint32_t instance) const {
    const State state = members_[instance].state;
    return state == State::absent || state == State::pending || state == State::leaving;
  }
  /// Its process begins to start.
  void starts(std::uint32_t instance);
  /// It has started or stopped, or a reason not to run is gone.
  void changed(std::uint32_t instance);
  void rotated(std::uint32_t instance, bool in_rotation);
  /// It has been killed for want of memory.
  void killed(std::uint32_t instance) { killed_.push_back(members_[instance].id); }
  /// It has answered all that was sent to it.
  void idle(std::uint32_t instance);

  void on_event(sim::Engine& engine, std::uint64_t data) override;

 private:
  enum class What : std::uint8_t { idle, grace, fill, replace };
  void plan(What what, std::uint32_t instance, Instant at);
  void judge_ready(std::uint32_t instance);
  void admit(std::uint32_t instance) override;
  void dismiss(std::uint32_t instance) override;
  void retire(std::uint32_t instance);
  void stop(std::uint32_t instance, spec::InFlight in_flight);
  void leave(std::uint32_t instance);
  void replace_some();
  Service& service() const;
  bool has_nodes() const;  // that its instances stand on

  World& world_;
  const std::uint32_t service_;
  const Duration grace_;
  InstanceSize next_size_;
  std::int32_t at_once_ = 0;  // that may be missing while others are replaced; 0: none are
  Instant replaced_before_;   // those that began before then
};

}  // namespace rehearse::models
