#pragma once
/// The instances of a service that a policy scales: which are there, which come, which go. What a
/// ReplicaSet and the kubelets are to a Deployment, or an Auto Scaling group to its targets.
///
/// A service has places for as many instances as its policy may ask for. More: an instance begins
/// in the lowest free place; with `nodes` it first waits for room on one (models/cluster.hpp). It
/// serves after its start-up time, is slow while it warms up, and comes into rotation at once, or
/// when its readiness probe passes. Fewer: it leaves the rotation, finishes what it works on, and
/// stops; what is left after the grace period is lost (callers see their connections close), as
/// after SIGKILL. Those that do not serve yet go first, then those that are not ready, then the
/// youngest. A place that is being emptied is free only afterwards.
/// Sources: Kubernetes 1.29, pkg/controller/controller_utils.go (ActivePodsWithRanks; without its
/// rounding of ages), "Termination of Pods". Leaves out: the time that endpoint updates take to
/// reach balancers, preStop hooks, deletion costs, writes that a cache has put off (they are lost).

#include <cstdint>
#include <vector>

#include "base/time.hpp"
#include "sim/engine.hpp"

namespace rehearse::models {

class Service;
class World;

class InstanceSet final : public sim::Handler {
 public:
  enum class State : std::uint8_t {
    absent,    ///< nobody is there
    pending,   ///< it waits for a node
    starting,  ///< its process runs, and does not serve yet
    serving,   ///< or would, if nothing happened to it
    draining,  ///< it takes no new work
    leaving    ///< gone, but its place is not free yet: a start or a fault is still under way
  };
  struct Member {
    State state = State::absent;
    std::uint32_t id = 0;  ///< a new one each time
    Instant since;         ///< begun; those of the beginning a day before
    bool in_rotation = false;
    bool ready = false;  ///< in rotation, and running
    Instant ready_changed;
  };

  InstanceSet(World& world, std::uint32_t service, Duration grace);

  /// Those that found no node in the beginning begin to wait for one.
  void begin();
  /// So many there are to be; at most as many as there are places.
  void scale_to(std::int32_t wanted);
  std::int32_t wanted() const { return wanted_; }
  /// That are there or come: not those that go.
  std::int32_t present() const;
  std::int32_t useful() const;
  const std::vector<Member>& members() const { return members_; }

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
  /// It has answered all that was sent to it.
  void idle(std::uint32_t instance);

  void on_event(sim::Engine& engine, std::uint64_t data) override;

 private:
  enum class What : std::uint8_t { idle, grace, fill };
  void plan(What what, std::uint32_t instance, Instant at);
  void judge_ready(std::uint32_t instance);
  std::uint32_t victim() const;
  void dismiss(std::uint32_t instance);
  void stop(std::uint32_t instance);
  void leave(std::uint32_t instance);
  void fill();
  Service& service() const;
  bool has_nodes() const;  // that its instances stand on

  World& world_;
  const std::uint32_t service_;
  const Duration grace_;
  std::int32_t wanted_ = 0;
  std::uint32_t next_id_ = 0;
  std::vector<Member> members_;
};

}  // namespace rehearse::models
