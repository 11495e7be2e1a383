#pragma once
/// What a policy scales, as its host sees it: places that members take and leave. Who the members
/// are, and how they come and go, says whoever derives: instances of a service
/// (models/instance_set.hpp), consumers of a queue (models/consumer_set.hpp).
///
/// There are places for as many as the policy may ask for. Those that do not serve yet go first,
/// then those that are not ready, then the youngest. Source: Kubernetes 1.29,
/// pkg/controller/controller_utils.go (ActivePodsWithRanks; without its rounding of ages).

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace rehearse::models {

class ScaleTarget {
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

  virtual ~ScaleTarget() = default;
  /// Whether it is there or comes, rather than goes.
  static bool is_present(State state);
  virtual const std::string& name() const = 0;
  /// So many there are to be; at most as many as there are places.
  void scale_to(std::int32_t wanted);

  std::int32_t wanted() const { return wanted_; }
  /// That are there or come: not those that go.
  std::int32_t present() const;
  std::int32_t useful() const;
  const std::vector<Member>& members() const { return members_; }
  /// Ids of those that were killed for want of memory since the last call.
  std::vector<std::uint32_t> take_killed() { return std::exchange(killed_, {}); }

 protected:
  /// Somebody takes a free place.
  virtual void admit(std::uint32_t place) = 0;
  /// Whoever is there is to go.
  virtual void dismiss(std::uint32_t place) = 0;
  /// Admits as many as are missing, in the lowest free places.
  void fill();
  /// One that has served since long ago.
  void add_at_start(std::uint32_t place);

  std::int32_t wanted_ = 0;
  std::uint32_t next_id_ = 0;
  std::vector<Member> members_;  // by place
  std::vector<std::uint32_t> killed_;

 private:
  std::uint32_t victim() const;
};

}  // namespace rehearse::models
