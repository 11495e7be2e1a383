/// Pools of database connections: who keeps one for how long.

#include "models/plan_figures.hpp"
#include "models/traffic.hpp"
#include "tests/unit/models/one_trial.hpp"

namespace rehearse::models {
namespace {

// `clients` requests at t = 0 of the steps; queries take 10 ms.
std::string requests(int clients, const std::string& steps, const std::string& pool,
                     const std::string& more = "", const std::string& faults = "") {
  const std::string count = std::to_string(clients);
  return "experiment: {horizon: 60s, drain: true}\n"
         "system:\n  services:\n    shop: {endpoints: {buy: [" +
         steps + "]}}\n  databases:\n    db:\n      pool: {" + pool + "}\n" + more +
         "      queries: {q: 10ms, bad: {time: 10ms, fail: 100%}, w: {time: 10ms, access: write}}\n"
         "workload: {clients: {users: " +
         count + ", requests: " + count + ", to: shop/buy}}\n" + faults;
}
constexpr const char* kTwoQueries = "{query: db/q}, {wait: 100ms}, {query: db/q}";
const std::string kTransaction = std::string("{transaction: [") + kTwoQueries + "]}";

std::int64_t slowest_ms(const OneTrial& trial) {
  return trial.at("clients", "workload").response.max().ns() / 1'000'000;
}
std::int64_t busy_ms(const OneTrial& trial) {
  return static_cast<std::int64_t>(trial.at("db", "station").busy / 1'000'000);
}

TEST(Pool, StatementsGiveTheConnectionBackAtOnce) {
  const OneTrial trial(requests(2, kTwoQueries, "size: 1, mode: statement"));
  EXPECT_EQ(slowest_ms(trial), 130);  // second in line both times: 20, 120, 130 ms
  EXPECT_EQ(busy_ms(trial), 40);
}

TEST(Pool, TransactionsKeepItMeanwhile) {
  const OneTrial trial(requests(2, kTransaction, "size: 1"));
  EXPECT_EQ(slowest_ms(trial), 240);
  EXPECT_EQ(busy_ms(trial), 240);
  EXPECT_EQ(trial.at("db/q", "endpoint").wait.max(), Duration::milliseconds(120));
  EXPECT_EQ(trial.at("db/q", "endpoint").arrivals, 4U);
}

TEST(Pool, TransactionsEndBeforeTheRequestDoes) {
  const OneTrial trial(requests(2, "{transaction: [{query: db/q}]}, {wait: 100ms}", "size: 1"));
  EXPECT_EQ(slowest_ms(trial), 120);
  EXPECT_EQ(busy_ms(trial), 20);
}

TEST(Pool, SessionsKeepItUntilTheRequestEnds) {
  const OneTrial trial(requests(2, "{query: db/q}, {wait: 100ms}", "size: 1, mode: session"));
  EXPECT_EQ(slowest_ms(trial), 220);
  EXPECT_EQ(busy_ms(trial), 220);
}

TEST(Pool, WithoutAPoolTheServerRefusesWhatItHasNoRoomFor) {
  const OneTrial trial(requests(5, kTwoQueries, "mode: none", "      max_connections: 6\n"));
  EXPECT_EQ(trial.outcome("clients", "workload", Outcome::ok), 3U);  // 6, of which 3 are reserved
  EXPECT_EQ(trial.outcome("db/q", "endpoint", Outcome::rejected), 2U);
  EXPECT_EQ(slowest_ms(trial), 120);
}

TEST(Pool, ConnectionsComeBackHoweverTheRequestEnds) {
  const OneTrial trial(
      requests(2, "{transaction: [{query: db/q}, {query: db/bad}, {wait: 5s}]}", "size: 1"));
  EXPECT_EQ(trial.outcome("clients", "workload", Outcome::error), 2U);
  EXPECT_EQ(slowest_ms(trial), 0);
  EXPECT_EQ(busy_ms(trial), 40);
}

TEST(Pool, ConnectionsComeBackFromCallersThatAreKilled) {
  // Both callers die at 50 ms, one with the connection and one in line for it.
  const OneTrial trial(requests(2, kTransaction, "size: 1", "",
                                "faults: [{at: 50ms, fault: instance.kill, target: shop}]\n"));
  EXPECT_EQ(trial.outcome("clients", "workload", Outcome::error), 2U);
  // The query of the second still takes its turn, and gives it back as nobody waits for it.
  EXPECT_EQ(busy_ms(trial), 60);
  EXPECT_EQ(trial.at("db/q", "endpoint").gone, 1U);
}

TEST(Pool, ConnectionsToAServerThatStoppedAreClosed) {
  // Stopped from 50 ms to 60 ms, while the request computes: its next query fails, once.
  const std::string fault = "faults: [{at: 50ms, for: 10ms, fault: instance.kill, target: db}]\n";
  const OneTrial trial(requests(1, kTwoQueries, "size: 1, mode: session", "", fault));
  EXPECT_EQ(trial.outcome("clients", "workload", Outcome::error), 1U);
  EXPECT_EQ(busy_ms(trial), 50);
  const OneTrial again(
      requests(1, "{query: db/q}, {wait: 100ms}, {query: {to: db/q, retry: {attempts: 2}}}",
               "size: 1, mode: session", "", fault));
  EXPECT_EQ(again.outcome("clients", "workload", Outcome::ok), 1U);
  EXPECT_EQ(busy_ms(again), 60);
}

TEST(Pool, TheReserveOpensForThoseWhoHaveWaited) {
  // Queries of 10 ms, three at once: the second waits 4 ms for the reserve, the third 10 ms.
  const OneTrial trial(requests(3, "{query: db/q}", "size: 1, reserve: {size: 1, after: 4ms}"));
  EXPECT_EQ(trial.at("db/q", "endpoint").wait.max(), Duration::milliseconds(10));
  EXPECT_EQ(trial.at("db", "station").in_queue,
            static_cast<sim::UInt128>(Duration::milliseconds(14).ns()));
}

TEST(Pool, WhoHasGivenUpDoesNotWaitForTheReserve) {
  // The second gives up after 3 ms; its answer is on the way, for 5 ms, when 4 ms are over.
  std::string scenario =
      requests(2, "{query: {to: db/q, on_failure: continue}}",
               "size: 1, wait: 3ms, reserve: {size: 1, after: 4ms}", "      zones: [here/b]\n");
  const std::string system = "system:\n";
  scenario.replace(scenario.find(system), system.size(),
                   system +
                       "  regions: {here: {zones: [a, b]}}\n"
                       "  network: [{between: zones, latency: 5ms}]\n");
  const OneTrial trial(scenario);
  EXPECT_EQ(trial.outcome("db/q", "endpoint", Outcome::abandoned), 1U);
  EXPECT_EQ(trial.outcome("clients", "workload", Outcome::ok), 2U);
  EXPECT_EQ(slowest_ms(trial), 20);  // the first: 5 there, 10, 5 back; the second 13
}

TEST(Pool, TakesSoManyClients) {
  const OneTrial trial(requests(5, "{query: db/q}", "size: 1, max_clients: 3"));
  EXPECT_EQ(trial.outcome("db/q", "endpoint", Outcome::ok), 3U);
  EXPECT_EQ(trial.outcome("db/q", "endpoint", Outcome::rejected), 2U);
}

TEST(Pool, TransactionsCommitOnce) {
  const std::string writes = "{query: db/w}, {query: db/w}";
  const OneTrial alone(requests(1, writes, "size: 1", "      flush: 3ms\n"));
  EXPECT_EQ(slowest_ms(alone), 26);
  const OneTrial together(
      requests(1, "{transaction: [" + writes + "]}", "size: 1", "      flush: 3ms\n"));
  EXPECT_EQ(slowest_ms(together), 23);
  EXPECT_EQ(together.at("db/commit", "endpoint").response.max(), Duration::milliseconds(3));
}

TEST(Pool, TransactionsThatWriteStayOnThePrimary) {
  const std::string replicas = "      replicas: {reads: replica}\n";
  const OneTrial reads(
      requests(1, "{transaction: [{query: db/q}, {query: db/q}]}", "size: 1", replicas));
  EXPECT_EQ(reads.at("db", "station").hits, 2U);  // from the replica
  const OneTrial writes(requests(1, "{transaction: [{query: db/q}, {query: db/w}, {query: db/q}]}",
                                 "size: 1", replicas));
  EXPECT_EQ(writes.at("db", "station").hits, 0U);
  EXPECT_EQ(writes.at("db/replicas", "replica").arrivals, 1U);
}

double busy_slots(const std::string& steps, const std::string& pool) {
  const Scenario scenario = scenario_of(
      "experiment: {horizon: 60s}\nsystem:\n  services:\n    shop: {endpoints: {buy: [" + steps +
      "]}}\n  databases: {db: {pool: {" + pool +
      "}, queries: {q: 10ms}}}\nworkload: {clients: {arrivals: {poisson: 1rps}, to: shop/buy}}\n");
  return Traffic(scenario).load(service_of(scenario, "db"), Level::mean).busy_slots;
}

TEST(Pool, TrafficEquationsCountWhatIsKept) {
  EXPECT_NEAR(busy_slots(kTwoQueries, "size: 9"), .020, 1e-12);
  EXPECT_NEAR(busy_slots(kTransaction, "size: 9"), .120, 1e-12);
  EXPECT_NEAR(busy_slots(kTwoQueries, "size: 9, mode: session"), .120, 1e-12);
  // Half of the requests take a connection at the first step, the others at the last.
  EXPECT_NEAR(busy_slots("{choose: [{share: 50%, steps: [{query: db/q}]}, {share: 50%, steps: "
                         "[]}]}, {wait: 100ms}, {query: db/q}",
                         "size: 9, mode: session"),
              .5 * .120 + .5 * .010, 1e-12);
  // Of three turns the first brings the connection, the others wait with it.
  EXPECT_NEAR(
      busy_slots("{repeat: {times: 3, steps: [{wait: 100ms}, {query: db/q}]}}, {wait: 50ms}",
                 "size: 9, mode: session"),
      .010 + 2 * .110 + .050, 1e-12);
  // Queries outside of the transaction are on their own.
  EXPECT_NEAR(busy_slots("{query: db/q}, " + kTransaction + ", {wait: 1s}", "size: 9"), .130,
              1e-12);
}

}  // namespace
}  // namespace rehearse::models
