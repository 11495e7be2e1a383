#pragma once
/// Rate limiters: who may pass at a given instant. Pure integer arithmetic on instants; no clock,
/// no randomness, no allocation per decision. A limiter is immutable, shared by all keys (client,
/// service, ...); what it remembers of a key is a State, a value that may be copied, stored and
/// compared. Only admitted requests count.
///
///   kind            admitted in any window of length T, with rate r, limit N per window W
///   FixedWindow     2 N in T = W (N before a change of windows and N after it)
///   SlidingWindow   2 N in T = W in the worst case; close to N where traffic is even
///   SlidingLog      N in T = W, exactly; memory N instants per key
///   TokenBucket     burst + r T
///   LeakyBucket     1 + r T leave it; what comes faster is held back, then refused
///
/// Not thread-safe per State. `now` never decreases and may repeat; it is never negative.
/// Leaves out: costs other than one per request, soft limits, limits that adapt to load.

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/fields.hpp"
#include "base/time.hpp"

namespace rehearse::policies {

/// The answer to one request, with what the response headers need.
struct Verdict {
  bool allowed = false;
  std::int64_t limit = 0;      ///< size of the quota, requests
  std::int64_t remaining = 0;  ///< of it once this request has been answered
  Duration reset;              ///< until the whole quota is back, if nobody asks meanwhile
  Duration retry_after;        ///< refused: until a request would pass, if nobody asks meanwhile
  Duration delay;              ///< admitted: how long it is held back (LeakyBucket)
  bool operator==(const Verdict&) const = default;
};

template <class L>
concept RateLimiter = std::equality_comparable<L> && std::regular<typename L::State> &&
    requires(const L& limiter, typename L::State& state, Instant now) {
  { limiter.fresh() } -> std::same_as<typename L::State>;  // of a key never seen
  { limiter.admit(state, now) }
  noexcept->std::same_as<Verdict>;
};

/// Whole requests per whole nanoseconds.
struct Pace {
  std::int64_t requests = 1;
  Duration per = Duration::seconds(1);
  bool operator==(const Pace&) const = default;
};
/// The pace nearest to a rate, from 1e-9/s to 1e9/s: exact where up to 1000 requests make up whole
/// nanoseconds, as all rates that people write do; else within 1e-6 of it, mostly far nearer.
Pace pace_of(double per_second);

/// Quotas times windows, and bursts times paces, have to stay below it: 146 years of nanoseconds.
inline constexpr std::int64_t kMostUnits = std::int64_t{1} << 62;

/// At most `limit` requests per window. Anchor::first_request: a window begins with the first
/// request after the last window, for each key on its own (express-rate-limit 7 and later,
/// MemoryStore; INCR with EXPIRE in Redis). Anchor::clock: windows begin at multiples of their
/// length for all keys at once (express-rate-limit 5; Envoy's global rate limit service).
class FixedWindow {
 public:
  enum class Anchor : std::uint8_t { first_request, clock };
  struct Params {
    std::int64_t limit = 1;
    Duration window = Duration::seconds(1);
    Anchor anchor = Anchor::first_request;
    bool operator==(const Params&) const = default;
  };
  struct State {
    Instant end;  ///< of the window
    std::int64_t admitted = 0;
    bool operator==(const State&) const = default;
  };
  /// REQUIRES: limit >= 1, window > 0.
  explicit FixedWindow(const Params& params);
  State fresh() const { return {}; }
  Verdict admit(State& state, Instant now) const noexcept;
  const Params& params() const { return params_; }
  bool operator==(const FixedWindow&) const = default;

 private:
  Params params_;
};

/// Two counters in place of a log: requests of the window before count by the share of it that the
/// last W still covers, as if they had come evenly (Cloudflare, "How we built rate limiting capable
/// of scaling to millions of domains", 2017). Windows begin at multiples of their length.
class SlidingWindow {
 public:
  struct Params {
    std::int64_t limit = 1;
    Duration window = Duration::seconds(1);
    bool operator==(const Params&) const = default;
  };
  struct State {
    Instant end;  ///< of the current window
    std::int64_t current = 0;
    std::int64_t previous = 0;
    bool operator==(const State&) const = default;
  };
  /// REQUIRES: limit >= 1, window > 0, limit * window in ns below kMostUnits.
  explicit SlidingWindow(const Params& params);
  State fresh() const { return {}; }
  Verdict admit(State& state, Instant now) const noexcept;
  const Params& params() const { return params_; }
  bool operator==(const SlidingWindow&) const = default;

