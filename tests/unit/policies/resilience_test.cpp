/// Breaker, retry budgets and back-off beyond what the conformance vectors ask.

#include <gtest/gtest.h>

#include "policies/circuit_breaker.hpp"
#include "policies/retry_backoff.hpp"
#include "policies/retry_budget.hpp"
#include "tests/unit/policies/json_block.hpp"

namespace rehearse::policies {
namespace resilience_test {

constexpr Duration kSecond = Duration::seconds(1);
Instant at(std::int64_t ms) {
  return Instant::start() + Duration::milliseconds(ms);
}

TEST(CircuitBreaker, TimeWindowForgetsByWholeSeconds) {
  CircuitBreaker breaker(
      {.window_kind = OutcomeWindow::Kind::time, .window = 3, .minimum_calls = 2});
  breaker.failed(at(900), kSecond);
  breaker.succeeded(at(1100), kSecond);
  breaker.succeeded(at(1200), kSecond);
  EXPECT_EQ(breaker.counts(at(2999)).calls, 3U);
  EXPECT_EQ(breaker.counts(at(3000)).calls, 2U);  // second 0 has left, 2.1 s after that call
  EXPECT_EQ(breaker.counts(at(4000)).calls, 0U);
  EXPECT_EQ(breaker.failure_rate(at(4000)), -1);
}

TEST(CircuitBreaker, ForgottenPermissionsBlockUnlessTrialsHaveALimit) {
  CircuitBreaker::Params params{
      .window = 2, .minimum_calls = 2, .half_open_calls = 1, .wait = kSecond};
  for (const bool limited : {false, true}) {
    if (limited) params.longest_half_open = Duration::seconds(5);
    CircuitBreaker breaker(params);
    breaker.failed(at(0), kSecond);
    breaker.failed(at(0), kSecond);
    ASSERT_EQ(breaker.state(at(0)), CircuitBreaker::State::open);
    EXPECT_TRUE(breaker.try_acquire(at(1001)));  // and is never heard of again
    EXPECT_FALSE(breaker.try_acquire(at(6000)));
    EXPECT_FALSE(breaker.try_acquire(at(6002)));
    EXPECT_EQ(breaker.try_acquire(at(7002)), limited);
  }
}

TEST(CircuitBreaker, WaitsLongerEachTimeUpToALimit) {
  CircuitBreaker breaker({.window = 1,
                          .minimum_calls = 1,
                          .half_open_calls = 1,
                          .wait = kSecond,
                          .wait_multiplier = 3,
                          .longest_wait = Duration::seconds(5),
                          .half_open_by_itself = true});
  Instant now = at(0);
  for (const std::int64_t wait : {1, 3, 5, 5}) {
    breaker.failed(now, kSecond);
    EXPECT_EQ(breaker.next_change() - now, Duration::seconds(wait));
    now = breaker.next_change();
    EXPECT_EQ(breaker.state(now), CircuitBreaker::State::half_open);
  }
}

TEST(CircuitBreaker, ReadsItsBlock) {
  const SpecNode node = tests::block_of({{"seconds", "30s"}, {"failure_rate", "7%"}});
  Diagnostics out;
  FieldReader reader(node, CircuitBreaker::fields(), out, "breaker");
  const auto params = CircuitBreaker::read(reader);
  ASSERT_TRUE(params) << out.render();
  EXPECT_EQ(params->window, 30U);
  EXPECT_EQ(params->failure_rate, 7.0);  // and not a rounding above it
  EXPECT_EQ(params->wait, Duration::seconds(60));
}

TEST(DepositBudget, DepositsExpire) {
  DepositBudget budget({.min_retries_per_second = 0, .percent_can_retry = 0.5});
  for (int i = 0; i < 100; ++i) budget.deposit(at(0));
  EXPECT_EQ(budget.balance(at(0)), 50);
  EXPECT_EQ(budget.balance(at(9'500)), 50);
  EXPECT_EQ(budget.balance(at(10'500)), 0);
}

TEST(DepositBudget, WithdrawalsExpireAsWell) {
  DepositBudget budget({.min_retries_per_second = 1, .percent_can_retry = 0.1});
  int retries = 0;
  while (budget.try_withdraw(at(0))) ++retries;
  EXPECT_EQ(retries, 10);  // the reserve
  EXPECT_FALSE(budget.try_withdraw(at(8'000)));
  EXPECT_TRUE(budget.try_withdraw(at(30'000)));
}

TEST(RetryBackoff, StaysWithinWhatItsJitterSays) {
  RetryBackoff backoff{.initial = Duration::milliseconds(100), .most = kSecond};
  const auto delays = [&](RetryBackoff::Jitter jitter, std::uint32_t retry, Duration before) {
    backoff.jitter = jitter;
    return std::pair{backoff.delay(retry, 0, before).ns() / 1'000'000,
                     backoff.delay(retry, 1, before).ns() / 1'000'000};
  };
  using Jitter = RetryBackoff::Jitter;
  using Range = std::pair<std::int64_t, std::int64_t>;
  EXPECT_EQ(delays(Jitter::none, 3, kSecond), Range(400, 400));
  EXPECT_EQ(delays(Jitter::full, 3, kSecond), Range(0, 400));
  EXPECT_EQ(delays(Jitter::equal, 3, kSecond), Range(200, 400));
  EXPECT_EQ(delays(Jitter::spread, 3, kSecond), Range(320, 480));
  EXPECT_EQ(delays(Jitter::decorrelated, 1, Duration::zero()), Range(100, 100));
  EXPECT_EQ(delays(Jitter::decorrelated, 2, Duration::milliseconds(200)), Range(100, 600));
  EXPECT_EQ(delays(Jitter::decorrelated, 3, kSecond), Range(100, 1000));
  EXPECT_EQ(backoff.longest(60), kSecond);
}

}  // namespace resilience_test
}  // namespace rehearse::policies
