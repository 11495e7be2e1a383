#include "live/clock.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <ctime>

namespace rehearse::live {
namespace {

// Short enough to notice a signal that came just before the wait.
constexpr std::int64_t kLongestSlice = 100;  // milliseconds

Duration read_clock(clockid_t which) {
  timespec time{};
  ::clock_gettime(which, &time);
  return Duration::seconds(time.tv_sec) + Duration::nanoseconds(time.tv_nsec);
}

// Goes on while the machine sleeps, as those do that are watched.
Duration steady() {
  return read_clock(CLOCK_BOOTTIME);
}

struct Parts {
  std::tm calendar{};
  int milliseconds = 0;
};

Parts parts_of(Instant at) {
  const std::int64_t ns = std::max<std::int64_t>(0, at.ns());
  const auto seconds = static_cast<std::time_t>(ns / 1'000'000'000);
  Parts parts;
  ::gmtime_r(&seconds, &parts.calendar);
  parts.milliseconds = static_cast<int>(ns / 1'000'000 % 1000);
  return parts;
}

}  // namespace

SystemClock::SystemClock() : offset_(read_clock(CLOCK_REALTIME) - steady()) {}

Instant SystemClock::now() {
  latest_ = std::max(latest_, Instant::start() + (steady() + offset_));
  return latest_;
}

void SystemClock::wait(Instant until, const std::atomic<bool>& stop) {
  for (Instant at = now(); at < until && !stop; at = now()) {
    const std::int64_t whole = (until - at) / Duration::milliseconds(1) + 1;
    ::poll(nullptr, 0, static_cast<int>(std::min(whole, kLongestSlice)));
  }
}

std::string utc_time_of_day(Instant at) {
  const Parts parts = parts_of(at);
  return fmt::format("{:02}:{:02}:{:02}.{:03}", parts.calendar.tm_hour, parts.calendar.tm_min,
                     parts.calendar.tm_sec, parts.milliseconds);
}

std::string utc_text(Instant at) {
  const Parts parts = parts_of(at);
  return fmt::format("{:04}-{:02}-{:02}T{}Z", parts.calendar.tm_year + 1900,
                     parts.calendar.tm_mon + 1, parts.calendar.tm_mday, utc_time_of_day(at));
}

}  // namespace rehearse::live