 private:
  Params params_;
};

/// Remembers when each of the last N was admitted. Exact; 8 N bytes per key.
class SlidingLog {
 public:
  struct Params {
    std::int64_t limit = 1;
    Duration window = Duration::seconds(1);
    bool operator==(const Params&) const = default;
  };
  struct State {
    std::vector<Instant> admitted;  ///< a ring
    std::uint32_t oldest = 0;
    std::uint32_t count = 0;
    bool operator==(const State&) const = default;
  };
  /// REQUIRES: limit from 1 to 2^31, window > 0.
  explicit SlidingLog(const Params& params);
  State fresh() const { return {std::vector<Instant>(static_cast<std::size_t>(params_.limit))}; }
  Verdict admit(State& state, Instant now) const noexcept;  ///< amortised O(1)
  const Params& params() const { return params_; }
  bool operator==(const SlidingLog&) const = default;

 private:
  Params params_;
};

/// Tokens come at a steady pace up to `burst`; a request takes one or is refused. The committed
/// bucket of RFC 2697; makes the same decisions as the generic cell rate algorithm (ITU-T I.371)
/// with increment 1/r and tolerance (burst - 1)/r. Starts full.
class TokenBucket {
 public:
  struct Params {
    Pace pace;
    std::int64_t burst = 1;
    bool operator==(const Params&) const = default;
  };
  struct State {
    Instant at;              ///< of the level
    std::int64_t level = 0;  ///< in parts of a token: pace.per in ns make one
    bool operator==(const State&) const = default;
  };
  /// REQUIRES: burst >= 1, burst * pace.per in ns below kMostUnits.
  explicit TokenBucket(const Params& params);
  State fresh() const { return {Instant::start(), full_}; }
  Verdict admit(State& state, Instant now) const noexcept;
  const Params& params() const { return params_; }
  bool operator==(const TokenBucket&) const = default;

 private:
  Params params_;
  std::int64_t full_;
  Duration refill_;  // from empty to full
};

/// A queue that is served at a steady pace: a request is held back until its turn, or refused where
/// more than `queue` requests' worth of time is ahead of it (limit_req with burst and without
/// nodelay of nginx 1.x; with nodelay it would be TokenBucket with burst = queue + 1).
class LeakyBucket {
 public:
  struct Params {
    Pace pace;
    std::int64_t queue = 0;
    bool operator==(const Params&) const = default;
  };
  struct State {
    Instant at;              ///< of the backlog
    std::int64_t ahead = 0;  ///< in parts of a request: pace.per in ns make one
    bool operator==(const State&) const = default;
  };
  /// REQUIRES: queue >= 0, (queue + 1) * pace.per in ns below kMostUnits.
  explicit LeakyBucket(const Params& params);
  State fresh() const { return {}; }
  Verdict admit(State& state, Instant now) const noexcept;
  const Params& params() const { return params_; }
  bool operator==(const LeakyBucket&) const = default;

