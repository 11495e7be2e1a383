#pragma once
/// Hosts one policy in the real world: shows it what an observer sees, wakes it when it asks to be
/// woken, has its wishes judged, and writes all of that down. The live twin of
/// models/service_policy.hpp, for whoever only watches; what is let through goes to whoever called.
///
/// The policy is told of the outcome of an action at the next turn, so that one which answers each
/// outcome with another wish cannot keep a turn from ending.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "live/clock.hpp"
#include "live/deliberation.hpp"
#include "live/journal.hpp"
#include "live/observer.hpp"

namespace rehearse::live {

/// Hears what happens, for people. What is written in the log is more.
class Listener {
 public:
  virtual ~Listener() = default;
  virtual void decided(std::uint32_t policy, Instant at, const Judged& judged) = 0;
  virtual void acted(std::uint32_t policy, Instant at, const Judged& judged, bool succeeded,
                     const std::string& detail) = 0;
  virtual void noted(std::uint32_t policy, Instant at, const std::string& what) = 0;
};

/// What a host has done so far.
struct HostCounts {
  std::uint64_t looks = 0;
  std::uint64_t facts = 0;
  std::uint64_t figures = 0;  ///< facts that are samples of metrics
  std::uint64_t wakes = 0;
  std::uint64_t decisions = 0;
  std::uint64_t vetoes = 0;
};

class Host {
 public:
  struct Spec {
    std::uint32_t policy = 0;  ///< its number in the log
    const policies::Controller* prototype = nullptr;
    policies::GuardRails::Params guards;
    Duration scrape;
  };

  /// After a turn until the policy is told what came of its wishes.
  static constexpr Duration kToldAfter = Duration::milliseconds(100);

  /// REQUIRES: all of these outlive the host.
  Host(const Spec& spec, Observer& observer, Clock& clock, Journal& journal, Listener& listener);

  /// Looks and wakes the policy where either is due. What is to be carried out is appended.
  void turn(std::vector<Judged>& let_through);
  /// When there is something to do again.
  Instant next() const;
  /// What came of an action that was let through.
  void settle(std::uint64_t action, bool succeeded) { settled_.emplace_back(action, succeeded); }

  std::uint32_t policy() const { return spec_.policy; }
  std::span<const policies::MetricNeed> needs() const { return policy_.needs(); }
  std::optional<std::int32_t> wanted() const { return policy_.wanted(); }
  const HostCounts& counts() const { return counts_; }

 private:
  void look(std::vector<Judged>& let_through);
  void tell(Instant now, const policies::Observation& seen, std::vector<Judged>& let_through);
  void take(Instant now, std::vector<Judged>& let_through);
  void note(Instant now, const std::string& what);

  Spec spec_;
  Observer& observer_;
  Clock& clock_;
  Journal& journal_;
  Listener& listener_;
  Deliberation policy_;
  Instant next_look_;
  Instant last_turn_;
  std::vector<std::pair<std::uint64_t, bool>> settled_;
  std::vector<policies::Observation> seen_;
  std::vector<std::string> problems_;
  std::vector<std::string> known_problems_;  // of the last look: told once
  std::vector<Judged> judged_;
  HostCounts counts_;
};

}  // namespace rehearse::live
