#pragma once
/// When the requests of a workload are due: its open loop as trial 0 simulates it.

#include <optional>
#include <string>

#include "base/time.hpp"
#include "models/compile.hpp"

namespace rehearse::testbed {

class Arrivals {
 public:
  /// REQUIRES: why_not() is empty.
  Arrivals(const models::Scenario& scenario, std::uint32_t workload);
  /// What workload of this name cannot be sent, and why; empty where it can.
  static std::string why_not(const models::Scenario& scenario, const std::string& name,
                             std::uint32_t& workload);
  /// The next one, counted from the beginning; never where there is none.
  Instant next();

 private:
  const models::ArrivalSpec& spec_;
  sim::Stream stream_;
  models::RateWalk walk_;
  Instant last_;
  std::size_t next_instant_ = 0;
};

}  // namespace rehearse::testbed
