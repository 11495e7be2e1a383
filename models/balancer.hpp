#pragma once
/// Picks an instance of a service for a request, by what the balancer itself knows: how many
/// requests it has sent to each instance that are not yet answered.
///
/// round_robin; random; least_requests (fewest outstanding, ties to the next in turn, as nginx and
/// HAProxy do); choices (of d instances drawn at random the one with the fewest outstanding;
/// M. Mitzenmacher, "The power of two choices in randomized load balancing", 1996; drawn without
/// replacement unless told otherwise).
/// Leaves out: weights, health, zones, stale knowledge; several balancers that do not know of each
/// other.

#include <cstdint>
#include <vector>

#include "models/blueprint.hpp"
#include "sim/random.hpp"

namespace rehearse::models {

class Balancer {
 public:
  Balancer(const BalancerSpec& spec, std::uint32_t instances)
      : spec_(spec), outstanding_(instances, 0) {}

  std::uint32_t pick(sim::Stream& stream) {
    const auto n = static_cast<std::uint32_t>(outstanding_.size());
    std::uint32_t picked = 0;
    if (n > 1) {
      switch (spec_.kind) {
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
      }
    }
    ++outstanding_[picked];
    return picked;
  }
  void answered(std::uint32_t instance) { --outstanding_[instance]; }

 private:
  std::uint32_t least(std::uint32_t n) {
    std::uint32_t best = turn_;
    for (std::uint32_t k = 1, i = turn_; k < n; ++k) {
      i = i + 1 == n ? 0 : i + 1;
      if (outstanding_[i] < outstanding_[best]) best = i;
    }
    turn_ = best + 1 == n ? 0 : best + 1;
    return best;
  }
  // Draws without replacement by shifting a draw from the remaining n - k past those taken
  // (kept sorted): as many draws as choices, whatever the outcome.
  std::uint32_t best_of_few(sim::Stream& stream, std::uint32_t n) {
    std::uint32_t best = 0;
    taken_.clear();
    for (std::uint32_t k = 0; k < spec_.choices && k < n; ++k) {
      std::uint32_t drawn = 0;
      if (spec_.replacement) {
        drawn = static_cast<std::uint32_t>(stream.below(n));
      } else {
        drawn = static_cast<std::uint32_t>(stream.below(n - k));
        std::size_t place = 0;
        for (; place < taken_.size() && drawn >= taken_[place]; ++place) ++drawn;
        taken_.insert(taken_.begin() + static_cast<std::ptrdiff_t>(place), drawn);
      }
      if (k == 0 || outstanding_[drawn] < outstanding_[best]) best = drawn;
    }
    return best;
  }

  BalancerSpec spec_;
  std::uint32_t turn_ = 0;
  std::vector<std::uint32_t> outstanding_;
  std::vector<std::uint32_t> taken_;
};

}  // namespace rehearse::models
