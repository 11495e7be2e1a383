// Closed loops: a fixed number of users who think, ask and wait, against exact mean value analysis
// (M. Reiser, S. Lavenberg 1980). And the interactive response law R = N / X - Z, which needs no
// assumption but that everybody comes back.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "study.hpp"

namespace rehearse::theory {
namespace {

struct Loop {
  int users;
  double throughput, response;
  double seconds;  // of a trial
};

class OneServer : public testing::TestWithParam<Loop> {};

// Think time 10 s, service 1 s, both exponential.
TEST_P(OneServer, MeanValues) {
  const Loop& row = GetParam();
  check({"Closed loop",
         fmt::format("{} users, think 10 s, one server of 1 s", row.users),
         "closed.yaml",
         {100, 1000, row.seconds},
         {fmt::format("workload.clients.users={}", row.users)},
         {{"clients", "throughput", row.throughput},
          {"clients", "mean_response", row.response},
          // Of 50 users the server never runs out: both sides are 1 to many decimals.
          {"station", "utilization", row.throughput, kMeans, 1e-6},
          {"station", "in_system", row.throughput * row.response}}});
}

INSTANTIATE_TEST_SUITE_P(Users, OneServer,
                         testing::Values(Loop{5, .43604782, 1.46663218, 40000},
                                         Loop{10, .78541766, 2.73207944, 40000},
                                         Loop{50, 1, 40, 40000}),
                         [](const auto& row) { return fmt::format("{}", row.param.users); });

// Of each user at most one round is unfinished at either end of the measured time, so that
// N = X (R + Z) holds to 2 N / (X T), however the times are distributed. Here all users think for
// exactly 10 s.
TEST(InteractiveLaw, HoldsOnEachRun) {
  for (const int users : {5, 10, 50}) {
    const double measured = 20000;
    const reports::RunResult result =
        check({"Closed loop",
               fmt::format("{} users, think exactly 10 s", users),
               "closed.yaml",
               {20, 1000, measured},
               {fmt::format("workload.clients.users={}", users), "workload.clients.think=10s"},
               {}});
    const reports::SubjectResult* clients = result.find("clients");
    ASSERT_NE(clients, nullptr);
    const double throughput = *clients->find("throughput")->value;
    const double response = *clients->find("mean_response")->value;
    const double law = users / throughput - 10;
    fmt::print("  R = {:.6f}, N / X - Z = {:.6f}\n", response, law);
    EXPECT_NEAR(response, law, (response + 10) * 2 * users / (throughput * measured));
  }
}

// Service times 0.5, 1 and 0.25 s, think time 5 s, 20 users.
TEST(ThreeStations, MeanValues) {
  check({"Closed loop",
         "20 users, think 5 s, three stations",
         "closed-network.yaml",
         {100, 500, 40000},
         {},
         {{"clients", "throughput", .999894627},
          {"clients", "mean_response", 15.002107674},
          {"first", "in_system", .9989374356},
          {"second", "in_system", 13.668325474},
          {"third", "in_system", .3332639532}}});
}

}  // namespace
}  // namespace rehearse::theory
