#pragma once
/// How many retries a client may make: five designs that bound the load that retries add.
///
///   RetryQuota      a bucket of tokens, full in the beginning: a retry takes one, each success (or
///                   each request) puts part of one back
///   DepositBudget   each request deposits a share of a retry, each retry withdraws one; deposits
///                   and withdrawals expire after `ttl`, and there is a reserve for small rates
///   FailureTokens   failures take a token, successes bring back part of one; retries stop while no
///                   more than half of the tokens are left
///   RetryBreaker    no retries while more than a share of all requests so far have failed: a
///   circuit
///                   breaker that breaks retries alone
///   ShareBudget     no more retries in flight than a share of the requests in flight
///
/// Units: tokens as in the original; ns. No allocation; O(1). Copies are snapshots.
/// Source: M. Brooker, "Fixing retries with token buckets and circuit breakers", 2022, and the
/// quotas of the AWS SDKs; the breaker counts as the simulator of that text does · Twitter Finagle,
/// RetryBudget and WindowedAdder (ten slices) · gRPC (gRFC A6; grpc-go retryThrottler) · Envoy,
/// RetryBudgetImpl. Conformance: retry_budget.json; of the quota and the breaker tests/theory.
/// Leaves out: budgets that several clients share.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "base/time.hpp"

namespace rehearse::policies {

/// A sum over the last `range`, in ten slices; values may be negative.
class SlicedSum {
 public:
  explicit SlicedSum(Duration range, Instant now = Instant::start())
      : slice_(range / kSlices), begun_(now) {
    REHEARSE_ASSERT(slice_ > Duration::zero());
  }
  void add(Instant now, std::int64_t value) noexcept {
    roll(now);
    sum_ += value;
    current_ += value;
  }
  std::int64_t sum(Instant now) noexcept {
    roll(now);
    return sum_;
  }
  bool operator==(const SlicedSum&) const = default;

 private:
  static constexpr std::int64_t kSlices = 10;
  static constexpr std::size_t kOld = kSlices - 1;

  void roll(Instant now) noexcept {
    if (now - begun_ < slice_) return;
    // What was being written belongs to the slice that has just ended; slices that were skipped
    // altogether are empty.
    std::int64_t skipped = std::min<std::int64_t>((now - begun_) / slice_ - 1, kOld);
    push(current_);
    for (; skipped > 0; --skipped) push(0);
    current_ = 0;
    begun_ = now;
  }
  void push(std::int64_t value) noexcept {
    sum_ -= old_[at_];
    old_[at_] = value;
    at_ = at_ + 1 == kOld ? 0 : at_ + 1;
  }

  Duration slice_;
  Instant begun_;
  std::int64_t current_ = 0;
  std::int64_t sum_ = 0;  // of the old slices and the current one
  std::array<std::int64_t, kOld> old_{};
  std::size_t at_ = 0;
};

/// AWS.
class RetryQuota {
 public:
  struct Params {
    double tokens = 5;  ///< that the bucket holds; at least 1
    double ratio = 0.1;
    enum class Refill : std::uint8_t { success, request } refill = Refill::success;
    bool valid() const { return tokens >= 1 && ratio >= 0; }
  };
  explicit RetryQuota(const Params& params) : tokens_(params.tokens) {
    REHEARSE_ASSERT(params.valid());
  }
  /// A request is made, retries aside.
  void requested(const Params& params) noexcept {
    if (params.refill == Params::Refill::request) put_back(params);
  }
  void succeeded(const Params& params) noexcept {
    if (params.refill == Params::Refill::success) put_back(params);
  }
  /// Whether a retry may be made.
  bool try_withdraw() noexcept {
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }
  double tokens() const { return tokens_; }
  bool operator==(const RetryQuota&) const = default;

