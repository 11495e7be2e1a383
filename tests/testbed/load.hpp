#pragma once
/// Asks a service in an open loop: requests are sent when they are due, whatever became of those
/// before. They are due when trial 0 of the simulation of the same scenario and seed sends them:
/// the arrivals of one of its workloads, by the same code and the same random stream.
///
/// Response times count from the instant at which a request was due, not from when it was sent, so
/// that a generator that lags cannot hide a delay.

#include <cstdint>
#include <string>
#include <vector>

namespace rehearse::testbed {

struct LoadOptions {
  std::string scenario;
  std::vector<std::string> sets;  ///< as --set of `rehearse run`
  std::string workload;
  std::string url;
  std::string csv;      ///< file with a line per second; empty: none
  double timeout = 5;   ///< s
  double duration = 0;  ///< s; 0: as long as the arrivals last, or the horizon
};

/// Prints a summary as a line of JSON. Exit code: 0; 2 where the scenario is wrong, 4 where nothing
/// was answered, 130 when interrupted.
int load(const LoadOptions& options);

}  // namespace rehearse::testbed
