#pragma once
/// The blocks of a scenario from which the policies around a call are read: for each a field table,
/// and a reader that reports what is wrong and gives defaults for it. The breaker has its own
/// (circuit_breaker.hpp), as have rate limiters (rate_limiter.hpp).

#include "base/fields.hpp"
#include "policies/adaptive_concurrency.hpp"
#include "policies/adaptive_throttle.hpp"
#include "policies/bulkhead.hpp"
#include "policies/hedging.hpp"
#include "policies/retry_backoff.hpp"
#include "policies/retry_budget.hpp"
#include "policies/rise_fall.hpp"

namespace rehearse::policies {

template <class Params>
struct Block {
  const FieldTable& (*fields)();
  Params (*read)(FieldReader& reader);
};

extern const Block<RetryBackoff> kBackoffBlock;
extern const Block<RetryQuota::Params> kRetryQuotaBlock;
extern const Block<DepositBudget::Params> kDepositBudgetBlock;
extern const Block<FailureTokens::Params> kFailureTokensBlock;
extern const Block<RetryBreaker::Params> kRetryBreakerBlock;
extern const Block<ShareBudget> kShareBudgetBlock;
extern const Block<Bulkhead::Params> kBulkheadBlock;
extern const Block<Hedging::Params> kHedgingBlock;
extern const Block<AdaptiveTimeout::Params> kAdaptiveTimeoutBlock;
extern const Block<AdaptiveThrottle::Params> kAdaptiveThrottleBlock;
extern const Block<GradientLimit::Params> kGradientLimitBlock;
extern const Block<AimdLimit::Params> kAimdLimitBlock;
extern const Block<RiseFall::Params> kRiseFallBlock;

}  // namespace rehearse::policies
