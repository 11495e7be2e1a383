#pragma once
/// What stands around a call beside its timeout and its retries: policies that a client library
/// brings along. Each is optional; see models/call_guard.hpp for how they work together.

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <variant>

#include "models/outcome.hpp"
#include "policies/adaptive_throttle.hpp"
#include "policies/bulkhead.hpp"
#include "policies/circuit_breaker.hpp"
#include "policies/hedging.hpp"
#include "policies/retry_budget.hpp"

namespace rehearse::models {

/// What bounds the retries of a call; monostate: nothing does.
using RetryBudget = std::variant<std::monostate, policies::RetryQuota::Params,
                                 policies::DepositBudget::Params, policies::FailureTokens::Params,
                                 policies::RetryBreaker::Params, policies::ShareBudget>;

struct GuardSpec {
  std::string caller;  ///< endpoint or workload
  std::string callee;  ///< endpoint
  /// Of which each has a state of its own: instances of the calling service, or clients.
  std::uint32_t units = 1;
  std::uint32_t service = 0xffffffff;  ///< the calling one; all bits: clients call
  std::uint32_t first_client = 0;
  std::uint8_t retried = 0;  ///< bit per Outcome that is tried again, for what counts them
  std::uint32_t stream = 0;  ///< of what the throttle draws
  std::optional<policies::AdaptiveThrottle::Params> throttle;
  std::optional<policies::CircuitBreaker::Params> breaker;
  std::optional<policies::Bulkhead::Params> bulkhead;
  std::optional<policies::Hedging::Params> hedging;
  std::optional<policies::AdaptiveTimeout::Params> timeout;
  RetryBudget budget;

  /// Whether a call may end without anybody having been asked.
  bool may_refuse() const {
    return throttle.has_value() || breaker.has_value() || bulkhead.has_value();
  }
  /// Retries per request that the budget allows in the long run, its reserve left aside; infinite
  /// without one.
  double retry_share() const;
  bool needed() const {
    return may_refuse() || hedging.has_value() || timeout.has_value() || budget.index() != 0;
  }
};

inline double GuardSpec::retry_share() const {
  if (const auto* quota = std::get_if<policies::RetryQuota::Params>(&budget)) return quota->ratio;
  if (const auto* deposits = std::get_if<policies::DepositBudget::Params>(&budget))
    return deposits->percent_can_retry;
  // As many failures as successes make up for.
  if (const auto* tokens = std::get_if<policies::FailureTokens::Params>(&budget))
    return tokens->token_ratio;
  // A retry follows a failure.
  if (const auto* broken = std::get_if<policies::RetryBreaker::Params>(&budget))
    return broken->most;
  if (const auto* share = std::get_if<policies::ShareBudget>(&budget))
    return share->budget_percent / 100;
  return std::numeric_limits<double>::infinity();
}

/// What the guards around one call of a plan did in a trial.
struct GuardRecord {
  std::uint64_t attempts = 0;  ///< that were wanted, retries included
  std::uint64_t throttled = 0;
  std::uint64_t broken = 0;         ///< turned away by an open breaker
  std::uint64_t bulkhead_full = 0;  ///< turned away, or waited in vain
  std::uint64_t opened = 0;         ///< breakers, of all units
  std::uint64_t retries = 0;
  std::uint64_t retries_denied = 0;
  std::uint64_t hedges = 0;
  std::uint64_t hedges_won = 0;  ///< whose answer came first
  GuardRecord& operator+=(const GuardRecord& other) {
    attempts += other.attempts;
    throttled += other.throttled;
    broken += other.broken;
    bulkhead_full += other.bulkhead_full;
    opened += other.opened;
    retries += other.retries;
    retries_denied += other.retries_denied;
    hedges += other.hedges;
    hedges_won += other.hedges_won;
    return *this;
  }
  bool operator==(const GuardRecord&) const = default;
};

}  // namespace rehearse::models
