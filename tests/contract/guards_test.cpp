/// What the policies around a call promise, whatever they do: equal copies answer alike for ever,
/// an instant may repeat, and nothing is allocated per call.

#include <gtest/gtest.h>

#include "policies/circuit_breaker.hpp"
#include "policies/probe_worker.hpp"
#include "policies/resilience_blocks.hpp"
#include "tests/contract/rig.hpp"

namespace rehearse::tests {
extern std::atomic<std::uint64_t> allocations;  // tests/unit/counted_new.hpp, in contract_test.cpp
}

namespace rehearse::contract {
namespace {

using namespace policies;

// One step of a policy in use, driven by chance; what it answers, folded into a number.
struct BreakerUse {
  CircuitBreaker breaker{{.window = 20,
                          .minimum_calls = 10,
                          .half_open_calls = 3,
                          .wait = Duration::milliseconds(300)}};
  std::uint64_t step(Instant now, std::uint64_t bits) {
    if (!breaker.try_acquire(now)) return 1;
    const Duration took = Duration::milliseconds(static_cast<std::int64_t>(bits % 50));
    if (bits % 8 < 5)
      breaker.failed(now, took);
    else
      breaker.succeeded(now, took);
    return 2 + static_cast<std::uint64_t>(breaker.state(now));
  }
};
struct TimedBreakerUse : BreakerUse {
  TimedBreakerUse() {
    breaker = CircuitBreaker({.window_kind = OutcomeWindow::Kind::time,
                              .window = 2,
                              .minimum_calls = 10,
                              .wait = Duration::milliseconds(300)});
  }
};
struct DepositBudgetUse {
  DepositBudget budget{{.min_retries_per_second = 1}};
  std::uint64_t step(Instant now, std::uint64_t bits) {
    budget.deposit(now);
    return bits % 4 == 0 && budget.try_withdraw(now) ? 1 : 0;
  }
};
struct FailureTokensUse {
  FailureTokens::Params params;
  FailureTokens tokens{params};
  std::uint64_t step(Instant /*now*/, std::uint64_t bits) {
    if (bits % 3 == 0) return tokens.failed(params) ? 1 : 2;
    tokens.succeeded(params);
    return 0;
  }
};
struct RetryBreakerUse {
  RetryBreaker::Params params;
  RetryBreaker breaker;
  std::uint64_t step(Instant /*now*/, std::uint64_t bits) {
    breaker.requested();
    if (bits % 10 == 0) breaker.failed();
    return breaker.allows(params) ? 1 : 0;
  }
};
struct BulkheadUse {
  Bulkhead::Params params{.concurrent = 3, .waiting = 2};
  Bulkhead bulkhead;
  std::uint64_t step(Instant /*now*/, std::uint64_t bits) {
    if (bits % 2 == 0) return static_cast<std::uint64_t>(bulkhead.arrive(params));
    return bulkhead.finished(params) ? 4 : 5;
  }
};
struct HedgingUse {
  Hedging::Params params;
  Hedging hedging;
  std::uint64_t step(Instant /*now*/, std::uint64_t bits) {
    hedging.called(params);
    hedging.answered(Duration::microseconds(static_cast<std::int64_t>(100 + bits % 100'000)));
    return static_cast<std::uint64_t>(hedging.delay(params).ns()) +
           (bits % 16 == 0 && hedging.try_hedge(params, 0) ? 1U : 0U);
  }
};
struct AdaptiveTimeoutUse {
  AdaptiveTimeout::Params params;
  AdaptiveTimeout timeout;
  std::uint64_t step(Instant /*now*/, std::uint64_t bits) {
    timeout.answered(Duration::microseconds(static_cast<std::int64_t>(100 + bits % 100'000)));
    return static_cast<std::uint64_t>(timeout.timeout(params).ns());
  }
};
struct AdaptiveThrottleUse {
  AdaptiveThrottle throttle{{.window = Duration::seconds(5)}};
  std::uint64_t step(Instant now, std::uint64_t bits) {
    const bool admitted = throttle.admit(now, static_cast<double>(bits % 1000) / 1000);
    if (admitted && bits % 5 == 0) throttle.accepted(now);
    return admitted ? 1 : 0;
  }
};
struct GradientLimitUse {
  GradientLimit limit{{.measure_every = Duration::seconds(3), .measure_requests = 10}};
  std::uint64_t step(Instant now, std::uint64_t bits) {
    (void)limit.try_start(now);
    if (limit.in_flight() > 0 && bits % 4 != 0)
      limit.finished(now, Duration::microseconds(static_cast<std::int64_t>(500 + bits % 2000)));
    return limit.limit();
  }
};
struct AimdLimitUse {
  AimdLimit limit{{.initial = 5}};
  std::uint64_t step(Instant now, std::uint64_t bits) {
    if (!limit.try_start() || bits % 2 == 0)
      limit.finished(now, Duration::milliseconds(1), bits % 64 == 0);
    return limit.limit();
  }
};
struct RiseFallUse {
  RiseFall::Params params;
  RiseFall server = RiseFall::start(params);
  std::uint64_t step(Instant /*now*/, std::uint64_t bits) {
    if (bits % 2 == 0)
      server.checked(bits % 3 == 0, params);
    else
      server.observed(bits % 5 != 0, params);
    return static_cast<std::uint64_t>(server.health());
  }
};
struct ProbeWorkerUse {
  ProbeWorker::Params params;
  ProbeWorker worker;
  std::uint64_t step(Instant now, std::uint64_t bits) {
    const ProbeWorker::Pod pod{
        .container = ProbeWorker::Container{.id = static_cast<std::uint64_t>(now.ns()) >> 32,
                                            .started = true,
                                            .age = Duration::seconds(9)}};
    if (worker.tick(pod, params) == ProbeWorker::Next::probe)
      worker.answered(bits % 3 != 0, params);
    return static_cast<std::uint64_t>(*worker.result());
  }
};

template <class Use>
class Guards : public testing::Test {
 protected:
  // A step at each of a few instants, some of them the same; what was answered.
  static std::vector<std::uint64_t> run(Use& use, std::uint64_t from, std::uint64_t to) {
    std::vector<std::uint64_t> answers;
    for (std::uint64_t i = from; i < to; ++i) answers.push_back(use.step(at(i), bits(i)));
    return answers;
  }
  static Instant at(std::uint64_t i) {
    return Instant::start() + Duration::milliseconds(static_cast<std::int64_t>(i / 3 * 7));
  }
  static std::uint64_t bits(std::uint64_t i) {
    return (i * 6364136223846793005U + 1442695040888963407U) >> 33;
  }
};
using Uses =
    testing::Types<BreakerUse, TimedBreakerUse, DepositBudgetUse, FailureTokensUse, RetryBreakerUse,
                   BulkheadUse, HedgingUse, AdaptiveTimeoutUse, AdaptiveThrottleUse,
                   GradientLimitUse, AimdLimitUse, RiseFallUse, ProbeWorkerUse>;
TYPED_TEST_SUITE(Guards, Uses);

TYPED_TEST(Guards, AnswersDifferentlyAsThingsGo) {
  TypeParam use;
  const auto answers = this->run(use, 0, 3000);
  EXPECT_GT(std::set<std::uint64_t>(answers.begin(), answers.end()).size(), 1U);
}

TYPED_TEST(Guards, AnswersEquallyUnderReplay) {
  TypeParam first;
  TypeParam second;
  EXPECT_EQ(this->run(first, 0, 3000), this->run(second, 0, 3000));
}

TYPED_TEST(Guards, GoesOnAlikeFromACopy) {
  TypeParam use;
  this->run(use, 0, 1234);
  TypeParam copy = use;
  EXPECT_EQ(this->run(use, 1234, 3000), this->run(copy, 1234, 3000));
}

TYPED_TEST(Guards, AllocatesNothingPerCall) {
  TypeParam use;
  for (std::uint64_t i = 0; i < 2000; ++i) use.step(this->at(i), this->bits(i));
  const std::uint64_t before = tests::allocations;
  for (std::uint64_t i = 2000; i < 4000; ++i) use.step(this->at(i), this->bits(i));
  EXPECT_EQ(tests::allocations, before);
}

TEST(Blocks, ReadTheirDefaults) {
  const SpecNode empty{.kind = SpecNode::Kind::map};
  Diagnostics out;
  const auto read = [&](const auto& block) {
    FieldReader reader(empty, block.fields(), out, "a block");
    return block.read(reader);
  };
  EXPECT_TRUE(read(kRetryQuotaBlock).valid());
  EXPECT_TRUE(read(kDepositBudgetBlock).valid());
  EXPECT_TRUE(read(kFailureTokensBlock).valid());
  EXPECT_EQ(read(kRetryBreakerBlock).most, 0.1);
  EXPECT_EQ(read(kShareBudgetBlock).most(100, 0), 20);
  EXPECT_EQ(read(kBulkheadBlock).concurrent, 25U);
  EXPECT_EQ(read(kHedgingBlock).quantile, 0.95);
  EXPECT_EQ(read(kAdaptiveTimeoutBlock).factor, 2);
  EXPECT_EQ(read(kAdaptiveThrottleBlock).k, 2);
  EXPECT_EQ(read(kGradientLimitBlock).measure_requests, 50U);
  EXPECT_EQ(read(kAimdLimitBlock).back_off, 0.9);
  EXPECT_EQ(read(kRiseFallBlock).fall, 3);
  EXPECT_FALSE(out.has_errors()) << out.render();
}

}  // namespace
}  // namespace rehearse::contract
