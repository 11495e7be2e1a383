#include "reports/critical_path.hpp"

#include <gtest/gtest.h>

#include "reports/time_profile.hpp"
#include "tests/unit/reports/sample_traces.hpp"

namespace rehearse::reports {
namespace {

// "name:phase from-to" for each segment, in ms.
std::vector<std::string> segments(const Trace& trace) {
  std::vector<std::string> out;
  const auto tree = tree_of(trace);
  if (!tree) return {"no root"};
  for (const PathSegment& one : critical_path(trace, *tree)) {
    const HopPhase where = hop_phase_of(trace.spans[one.span]);
    out.push_back(where.hop + ":" + where.phase + " " + std::to_string(one.start_ns / 1'000'000) +
                  "-" + std::to_string(one.end_ns / 1'000'000));
  }
  return out;
}

std::int64_t total(const Trace& trace) {
  std::int64_t sum = 0;
  const auto tree = tree_of(trace);
  std::int64_t at = trace.spans[tree->root].start_ns;
  for (const PathSegment& one : critical_path(trace, *tree)) {
    EXPECT_EQ(one.start_ns, at);  // neither gap nor overlap
    at = one.end_ns;
    sum += one.end_ns - one.start_ns;
  }
  return sum;
}

TEST(CriticalPath, FollowsQueueCallTimeoutPauseAndRetry) {
  const std::vector<std::string> expected = {
      "shop.order:network 0-1",   "shop.order:queue 1-11",    "shop.order:work 11-31",
      "stock.take:network 31-32", "stock.take:work 32-71",    "stock.take:back-off 71-80",
      "stock.take:network 80-82", "stock.take:work 82-94",    "stock.take:network 94-95",
      "shop.order:work 95-99",    "shop.order:network 99-100"};
  EXPECT_EQ(segments(retried_trace()), expected);
  EXPECT_EQ(total(retried_trace()), 100'000'000);
}

TEST(CriticalPath, TakesTheSlowestOfParallelBranches) {
  TraceBuilder b;
  const auto root = b.add(0, "c", SpanRole::request, 0, 50);
  const auto visit = b.add(root, "page", SpanRole::visit, 0, 50);
  b.add(visit, "page branch 1", SpanRole::branch, 5, 20);
  b.add(visit, "page branch 2", SpanRole::branch, 5, 45);
  b.add(visit, "page branch 3", SpanRole::branch, 5, 30);
  const std::vector<std::string> expected = {"page:work 0-5", "page branch 2:work 5-45",
                                             "page:work 45-50"};
  EXPECT_EQ(segments(b.trace()), expected);
}

TEST(CriticalPath, LeavesOutWhatTheAnswerDidNotWaitFor) {
  // A quorum of two: the third branch ends after the answer, the first well before.
  TraceBuilder b;
  const auto root = b.add(0, "c", SpanRole::request, 0, 20);
  const auto visit = b.add(root, "page", SpanRole::visit, 0, 20);
  b.add(visit, "page branch 1", SpanRole::branch, 0, 10);
  b.add(visit, "page branch 3", SpanRole::branch, 0, 30);
  b.add(visit, "page branch 2", SpanRole::branch, 0, 20);
  EXPECT_EQ(segments(b.trace()), std::vector<std::string>{"page branch 2:work 0-20"});
}

TEST(CriticalPath, SaysWhatTheCalleeDidUntilItsCallerGaveUp) {
  // The call times out at 40 while the callee waits for its database.
  TraceBuilder b;
  const auto root = b.add(0, "c", SpanRole::request, 0, 40, SpanStatus::error);
  const auto call = b.add(root, "ml", SpanRole::attempt, 0, 40, SpanStatus::error);
  const auto visit = b.add(call, "ml", SpanRole::visit, 0, 90);
  const auto query = b.add(visit, "db", SpanRole::attempt, 10, 80);
  b.add(query, "db", SpanRole::visit, 10, 80);
  const std::vector<std::string> expected = {"ml:work 0-10", "db:work 10-40"};
  EXPECT_EQ(segments(b.trace()), expected);
}

TEST(CriticalPath, AddsUpForWhateverOverlaps) {
  // Spans at random, children before, within and after their parents: from elsewhere all of it may
  // come.
  std::uint64_t state = 7;
  const auto below = [&state](std::uint64_t n) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::int64_t>((state >> 33) % n);
  };
  constexpr SpanRole kRoles[] = {SpanRole::attempt, SpanRole::visit, SpanRole::branch};
  for (int round = 0; round < 500; ++round) {
    TraceBuilder b;
    b.add(0, "root", SpanRole::request, 50, 150);
    for (int i = 0; i < 30; ++i) {
      const auto parent = static_cast<std::uint64_t>(1 + below(static_cast<std::uint64_t>(i) + 1));
      const std::int64_t from = below(200);
      b.add(parent, "s", kRoles[below(3)], from, from + below(60));
    }
    EXPECT_EQ(total(b.trace()), 100'000'000);
  }
}

TEST(CriticalPath, GoesDeepWithoutRecursion) {
  TraceBuilder b;
  b.add(0, "root", SpanRole::request, 0, 1000);
  for (std::uint64_t i = 1; i <= 100'000; ++i) b.add(i, "deep", SpanRole::visit, 0, 1000);
  EXPECT_EQ(total(b.trace()), 1'000'000'000);
}

TEST(TraceTree, LeavesOutCyclesAndOrphans) {
  TraceBuilder b;
  b.add(2, "a", SpanRole::other, 0, 10);
  b.add(1, "b", SpanRole::other, 0, 10);
  EXPECT_FALSE(tree_of(b.trace()));
  const auto root = b.add(0, "root", SpanRole::other, 0, 10);
  b.add(99, "orphan", SpanRole::other, 0, 10);
  const Trace trace = b.trace();
  const auto tree = tree_of(trace);
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->root, root - 1);
  EXPECT_TRUE(tree->children[root - 1].empty());
  EXPECT_FALSE(tree_of(Trace{}));
}

TEST(TimeShares, AddUpByHopAndPhase) {
  const Trace trace = retried_trace();
  const auto shares = time_shares(trace, critical_path(trace, *tree_of(trace)));
  ASSERT_FALSE(shares.empty());
  EXPECT_EQ(shares[0].where.hop, "stock.take");
  EXPECT_EQ(shares[0].where.phase, "work");
  EXPECT_EQ(shares[0].ns, (39 + 12) * 1'000'000);
  std::int64_t sum = 0;
  for (const TimeShare& one : shares) sum += one.ns;
  EXPECT_EQ(sum, 100'000'000);
}

TEST(TimeProfile, GivesMeansAndSharesByStack) {
  TimeProfile profile;
  EXPECT_TRUE(profile.empty());
  TraceBuilder fast;
  const auto root = fast.add(0, "shoppers.shop/order", SpanRole::request, 0, 20);
  const auto attempt = fast.add(root, "shop.order", SpanRole::attempt, 0, 20);
  fast.add(attempt, "shop.order", SpanRole::visit, 0, 20);
  profile.add(retried_trace());
  profile.add(fast.trace());
  profile.add(Trace{});
  EXPECT_EQ(profile.to_csv(),
            "request,stack,hop,phase,requests,mean_s,share\n"
            "shoppers.shop/order,\"shoppers.shop/order;shop.order\",shop.order,work,2,0.022,"
            "0.36666666666666664\n"
            "shoppers.shop/order,\"shoppers.shop/order;shop.order network\",shop.order,network,2,"
            "0.001,0.016666666666666666\n"
            "shoppers.shop/order,\"shoppers.shop/order;shop.order;shop.order queue\",shop.order,"
            "queue,2,0.005,0.08333333333333333\n"
            "shoppers.shop/order,\"shoppers.shop/order;shop.order;stock.take\",stock.take,work,2,"
            "0.0255,0.425\n"
            "shoppers.shop/order,\"shoppers.shop/order;shop.order;stock.take back-off\","
            "stock.take,back-off,2,0.0045,0.075\n"
            "shoppers.shop/order,\"shoppers.shop/order;shop.order;stock.take network\","
            "stock.take,network,2,0.002,0.03333333333333333\n");
}

}  // namespace
}  // namespace rehearse::reports
