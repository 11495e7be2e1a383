#include "models/row_locks.hpp"

#include <algorithm>

#include "tests/unit/models/one_trial.hpp"

namespace rehearse::models {
namespace row_locks_test {

// `clients` requests at t = 0; writes take 10 ms and lock the only row of their set.
std::string requests(int clients, const std::string& steps, const std::string& more = "",
                     const std::string& faults = "", const std::string& other = "") {
  const std::string count = std::to_string(clients);
  std::string text =
      "experiment: {horizon: 60s, drain: true}\n"
      "system:\n  services:\n    shop: {endpoints: {buy: [" +
      steps + "], other: [" + (other.empty() ? "{query: db/a}" : other) +
      "]}}\n  databases:\n    db:\n      pool: {size: 100}\n      rows: {a: {uniform: 1}, b: "
      "{uniform: 1}, many: {uniform: 10M}}\n" +
      more +
      "      queries:\n        a: {time: 10ms, access: write, locks: a}\n        b: {time: 10ms, "
      "access: write, locks: b}\n        many: {time: 10ms, access: write, locks: many}\n"
      "        bad: {time: 10ms, access: write, locks: a, fail: 100%}\n"
      "workload:\n  clients: {users: " +
      count + ", requests: " + count + ", to: shop/buy}\n";
  if (!other.empty()) text += "  others: {users: 1, requests: 1, to: shop/other}\n";
  return text + faults;
}
std::int64_t slowest_ms(const OneTrial& trial, const std::string& client = "clients") {
  return trial.at(client, "workload").response.max().ns() / 1'000'000;
}

TEST(RowLocks, WritesToOneRowTakeTurns) {
  EXPECT_EQ(slowest_ms(OneTrial(requests(3, "{query: db/a}"))), 30);
  EXPECT_EQ(slowest_ms(OneTrial(requests(3, "{query: db/many}"))), 10);
}

TEST(RowLocks, RowsStayLockedUntilTheCommitIsSafe) {
  EXPECT_EQ(slowest_ms(OneTrial(requests(2, "{query: db/a}", "      flush: 3ms\n"))), 26);
}

TEST(RowLocks, TransactionsKeepThemToTheirEnd) {
  const OneTrial trial(requests(2, "{transaction: [{query: db/a}, {wait: 100ms}]}, {wait: 1s}"));
  EXPECT_EQ(slowest_ms(trial), 1220);
}

TEST(RowLocks, ATransactionHasItsRowAlready) {
  EXPECT_EQ(slowest_ms(OneTrial(requests(1, "{transaction: [{query: db/a}, {query: db/a}]}"))), 20);
}

TEST(RowLocks, FailedTransactionsGiveThemBack) {
  // The first fails at 20 ms, and the second has the row from then on.
  const OneTrial trial(requests(2, "{transaction: [{query: db/a}, {query: db/bad}, {wait: 9s}]}"));
  EXPECT_EQ(trial.outcome("clients", "workload", Outcome::error), 2U);
  EXPECT_EQ(trial.at("clients", "workload").sojourn,
            static_cast<sim::UInt128>(Duration::milliseconds(20 + 40).ns()));
}

TEST(RowLocks, WhoWaitsTooLongFails) {
  const OneTrial trial(
      requests(2, "{transaction: [{query: db/a}, {wait: 100ms}]}", "      lock_timeout: 50ms\n"));
  EXPECT_EQ(trial.outcome("clients", "workload", Outcome::ok), 1U);
  EXPECT_EQ(trial.outcome("db/a", "endpoint", Outcome::error), 1U);
  EXPECT_EQ(trial.at("db/a", "endpoint").sojourn,
            static_cast<sim::UInt128>(Duration::milliseconds(10 + 50).ns()));
}

TEST(RowLocks, LongTimeoutsOutlastTheSearchForDeadlocks) {
  const OneTrial trial(
      requests(2, "{transaction: [{query: db/a}, {wait: 5s}]}", "      lock_timeout: 2500ms\n"));
  EXPECT_EQ(trial.outcome("db/a", "endpoint", Outcome::error), 1U);
  EXPECT_EQ(trial.at("db/a", "endpoint").sojourn,
            static_cast<sim::UInt128>(Duration::milliseconds(10 + 2500).ns()));
}

TEST(RowLocks, OneOfTwoThatWaitForEachOtherFails) {
  // Both wait from 30 ms on. After a second one of them finds out; the other has its row then.
  const OneTrial trial(requests(1, "{transaction: [{query: db/a}, {wait: 20ms}, {query: db/b}]}",
                                "", "",
                                "{transaction: [{query: db/b}, {wait: 20ms}, {query: db/a}]}"));
  const auto failed = trial.outcome("clients", "workload", Outcome::error) +
                      trial.outcome("others", "workload", Outcome::error);
  EXPECT_EQ(failed, 1U);
  EXPECT_EQ(std::max(slowest_ms(trial), slowest_ms(trial, "others")), 1040);
}

TEST(RowLocks, ARestartForgetsThem) {
  // Killed at 5 ms with one query at work and one in line. The request of 10 ms finds the row free.
  const OneTrial trial(requests(2, "{query: db/a}", "",
                                "faults: [{at: 5ms, for: 1ms, fault: instance.kill, target: db}]\n",
                                "{wait: 10ms}, {query: db/a}"));
  EXPECT_EQ(trial.outcome("clients", "workload", Outcome::error), 2U);
  EXPECT_EQ(slowest_ms(trial, "others"), 20);
}

TEST(RowLocks, CallersThatDieGiveThemBack) {
  // Both callers die at 50 ms: the one that has the row, and the one that waits for it, whose query
  // gets it then and ends 10 ms later, for nobody.
  const OneTrial trial(requests(2, "{transaction: [{query: db/a}, {wait: 9s}]}", "",
                                "faults: [{at: 50ms, fault: instance.kill, target: shop}]\n"));
  EXPECT_EQ(trial.at("db/a", "endpoint").gone, 1U);
  EXPECT_EQ(trial.at("db/a", "endpoint").response.max(), Duration::milliseconds(60));
}

}  // namespace row_locks_test
}  // namespace rehearse::models
