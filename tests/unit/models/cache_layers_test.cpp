/// Caches in several layers: who is asked, what is refilled, for how long.

#include "tests/unit/models/one_trial.hpp"

namespace rehearse::models {
namespace {

// One user asks every second for the one key there is. L1 lives 5 s when filled by the origin and 2
// s when filled by L2, which lives 8 s.
TEST(CacheLayers, RefillTheNearerOnes) {
  const OneTrial trial(R"(
experiment: {horizon: 11.5s}
system:
  services:
    shop: {endpoints: {x: [{cache: {get: c}}]}}
  caches:
    c:
      keys: {uniform: 1}
      ttl: 8s
      layers: [{in_process: {entries: 9, ttl: 5s, refill_ttl: 2s}}, {shared: {entries: 9}}]
workload: {client: {arrivals: {constant: 1rps}, to: shop}}
)");
  // Asked at 1 .. 11 s. The origin fills both at 1 s: L1 hits at 2 .. 5, misses at 6, where L2 has
  // the key and fills L1 until 8; hits at 7; at 8 L2 fills again until 10; hits at 9; at 10 L2,
  // too, has expired (at 9 s); the origin fills both; L1 hits at 11.
  EXPECT_EQ(trial.at("c/in_process", "store").hits, 7U);
  EXPECT_EQ(trial.at("c/in_process", "store").misses, 4U);
  EXPECT_EQ(trial.at("c/shared", "store").hits, 2U);
  EXPECT_EQ(trial.at("c/shared", "store").misses, 2U);
  EXPECT_EQ(trial.at("c", "store").hits, 9U);
  EXPECT_EQ(trial.at("c", "store").misses, 2U);
}

TEST(CacheLayers, InProcessAreOnePerInstance) {
  const OneTrial trial(R"(
experiment: {horizon: 100.5s}
system:
  services:
    shop: {instances: 4, endpoints: {x: [{cache: {get: c}}]}}
    other: {instances: 2, endpoints: {x: [{cache: {get: c}}]}}
  caches:
    c: {keys: {uniform: 1}, layers: [{in_process: {entries: 9}}, {shared: {entries: 9}}]}
workload:
  client: {arrivals: {constant: 1rps}, to: shop}
  guest: {arrivals: {constant: 1rps}, to: other}
)");
  // Each of the six instances misses once; the first of all misses in the shared layer as well.
  EXPECT_EQ(trial.at("c/in_process", "store").misses, 6U);
  EXPECT_EQ(trial.at("c/shared", "store").hits, 5U);
  EXPECT_EQ(trial.at("c/shared", "store").misses, 1U);
}

TEST(CacheLayers, PassOverOneThatDoesNotAnswer) {
  const OneTrial trial(R"(
experiment: {horizon: 60s, drain: true}
system:
  services:
    shop: {endpoints: {x: [{cache: {get: c, on_miss: [{wait: 10ms}]}}]}}
  caches:
    c:
      keys: {uniform: 1}
      layers: [{in_process: {entries: 9}}, {shared: {entries: 9, latency: 1s, timeout: 20ms}}]
workload: {client: {users: 1, requests: 2, to: shop}}
)");
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::ok), 2U);
  EXPECT_EQ(trial.at("client", "workload").response.max(), Duration::milliseconds(30));
  EXPECT_EQ(trial.at("c/shared", "store").misses, 0U);    // nobody learns what it has
  EXPECT_EQ(trial.at("c/in_process", "store").hits, 1U);  // the nearer one is filled all the same
}

TEST(CacheLayers, OfAGivenHitRatioLetTheOthersDraw) {
  const OneTrial trial(R"(
experiment: {horizon: 1000s}
system:
  services: {edge: {endpoints: {x: [{cache: {get: c}}]}}}
  caches:
    c:
      keys: {uniform: 100}
      layers: [{shared: {name: cdn, hit_ratio: 50%}}, {shared: {entries: 50}}]
workload: {client: {arrivals: {poisson: 100rps}, to: edge}}
)");
  const WindowRecord& shared = trial.at("c/shared", "store");
  EXPECT_EQ(trial.at("c/cdn", "store").misses, shared.hits + shared.misses);
  const auto all = static_cast<double>(shared.hits + shared.misses);
  EXPECT_NEAR(static_cast<double>(shared.hits) / all, 0.5, 5 * std::sqrt(0.25 / all));
}

}  // namespace
}  // namespace rehearse::models
