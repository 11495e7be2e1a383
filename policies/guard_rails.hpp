#pragma once
/// Guard rails: what no policy may exceed, whatever it wishes. They stand between a controller's
/// decisions and whoever carries them out, see the same facts, and rule on each wish:
///
///   - hold on stale facts: nothing is done where it is not known how many instances there are;
///     nothing is added on a figure that is too old; nothing is taken away unless every metric of
///     the policy has been seen lately (those of single instances for at least half of them);
///   - an empty set never means all: where none of the wanted instances can be seen, that is a
///     fault of the view more likely than of all of them, and nothing is taken away;
///   - floor and ceiling, and the most instances that one change may add or take away: a wish that
///     goes further is carried out as far as allowed;
///   - no more changes than so many within any stretch of time (a sliding window, not a calendar),
///     and no sooner after the last than `spacing`.
///
/// A ruling is a function of the facts and wishes before it and of `now`, so that a replay repeats
/// it. State is in memory only: a new object knows of no earlier changes.
/// Units: ns, instances. Cost: O(instances) where something is to be taken away.
/// Source: the interlocks of "Site Reliability Engineering at Google", 2016, chapter 7, and
/// maxUnavailable-like limits of Kubernetes. Leaves out: approval by people; other actions than
/// ScaleTo, which are vetoed.

#include <deque>
#include <map>
#include <string>

#include "base/change_limits.hpp"
#include "policies/controller.hpp"

namespace rehearse::policies {

class GuardRails {
 public:
  using Params = ChangeLimits;
  enum class Verdict : std::uint8_t {
    allowed,
    limited,  ///< to fewer instances of change than were wished for
    vetoed
  };
  struct Ruling {
    Verdict verdict = Verdict::vetoed;
    std::int32_t replicas = 0;  ///< what is to be carried out, unless vetoed
    std::string because;        ///< a sentence; empty where allowed
  };

  /// REQUIRES: most_at_once, changes >= 1; within > 0.
  GuardRails(const Params& params, std::span<const MetricNeed> needs);

  void observe(const Observation& seen);
  /// Rules on a wish; one that is let through counts as a change.
  Ruling judge(Instant now, const Decision& wish);

  /// How many instances there are to be, as last seen.
  std::optional<std::int32_t> wanted() const;

 private:
  std::string stale_count(Instant now) const;
  std::string stale_figures(Instant now, const Decision& wish, bool shrinks) const;
  std::string stale_figure(Instant now, std::uint32_t metric, bool shrinks) const;
  std::string too_many_changes(Instant now);
  Ruling within_limits(std::int32_t to) const;
  bool fresh(Instant now, Instant taken) const;

  Params params_;
  std::vector<MetricNeed> needs_;
  std::optional<ReplicaCount> count_;
  std::vector<std::optional<Instant>> whole_;          // by metric: when last seen
  std::vector<std::map<InstanceId, Instant>> single_;  // of each instance
  std::deque<Instant> changes_;                        // let through, within the window
  std::optional<Instant> last_;
};

std::string_view verdict_name(GuardRails::Verdict verdict);

}  // namespace rehearse::policies
