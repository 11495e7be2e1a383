// The transient of M/M/1 from empty, arrival rate 1/s, mean service 0.9 s: what a run that is too
// short, or not cut, reports in place of the steady state Wq = 8.1 s.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "study.hpp"

namespace rehearse::theory {
namespace {

struct First {
  int requests;
  double mean_wait;
  int trials;
};

class FromEmpty : public testing::TestWithParam<First> {};

TEST_P(FromEmpty, MeanWaitOfTheFirst) {
  const First& row = GetParam();
  check({"Transient",
         fmt::format("M/M/1 from empty, first {}", row.requests),
         "from-empty.yaml",
         {.trials = row.trials},
         {fmt::format("workload.clients.requests={}", row.requests)},
         {{"station", "mean_wait", row.mean_wait}}});
}

// The second request waits for 0.81 / 1.9 s on average, the first never does. The mean over 25 is
// given to two decimals.
INSTANTIATE_TEST_SUITE_P(Requests, FromEmpty,
                         testing::Values(First{2, 0.81 / 1.9 / 2, 400000}, First{25, 2.12, 80000}),
                         [](const auto& row) { return fmt::format("{}", row.param.requests); });

}  // namespace
}  // namespace rehearse::theory