 private:
  Params params_;
  std::int64_t most_;  // ahead of a request that is still admitted
  Duration drain_;     // of all that can be ahead
};

using AnyLimiter = std::variant<FixedWindow, SlidingWindow, SlidingLog, TokenBucket, LeakyBucket>;

/// Requests per second that a key gets through in the long run, however many it makes.
double most_per_second(const AnyLimiter& limiter);

/// Memory of the states of so many keys.
std::size_t state_bytes(const AnyLimiter& limiter, std::size_t keys);

/// Response fields of draft-ietf-httpapi-ratelimit-headers-07: RateLimit-Limit, -Remaining, -Reset,
/// and Retry-After (RFC 9110, with 429 of RFC 6585). Whole seconds, rounded up: who waits that long
/// does not come too early.
struct RateLimitHeaders {
  std::int64_t limit = 0;
  std::int64_t remaining = 0;
  std::int64_t reset = 0;
  std::optional<std::int64_t> retry_after;  ///< of a refusal
  bool operator==(const RateLimitHeaders&) const = default;
};
RateLimitHeaders headers_of(const Verdict& verdict);

/// Fields of the five kinds, one block each: `token_bucket: {rate: 100rps, burst: 50}`.
std::vector<Field> limiter_fields();
/// The limiter in the one block of limiter_fields() that `reader` has; nullopt where there is none
/// or it is wrong, which is reported (contradiction, out-of-range and what FieldReader reports).
std::optional<AnyLimiter> read_limiter(FieldReader& reader);

// The decisions are in the header, as they are made for every request.

namespace detail {

constexpr std::int64_t divided_up(std::int64_t a, std::int64_t b) {
  return (a + (b - 1)) / b;
}
/// End of the window of that length, counted from zero, in which `now` lies.
constexpr Instant window_end(Instant now, Duration window) {
  return saturating_add(Instant::at_ns(now.ns() / window.ns() * window.ns()), window);
}

}  // namespace detail

inline Verdict FixedWindow::admit(State& state, Instant now) const noexcept {
  if (now >= state.end) {
    state.end = params_.anchor == Anchor::clock ? detail::window_end(now, params_.window)
                                                : saturating_add(now, params_.window);
    state.admitted = 0;
  }
  Verdict verdict{.allowed = state.admitted < params_.limit, .limit = params_.limit};
  if (verdict.allowed) ++state.admitted;
  verdict.remaining = params_.limit - state.admitted;
  verdict.reset = state.end - now;
  if (!verdict.allowed) verdict.retry_after = verdict.reset;
  return verdict;
}

inline Verdict SlidingWindow::admit(State& state, Instant now) const noexcept {
  const Duration window = params_.window;
  if (now >= state.end) {
    state.previous = now < saturating_add(state.end, window) ? state.current : 0;
    state.current = 0;
    state.end = detail::window_end(now, window);
  }
  const Duration left = state.end - now;
  const std::int64_t most = params_.limit * window.ns();
  std::int64_t used = state.previous * left.ns() + state.current * window.ns();
  Verdict verdict{.allowed = used + window.ns() <= most, .limit = params_.limit};
  if (verdict.allowed) {
    ++state.current;
    used += window.ns();
  } else if (state.current < params_.limit) {
    // As the window before fades; at the latest when the next one begins.
    verdict.retry_after =
        Duration::nanoseconds(detail::divided_up(used + window.ns() - most, state.previous));
  } else {
    verdict.retry_after =
        left + Duration::nanoseconds(detail::divided_up(window.ns(), params_.limit));
  }
  verdict.remaining = used < most ? (most - used) / window.ns() : 0;
  verdict.reset = state.current > 0 ? left + window : state.previous > 0 ? left : Duration::zero();
  return verdict;
}

inline Verdict SlidingLog::admit(State& state, Instant now) const noexcept {
  const auto limit = static_cast<std::uint32_t>(params_.limit);
  const auto at = [&](std::uint32_t i) -> Instant& {
    const std::uint32_t place = state.oldest + i;
    return state.admitted[place < limit ? place : place - limit];
  };
  while (state.count > 0 && now - at(0) >= params_.window) {
    if (++state.oldest == limit) state.oldest = 0;
    --state.count;
  }
  Verdict verdict{.allowed = state.count < limit, .limit = params_.limit};
  if (verdict.allowed) {
    at(state.count++) = now;
  } else {
    verdict.retry_after = params_.window - (now - at(0));
  }
  verdict.remaining = params_.limit - state.count;
  verdict.reset = params_.window - (now - at(state.count - 1));
  return verdict;
}

inline Verdict TokenBucket::admit(State& state, Instant now) const noexcept {
  const Duration since = now - state.at;
  REHEARSE_ASSERT(since >= Duration::zero());
  // Short of a full refill the product cannot overflow.
  state.level =
      since >= refill_ ? full_ : std::min(full_, state.level + params_.pace.requests * since.ns());
  state.at = now;
  const std::int64_t token = params_.pace.per.ns();
  Verdict verdict{.allowed = state.level >= token, .limit = params_.burst};
  if (verdict.allowed) {
    state.level -= token;
  } else {
    verdict.retry_after =
        Duration::nanoseconds(detail::divided_up(token - state.level, params_.pace.requests));
  }
  verdict.remaining = state.level / token;
  verdict.reset =
      Duration::nanoseconds(detail::divided_up(full_ - state.level, params_.pace.requests));
  return verdict;
}

inline Verdict LeakyBucket::admit(State& state, Instant now) const noexcept {
  const Duration since = now - state.at;
  REHEARSE_ASSERT(since >= Duration::zero());
  state.ahead = since >= drain_
                    ? 0
                    : std::max<std::int64_t>(0, state.ahead - params_.pace.requests * since.ns());
  state.at = now;
  const std::int64_t request = params_.pace.per.ns();
  const std::int64_t pace = params_.pace.requests;
  Verdict verdict{.allowed = state.ahead <= most_, .limit = params_.queue + 1};
  if (verdict.allowed) {
    verdict.delay = Duration::nanoseconds(detail::divided_up(state.ahead, pace));
    state.ahead += request;
  } else {
    verdict.retry_after = Duration::nanoseconds(detail::divided_up(state.ahead - most_, pace));
  }
  verdict.remaining = state.ahead <= most_ ? (most_ - state.ahead) / request + 1 : 0;
  verdict.reset = Duration::nanoseconds(detail::divided_up(state.ahead, pace));
  return verdict;
}

}  // namespace rehearse::policies
