#pragma once
/// What carries the wishes of a policy out on a real platform: the live twin of
/// models/instance_set.hpp. One exists for each target, and only where `rehearse live run` acts.
///
/// Nothing is done that is not written down before: whatever changes the platform (starts a
/// process, sends a signal, sets the weight of a server) first asks Audit::about_to(), and is left
/// undone where that says no.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace rehearse::live {

/// Where it is written what is done to the platform. No secret belongs there.
class Audit {
 public:
  virtual ~Audit() = default;
  /// What is about to be done, in a line: durable when this returns true. False: it must not be
  /// done, now or at all. Acts that belong together may share one entry.
  [[nodiscard]] virtual bool about_to(std::string_view what) = 0;
  /// What came of it, or has been noticed.
  virtual void happened(std::string_view what) = 0;
};

struct ActOutcome {
  bool succeeded = false;
  std::string detail;  ///< one line: what was done, or why not
};

class Actuator {
 public:
  Actuator() = default;
  Actuator(const Actuator&) = delete;
  Actuator& operator=(const Actuator&) = delete;
  virtual ~Actuator() = default;

  /// There are to be so many instances. Idempotent; returns when that is under way, within its time
  /// limits; progress shows in observations. Never throws.
  virtual ActOutcome scale_to(Instant now, std::int32_t replicas, Audit& audit) = 0;
  /// Moves on what is under way: takes ready instances into rotation, stops those that have
  /// drained, replaces dead ones. Called several times a second; returns soon. Never throws.
  virtual void tend(Instant now, Audit& audit) = 0;
};

}  // namespace rehearse::live
