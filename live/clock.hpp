#pragma once
/// The time of the live world: nanoseconds since the Unix epoch, never decreasing. It is set by the
/// wall clock once, when it is made, and goes on by a clock that nobody sets: a step of the wall
/// clock (NTP, an administrator) moves no cooldown and repeats no period. What the wall clock is
/// slewed by after that is left out: instants of others may lie some milliseconds per day apart.

#include <atomic>
#include <string>

#include "base/time.hpp"

namespace rehearse::live {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() = 0;
  /// Returns at `until`, or within a tenth of a second after `stop` has been set.
  virtual void wait(Instant until, const std::atomic<bool>& stop) = 0;
};

class SystemClock final : public Clock {
 public:
  SystemClock();
  Instant now() override;
  void wait(Instant until, const std::atomic<bool>& stop) override;

 private:
  Duration offset_;  // of the wall clock from the steady one, at the beginning
  Instant latest_;
};

/// "2026-11-26T09:15:00.250Z", and the time of the day alone: "09:15:00.250".
std::string utc_text(Instant at);
std::string utc_time_of_day(Instant at);

}  // namespace rehearse::live
