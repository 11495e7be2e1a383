#pragma once
/// Active health checks as HAProxy counts them. One counter from 0 to rise + fall - 1; at `rise`
/// and above the server is up. A failed check takes one away, and all once it falls below rise; a
/// passed one adds one, and all that is missing once it reaches rise. So `fall` failures in a row
/// take a server down and `rise` passes bring it back. A server starts at `rise`: up, but its first
/// failure takes it down.
///
/// Errors seen on live traffic count as well (`observe`): so many in a row act like a failed check,
/// like all but the last of them, or take the server down at once, and the next check comes soon.
///
/// Units: ns. State 16 bytes. Defaults: rise 2, fall 3, inter 2 s, error limit 10.
/// Source: HAProxy 2.x, src/check.c (set_server_check_status, __health_adjust), src/server.c
/// (srv_getinter, server_recalc_eweight). Conformance: haproxy_health.json.
/// Leaves out: agent checks; `init-state` other than by start(); state files over reloads.

#include <algorithm>
#include <cstdint>
#include <string>

#include "base/time.hpp"

namespace rehearse::policies {

class RiseFall {
 public:
  enum class OnError : std::uint8_t { fastinter, fail_check, sudden_death, mark_down };
  struct Params {
    std::int32_t rise = 2;
    std::int32_t fall = 3;
    Duration inter = Duration::seconds(2);
    Duration fastinter;  ///< zero: as inter; while neither fully up nor fully down
    Duration downinter;  ///< zero: as inter; while fully down
    OnError on_error = OnError::fail_check;
    std::int32_t error_limit = 10;
  };
  enum class Start : std::uint8_t { up, fully_up, down, fully_down };

  static RiseFall start(const Params& params, Start from = Start::up) {
    switch (from) {
      case Start::up:
        break;
      case Start::fully_up:
        return RiseFall(params.rise + params.fall - 1);
      case Start::down:
        return RiseFall(params.rise - 1);
      case Start::fully_down:
        return RiseFall(0);
    }
    return RiseFall(params.rise);
  }
  /// REQUIRES: 0 <= health < rise + fall.
  explicit RiseFall(std::int32_t health) : health_(health) {}

  void checked(bool passed, const Params& params) {
    check_soon_ = false;
    if (passed) {
      if (health_ < params.rise + params.fall - 1 && ++health_ >= params.rise)
        health_ = params.rise + params.fall - 1;
      errors_ = 0;
    } else {
      fail(params);
    }
  }
  /// A request has ended well or badly.
  void observed(bool error, const Params& params) {
    if (!error) {
      errors_ = 0;
      return;
    }
    if (++errors_ < params.error_limit) return;
    switch (params.on_error) {
      case OnError::fastinter:
        break;
      case OnError::sudden_death:
        if (health_ > params.rise) health_ = params.rise + 1;
        [[fallthrough]];
      case OnError::fail_check:
        fail(params);
        break;
      case OnError::mark_down:
        health_ = params.rise;
        fail(params);
        break;
    }
    errors_ = 0;
    check_soon_ = true;
  }

  bool up(const Params& params) const { return health_ >= params.rise; }
  std::int32_t health() const { return health_; }
  std::int32_t errors() const { return errors_; }  ///< seen in a row
  /// Until the next check: whether live errors ask for it soon.
  bool check_soon() const { return check_soon_; }

  /// Time to the next check.
  Duration interval(const Params& params) const {
    return interval(params, health_, !up(params), check_soon_);
  }
  /// `stopped`: the server takes no traffic, as by its checks or otherwise.
  static Duration interval(const Params& params, std::int32_t health, bool stopped,
                           bool check_soon) {
    const auto or_inter = [&](Duration d) { return d > Duration::zero() ? d : params.inter; };
    if (!check_soon && health == params.rise + params.fall - 1) return params.inter;
    if (stopped && health == 0) return or_inter(params.downinter);
    return or_inter(params.fastinter);
  }
  /// "2/3 UP", "0/2 DOWN": as in the logs of HAProxy.
  std::string text(const Params& params) const {
    const bool is_up = up(params);
    return std::to_string(is_up ? health_ - params.rise + 1 : health_) + "/" +
           std::to_string(is_up ? params.fall : params.rise) + (is_up ? " UP" : " DOWN");
  }
  bool operator==(const RiseFall&) const = default;

 private:
  void fail(const Params& params) {
    if (health_ > 0 && --health_ < params.rise) health_ = 0;
  }

  std::int32_t health_ = 0;
  std::int32_t errors_ = 0;
  bool check_soon_ = false;
};

/// The weight of a server that has come up `elapsed` ago, ramped in whole seconds over `slowstart`.
/// Balancers count weights in steps of 1 / `divisor`; at least one step is given.
struct SlowStartWeight {
  std::int64_t share = 0;   ///< of `divisor`
  std::int64_t weight = 0;  ///< of `user`, rounded up
};
inline SlowStartWeight slow_start_weight(std::int64_t user, Duration elapsed, Duration slowstart,
                                         std::int64_t divisor = 16, std::int64_t multiplier = 16) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const std::int64_t window = slowstart.ns() / kSecond;
  const std::int64_t since = elapsed.ns() / kSecond;
  std::int64_t share = divisor;
  if (window > 0 && since < window) share = (divisor * since + window) / window;
  share = std::min(share, divisor);
  return {share, (user * share + multiplier - 1) / multiplier};
}

}  // namespace rehearse::policies
