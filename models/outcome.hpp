#pragma once
/// What became of a request, as its caller sees it.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace rehearse::models {

enum class Outcome : std::uint8_t {
  ok,
  error,            ///< the service answered with an error, its own or a dependency's
  timeout,          ///< the caller stopped waiting
  rejected,         ///< turned away by the server: queue full, or a standing one (HTTP 503)
  abandoned,        ///< left the queue: its patience ended, or its caller had gone
  limited,          ///< turned away at once by a rate limit (HTTP 429)
  refused,          ///< for what it is: too large, blocked by a filter (HTTP 413, 403)
  short_circuited,  ///< never sent: the caller's own breaker, throttle or bulkhead said no
};
inline constexpr std::size_t kOutcomes = 8;
inline constexpr std::array<std::string_view, kOutcomes> kOutcomeNames = {
    "ok", "error", "timeout", "rejected", "abandoned", "limited", "refused", "short_circuited"};
/// Those that every platform can have; the others come of `rate_limits`, `body_limit`, filters and
/// guards of calls.
inline constexpr std::size_t kUsualOutcomes = 5;
/// Failures that another attempt may turn into success, a bit each: all but the last two, which
/// have nothing to do with how the callee is.
inline constexpr std::uint8_t kRetriedByDefault = 0x3e;

}  // namespace rehearse::models
