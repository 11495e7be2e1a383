// Deadlines: work that comes to a server too late is not begun.

#include <gtest/gtest.h>

#include <cmath>

#include "study.hpp"

namespace rehearse::theory {
namespace {

// M/M/1+D (D. Barrer 1957): requests are lost that would wait for more than t. The work ahead of an
// arrival has the density p lambda exp(-(mu - lambda) w) up to t and falls like exp(-mu w) beyond:
// with x = exp(-(mu - lambda) t), p = (1 - rho) / (1 - rho^2 x) is the chance to find nobody, and
// p rho x that of being lost. What is lost is not begun, so that the server is busy for 1 - p.
TEST(Deadlines, LoseWhatComesTooLateToTheServer) {
  const double rho = 0.8;
  const double x = std::exp(-0.2 * 4);
  const double p = (1 - rho) / (1 - rho * rho * x);
  check({"M/G/1",
         "M/M/1 with deadlines of 4 s, rho = 0.8",
         "expired.yaml",
         {400, 200, 6000},
         {},
         {{"station", "error_ratio", p * rho * x, 0.02}, {"station", "utilization", 1 - p}}});
}

}  // namespace
}  // namespace rehearse::theory
