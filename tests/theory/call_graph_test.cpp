// Requests that call other services: in parallel, for the first k of n, by chance, behind a cache.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "study.hpp"

namespace rehearse::theory {
namespace {

// R. Nelson and A. Tantawi 1988: two M/M/1 queues with the same arrivals are joined after
// R = (12 - rho) / 8 / (1 - rho).
struct Fork {
  double rho, response, seconds;
};

class ForkJoin : public testing::TestWithParam<Fork> {};

TEST_P(ForkJoin, TwoQueues) {
  const Fork& row = GetParam();
  check({"Fork and join",
         fmt::format("2 x M/M/1, rho = {}", row.rho),
         "fork-join.yaml",
         {400, 20 / std::pow(1 - std::sqrt(row.rho), 2), row.seconds},
         {fmt::format("workload.clients.arrivals.poisson={}rps", row.rho)},
         {{"front", "mean_response", row.response},
          {"left", "mean_response", 1 / (1 - row.rho)},
          {"right", "utilization", row.rho}}});
}

INSTANTIATE_TEST_SUITE_P(Loads, ForkJoin,
                         testing::Values(Fork{0.5, 2.875, 6000}, Fork{0.9, 13.875, 120000}),
                         [](const auto& row) {
                           return test_name(fmt::format("{}", row.param.rho));
                         });

// The k-th of n exponential times comes after H(n) - H(n - k), with H(n) = 1 + 1/2 + ... + 1/n:
// until then 1/n for the first, 1/(n-1) for the next, and so on.
struct Copies {
  int copies, require;
  double mean;
  double seconds;
};

class KthOfN : public testing::TestWithParam<Copies> {};

TEST_P(KthOfN, Exponential) {
  const Copies& row = GetParam();
  constexpr const char* kParallel = "system.services.front.endpoints.page.0.parallel";
  check({"Fan-out",
         fmt::format("{} of {} exponential", row.require, row.copies),
         "fan-out.yaml",
         {100, 20, row.seconds},
         {fmt::format("{}.copies={}", kParallel, row.copies),
          fmt::format("{}.require={}", kParallel, row.require)},
         {{"front", "mean_response", row.mean}}});
}

template <class Row>
std::string copies_name(const Row& row) {
  return fmt::format("{}of{}", row.param.require, row.param.copies);
}
INSTANTIATE_TEST_SUITE_P(Slowest, KthOfN,
                         testing::Values(Copies{2, 2, 1.5, 8000}, Copies{10, 10, 2.92896825, 5000},
                                         Copies{100, 100, 5.18737752, 1000},
                                         Copies{1000, 1000, 7.48547086, 250}),
                         [](const auto& row) { return copies_name(row); });
INSTANTIATE_TEST_SUITE_P(Quorum, KthOfN,
                         testing::Values(Copies{3, 2, .83333333, 8000},
                                         Copies{5, 3, .78333333, 6000},
                                         Copies{7, 4, .75952381, 5000},
                                         Copies{9, 5, .74563492, 4000}),
                         [](const auto& row) { return copies_name(row); });

// J. Dean and L. Barroso, "The Tail at Scale", 2013: of n answers at least one is slow with
// probability 1 - (1 - p)^n.
struct Slow {
  int leaves;
  double slow;  // share of answers, %
  double theory;
  double requests;
  double precision;
};

class SlowestLeaf : public testing::TestWithParam<Slow> {};

TEST_P(SlowestLeaf, DecidesForAll) {
  const Slow& row = GetParam();
  const auto slow = [](const models::WindowRecord& record) {
    return record.response.share_above(Duration::milliseconds(500));
  };
  constexpr const char* kTime = "system.services.leaf.service_time.mixture";
  check({"Fan-out",
         fmt::format("{} leaves, {} % slow", row.leaves, row.slow),
         "slow-leaf.yaml",
         {50, 5, row.requests / 10 / 50},
         {fmt::format("system.services.front.endpoints.page.0.parallel.copies={}", row.leaves),
          fmt::format("{}.0.weight={}%", kTime, 100 - row.slow),
          fmt::format("{}.1.weight={}%", kTime, row.slow)},
         {{"front", "P(slow)", row.theory, row.precision, 0, slow}},
         row.requests * row.leaves > 2e7});
}

INSTANTIATE_TEST_SUITE_P(Leaves, SlowestLeaf,
                         testing::Values(Slow{10, 1, .09561792, 1.5e6, kMeans},
                                         Slow{100, 1, .63396766, 1e5, kMeans},
                                         Slow{200, 1, .86602033, 3e4, kMeans},
                                         Slow{2000, 0.01, .18127743, 6e4, 3 * kMeans}),
                         [](const auto& row) {
                           return test_name(
                               fmt::format("{} % of {}", row.param.slow, row.param.leaves));
                         });

// Forced flow law: X(i) = V(i) X, with the visits that the comment of the file counts. Of the pages
// the database reads those that the cache misses, whatever their share is.
TEST(ForcedFlow, VisitsPerRequest) {
  const double x = 100;
  const reports::RunResult result = check({"Forced flow",
                                           "call graph, 100 requests/s",
                                           "call-graph.yaml",
                                           {40, 20, 500},
                                           {},
                                           {{"front", "throughput", x},
                                            {"auth", "throughput", x},
                                            {"search", "throughput", 0.6 * x},
                                            {"leaf", "throughput", 3 * x},
                                            {"catalogue/find", "throughput", 0.6 * x},
                                            {"auth", "utilization", 0.01 * x / 2},
                                            {"leaf", "utilization", 0.02 * 3 * x / 12}}});
  const auto value = [&](const char* subject, const char* metric) {
    const reports::SubjectResult* found = result.find(subject);
    return found != nullptr ? *found->find(metric)->value : -1;
  };
  const double flow = value("front", "throughput");
  // Requests that cross an end of the measured 500 s count on one side only: some 20 of 50,000.
  const double edge = 4e-4 * flow;
  EXPECT_NEAR(value("auth", "throughput"), flow, edge);
  EXPECT_NEAR(value("leaf", "throughput"), 3 * flow, 3 * edge);
  EXPECT_NEAR(value("catalogue/find", "throughput"), value("search", "throughput"), edge);
  EXPECT_NEAR(value("catalogue/read", "throughput"), (1 - value("pages", "hit_ratio")) * flow,
              edge);
}

}  // namespace
}  // namespace rehearse::theory
