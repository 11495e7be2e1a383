#include <gmock/gmock.h>

#include "tests/unit/models/one_trial.hpp"

/// Optimistic locking: models/flow_versions.cpp.

namespace rehearse::models {
namespace row_versions_test {

/// Queries: `look` (1 ms) reads the only row, `book` (10 ms) checks it, `take` (10 ms) locks it;
/// `seek` and `mark` are the same of a million rows; `fails` checks, and fails in the end.
std::string requests(int clients, const std::string& steps, const std::string& other = "",
                     const std::string& more = "") {
  std::string text =
      "experiment: {horizon: 60s, drain: true}\n"
      "system:\n  services:\n    shop:\n      endpoints:\n        buy: [" +
      steps + "]\n        other: [" + (other.empty() ? "{query: db/take}" : other) +
      "]\n        outer: [{call: {to: shop/buy, retry: {attempts: 5}}}]\n"
      "  databases:\n    db:\n      pool: {size: 100}\n      rows: {row: {uniform: 1}, many: "
      "{uniform: 1M}}\n      queries:\n"
      "        look: {time: 1ms, reads: row}\n"
      "        book: {time: 10ms, access: write, checks: row}\n"
      "        take: {time: 10ms, access: write, locks: row}\n"
      "        fails: {time: 10ms, access: write, checks: row, fail: 100%}\n"
      "        blind: {time: 1ms, reads: row, fail: 100%}\n"
      "        seek: {time: 1ms, reads: many}\n"
      "        mark: {time: 10ms, access: write, checks: many}\n"
      "workload:\n  clients: {users: " +
      std::to_string(clients) + ", requests: " + std::to_string(clients) + ", to: shop/" +
      (more.empty() ? "buy" : more) + "}\n";
  if (!other.empty()) text += "  others: {users: 1, requests: 1, to: shop/other}\n";
  return text;
}

constexpr const char* kBuy = "{query: db/look}, {query: db/book}";

std::int64_t response_ms(const OneTrial& trial, const std::string& client = "clients") {
  return trial.at(client, "workload").response.max().ns() / 1'000'000;
}
/// Time that requests spent there, in all.
std::int64_t spent_ms(const OneTrial& trial, const std::string& endpoint) {
  return static_cast<std::int64_t>(trial.at(endpoint, "endpoint").sojourn / 1'000'000);
}
std::uint64_t ok(const OneTrial& trial, const std::string& client = "clients") {
  return trial.outcome(client, "workload", Outcome::ok);
}
std::uint64_t conflicts(const OneTrial& trial, const std::string& query = "db/book") {
  return trial.outcome(query, "endpoint", Outcome::error);
}

TEST(RowVersions, AWriteToARowAsItWasReadSucceeds) {
  const OneTrial trial(requests(1, kBuy));
  EXPECT_EQ(ok(trial), 1U);
  EXPECT_EQ(response_ms(trial), 11);
}

TEST(RowVersions, OfTwoThatHaveReadItTheSecondFails) {
  // It waits for the row, and finds it changed.
  const OneTrial trial(requests(2, kBuy));
  EXPECT_EQ(ok(trial), 1U);
  EXPECT_EQ(conflicts(trial), 1U);
  EXPECT_EQ(spent_ms(trial, "db/book"), 10 + 10);
}

TEST(RowVersions, WhatHasChangedBeforeIsNotWaitedFor) {
  const OneTrial trial(
      requests(1, "{query: db/look}, {wait: 50ms}, {query: db/book}", "{query: db/take}"));
  EXPECT_EQ(conflicts(trial), 1U);
  EXPECT_EQ(spent_ms(trial, "db/book"), 0);
}

TEST(RowVersions, OtherRowsDoNotMatter) {
  EXPECT_EQ(ok(OneTrial(requests(2, "{query: db/seek}, {query: db/mark}"))), 2U);
}

TEST(RowVersions, WhoReadsAgainSucceedsInTheEnd) {
  // All three read at 0. One writes until 11 ms; the others fail then, read until 12, and so on.
  const OneTrial trial(requests(3, kBuy, "", "outer"));
  EXPECT_EQ(ok(trial), 3U);
  EXPECT_EQ(conflicts(trial), 2U + 1U);
  EXPECT_EQ(response_ms(trial), 33);
}

TEST(RowVersions, TryingTheWriteAloneIsInVain) {
  const OneTrial trial(
      requests(2, "{query: db/look}, {query: {to: db/book, retry: {attempts: 4}}}"));
  EXPECT_EQ(ok(trial), 1U);
  EXPECT_EQ(conflicts(trial), 4U);
}

TEST(RowVersions, ARequestKnowsItsOwnWrite) {
  EXPECT_EQ(ok(OneTrial(requests(1, "{query: db/look}, {query: db/book}, {query: db/book}"))), 1U);
}

TEST(RowVersions, AReadSeesNothingThatIsNotCommitted) {
  // The other has written the row at 10 ms and commits at 40 ms, after the read at 20 ms.
  const std::string other = "{transaction: [{query: db/take}, {wait: 30ms}]}";
  const OneTrial late(
      requests(1, "{wait: 20ms}, {query: db/look}, {wait: 50ms}, {query: db/book}", other));
  EXPECT_EQ(conflicts(late), 1U);
  const OneTrial after(requests(1, "{wait: 41ms}, {query: db/look}, {query: db/book}", other));
  EXPECT_EQ(ok(after), 1U);
}

TEST(RowVersions, AWriteThatIsRolledBackChangesNothing) {
  const std::string other = "{transaction: [{query: db/take}, {wait: 30ms}, {fail: 100%}]}";
  const OneTrial trial(requests(1, "{query: db/look}, {wait: 60ms}, {query: db/book}", other));
  EXPECT_EQ(trial.outcome("others", "workload", Outcome::error), 1U);
  EXPECT_EQ(ok(trial), 1U);
}

TEST(RowVersions, AWriteThatFailsChangesNothing) {
  const OneTrial trial(requests(1, "{query: db/look}, {wait: 60ms}, {query: db/book}",
                                "{query: db/look}, {query: db/fails}"));
  EXPECT_EQ(conflicts(trial, "db/fails"), 1U);
  EXPECT_EQ(ok(trial), 1U);
}

TEST(RowVersions, ATransactionSeesItsOwnWrites) {
  const OneTrial trial(
      requests(1,
               "{transaction: [{query: db/look}, {query: db/book}, {query: "
               "db/look}, {query: db/book}, {query: db/book}]}, {query: db/book}"));
  EXPECT_EQ(ok(trial), 1U);
  EXPECT_EQ(response_ms(trial), 1 + 10 + 1 + 10 + 10 + 10);
}

TEST(RowVersions, WhoHasReadNothingCannotWrite) {
  const OneTrial trial(
      requests(1, "{query: {to: db/blind, on_failure: continue}}, {query: db/book}"));
  EXPECT_EQ(conflicts(trial, "db/blind"), 1U);
  EXPECT_EQ(conflicts(trial), 1U);
  EXPECT_EQ(spent_ms(trial, "db/book"), 0);
}

TEST(RowVersions, AnAnswerThatComesTooLateTellsNothing) {
  const OneTrial trial(requests(
      1, "{query: {to: db/look, timeout: 500us, on_failure: continue}}, {query: db/book}"));
  EXPECT_EQ(trial.at("db/look", "endpoint").gone, 1U);
  EXPECT_EQ(conflicts(trial), 1U);
}

TEST(RowVersions, AWriteThatWasGivenUpMayBeInTheWayOfTheNext) {
  // The first attempt goes on and commits at 11 ms; the second waits for it, in vain.
  const OneTrial trial(
      requests(1, "{query: db/look}, {query: {to: db/book, timeout: 8ms, retry: {attempts: 2}}}"));
  EXPECT_EQ(conflicts(trial), 1U);
  EXPECT_EQ(trial.outcome("clients", "workload", Outcome::error), 1U);
}

TEST(RowVersions, BranchesKnowWhatTheirRequestKnows) {
  EXPECT_EQ(ok(OneTrial(requests(1,
                                 "{parallel: [{query: db/look}, {query: db/seek}]}, {parallel: "
                                 "[{query: db/book}, {query: db/mark}]}"))),
            1U);
}

}  // namespace row_versions_test
}  // namespace rehearse::models
