#pragma once
/// A policy and its guard rails: facts and the time go in, wishes with rulings come out. Live and
/// in a replay it is the same object, so that a replay repeats what a live run decided.
///
/// Facts come from outside, over adapters or out of a log. Those that cannot be (an instant of the
/// future, a count below zero, a metric that nobody asked for) are refused before the controller
/// sees them: what a controller asserts is then a mistake of ours, not of the world.

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "policies/guard_rails.hpp"

namespace rehearse::live {

/// A wish and what the guard rails say of it.
struct Judged {
  policies::Decision wish;
  std::uint64_t action = 0;  ///< number among those of the policy, from 0
  std::int32_t from = -1;    ///< instances that there are to be; -1: not known
  policies::GuardRails::Ruling ruling;
};

class Deliberation {
 public:
  static constexpr Instant kEnd = Instant::at_ns(std::int64_t{1} << 62);  ///< in the year 2116
  static constexpr std::int32_t kMostReplicas = 1'000'000;
  static constexpr std::size_t kMostInstances = 10'000;  ///< that are known at a time
  static constexpr double kLargest = 1e18;               ///< of a figure

  Deliberation(const policies::Controller& prototype, const policies::GuardRails::Params& guards);

  /// Why this cannot be a fact; empty where it can.
  std::string problem_of(Instant now, const policies::Observation& seen) const;
  /// REQUIRES: problem_of() is empty; `now` is not less than in any call before, nor beyond kEnd.
  void observe(Instant now, const policies::Observation& seen, std::vector<Judged>& out);
  void wake(Instant now, std::vector<Judged>& out);
  Instant next_wake() const { return controller_->next_wake(); }

  std::span<const policies::MetricNeed> needs() const { return controller_->needs(); }
  std::optional<std::int32_t> wanted() const { return guards_.wanted(); }

 private:
  void judge(Instant now, std::vector<Judged>& out);

  std::unique_ptr<policies::Controller> controller_;
  policies::GuardRails guards_;
  std::set<policies::InstanceId> instances_;
  std::vector<policies::Decision> wishes_;
  std::uint64_t actions_ = 0;
};

}  // namespace rehearse::live
