// Databases: replicas that follow the writes, reads that are spread over them, connections that are
// kept for a transaction, rows that are locked.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "study.hpp"

namespace rehearse::theory {
namespace {

// Queries that never wait end as a Poisson stream, so that a replica that applies writes one after
// the other is M/M/1: the lag of a write is its response time. The oldest write that is not yet
// applied is older than x with probability rho exp(-(mu - lambda) x): seen backwards in time, its
// age is what those in the queue have still to wait.
TEST(Replica, LagIsMM1) {
  check({"Replicas",
         "one replay process, rho = 0.5",
         "replication.yaml",
         {200, 60, 18000},
         {},
         {{"store/replicas", "mean_response", 2},
          {"store/replicas", "in_system", 1},
          {"store/replicas", "p99", 9.210340, kQuantiles},
          {"store", "outdated_ratio", .183940, 2 * kMeans}}});
}

// Two replicas in turn get every second read each: E2/M/1, where sigma = (lambda / (lambda + mu (1
// - sigma)))^2 has the root .615477 at lambda = 1.4, and the mean response is 1 / (mu (1 - sigma)).
TEST(Replica, ReadsInTurnAreE2M1) {
  check({"Replicas",
         "reads in turn over two, E2/M/1, rho = 0.7",
         "replication.yaml",
         {200, 200, 14000},
         {"system.databases.store.pool.size=1", "system.databases.store.replicas.count=2",
          "workload.readers.arrivals.poisson=1.4rps", "workload.writers.arrivals.poisson=0.1rps"},
         {{"store/read", "mean_response", 2.600587}}});
}

// A transaction holds the connection for E[S] = 1 s with variance 2 / 16 + 1 / 4 = 0.375. M/G/1 at
// rho = 0.5 (Pollaczek-Khinchine): Wq = rho (1 + 0.375) / 2 / (1 - rho) = 0.6875 s, all of it
// before the first query.
TEST(Transaction, ConnectionIsAServerOfMG1) {
  check({"Connections",
         "transactions on one connection, rho = 0.5",
         "transaction.yaml",
         {200, 100, 8000},
         {},
         {{"store/first", "mean_wait", .6875, 2 * kMeans},
          {"store", "utilization", .5},
          {"front", "mean_response", 1.6875}}});
}

// Single queries in place of the transaction use the connection for half of that time.
TEST(Transaction, StatementsLeaveTheConnectionToOthers) {
  check({"Connections",
         "statements on one connection",
         "transaction.yaml",
         {200, 100, 2800},
         {"system.databases.store.pool.mode=statement",
          "system.services.front.endpoints.buy=[{query: store/first}, {wait: {exponential: "
          "500ms}}, {query: store/last}]"},
         {{"store", "utilization", .25}}});
}

// Writes at rate lambda to n equally popular rows: each row is M/M/1 with rho = lambda / n.
TEST(RowLock, EachRowIsMM1) {
  check({"Row locks",
         "4 rows, rho = 0.5 each",
         "row-locks.yaml",
         {200, 100, 4200},
         {},
         {{"store", "mean_response", 2}, {"store", "in_system", 4}}});
}

}  // namespace
}  // namespace rehearse::theory
