#include "policies/rate_limiter.hpp"

#include <gtest/gtest.h>

namespace rehearse::policies {
namespace rate_limiter_test {

Instant at(std::int64_t ms) {
  return Instant::start() + Duration::milliseconds(ms);
}
constexpr Duration ms(std::int64_t n) {
  return Duration::milliseconds(n);
}

TEST(FixedWindow, BeginsWithTheFirstRequest) {
  const FixedWindow limiter({.limit = 2, .window = ms(100)});
  FixedWindow::State key = limiter.fresh();
  EXPECT_EQ(limiter.admit(key, at(70)),
            (Verdict{.allowed = true, .limit = 2, .remaining = 1, .reset = ms(100)}));
  EXPECT_TRUE(limiter.admit(key, at(169)).allowed);
  EXPECT_EQ(
      limiter.admit(key, at(169)),
      (Verdict{
          .allowed = false, .limit = 2, .remaining = 0, .reset = ms(1), .retry_after = ms(1)}));
  EXPECT_TRUE(limiter.admit(key, at(170)).allowed);
  EXPECT_EQ(limiter.admit(key, at(170)).reset, ms(100));
}

TEST(FixedWindow, MayFollowTheClock) {
  const FixedWindow limiter({.limit = 1, .window = ms(100), .anchor = FixedWindow::Anchor::clock});
  FixedWindow::State key = limiter.fresh();
  EXPECT_EQ(limiter.admit(key, at(70)).reset, ms(30));
  EXPECT_EQ(limiter.admit(key, at(99)).retry_after, ms(1));
  EXPECT_TRUE(limiter.admit(key, at(100)).allowed);
  EXPECT_TRUE(limiter.admit(key, at(350)).allowed);
  EXPECT_EQ(limiter.admit(key, at(350)).retry_after, ms(50));
}

TEST(FixedWindow, LetsTwiceTheLimitPassAroundAChangeOfWindows) {
  const FixedWindow limiter({.limit = 3, .window = ms(100), .anchor = FixedWindow::Anchor::clock});
  FixedWindow::State key = limiter.fresh();
  int passed = 0;
  for (const std::int64_t t : {99, 99, 99, 99, 100, 100, 100, 100})
    passed += limiter.admit(key, at(t)).allowed ? 1 : 0;
  EXPECT_EQ(passed, 6);
}

TEST(SlidingWindow, WeighsTheWindowBeforeByItsOverlap) {
  // The example of the description: 42 in the minute before, 18 in the current one, 15 s into it:
  // 42 * 45 / 60 + 18 = 49.5.
  const SlidingWindow limiter({.limit = 50, .window = Duration::seconds(60)});
  SlidingWindow::State key = limiter.fresh();
  for (int i = 0; i < 42; ++i) ASSERT_TRUE(limiter.admit(key, at(30'000)).allowed);
  for (int i = 0; i < 18; ++i) ASSERT_TRUE(limiter.admit(key, at(75'000)).allowed);
  const Verdict refused = limiter.admit(key, at(75'000));
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.remaining, 0);
  // It takes 31 / 42 of the minute before to make room for one more.
  EXPECT_EQ(refused.retry_after, Duration::nanoseconds(714'285'715));
  EXPECT_EQ(refused.reset, Duration::seconds(45 + 60));
}

TEST(SlidingWindow, ForgetsAfterTwoWindows) {
  const SlidingWindow limiter({.limit = 1, .window = ms(100)});
  SlidingWindow::State key = limiter.fresh();
  EXPECT_TRUE(limiter.admit(key, at(0)).allowed);
  EXPECT_EQ(limiter.admit(key, at(50)).retry_after, ms(150));
  EXPECT_EQ(limiter.admit(key, at(199)).retry_after, ms(1));
  EXPECT_TRUE(limiter.admit(key, at(200)).allowed);
}

TEST(SlidingLog, CountsTheLastWindowExactly) {
  const SlidingLog limiter({.limit = 2, .window = ms(100)});
  SlidingLog::State key = limiter.fresh();
  EXPECT_TRUE(limiter.admit(key, at(10)).allowed);
  EXPECT_EQ(limiter.admit(key, at(60)).remaining, 0);
  EXPECT_EQ(
      limiter.admit(key, at(109)),
      (Verdict{
          .allowed = false, .limit = 2, .remaining = 0, .reset = ms(51), .retry_after = ms(1)}));
  EXPECT_TRUE(limiter.admit(key, at(110)).allowed);
  EXPECT_FALSE(limiter.admit(key, at(159)).allowed);
  EXPECT_TRUE(limiter.admit(key, at(160)).allowed);
}

TEST(TokenBucket, RefillsAtItsRateUpToTheBurst) {
  const TokenBucket limiter({.pace = {.requests = 1, .per = ms(100)}, .burst = 3});
  TokenBucket::State key = limiter.fresh();
  EXPECT_EQ(limiter.admit(key, at(0)),
            (Verdict{.allowed = true, .limit = 3, .remaining = 2, .reset = ms(100)}));
  EXPECT_TRUE(limiter.admit(key, at(0)).allowed);
  EXPECT_TRUE(limiter.admit(key, at(0)).allowed);
  EXPECT_EQ(
      limiter.admit(key, at(30)),
      (Verdict{
          .allowed = false, .limit = 3, .remaining = 0, .reset = ms(270), .retry_after = ms(70)}));
  EXPECT_TRUE(limiter.admit(key, at(100)).allowed);
  EXPECT_EQ(limiter.admit(key, at(10'000)).remaining, 2);
}

TEST(LeakyBucket, SpacesEvenlyWhatItHoldsBack) {
  const LeakyBucket limiter({.pace = {.requests = 1, .per = ms(100)}, .queue = 2});
  LeakyBucket::State key = limiter.fresh();
  EXPECT_EQ(limiter.admit(key, at(0)),
            (Verdict{.allowed = true, .limit = 3, .remaining = 2, .reset = ms(100)}));
  EXPECT_EQ(limiter.admit(key, at(0)).delay, ms(100));
  EXPECT_EQ(limiter.admit(key, at(20)).delay, ms(180));
  EXPECT_EQ(
      limiter.admit(key, at(20)),
      (Verdict{
          .allowed = false, .limit = 3, .remaining = 0, .reset = ms(280), .retry_after = ms(80)}));
  EXPECT_EQ(limiter.admit(key, at(100)).delay, ms(200));
  EXPECT_EQ(limiter.admit(key, at(5'000)).delay, Duration::zero());
}

TEST(LeakyBucket, WithoutAQueueRefusesWhatComesTooSoon) {
  const LeakyBucket limiter({.pace = {.requests = 10, .per = Duration::seconds(1)}});
  LeakyBucket::State key = limiter.fresh();
  EXPECT_TRUE(limiter.admit(key, at(0)).allowed);
  EXPECT_EQ(limiter.admit(key, at(99)).retry_after, ms(1));
  EXPECT_TRUE(limiter.admit(key, at(100)).allowed);
}

TEST(Pace, IsExactForRatesThatPeopleWrite) {
  EXPECT_EQ(pace_of(100), (Pace{1, ms(10)}));
  EXPECT_EQ(pace_of(3), (Pace{3, Duration::seconds(1)}));
  EXPECT_EQ(pace_of(0.5), (Pace{1, Duration::seconds(2)}));
  EXPECT_EQ(pace_of(1000.0 / 900), (Pace{1, ms(900)}));
  EXPECT_EQ(pace_of(90.0 / 60), (Pace{3, Duration::seconds(2)}));
  EXPECT_EQ(pace_of(1e9), (Pace{1, Duration::nanoseconds(1)}));
  EXPECT_EQ(pace_of(1e-9), (Pace{1, Duration::seconds(1'000'000'000)}));
  const Pace odd = pace_of(1234.567);
  EXPECT_NEAR(static_cast<double>(odd.requests) / odd.per.to_seconds(), 1234.567, 1e-5);
}

TEST(Headers, RoundSecondsUpAndNameARetryOnlyForRefusals) {
  EXPECT_EQ(headers_of({.allowed = true, .limit = 10, .remaining = 4, .reset = ms(1001)}),
            (RateLimitHeaders{10, 4, 2, std::nullopt}));
  EXPECT_EQ(headers_of({.limit = 10, .reset = ms(60'000), .retry_after = ms(1)}),
            (RateLimitHeaders{10, 0, 60, 1}));
}

}  // namespace rate_limiter_test
}  // namespace rehearse::policies
