#pragma once
/// Picks an instance of a service for a request, by what the balancer itself knows: how many
/// requests it has sent to each instance that are not yet answered.
///
/// round_robin; random; least_requests (fewest outstanding, ties to the next in turn, as nginx and
/// HAProxy do); choices (of d instances drawn at random the one with the fewest outstanding;
/// M. Mitzenmacher, "The power of two choices in randomized load balancing", 1996; drawn without
/// replacement unless told otherwise).
/// Instances that are not in rotation (set_in_rotation) are not picked; who decides that is the
/// service, by its probes.
/// A balancer with weights, places, latencies or hashes picks by models/backends.hpp; this one then
/// counts for it.
/// Leaves out: stale knowledge; several balancers that do not know of each other.

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "base/assert.hpp"
#include "models/blueprint.hpp"
#include "sim/random.hpp"

namespace rehearse::models {

class Balancer {
 public:
  Balancer(const BalancerSpec& spec, std::uint32_t instances)
      : kind_(spec.kind),
        replacement_(spec.replacement),
        choices_(spec.choices),
        outstanding_(instances, 0),
        rotation_(instances) {
    std::iota(rotation_.begin(), rotation_.end(), 0U);
  }

  bool nobody_in_rotation() const { return rotation_.empty(); }
  std::size_t in_rotation() const { return rotation_.size(); }
  void set_in_rotation(std::uint32_t instance, bool in) {
    const auto place = std::lower_bound(rotation_.begin(), rotation_.end(), instance);
    const bool is_in = place != rotation_.end() && *place == instance;
    if (in == is_in) return;
    if (in) {
      rotation_.insert(place, instance);
    } else {
      rotation_.erase(place);
    }
    turn_ = 0;
  }
  std::uint32_t outstanding(std::uint32_t instance) const { return outstanding_[instance]; }
  /// A request goes to `instance`, whoever picked it.
  void sent(std::uint32_t instance) { ++outstanding_[instance]; }

  /// REQUIRES: somebody is in rotation.
  std::uint32_t pick(sim::Stream& stream) {
    const auto n = static_cast<std::uint32_t>(rotation_.size());
    std::uint32_t picked = 0;
    if (n > 1) {
      switch (kind_) {
        case Balancing::round_robin:
          picked = turn_;
          turn_ = turn_ + 1 == n ? 0 : turn_ + 1;
          break;
        case Balancing::random:
          picked = static_cast<std::uint32_t>(stream.below(n));
          break;
        case Balancing::least_requests:
          picked = least(n);
          break;
        case Balancing::choices:
          picked = best_of_few(stream, n);
          break;
        case Balancing::least_latency:
        case Balancing::consistent_hash:
          REHEARSE_ASSERT(false);  // what Backends are for
      }
    }
    picked = rotation_[picked];
    ++outstanding_[picked];
    return picked;
  }
  void answered(std::uint32_t instance) { --outstanding_[instance]; }

 private:
  // Picks are places in the rotation.
  std::uint32_t load(std::uint32_t place) const { return outstanding_[rotation_[place]]; }
  std::uint32_t least(std::uint32_t n) {
    std::uint32_t best = turn_;
    for (std::uint32_t k = 1, i = turn_; k < n; ++k) {
      i = i + 1 == n ? 0 : i + 1;
      if (load(i) < load(best)) best = i;
    }
    turn_ = best + 1 == n ? 0 : best + 1;
    return best;
  }
  // Draws without replacement by shifting a draw from the remaining n - k past those taken
  // (kept sorted): as many draws as choices, whatever the outcome.
  std::uint32_t best_of_few(sim::Stream& stream, std::uint32_t n) {
    std::uint32_t best = 0;
    taken_.clear();
    for (std::uint32_t k = 0; k < choices_ && k < n; ++k) {
      std::uint32_t drawn = 0;
      if (replacement_) {
        drawn = static_cast<std::uint32_t>(stream.below(n));
      } else {
        drawn = static_cast<std::uint32_t>(stream.below(n - k));
        std::size_t place = 0;
        for (; place < taken_.size() && drawn >= taken_[place]; ++place) ++drawn;
        taken_.insert(taken_.begin() + static_cast<std::ptrdiff_t>(place), drawn);
      }
      if (k == 0 || load(drawn) < load(best)) best = drawn;
    }
    return best;
  }

  Balancing kind_;
  bool replacement_;
  std::uint32_t choices_;
  std::uint32_t turn_ = 0;
  std::vector<std::uint32_t> outstanding_;  // by instance
  std::vector<std::uint32_t> rotation_;     // instances that may be picked, ascending
  std::vector<std::uint32_t> taken_;
};

}  // namespace rehearse::models
