/// Writes to cached keys, and hits on what they have left behind.

#include "tests/unit/models/one_trial.hpp"

namespace rehearse::models {
namespace {

// Reads at 1, 2, 3 ... s; one write, which is drawn at 2.5 s and is done at once.
std::string reads_and_a_write(const std::string& write, const std::string& cache,
                              const std::string& on_miss = "") {
  return R"(
experiment: {horizon: 10.5s}
system:
  services:
    shop:
      endpoints:
        read: [{cache: {get: c, on_miss: [)" +
         on_miss + R"(]}}]
        write: [{wait: 2.5s}, )" +
         write + R"(]
  caches: {c: {keys: {uniform: 1}, )" +
         cache + R"(}}
workload:
  readers: {arrivals: {constant: 1rps}, to: shop/read}
  writer: {users: 1, requests: 1, to: shop/write}
)";
}

TEST(CacheWrite, ChangesLeaveEntriesOutOfDateUntilTheyExpire) {
  const OneTrial trial(reads_and_a_write("{cache: {change: c}}", "entries: 9, ttl: 4500ms"));
  const WindowRecord& c = trial.at("c", "store");
  EXPECT_EQ(c.misses, 2U);    // at 1 and 6 s
  EXPECT_EQ(c.outdated, 3U);  // at 3, 4, 5 s
}

TEST(CacheWrite, InvalidationMakesTheNextReadMiss) {
  const OneTrial trial(reads_and_a_write("{cache: {invalidate: c}}", "entries: 9"));
  EXPECT_EQ(trial.at("c", "store").misses, 2U);  // at 1 and 3 s
  EXPECT_EQ(trial.at("c", "store").outdated, 0U);
}

TEST(CacheWrite, SetStoresTheNewValue) {
  const OneTrial trial(reads_and_a_write("{cache: {set: c}}", "entries: 9, ttl: 2200ms"));
  // The entry of 1 s would end at 3.2 s; that of the write, of 2.5 s, lives until 4.7 s.
  EXPECT_EQ(trial.at("c", "store").misses, 3U);  // at 1, 5 and 8 s
  EXPECT_EQ(trial.at("c", "store").outdated, 0U);
}

TEST(CacheWrite, WhatWasReadBeforeTheWriteIsOutOfDateHoweverLateItArrives) {
  // The miss at 1 s reads, takes 1.9 s, and stores at 2.9 s what was true before the write.
  const OneTrial trial(reads_and_a_write("{cache: {invalidate: c}}", "entries: 9, coalesce: lock",
                                         "{wait: 1900ms}"));
  const WindowRecord& c = trial.at("c", "store");
  EXPECT_EQ(c.misses, 2U);  // at 1 and 2 s; the second waits for the first
  EXPECT_EQ(c.coalesced, 1U);
  EXPECT_EQ(c.outdated, 8U);  // from 3 s on, for ever
}

TEST(CacheWrite, OtherInstancesKeepWhatTheyHave) {
  const OneTrial trial(R"(
experiment: {horizon: 8.5s}
system:
  services:
    shop:
      instances: 2
      endpoints: {read: [{cache: {get: c}}]}
    back: {endpoints: {write: [{wait: 2.5s}, {cache: {invalidate: c}}]}}
  caches:
    c:
      keys: {uniform: 1}
      layers: [{in_process: {entries: 9, ttl: 4500ms}}, {shared: {entries: 9}}]
workload:
  readers: {arrivals: {constant: 1rps}, to: shop/read}
  writer: {users: 1, requests: 1, to: back/write}
)");
  // Instances in turn: filled at 1 and 2 s. The write empties the shared layer; the two keep theirs
  // until 5.5 and 6.5 s, and are asked at 3 to 5 s and 6 s.
  EXPECT_EQ(trial.at("c/in_process", "store").outdated, 4U);
  EXPECT_EQ(trial.at("c", "store").outdated, 4U);
  EXPECT_EQ(trial.at("c/shared", "store").misses, 2U);  // at 1 s and 7 s
}

TEST(CacheWrite, WaitsForTheStation) {
  const OneTrial trial(R"(
experiment: {horizon: 60s, drain: true}
system:
  services:
    shop: {endpoints: {x: [{cache: {set: c, on_write: [{query: db/put}]}}, {cache: {get: c}}]}}
  caches: {c: {keys: {uniform: 1}, entries: 9, latency: 3ms}}
  databases: {db: {pool: {size: 1}, queries: {put: 20ms}}}
workload: {client: {users: 1, requests: 1, to: shop/x}}
)");
  EXPECT_EQ(trial.at("client", "workload").response.max(), Duration::milliseconds(26));
  EXPECT_EQ(trial.at("c", "store").hits, 1U);
}

}  // namespace
}  // namespace rehearse::models
