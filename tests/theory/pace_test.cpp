// Instances that pause.

#include <gtest/gtest.h>

#include "study.hpp"

namespace rehearse::theory {
namespace {

// M/M/1 whose server breaks down at rate f, busy or not, and is repaired at rate r (H. White,
// L. Christie 1958). With A = r / (f + r), by generating functions:
// L = (lambda / A + f lambda^2 / r^2) / (mu - lambda / A) + lambda (1 - A) / r, and the station is
// empty with probability (A - rho) (1 + f / (lambda + r)).
// Here lambda = 0.5, mu = 1, f = 0.05, r = 0.2: A = 0.8, L = 3, W = 6; empty for 0.321429.
constexpr double kResponse = 6;
constexpr double kEmpty = 0.3 * (1 + 0.05 / 0.7);

TEST(Breakdowns, OfAServer) {
  check({"M/G/1",
         "M/M/1 with breakdowns, rho = 0.5, A = 0.8",
         "breakdowns.yaml",
         {400, 400, 20000},
         {},
         {{"station", "mean_response", kResponse, 0.02},
          {"station", "in_system", 3, 0.02},
          {"station", "utilization", 1 - kEmpty}}});
}

TEST(Breakdowns, OfSharedCores) {
  // As many are in the system as with one server; cores count as busy while they run.
  check({"M/G/1",
         "M/M/1-PS with breakdowns, rho = 0.5, A = 0.8",
         "breakdowns.yaml",
         {400, 400, 20000},
         {"system.services.station.servers=null", "system.services.station.cpu={limit: 1}"},
         {{"station", "mean_response", kResponse, 0.02}, {"station", "utilization", 0.5}}});
}

}  // namespace
}  // namespace rehearse::theory
