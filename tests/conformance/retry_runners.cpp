// retry_budget.json

#include "policies/retry_backoff.hpp"
#include "policies/retry_budget.hpp"
#include "tests/conformance/vectors.hpp"

namespace rehearse::conformance {
namespace {

using namespace policies;

// Defaults of this file are kept by design.
const json& at(const Case& given, const char* design, const char* key) {
  return given.data.contains(key) ? given.data.at(key)
                                  : get(get(get(given.file, "defaults"), design), key);
}

DepositBudget::Params finagle_params(const Case& given) {
  return {.ttl = seconds(at(given, "finagle", "ttl_s")),
          .min_retries_per_second = at(given, "finagle", "min_retries_per_s"),
          .percent_can_retry = at(given, "finagle", "percent_can_retry")};
}

void finagle_budget(const Case& given, Check& check) {
  const Instant now = Instant::start() + Duration::seconds(100);
  DepositBudget budget(finagle_params(given), now);
  check("initial_balance", budget.balance(now));
  std::int64_t retries = 0;
  for (std::int64_t i = get(given.data, "requests"); i > 0; --i) {
    budget.deposit(now);
    retries += budget.try_withdraw(now) ? 1 : 0;
  }
  check("retries_exact", retries);
  const json& expected = get(given.data, "expect");
  check("retries_nominal", get(expected, "retries_nominal"));
  check("retries_within", get(expected, "retries_within"));
  const std::int64_t off = retries - value_or(get(expected, "retries_nominal"), retries);
  if (std::abs(off) > value_or<std::int64_t>(get(expected, "retries_within"), 0))
    check.fail("retries are " + std::to_string(retries));
}

void finagle_deposit_only(const Case& given, Check& check) {
  const Instant now = Instant::start() + Duration::seconds(100);
  DepositBudget budget(finagle_params(given), now);
  check("initial_balance", budget.balance(now));
  for (std::int64_t i = get(given.data, "requests"); i > 0; --i) budget.deposit(now);
  check("balance_after", budget.balance(now));
}

void finagle_config(const Case& given, Check& check) {
  check("valid", finagle_params(given).valid());
}

FailureTokens::Params grpc_params(const Case& given) {
  return {get(given.data, "max_tokens"), get(given.data, "token_ratio")};
}

void grpc_throttle(const Case& given, Check& check) {
  const FailureTokens::Params params = grpc_params(given);
  const json& script = get(given.data, "server_script");
  const std::size_t attempts_at_most = get(given.data, "max_attempts");
  const json& expected = get(get(given.data, "expect"), "calls");
  FailureTokens tokens(params);
  check("calls", expected);
  std::size_t next = 0;
  std::size_t calls = 0;
  for (; next < script.size(); ++calls) {
    std::string status;
    for (std::size_t attempt = 1; next < script.size(); ++attempt) {
      status = script[next++];
      if (status == "OK") tokens.succeeded(params);
      if (status != "UNAVAILABLE") break;
      if (!tokens.failed(params) || attempt >= attempts_at_most) break;
    }
    if (calls >= expected.size()) continue;
    check.against(expected[calls], "call " + std::to_string(calls + 1));
    check("status", status);
    check("last_index", next - 1);
    check("tokens", tokens.tokens());
  }
  if (calls < expected.size()) check.fail("only " + std::to_string(calls) + " calls");
}

void grpc_throttle_config(const Case& given, Check& check) {
  check("valid", grpc_params(given).valid());
}

void grpc_backoff(const Case& given, Check& check) {
  const RetryBackoff backoff{.initial = seconds(get(given.data, "initial_s")),
                             .multiplier = get(given.data, "multiplier"),
                             .most = seconds(get(given.data, "max_s")),
                             .jitter = RetryBackoff::Jitter::spread,
                             .spread = 0.2};
  const std::uint32_t retry = get(given.data, "retry_number");
  check("min_s", backoff.delay(retry, 0).to_seconds());
  check("max_s", backoff.delay(retry, 1).to_seconds());
}

void envoy_retry_budget(const Case& given, Check& check) {
  const json& active = get(given.data, "active_requests");
  const json& pending = get(given.data, "pending_requests");
  const json& percent = at(given, "envoy", "budget_percent");
  // Without a budget the number of retries in flight has a fixed limit.
  const ShareBudget budget{
      value_or(percent, 0.0),
      percent.is_null() ? at(given, "envoy", "max_retries_without_budget").get<std::int64_t>()
                        : at(given, "envoy", "min_retry_concurrency").get<std::int64_t>()};
  check("max_retries", budget.most(active, pending));
  check("can_create", budget.allows(get(given.data, "retries_in_flight"), active, pending));
}

}  // namespace

Table retry_runners() {
  return {{"finagle_budget", finagle_budget},
          {"finagle_deposit_only", finagle_deposit_only},
          {"finagle_config", finagle_config},
          {"grpc_throttle", grpc_throttle},
          {"grpc_throttle_config", grpc_throttle_config},
          {"grpc_backoff", grpc_backoff},
          {"envoy_retry_budget", envoy_retry_budget}};
}

}  // namespace rehearse::conformance
