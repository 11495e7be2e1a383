#pragma once
/// What the instances of a service have used and served so far, as their metrics endpoints would
/// count it: kept only where a policy looks at it.
///
/// Counters only ever rise; whoever wants a rate takes the difference of two readings. `busy` is
/// millicore-nanoseconds of services with cores, server-nanoseconds of others.

#include <cstdint>
#include <vector>

#include "base/time.hpp"
#include "sim/statistics.hpp"
#include "sim/wide.hpp"

namespace rehearse::models {

class InstanceUsage {
 public:
  struct Reading {
    Instant at;
    sim::UInt128 busy = 0;
    std::uint64_t arrived = 0;
    std::uint64_t ended = 0;
    std::uint64_t failed = 0;
    std::int64_t in_system = 0;  ///< now
  };

  explicit InstanceUsage(std::size_t instances) : used_(instances) {}

  void busied(std::uint32_t instance, Instant now, std::int64_t delta) {
    Used& used = used_[instance];
    used.total.busy += static_cast<sim::UInt128>(used.level) *
                       static_cast<sim::UInt128>((now - used.total.at).ns());
    used.total.at = now;
    used.level += delta;
  }
  void arrived(std::uint32_t instance) {
    ++used_[instance].total.arrived;
    ++used_[instance].total.in_system;
  }
  void ended(std::uint32_t instance, Duration sojourn, bool ok) {
    InstanceUsage::Reading& total = used_[instance].total;
    ++total.ended;
    --total.in_system;
    if (ok) {
      responses_.record(sojourn);
    } else {
      ++total.failed;
    }
  }
  /// A request found no instance to go to.
  void turned_away() { ++turned_away_; }

  Reading read(std::uint32_t instance, Instant now) {
    busied(instance, now, 0);
    return used_[instance].total;
  }
  std::uint64_t turned_away_so_far() const { return turned_away_; }
  /// Response times of successes since the last call.
  sim::Histogram take_responses() {
    sim::Histogram taken = responses_.compact();
    responses_.clear();
    return taken;
  }

 private:
  struct Used {
    Reading total;  // `at`: up to when `busy` is counted
    std::int64_t level = 0;
  };
  std::vector<Used> used_;
  std::uint64_t turned_away_ = 0;
  sim::Histogram responses_;
};

}  // namespace rehearse::models
