/// Caches in shards, as in Redis Cluster.

#include "models/hash_slot.hpp"
#include "models/traffic.hpp"
#include "tests/unit/models/one_trial.hpp"

namespace rehearse::models {
namespace {

// Reads at 0.1, 0.2 ... s of the keys; a look-up takes 40 ms.
std::string reads(const std::string& keys, const std::string& cluster, const std::string& more = "",
                  const std::string& faults = "") {
  return "experiment: {horizon: 10050ms}\n"
         "system:\n  services:\n    shop: {endpoints: {read: [{cache: {get: c}}], write: [{wait: "
         "2s}, {cache: {set: c}}]}}\n  caches:\n    c: {entries: 1000, latency: 40ms, keys: {" +
         keys + "}, cluster: {" + cluster + "}" + more +
         "}\nworkload:\n  readers: {arrivals: {constant: 10rps}, to: shop/read}\n  writer: {users: "
         "1, requests: 1, to: shop/write}\n" +
         faults;
}

TEST(HashSlot, IsThatOfRedis) {
  EXPECT_EQ(crc16("123456789"), 0x31c3);  // of the specification
  EXPECT_EQ(crc16("foo") % kHashSlots, 12182U);
  EXPECT_EQ(hash_slot(123456789), 0x31c3U % kHashSlots);
  EXPECT_EQ(hash_slot(0), crc16("0") % kHashSlots);
}

TEST(HashSlot, DealsKeysOutEvenly) {
  std::array<int, 3> keys{};
  for (std::uint32_t key = 0; key < 30'000; ++key) ++keys[shard_of(key, 3)];
  for (const int count : keys) EXPECT_NEAR(count, 10'000, 400);
}

TEST(Cluster, AKeyAlwaysGoesToItsShard) {
  const OneTrial trial(reads("uniform: 1", "shards: 3"));
  const std::string own = "c/shard" + std::to_string(shard_of(0, 3) + 1);
  EXPECT_EQ(trial.at(own, "endpoint").arrivals, 101U);  // with the write
  EXPECT_EQ(trial.at("c", "store").hits, 99U);
  EXPECT_EQ(trial.at("c", "store").misses, 1U);
}

TEST(Cluster, LooksUpTheKeyThatChoseTheShard) {
  // As many keys as look-ups at most: the hit ratio is that of the same draws without a cluster.
  const OneTrial trial(reads("zipf: {n: 50, alpha: 1}", "shards: 3"));
  std::uint64_t asked = 0;
  for (const char* shard : {"c/shard1", "c/shard2", "c/shard3"})
    asked += trial.at(shard, "endpoint").arrivals;
  EXPECT_EQ(asked, 101U);
  EXPECT_GT(trial.at("c", "store").hits, 50U);
  EXPECT_EQ(trial.at("c", "store").hits + trial.at("c", "store").misses, 100U);
}

TEST(Cluster, OneShardDownIsItsShareOfMisses) {
  const OneTrial trial(reads("uniform: 1", "shards: 3", ", timeout: 1s",
                             "faults: [{at: 5050ms, fault: instance.kill, target: c/shard" +
                                 std::to_string(shard_of(0, 3) + 1) + "}]\n"));
  // What does not answer is no look-up of the store.
  EXPECT_EQ(trial.at("c", "store").hits + trial.at("c", "store").misses, 50U);
  EXPECT_EQ(trial.outcome("readers", "workload", Outcome::ok), 100U);
}

TEST(Cluster, ReplicasThatLagAnswerWithOldValues) {
  // The write of 2 s is set at 2.04 s and takes 500 ms to the replica, which reads ask.
  const std::string shard = "c/shard" + std::to_string(shard_of(0, 2) + 1);
  const OneTrial trial(reads("uniform: 1", "shards: 2, replicas: 1, reads: replica, lag: 500ms"));
  EXPECT_EQ(trial.at(shard, "station").hits, 100U);
  EXPECT_EQ(trial.at(shard, "station").outdated, 5U);  // at 2.1 ... 2.5 s
  EXPECT_EQ(trial.at(shard + "/replicas", "replica").response.max(), Duration::milliseconds(500));
}

TEST(Cluster, TrafficEquationsKnowTheHotShard) {
  const Scenario scenario = scenario_of(reads("zipf: {n: 3, alpha: 1}", "shards: 2"));
  const Traffic traffic(scenario);
  std::array<double, 2> share{};
  for (std::uint32_t key = 0; key < 3; ++key)
    share[shard_of(key, 2)] += scenario.blueprint.caches[0].keys.probability(key);
  for (std::uint32_t i = 0; i < 2; ++i) {
    const std::uint32_t s = service_of(scenario, "c/shard" + std::to_string(i + 1));
    EXPECT_NEAR(traffic.load(s, Level::mean, Loops::open).rate, 10 * share[i], 1e-9);
  }
}

}  // namespace
}  // namespace rehearse::models
