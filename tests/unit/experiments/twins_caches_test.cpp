#include <gmock/gmock.h>

#include <cmath>

#include "tests/unit/experiments/twins_of.hpp"

/// Closed forms of caches.

namespace rehearse::experiments {
namespace twins_test {

std::string cached(const std::string& cache, const std::string& arrivals = "poisson: 20rps",
                   const std::string& lookup = "{cache: {get: c}}") {
  return R"(
system:
  services: {front: {endpoints: {e: [)" +
         lookup + R"(]}}}
  databases: {db: {pool: {size: 9}, queries: {q: 1ms}}}
  caches: {c: {)" +
         cache + R"(}}
workload: {w: {to: front/e, arrivals: {)" +
         arrivals + "}}}";
}

TEST(Twins, OfCachesByChe) {
  const Twins lru(cached("entries: 1000, keys: {zipf: {n: 10k, alpha: 1.0}}"));
  EXPECT_EQ(lru.model("c"), "Che, LRU");
  EXPECT_NEAR(lru.value("c", "hit_ratio"), .675602, 1e-6);
  const Twins fifo(cached("entries: 1000, eviction: fifo, keys: {zipf: {n: 10k, alpha: 1.0}}"));
  EXPECT_EQ(fifo.model("c"), "Che, FIFO");
  EXPECT_NEAR(fifo.value("c", "hit_ratio"), .630906, 1e-6);
  const Twins random(cached("entries: 1000, eviction: random, keys: {zipf: {n: 10k, alpha: 1.0}}"));
  EXPECT_EQ(random.model("c"), "Che, random");
  EXPECT_NEAR(random.value("c", "hit_ratio"), .630906, 1e-6);
  // Of counts there are bounds, no equations.
  for (const char* eviction : {"lfu", "tinylfu"})
    EXPECT_EQ(Twins(cached("entries: 1000, keys: {zipf: {n: 10k, alpha: 1.0}}, eviction: " +
                           std::string(eviction)))
                  .value("c", "hit_ratio"),
              kAbsent);
  // Equal values fill as many places as fit; unequal ones have no places.
  EXPECT_NEAR(Twins(cached("memory: 2000Ki, value: 2Ki, keys: {zipf: {n: 10k, alpha: 1.0}}"))
                  .value("c", "hit_ratio"),
              .675602, 1e-6);
  EXPECT_EQ(Twins(cached("memory: 2000Ki, value: {exponential: 2Ki}, keys: {zipf: {n: 10k}}"))
                .value("c", "hit_ratio"),
            kAbsent);
  // When look-ups come makes no difference to which keys they ask for.
  EXPECT_NEAR(Twins(cached("entries: 1000, keys: {zipf: {n: 10k, alpha: 1.0}}", "constant: 20rps"))
                  .value("c", "hit_ratio"),
              .675602, 1e-6);
  // While a value is fetched, the next look-up of it misses as well.
  EXPECT_EQ(Twins(cached("entries: 1000, keys: {zipf: {n: 10k}}", "poisson: 20rps",
                         "{cache: {get: c, on_miss: [{query: db/q}]}}"))
                .value("c", "hit_ratio"),
            kAbsent);
  EXPECT_EQ(Twins(cached("entries: 10k, keys: {zipf: {n: 10k}}")).value("c", "hit_ratio"), kAbsent);
}

TEST(Twins, OfCachesByAge) {
  const Twins twins(cached("entries: 10, keys: {uniform: 10}, ttl: 5s"));
  EXPECT_EQ(twins.model("c"), "TTL");
  EXPECT_NEAR(twins.value("c", "hit_ratio"), 10.0 / 11, 1e-9);
  EXPECT_NEAR(Twins(cached("entries: 10, keys: {uniform: 10}, ttl: 500ms, expiry: sliding"))
                  .value("c", "hit_ratio"),
              1 - std::exp(-1.0), 1e-9);
  // Evenly spaced look-ups are no Poisson process.
  EXPECT_EQ(Twins(cached("entries: 10, keys: {uniform: 10}, ttl: 5s", "constant: 20rps"))
                .value("c", "hit_ratio"),
            kAbsent);
  // Both limits bind.
  EXPECT_EQ(Twins(cached("entries: 9, keys: {uniform: 10}, ttl: 5s")).value("c", "hit_ratio"),
            kAbsent);
  // Of 10,000 keys about 91 are fresh at a time: a thousand entries are as good as no limit.
  EXPECT_NEAR(Twins(cached("entries: 1000, keys: {uniform: 10k}, ttl: 5s")).value("c", "hit_ratio"),
              0.01 / 1.01, 1e-9);
  // Asked twice by one request, in the same instant.
  EXPECT_EQ(Twins(cached("entries: 10, keys: {uniform: 10}, ttl: 5s", "poisson: 20rps",
                         "{cache: {get: c}}, {cache: {get: c}}"))
                .value("c", "hit_ratio"),
            kAbsent);
}

TEST(Twins, OfCachesWhoseHitRatioIsGiven) {
  const Twins twins(
      cached("hit_ratio: 85%", "poisson: 20rps", "{cache: {get: c, on_miss: [{query: db/q}]}}"));
  EXPECT_EQ(twins.model("c"), "as given");
  EXPECT_EQ(twins.value("c", "hit_ratio"), 0.85);
  // Misses are a random part of the look-ups, whatever else goes on.
  EXPECT_NEAR(twins.value("db", "throughput"), 3, 1e-12);
}

TEST(Twins, OfACacheThatIsAStationAsWell) {
  const Twins twins(cached(
      "entries: 1000, keys: {zipf: {n: 10k, alpha: 1.0}}, servers: 1, latency: {exponential: 1ms}",
      "poisson: 800rps"));
  EXPECT_NEAR(twins.value("c", "hit_ratio"), .675602, 1e-6);
  EXPECT_NEAR(twins.value("c", "mean_response"), 0.005, 1e-12);
  EXPECT_NEAR(twins.value("c", "utilization"), 0.8, 1e-12);
}

}  // namespace twins_test
}  // namespace rehearse::experiments