 private:
  void put_back(const Params& params) noexcept {
    tokens_ = std::min(params.tokens, tokens_ + params.ratio);
  }
  double tokens_;
};

/// Finagle.
class DepositBudget {
 public:
  struct Params {
    Duration ttl = Duration::seconds(10);  ///< from 1 s to 60 s
    std::int64_t min_retries_per_second = 10;
    double percent_can_retry = 0.2;  ///< from 0 to 1000; a share in spite of its name
    bool valid() const {
      return ttl >= Duration::seconds(1) && ttl <= Duration::seconds(60) &&
             min_retries_per_second >= 0 && percent_can_retry >= 0 && percent_can_retry <= 1000;
    }
  };
  /// REQUIRES: params.valid().
  explicit DepositBudget(const Params& params, Instant now = Instant::start())
      : tokens_(params.ttl, now) {
    REHEARSE_ASSERT(params.valid());
    const bool by_share = params.percent_can_retry > 0;
    empty_ = !by_share && params.min_retries_per_second == 0;
    deposit_ = by_share ? kScale : 0;
    if (by_share)
      withdrawal_ = std::max<std::int64_t>(
          1, static_cast<std::int64_t>(static_cast<double>(kScale) / params.percent_can_retry));
    reserve_ = params.min_retries_per_second * (params.ttl.ns() / 1'000'000'000) * withdrawal_;
  }
  /// A request is made, retries aside.
  void deposit(Instant now) noexcept {
    if (deposit_ > 0) tokens_.add(now, deposit_);
  }
  /// Whether a retry may be made.
  bool try_withdraw(Instant now) noexcept {
    if (empty_ || tokens_.sum(now) + reserve_ < withdrawal_) return false;
    tokens_.add(now, -withdrawal_);
    return true;
  }
  /// In retries.
  std::int64_t balance(Instant now) noexcept {
    return empty_ ? 0 : (tokens_.sum(now) + reserve_) / withdrawal_;
  }
  bool operator==(const DepositBudget&) const = default;

 private:
  static constexpr std::int64_t kScale = 1000;
  SlicedSum tokens_;
  bool empty_ = false;
  std::int64_t deposit_ = 0;
  std::int64_t withdrawal_ = 1;
  std::int64_t reserve_ = 0;
};

/// gRPC.
class FailureTokens {
 public:
  struct Params {
    double max_tokens = 10;    ///< more than 0, 1000 at most
    double token_ratio = 0.1;  ///< more than 0; gRPC reads three decimals
    bool valid() const { return max_tokens > 0 && max_tokens <= 1000 && token_ratio > 0; }
  };
  explicit FailureTokens(const Params& params) : tokens_(params.max_tokens) {
    REHEARSE_ASSERT(params.valid());
  }
  /// A call has ended well.
  void succeeded(const Params& params) noexcept {
    tokens_ = std::min(params.max_tokens, tokens_ + params.token_ratio);
  }
  /// An attempt has failed in a way that may be retried: whether it may be now.
  bool failed(const Params& params) noexcept {
    tokens_ = std::max(0.0, tokens_ - 1);
    return allows(params);
  }
  bool allows(const Params& params) const noexcept { return tokens_ > params.max_tokens / 2; }
  double tokens() const { return tokens_; }
  bool operator==(const FailureTokens&) const = default;

 private:
  double tokens_;
};

/// Requests and their failures since the beginning, with nothing forgotten: a breaker that has seen
/// much is slow to trip and slow to recover, one that has seen little trips at the first failure.
class RetryBreaker {
 public:
  struct Params {
    double most = 0.1;  ///< failed attempts per request; not negative
    bool valid() const { return most >= 0; }
  };
  /// A request is made, retries aside.
  void requested() noexcept { ++requests_; }
  /// An attempt has failed in a way that may be retried.
  void failed() noexcept { ++failures_; }
  bool allows(const Params& params) const noexcept {
    return static_cast<double>(failures_) <= params.most * static_cast<double>(requests_);
  }
  bool operator==(const RetryBreaker&) const = default;

 private:
  std::uint64_t requests_ = 0;
  std::uint64_t failures_ = 0;
};

/// Envoy. Without state: who counts requests knows all that is needed.
struct ShareBudget {
  double budget_percent = 20;
  std::int64_t min_retry_concurrency = 3;

  /// Retries that may be in flight, with so many requests active and waiting for a connection.
  std::int64_t most(std::int64_t active, std::int64_t pending) const {
    const double share = budget_percent / 100.0 * static_cast<double>(active + pending);
    return std::max(static_cast<std::int64_t>(share), min_retry_concurrency);
  }
  bool allows(std::int64_t in_flight, std::int64_t active, std::int64_t pending) const {
    return in_flight < most(active, pending);
  }
};

}  // namespace rehearse::policies
