#pragma once
/// The live loop with hands: what guard rails let through is carried out. Nothing is done before
/// its entry is on the disk; where that fails, nothing is done any more, and the loop ends.
///
/// A wish that was let through in part is carried out in part, and the policy is told that it
/// failed: it has not come true, and ReplicaCount says what has.

#include <vector>

#include "live/actuator.hpp"
#include "live/loop.hpp"

namespace rehearse::live {

class ActingLoop final : public Loop {
 public:
  static constexpr Duration kBetweenTurns = Duration::milliseconds(200);

  /// REQUIRES: as for Loop; actuators and listener outlive the loop.
  ActingLoop(Clock& clock, Journal& journal, Listener& listener)
      : Loop(clock, journal), listener_(listener) {}

  /// Of the policy with the next number.
  void add(std::unique_ptr<Host> host, Actuator& actuator);

 private:
  /// Entries of one policy's actuator.
  class Trail final : public Audit {
   public:
    Trail(ActingLoop& loop, std::uint32_t policy, std::optional<std::uint64_t> action)
        : loop_(loop), policy_(policy), action_(action) {}
    bool about_to(std::string_view what) override;
    void happened(std::string_view what) override;

   private:
    ActingLoop& loop_;
    std::uint32_t policy_;
    std::optional<std::uint64_t> action_;
  };

  void carry_out(Host& host, const Judged& judged) override;
  void tend() override;
  Duration longest_rest() const override { return kBetweenTurns; }

  Listener& listener_;
  std::vector<Actuator*> actuators_;  // by policy
};

}  // namespace rehearse::live
