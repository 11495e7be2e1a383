#pragma once
/// What sees a real platform for a policy: the live twin of what models/policy_scrape.cpp does in
/// the simulated one. One exists for each target (a service that a policy scales).
///
/// Whoever only watches (plan, shadow) holds an Observer and nothing else. So no file of an
/// observer includes live/actuator.hpp, nor anything else that can change the platform; a test
/// follows the #include lines.

#include <string>
#include <vector>

#include "base/time.hpp"
#include "policies/controller.hpp"

namespace rehearse::live {

/// A metric is named by its place among Controller::needs(); an instance by a number that was given
/// to its process when that started, and is never used again.
class Observer {
 public:
  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer() = default;

  /// Asks the platform, and appends facts, each with the instant at which it was true (never later
  /// than `now`). What could not be asked is a MetricLost, and a sentence in `problems`, which are
  /// shown and logged: no secret belongs there. Takes no longer than its time limits. Never throws.
  virtual void look(Instant now, std::vector<policies::Observation>& seen,
                    std::vector<std::string>& problems) = 0;
};

}  // namespace rehearse::live
