// Rate limiters against their bounds in every window, over random arrivals: bursts, pauses, steady
// streams and repeated instants.

#include <gtest/gtest.h>

#include <deque>
#include <vector>

#include "policies/keyed_limiter.hpp"
#include "sim/random.hpp"

namespace rehearse::policies {
namespace {

constexpr int kCases = 300;

struct Case {
  std::int64_t limit;
  Duration window;
  std::vector<Instant> arrivals;
};

// Times are small whole numbers so that arrivals often fall on edges of windows.
Case random_case(std::uint64_t number) {
  sim::Stream random({.seed = number, .trial = 0}, "rate limiter", "property");
  Case result;
  result.limit = 1 + static_cast<std::int64_t>(random.below(12));
  result.window = Duration::nanoseconds(1 + static_cast<std::int64_t>(random.below(60)));
  const std::uint64_t gap = 1 + random.below(12);
  std::int64_t now = static_cast<std::int64_t>(random.below(100));
  for (int i = 0; i < 400; ++i) {
    if (random.chance(0.6)) now += static_cast<std::int64_t>(random.below(gap));
    if (random.chance(0.02)) now += static_cast<std::int64_t>(random.below(200));
    result.arrivals.push_back(Instant::at_ns(now));
  }
  return result;
}

template <class L>
std::vector<Instant> admitted(const L& limiter, const std::vector<Instant>& arrivals) {
  typename L::State state = limiter.fresh();
  std::vector<Instant> passed;
  for (const Instant now : arrivals) {
    const Verdict verdict = limiter.admit(state, now);
    if (verdict.allowed) passed.push_back(now + verdict.delay);
  }
  return passed;
}

/// Most of `times` within any half-open window of that length.
std::int64_t most_in(const std::vector<Instant>& times, Duration window) {
  std::int64_t most = 0;
  std::deque<Instant> inside;
  for (const Instant t : times) {
    inside.push_back(t);
    while (t - inside.front() >= window) inside.pop_front();
    most = std::max(most, static_cast<std::int64_t>(inside.size()));
  }
  return most;
}

TEST(RateLimiterProperty, FixedWindowsLetPassTwiceTheLimitAtMost) {
  bool twice = false;
  for (std::uint64_t n = 0; n < kCases; ++n) {
    const Case c = random_case(n);
    for (const auto anchor : {FixedWindow::Anchor::first_request, FixedWindow::Anchor::clock}) {
      const auto passed = admitted(FixedWindow({c.limit, c.window, anchor}), c.arrivals);
      const std::int64_t most = most_in(passed, c.window);
      ASSERT_LE(most, 2 * c.limit) << "case " << n;
      twice = twice || most == 2 * c.limit;
    }
  }
  EXPECT_TRUE(twice) << "the bound was never reached: the cases are too tame";
}

TEST(RateLimiterProperty, SlidingWindowsLetPassTwiceTheLimitAtMost) {
  for (std::uint64_t n = 0; n < kCases; ++n) {
    const Case c = random_case(n);
    const auto passed = admitted(SlidingWindow({c.limit, c.window}), c.arrivals);
    ASSERT_LE(most_in(passed, c.window), 2 * c.limit) << "case " << n;
  }
}

TEST(RateLimiterProperty, TheLogIsExact) {
  for (std::uint64_t n = 0; n < kCases; ++n) {
    const Case c = random_case(n);
    const auto passed = admitted(SlidingLog({c.limit, c.window}), c.arrivals);
    ASSERT_LE(most_in(passed, c.window), c.limit) << "case " << n;
    std::deque<Instant> oracle;  // of what lies within the last window
    std::vector<Instant> expected;
    for (const Instant now : c.arrivals) {
      while (!oracle.empty() && now - oracle.front() >= c.window) oracle.pop_front();
      if (static_cast<std::int64_t>(oracle.size()) >= c.limit) continue;
      oracle.push_back(now);
      expected.push_back(now);
    }
    ASSERT_EQ(passed, expected) << "case " << n;
  }
}

TEST(RateLimiterProperty, TheTokenBucketKeepsToBurstPlusRateTimesWindow) {
  bool tight = false;
  for (std::uint64_t n = 0; n < kCases; ++n) {
    const Case c = random_case(n);
    const TokenBucket::Params params{{1 + static_cast<std::int64_t>(n % 7), c.window}, c.limit};
    const auto passed = admitted(TokenBucket(params), c.arrivals);
    // Over every closed window from one admission to a later one.
    for (std::size_t i = 0; i < passed.size(); ++i) {
      for (std::size_t j = i; j < passed.size(); ++j) {
        const auto count = static_cast<std::int64_t>(j - i + 1);
        const std::int64_t refill = params.pace.requests * (passed[j] - passed[i]).ns();
        ASSERT_LE((count - params.burst) * params.pace.per.ns(), refill) << "case " << n;
        tight = tight || (i < j && (count - params.burst) * params.pace.per.ns() == refill);
      }
    }
  }
  EXPECT_TRUE(tight) << "the bound was never reached: the cases are too tame";
}

// The generic cell rate algorithm, virtual scheduling (ITU-T I.371): a request conforms where it is
// at most `tolerance` ahead of its theoretical arrival time.
TEST(RateLimiterProperty, TheTokenBucketIsTheGenericCellRateAlgorithm) {
  for (std::uint64_t n = 0; n < kCases; ++n) {
    const Case c = random_case(n);
    const std::int64_t increment = c.window.ns();
    const std::int64_t tolerance = (c.limit - 1) * increment;
    std::int64_t theoretical = 0;
    std::vector<Instant> expected;
    for (const Instant now : c.arrivals) {
      if (theoretical - now.ns() > tolerance) continue;
      theoretical = std::max(theoretical, now.ns()) + increment;
      expected.push_back(now);
    }
    ASSERT_EQ(admitted(TokenBucket({{1, c.window}, c.limit}), c.arrivals), expected)
        << "case " << n;
  }
}

TEST(RateLimiterProperty, TheLeakyBucketSpacesWhatItLetsPass) {
  for (std::uint64_t n = 0; n < kCases; ++n) {
    const Case c = random_case(n);
    const Pace pace{1 + static_cast<std::int64_t>(n % 5), c.window};
    const auto passed = admitted(LeakyBucket({pace, c.limit}), c.arrivals);
    for (std::size_t i = 0; i < passed.size(); ++i) {
      for (std::size_t j = i + 1; j < passed.size(); ++j) {
        // Each instant is rounded up to a nanosecond.
        const std::int64_t time = (passed[j] - passed[i]).ns() + 1;
        ASSERT_GE(pace.requests * time, static_cast<std::int64_t>(j - i) * pace.per.ns())
            << "case " << n;
      }
    }
  }
}

// With one millisecond of resolution, limit_req of nginx keeps `excess`; here in nanoseconds.
TEST(RateLimiterProperty, TheLeakyBucketDecidesAsNginxDoes) {
  for (std::uint64_t n = 0; n < kCases; ++n) {
    const Case c = random_case(n);
    const std::int64_t one = c.window.ns();
    LeakyBucket limiter({{1, c.window}, c.limit});
    LeakyBucket::State state = limiter.fresh();
    std::optional<Instant> last;
    std::int64_t excess = 0;
    for (const Instant now : c.arrivals) {
      std::int64_t next = 0;
      if (last) next = std::max<std::int64_t>(0, excess - (now - *last).ns() + one);
      const bool allowed = next <= c.limit * one;
      const Verdict verdict = limiter.admit(state, now);
      ASSERT_EQ(verdict.allowed, allowed) << "case " << n;
      if (!allowed) continue;
      ASSERT_EQ(verdict.delay.ns(), next) << "case " << n;
      excess = next;
      last = now;
    }
  }
}

TEST(RateLimiterProperty, WhoWaitsAsToldPassesAndNotAMomentSooner) {
  for (std::uint64_t n = 0; n < kCases; ++n) {
    const Case c = random_case(n);
    const Pace pace{1 + static_cast<std::int64_t>(n % 5), c.window};
    const std::vector<AnyLimiter> limiters = {
        FixedWindow({c.limit, c.window}),
        FixedWindow({c.limit, c.window, FixedWindow::Anchor::clock}),
        SlidingWindow({c.limit, c.window}),
        SlidingLog({c.limit, c.window}),
        TokenBucket({pace, c.limit}),
        LeakyBucket({pace, c.limit})};
    for (std::size_t kind = 0; kind < limiters.size(); ++kind) {
      KeyedLimiter limiter(limiters[kind], 1);
      for (const Instant now : c.arrivals) {
        const KeyedLimiter before = limiter;
        const Verdict verdict = limiter.admit(0, now);
        KeyedLimiter later = limiter;
        if (verdict.allowed) {
          ASSERT_EQ(verdict.retry_after, Duration::zero());
          std::int64_t more = 0;
          while (later.admit(0, now).allowed) ++more;
          ASSERT_EQ(more, verdict.remaining) << "case " << n << " kind " << kind;
        } else {
          ASSERT_TRUE(KeyedLimiter(later).admit(0, now + verdict.retry_after).allowed)
              << "case " << n << " kind " << kind;
          const Duration sooner = verdict.retry_after - Duration::nanoseconds(1);
          ASSERT_FALSE(later.admit(0, now + sooner).allowed) << "case " << n << " kind " << kind;
        }
        // After the reset a key is as good as new.
        KeyedLimiter reset = limiter;
        std::int64_t quota = 0;
        while (reset.admit(0, now + verdict.reset).allowed) ++quota;
        ASSERT_EQ(quota, verdict.limit) << "case " << n << " kind " << kind;
      }
    }
  }
}

}  // namespace
}  // namespace rehearse::policies
