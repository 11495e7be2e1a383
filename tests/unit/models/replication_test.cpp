#include "models/replication.hpp"

#include "models/database_figures.hpp"
#include "tests/unit/models/one_trial.hpp"

namespace rehearse::models {
namespace {

// Reads at 1, 2, 3 ... s; `writers` writes at 2.5 s that take no time but for the commit.
std::string reads_and_writes(const std::string& database, const std::string& faults = "",
                             int writers = 1) {
  return R"(
experiment: {horizon: 9500ms}
system:
  regions: {eu: {zones: [a, b, c]}}
  network: [{between: zones, latency: 5ms}]
  services:
    shop:
      zones: [eu/a]
      endpoints:
        read: [{query: db/read}]
        write: [{wait: 2500ms}, {query: db/write}]
  databases:
    db:
      zones: [eu/a]
      pool: {size: 10}
      queries:
        read: {time: 1ms}
        latest: {time: 1ms, access: primary}
        write: {time: 0ms, access: write}
)" + database +
         "workload:\n  readers: {arrivals: {constant: 1rps}, to: shop/read}\n  writers: {users: " +
         std::to_string(writers) + ", requests: " + std::to_string(writers) +
         ", to: shop/write}\n" + faults;
}
Duration commit_time(const std::string& commit, int synchronous) {
  const OneTrial trial(reads_and_writes(
      "      flush: 3ms\n      commit: " + commit +
      "\n      replicas: {count: 2, zones: [eu/b, eu/c], lag: 20ms, replay: 40ms, synchronous: " +
      std::to_string(synchronous) + "}\n"));
  return trial.at("db/write", "endpoint").response.max();
}

TEST(Replication, SpreadsReadsAsToldAndWritesNowhere) {
  const auto split = [](const std::string& reads) {
    const OneTrial trial(
        reads_and_writes("      replicas: {count: 2, zones: [eu/b], reads: " + reads + "}\n"));
    EXPECT_EQ(trial.outcome("writers", "workload", Outcome::ok), 1U);
    const WindowRecord& db = trial.at("db", "station");
    return std::pair(db.hits, db.misses);  // from replicas, from the primary
  };
  EXPECT_EQ(split("replica"), std::pair(std::uint64_t{9}, std::uint64_t{0}));
  EXPECT_EQ(split("any"), std::pair(std::uint64_t{6}, std::uint64_t{3}));
  EXPECT_EQ(split("primary"), std::pair(std::uint64_t{0}, std::uint64_t{9}));
}

TEST(Replication, LagIsTheWayTheDelayAndTheReplay) {
  const OneTrial trial(
      reads_and_writes("      replicas: {count: 2, zones: [eu/b], lag: 20ms, replay: 40ms}\n"));
  const WindowRecord& lag = trial.at("db/replicas", "replica");
  EXPECT_EQ(lag.arrivals, 2U);  // one write on two replicas
  EXPECT_EQ(lag.response.max(), Duration::milliseconds(65));
  EXPECT_EQ(lag.sojourn, static_cast<sim::UInt128>(2 * Duration::milliseconds(65).ns()));
  EXPECT_EQ(lag.in_system, lag.sojourn);
}

TEST(Replication, OneProcessAppliesWritesInTurn) {
  const OneTrial trial(reads_and_writes("      replicas: {zones: [eu/b], replay: 40ms}\n", "", 3));
  // 5 ms on the way, then 40, 80 and 120 ms.
  const WindowRecord& lag = trial.at("db/replicas", "replica");
  EXPECT_EQ(lag.sojourn, static_cast<sim::UInt128>(Duration::milliseconds(255).ns()));
  EXPECT_EQ(lag.response.max(), Duration::milliseconds(125));
}

TEST(Replication, CountsReadsThatMissAWriteOlderThanTheLimit) {
  const auto outdated = [](const std::string& rest) {
    const OneTrial trial(
        reads_and_writes("      replicas: {zones: [eu/b], lag: 2s" + rest + "}\n"));
    return trial.at("db", "station").outdated;
  };
  EXPECT_EQ(outdated(""), 2U);               // at 3 and 4 s: the write arrives at 4.505 s
  EXPECT_EQ(outdated(", max_lag: 1s"), 1U);  // at 4 s it is 1.5 s old
  EXPECT_EQ(outdated(", reads: primary"), 0U);
}

TEST(Replication, CommitsWaitForWhatTheyAreTold) {
  EXPECT_EQ(commit_time("off", 1), Duration::zero());
  EXPECT_EQ(commit_time("local", 1), Duration::milliseconds(3));
  EXPECT_EQ(commit_time("on", 0), Duration::milliseconds(3));
  EXPECT_EQ(commit_time("remote_write", 1), Duration::milliseconds(3 + 5 + 20 + 5));
  EXPECT_EQ(commit_time("on", 1), Duration::milliseconds(3 + 5 + 20 + 3 + 5));
  EXPECT_EQ(commit_time("remote_apply", 2), Duration::milliseconds(3 + 5 + 20 + 40 + 5));
}

TEST(Replication, AppliedCommitsLeaveNothingOutOfDate) {
  const OneTrial trial(
      reads_and_writes("      commit: remote_apply\n"
                       "      replicas: {zones: [eu/b], lag: 2s, synchronous: 1}\n"));
  EXPECT_EQ(trial.at("db", "station").outdated, 0U);
  EXPECT_EQ(trial.at("db/replicas", "replica").response.max(), Duration::zero());
}

TEST(Replication, WithoutFlushedLogTheReplicasGetItLater) {
  // What is written at 2.5 s is durable at 2.6 s, a multiple of 200 ms.
  const OneTrial trial(
      reads_and_writes("      flush: 3ms\n      commit: off\n      replicas: {zones: [eu/b]}\n"));
  EXPECT_EQ(trial.at("db/replicas", "replica").response.max(), Duration::milliseconds(105));
}

TEST(Replication, CommitsWaitForAReplicaThatIsGone) {
  // The replica is down from 2 s to 6 s: it confirms 5 + 5 ms after its return.
  const OneTrial trial(reads_and_writes(
      "      replicas: {zones: [eu/b], synchronous: 1, reads: primary}\n",
      "faults: [{at: 2s, for: 4s, fault: instance.kill, target: {name: db, instance: 1}}]\n"));
  EXPECT_EQ(trial.at("db/write", "endpoint").response.max(), Duration::milliseconds(3510));
  EXPECT_EQ(trial.at("db/replicas", "replica").response.max(), Duration::zero());
}

TEST(Replication, OneOfTwoReplicasIsEnough) {
  const OneTrial trial(reads_and_writes(
      "      replicas: {count: 2, zones: [eu/b], synchronous: 1, reads: primary}\n",
      "faults: [{at: 2s, for: 4s, fault: instance.kill, target: {name: db, instance: 1}}]\n"));
  EXPECT_EQ(trial.at("db/write", "endpoint").response.max(), Duration::milliseconds(10));
  // The other one catches up at 6 s: visible at 2.51 s, applied at 6.005 s.
  EXPECT_EQ(trial.at("db/replicas", "replica").response.max(), Duration::milliseconds(3495));
}

TEST(Replication, LostMessagesHoldUpWhatFollows) {
  // Cut off from 2 s to 4 s. Repeated at 2.7, 3.1, 3.9 and 5.5 s: pauses of 0.2, 0.4, 0.8, 1.6 s.
  const OneTrial trial(reads_and_writes(
      "      replicas: {zones: [eu/b], reads: primary}\n",
      "faults: [{at: 2s, for: 2s, fault: network.partition, target: {from: eu/a, to: eu/b}}]\n"));
  EXPECT_EQ(trial.at("db/replicas", "replica").response.max(), Duration::milliseconds(3005));
}

TEST(Replication, QueriesThatDieWithThePrimaryAreForgotten) {
  // It waits for a replica that is gone, and goes with its primary at 5 s. The write itself is in
  // the log, and nobody ever sees it.
  const OneTrial trial(reads_and_writes(
      "      replicas: {zones: [eu/b], synchronous: 1, reads: primary}\n",
      "faults:\n"
      "  - {at: 2s, for: 4s, fault: instance.kill, target: {name: db, instance: 1}}\n"
      "  - {at: 5s, for: 2s, fault: instance.kill, target: {name: db, instance: 0}}\n"));
  EXPECT_EQ(trial.outcome("writers", "workload", Outcome::error), 1U);
  EXPECT_EQ(trial.at("db/replicas", "replica").arrivals, 0U);
}

TEST(DatabaseFigures, TheBusiestInstanceDecides) {
  const Scenario scenario = scenario_of(R"(
experiment: {horizon: 10s}
system:
  services: {shop: {endpoints: {read: [{query: db/read}], write: [{query: db/write}]}}}
  databases:
    db:
      pool: {size: 10}
      flush: 5ms
      replicas: {count: 2, replay: 2ms}
      queries: {read: {time: 20ms}, write: {time: 15ms, access: write}}
workload:
  readers: {arrivals: {poisson: 600rps}, to: shop/read}
  writers: {arrivals: {poisson: 400rps}, to: shop/write}
)");
  const Traffic traffic(scenario);
  const ServiceLoad load = traffic.load(service_of(scenario, "db"), Level::mean);
  EXPECT_DOUBLE_EQ(load.busy_slots, 600 * .020 + 400 * .020);
  EXPECT_NEAR(load.utilization(), 20.0 / 30, 1e-12);
  EXPECT_NEAR(load.saturation(), 8.0 / 10, 1e-12);  // the primary; a replica has 6 of 10
  EXPECT_NEAR(replay_load(traffic, 0, Level::mean), .8, 1e-12);
}

TEST(DatabaseFigures, CommitsAsInTheSimulation) {
  for (const auto* commit : {"off", "local", "remote_write", "on", "remote_apply"}) {
    const Scenario scenario = scenario_of(reads_and_writes(
        "      flush: 3ms\n      commit: " + std::string(commit) +
        "\n      replicas: {count: 2, zones: [eu/b, eu/c], lag: 20ms, replay: 40ms, synchronous: "
        "2}\n"));
    EXPECT_NEAR(mean_commit(scenario.blueprint, 0), commit_time(commit, 2).to_seconds(), 1e-12)
        << commit;
  }
}

}  // namespace
}  // namespace rehearse::models
