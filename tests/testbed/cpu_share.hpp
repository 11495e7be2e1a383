#pragma once
/// Cores that the requests of an instance share in turns of a millisecond or two, with a quota of
/// CPU time per period: what a container with a CPU limit has (`cpu: {limit: 200m, period: 100ms}`
/// of a scenario). The CPU is really used, and measured by the clock of the thread, so that work
/// stays the same amount on a machine that is busy otherwise.
///
/// Source: Linux, "CFS Bandwidth Control": what is not used of a quota is lost, what is used too
/// much is taken off the next one.

#include <chrono>
#include <mutex>

#include "tests/testbed/fifo_gate.hpp"

namespace rehearse::testbed {

class CpuShare {
 public:
  using Clock = std::chrono::steady_clock;
  CpuShare(double limit, std::size_t cores, Clock::duration period);
  /// Uses so many seconds of CPU.
  void use(double seconds);

 private:
  double granted(double wanted);
  void used_too_much(double seconds);
  FifoGate cores_;
  const double quota_;  // s per period
  const Clock::duration period_;
  std::mutex mutex_;
  Clock::time_point period_begin_;
  double left_;
};

}  // namespace rehearse::testbed
