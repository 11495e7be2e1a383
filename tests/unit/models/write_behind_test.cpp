#include "models/write_behind.hpp"

#include "models/traffic.hpp"
#include "tests/unit/models/one_trial.hpp"

namespace rehearse::models {
namespace {

// Writes at 1, 2, 3 ... 9 s; the origin takes 100 ms for a batch.
std::string writes(const std::string& behind, const std::string& steps = "{query: db/w}",
                   const std::string& faults = "") {
  return "experiment: {horizon: 9500ms, drain: true}\nsystem:\n  services: {shop: {endpoints: "
         "{save: "
         "[{cache: {set: c, on_write: [" +
         steps + "]}}]}}}\n  caches: {c: {keys: {uniform: 100}, entries: 100, write_behind: {" +
         behind +
         "}}}\n  databases: {db: {pool: {size: 5}, queries: {w: 100ms, bad: {time: 100ms, fail: "
         "100%}}}}\nworkload: {clients: {arrivals: {constant: 1rps}, to: shop/save}}\n" +
         faults;
}

TEST(WriteBehind, AcknowledgesAtOnceAndWritesLater) {
  // 1, 2, 3 s become a batch at 3.5 s; so do 4, 5, 6 s, and 7, 8, 9 s.
  const OneTrial trial(writes("delay: 2500ms"));
  EXPECT_EQ(trial.at("clients", "workload").response.max(), Duration::zero());
  EXPECT_EQ(trial.at("db/w", "endpoint").arrivals, 2U);  // the third comes after the end
  EXPECT_EQ(trial.at("c", "store").deferred, 9U);
  EXPECT_EQ(trial.at("c", "store").lost, 0U);
}

TEST(WriteBehind, FullBatchesDoNotWait) {
  const OneTrial trial(writes("delay: 1h, batch: 2"));
  EXPECT_EQ(trial.at("db/w", "endpoint").arrivals, 4U);  // at 2, 4, 6 and 8 s
}

TEST(WriteBehind, WhatAnInstanceKeepsIsLostWithIt) {
  // At 5.2 s the writes of 4 and 5 s are lost; the requests of 6 s and later meet nobody.
  const OneTrial trial(writes("delay: 2500ms", "{query: db/w}",
                              "faults: [{at: 5200ms, fault: instance.kill, target: shop}]\n"));
  EXPECT_EQ(trial.at("c", "store").deferred, 5U);
  EXPECT_EQ(trial.at("c", "store").lost, 2U);
}

TEST(WriteBehind, ABatchUnderWayIsLostWithItsInstance) {
  const OneTrial trial(writes("delay: 2500ms", "{query: db/w}",
                              "faults: [{at: 3550ms, fault: instance.kill, target: shop}]\n"));
  EXPECT_EQ(trial.at("c", "store").deferred, 3U);
  EXPECT_EQ(trial.at("c", "store").lost, 3U);
}

TEST(WriteBehind, BatchesThatFailAreLost) {
  const OneTrial trial(writes("delay: 2500ms", "{query: db/bad}"));
  EXPECT_EQ(trial.at("c", "store").lost, 6U);
}

TEST(WriteBehind, TrafficEquationsCountBatches) {
  const Scenario scenario = scenario_of(writes("delay: 3s"));
  const Traffic traffic(scenario);
  EXPECT_NEAR(traffic.endpoint_rate(endpoint_of(scenario, "db/w"), Level::mean), 1.0 / 4, 1e-9);
  EXPECT_EQ(traffic.endpoint(endpoint_of(scenario, "shop/save")).duration, 0);
}

}  // namespace
}  // namespace rehearse::models
