// Links: the line of a bandwidth is a queue M/D/1 (F. Pollaczek, A. Khinchine), recovery of losses
// a geometric number of doubling waits. And what weights make of a random split: M/M/1 each.

#include <gtest/gtest.h>

#include "study.hpp"

namespace rehearse::theory {
namespace {

// 100 KB/s send 1 KB in S = 10 ms, at 80/s: W = S rho / (2 (1 - rho)) = 20 ms.
TEST(Link, WithABandwidthIsMD1) {
  check({"Links",
         "bandwidth: M/D/1, rho = 0.8",
         "link.yaml",
         {20, 20, 1500},
         {"system.network.0.bandwidth=100KB/s"},
         {{"clients", "mean_response", 0.020 + 0.010 + 0.020}}});
}

// Exponential sizes: W = S rho / (1 - rho) = 40 ms, and the time on the line is exponential.
TEST(Link, WithExponentialSizesIsMM1) {
  check({"Links",
         "bandwidth: M/M/1, rho = 0.8",
         "link.yaml",
         {20, 20, 6000},
         {"system.network.0.bandwidth=100KB/s", "workload.clients.body={exponential: 1KB}"},
         {{"clients", "mean_response", 0.020 + 0.010 + 0.040}}});
}

// Each way n losses with probability p^n (1 - p), which take (2^n - 1) RTO: p RTO / (1 - 2 p).
TEST(Link, WithRecoveryWaitsForTheRto) {
  check({"Links",
         "loss 5 %, recovery with RTO 200 ms",
         "link.yaml",
         {20, 1, 600},
         {"system.network.0.loss=5%", "system.network.0.recovery=tcp"},
         {{"clients", "mean_response", 0.020 + 2 * 0.2 * 0.05 / 0.9}}});
}

// 3/5 and 2/5 of 12/s on servers of 10/s each.
TEST(Weights, SplitAPoissonStream) {
  const double heavy = 0.6;
  check({"Balancers",
         "weights 3 : 2, two M/M/1",
         "weighted.yaml",
         {20, 60, 48000},
         {},
         {{"station", "mean_response",
           heavy / (10 - 12 * heavy) + (1 - heavy) / (10 - 12 * (1 - heavy))},
          {"station", "utilization", 0.6}}});
}

}  // namespace
}  // namespace rehearse::theory
