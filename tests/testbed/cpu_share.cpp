#include "tests/testbed/cpu_share.hpp"

#include <algorithm>
#include <ctime>
#include <limits>
#include <thread>

namespace rehearse::testbed {
namespace {

constexpr double kTurn = 0.002;

double thread_cpu_seconds() {
  timespec at{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
  return static_cast<double>(at.tv_sec) + 1e-9 * static_cast<double>(at.tv_nsec);
}

}  // namespace

CpuShare::CpuShare(double limit, std::size_t cores, Clock::duration period)
    : cores_(cores, std::numeric_limits<std::size_t>::max()),
      quota_(limit * std::chrono::duration<double>(period).count()),
      period_(period),
      period_begin_(Clock::now()),
      left_(quota_) {}

void CpuShare::use(double seconds) {
  while (seconds > 0) {
    cores_.enter();
    const double part = granted(std::min(seconds, kTurn));
    const double begin = thread_cpu_seconds();
    double used = 0;
    while (used < part) used = thread_cpu_seconds() - begin;
    used_too_much(used - part);
    cores_.leave();
    seconds -= used;
  }
}

// Up to `wanted` seconds, when the quota has some again.
double CpuShare::granted(double wanted) {
  for (;;) {
    Clock::time_point next;
    {
      const std::lock_guard lock(mutex_);
      const Clock::time_point now = Clock::now();
      if (now >= period_begin_ + period_) {
        const auto periods = (now - period_begin_) / period_;
        period_begin_ += periods * period_;
        left_ = std::min(quota_, left_ + static_cast<double>(periods) * quota_);
      }
      if (left_ > 0) {
        const double part = std::min(wanted, left_);
        left_ -= part;
        return part;
      }
      next = period_begin_ + period_;
    }
    std::this_thread::sleep_until(next);
  }
}

void CpuShare::used_too_much(double seconds) {
  const std::lock_guard lock(mutex_);
  left_ -= seconds;
}

}  // namespace rehearse::testbed
