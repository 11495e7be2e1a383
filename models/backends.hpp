#pragma once
/// The instances of a service as a balancer sees them that knows more than a Balancer does:
/// weights, the place of whoever asks, expected latencies, hashes. For each zone that asks there
/// are levels of instances (one level of all where no place is preferred); a request draws its
/// level by the levels' loads (policies/priority_load.hpp) and then is given an instance of it:
///
///   round_robin      smooth weighted round robin (policies/smooth_round_robin.hpp)
///   random           by weight
///   least_requests   the least (requests under way + 1) / weight; ties to the next in turn
///   choices          the same, among d drawn by weight
///   least_latency    the least peak EWMA / weight (policies/peak_ewma.hpp), among d drawn by
///   weight consistent_hash  the owner of the client or key on a ring (policies/hash_ring.hpp);
///   requests
///                    that have neither go to one drawn by weight
///
/// A latency is what the balancer sees: from sending until the instance answers, the way there
/// included, the way back not. It is one balancer that all callers ask: latencies are known to all,
/// and callers of one zone share a turn.
/// In slow start (policies/slow_start.hpp) an instance that has come into rotation has part of its
/// weight. Points of the ring depend on the trial: which instance gets much is a matter of its
/// address, which nobody knows, and trials show how much that matters.
/// Cost of a pick: O(levels), and O(instances of the level) with unequal weights, least_requests or
/// while somebody starts slowly; a change of rotation costs O(zones x instances).

#include <cstdint>
#include <memory>
#include <vector>

#include "models/balancer.hpp"
#include "models/blueprint.hpp"
#include "policies/hash_ring.hpp"
#include "policies/peak_ewma.hpp"
#include "policies/smooth_round_robin.hpp"
#include "sim/random.hpp"

namespace rehearse::models {

/// Which level of instances, for a caller in zone `from`, one in zone `to` belongs to; 0 is asked
/// first.
std::size_t level_of(const NetworkSpec& network, Locality prefer, std::uint32_t from,
                     std::uint32_t to);

class Backends {
 public:
  /// Who asks for an instance.
  struct Asker {
    Instant now;
    std::uint32_t zone = 0;
    std::uint32_t key = kNone;  ///< that consistent_hash goes by
  };

  /// REQUIRES: `balancer` counts the requests under way, and all references outlive this.
  Backends(const ServiceSpec& service, const NetworkSpec& network, const Balancer& balancer,
           std::uint64_t salt);

  /// An instance, or kNone where none may be asked.
  std::uint32_t pick(const Asker& asker, sim::Stream& stream);
  void set_in_rotation(std::uint32_t instance, bool in, Instant now);
  /// Instances that are not there are not asked in a panic either, nor counted as unhealthy.
  void set_member(std::uint32_t instance, bool member);
  /// An answer came `latency` after its request was sent.
  void answered(std::uint32_t instance, Instant now, Duration latency) {
    if (!latencies_.empty()) latencies_[instance].observe(now, latency, spec_.decay);
  }

 private:
  struct Level {
    std::vector<std::uint32_t> members;     // instances, ascending
    std::vector<std::uint32_t> candidates;  // those of them that may be asked
    std::vector<char> holds;                // by instance, whether it is a candidate; for a ring
    double share = 0;                       // of the requests
    bool alike = true;                      // candidates have equal weights
    std::vector<double> upto;               // sums of their weights
    std::uint64_t version = 0;              // of the weights that those are sums of
    std::uint32_t turn = 0;
    policies::SmoothRoundRobin smooth;
  };
  using View = std::vector<Level>;

  void add_views(const NetworkSpec& network, const std::vector<std::uint32_t>& placement);
  void admit(View& view);
  void renew_weights(Instant now);
  void sum_weights(Level& level) const;
  Level* draw_level(View& view, sim::Stream& stream) const;
  std::size_t draw(const Level& level, sim::Stream& stream) const;
  std::uint32_t pick_in(Level& level, const Asker& asker, sim::Stream& stream);
  std::uint32_t turn_of(Level& level);
  std::uint32_t least(Level& level) const;
  std::uint32_t best_of_few(const Level& level, const Asker& asker, sim::Stream& stream);
  double load(std::uint32_t instance, Instant now);

  const BalancerSpec& spec_;
  const Balancer& balancer_;
  std::vector<char> in_rotation_;  // by instance
  std::vector<char> member_;       // by instance
  std::vector<double> base_;       // weights by instance
  std::vector<double> weights_;    // of them, what slow start leaves
  std::vector<Instant> since_;     // in rotation, by instance; of use while slow
  std::vector<char> slow_;         // by instance
  std::uint32_t slow_count_ = 0;
  std::uint64_t version_ = 1;
  std::vector<View> views_;
  std::vector<std::uint32_t> view_of_;  // by zone
  std::vector<policies::PeakEwma> latencies_;
  std::unique_ptr<policies::HashRing> ring_;
  std::vector<std::size_t> taken_;
};

}  // namespace rehearse::models
