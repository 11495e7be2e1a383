// What still goes to the old target of a DNS name after its record has changed. A client that asks
// at rate r holds an answer with more than t to live for (TTL - t) / (TTL + 1/r) of the time: its
// answers live for TTL, and 1/r passes on average before the next request fetches one anew. For
// busy clients that is 1 - t / TTL.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "study.hpp"

namespace rehearse::theory {
namespace {

constexpr double kRate = 200;  // of all clients
constexpr double kPause = 5;   // 1 / r
constexpr double kTtl = 20;
constexpr double kChange = 200;
constexpr double kWindow = 4;

double rest(double t, double life) {
  return t < life ? (life - t) / (life + kPause) : 0;
}

class Dns : public testing::TestWithParam<double> {};

// A straight line: its mean over a window is its value in the middle.
TEST_P(Dns, TrafficLeavesEvenlyOverTheTtl) {
  const double from = GetParam();
  check({"DNS",
         fmt::format("{} s after the change", from),
         "dns.yaml",
         {300, kChange + from, kWindow, true},
         {},
         {{"old", "arrival_rate", kRate * rest(from + kWindow / 2, kTtl), 0.025}}});
}

TEST_P(Dns, HasALongTailWhereTheTtlIsIgnored) {
  const double from = GetParam();
  const double t = from + kWindow / 2;
  check({"DNS",
         fmt::format("{} s after the change, a tenth ignores the TTL", from),
         "dns.yaml",
         {300, kChange + from, kWindow, true},
         {"system.dns.shop.ignore_ttl={share: 10%, factor: 3}"},
         // The answers of those who ignore it are not yet of any age.
         {{"old", "arrival_rate", kRate * (0.9 * rest(t, kTtl) + 0.1 * rest(t, 3 * kTtl)), 0.025,
           kRate * 0.1 * kPause / (3 * kTtl)}}});
}

INSTANTIATE_TEST_SUITE_P(After, Dns, testing::Values(0.0, 4.0, 8.0, 12.0),
                         [](const auto& row) { return fmt::format("{:.0f}s", row.param); });

// The area under that line: what goes astray in all is the traffic of half a TTL.
TEST(Dns, LosesTheTrafficOfHalfATtl) {
  check({"DNS",
         "all of the TTL",
         "dns.yaml",
         {200, kChange, kTtl, true},
         {},
         {{"old", "arrival_rate", kRate * kTtl / 2 / (kTtl + kPause)}}});
}

}  // namespace
}  // namespace rehearse::theory
