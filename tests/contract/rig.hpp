#pragma once
/// A small world that any controller can be put into: a service whose load rises and falls, with
/// samples of whatever the controller wants to see, hosts that answer well and badly, and wishes
/// that are carried out at once. Everything that the controller is told is kept, to be told again.

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "policies/registry.hpp"

namespace rehearse::contract {

/// One call of the controller: an observation, or a wake where there is none.
struct Call {
  Instant now;
  std::optional<policies::Observation> seen;
};
struct Decided {
  Instant now;
  policies::Decision decision;
  bool operator==(const Decided&) const = default;
};

/// The example block of a registered kind, as it would stand in a scenario; null where it has none.
SpecNode example_of(const policies::ControllerKind& kind);
/// A fresh object of a registered kind, by its example block.
std::unique_ptr<policies::Controller> make(const policies::ControllerKind& kind);
/// Makes the calls; what is decided.
std::vector<Decided> replay(policies::Controller& controller, const std::vector<Call>& calls);

class Rig {
 public:
  explicit Rig(policies::Controller& controller) : controller_(controller) {}

  /// Lets the world go on until `until`, a second at a time.
  void run(Instant until);
  /// The same, but nobody looks: the controller is woken and told nothing.
  void run_blind(Instant until);
  /// One round of facts, as of now.
  std::vector<policies::Observation> facts();

  Instant now() const { return now_; }
  const std::vector<Call>& calls() const { return calls_; }
  const std::vector<Decided>& decided() const { return decided_; }

 private:
  void call(std::optional<policies::Observation> seen);
  void carry_out(const policies::Decision& decision);
  double load() const;
  void node_facts(std::vector<policies::Observation>& all) const;

  policies::Controller& controller_;
  Instant now_ = Instant::start() + Duration::seconds(1000);
  std::int32_t replicas_ = 4;
  std::vector<policies::InstanceId> nodes_{0, 1};  // of one pool
  policies::InstanceId next_node_ = 2;
  std::uint64_t actions_ = 0;
  std::vector<Call> calls_;
  std::vector<Decided> decided_;
};

}  // namespace rehearse::contract
