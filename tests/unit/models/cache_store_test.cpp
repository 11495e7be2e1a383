#include "models/cache_store.hpp"

#include <gtest/gtest.h>

#include "tests/unit/models/one_trial.hpp"

namespace rehearse::models {
namespace {

CacheSpec small_cache(Eviction eviction, std::uint64_t entries) {
  CacheSpec spec;
  spec.keys = sim::Zipf(100, 0);
  spec.entries = entries;
  spec.eviction = eviction;
  return spec;
}
Instant at(std::int64_t seconds) {
  return Instant::start() + Duration::seconds(seconds);
}
bool get_or_put(CacheStore& store, std::uint32_t key) {
  if (store.get(Instant::start(), key)) return true;
  store.put(Instant::start(), key);
  return false;
}

TEST(CacheStore, LfuKeepsWhatIsUsedMost) {
  const CacheSpec spec = small_cache(Eviction::lfu, 2);
  CacheStore store(spec);
  for (const std::uint32_t key : {1U, 1U, 1U, 2U, 2U, 3U}) get_or_put(store, key);
  EXPECT_TRUE(store.get(at(0), 1));
  EXPECT_FALSE(store.get(at(0), 2));  // used twice, against three times; 3 took its place
  EXPECT_TRUE(store.get(at(0), 3));
  // Counts are lost with the entry: 2 comes back as a newcomer, and 3 has two uses by now.
  get_or_put(store, 2);
  EXPECT_FALSE(store.get(at(0), 3));
  EXPECT_EQ(store.evictions(), 2U);
}

TEST(CacheStore, TinyLfuLetsNoScanThrough) {
  const CacheSpec spec = small_cache(Eviction::tinylfu, 10);
  CacheStore store(spec);
  for (int round = 0; round < 3; ++round)
    for (std::uint32_t key = 0; key < 10; ++key) get_or_put(store, key);
  for (std::uint32_t key = 20; key < 80; ++key) EXPECT_FALSE(get_or_put(store, key));
  int kept = 0;
  for (std::uint32_t key = 0; key < 10; ++key) kept += store.get(at(0), key) ? 1 : 0;
  EXPECT_EQ(kept, 9);  // the tenth place is the window, through which all newcomers pass
}

TEST(CacheStore, MakesAsMuchRoomAsAValueNeeds) {
  CacheSpec spec = small_cache(Eviction::lru, ~std::uint64_t{0});
  auto sizes = std::make_shared<std::vector<std::uint32_t>>(100, 10);
  (*sizes)[50] = 35;
  (*sizes)[60] = 101;
  spec.value.by_key = sizes;
  spec.bytes = 100;
  CacheStore store(spec);
  for (std::uint32_t key = 0; key < 10; ++key) store.put(at(0), key);
  EXPECT_EQ(store.bytes(), 100U);
  store.put(at(0), 50);  // 35 bytes: four of ten have to go
  EXPECT_EQ(store.evictions(), 4U);
  EXPECT_EQ(store.bytes(), 95U);
  EXPECT_FALSE(store.get(at(0), 3));
  EXPECT_TRUE(store.get(at(0), 4));
  store.put(at(0), 60);  // larger than the whole cache: not stored, and nobody has to go
  EXPECT_FALSE(store.get(at(0), 60));
  EXPECT_EQ(store.evictions(), 4U);
}

TEST(CacheStore, SweepsWhatHasExpired) {
  CacheSpec spec = small_cache(Eviction::fifo, 3);
  spec.ttl = Duration::seconds(10);
  CacheStore lazy(spec);
  CacheSpec sweeping = spec;
  sweeping.sweep = Duration::seconds(60);
  CacheStore swept(sweeping);
  for (CacheStore* store : {&lazy, &swept}) {
    store->put(at(1), 1);
    store->put(at(2), 2);
    store->put(at(55), 3);
    store->put(at(61), 4);
  }
  // The sweep at 60 s took 1 and 2, which nobody had looked up again; 3 lives until 65 s.
  EXPECT_EQ(swept.size(), 2U);
  EXPECT_EQ(swept.expirations(), 2U);
  EXPECT_EQ(swept.evictions(), 0U);
  EXPECT_EQ(lazy.size(), 3U);
  EXPECT_EQ(lazy.expirations(), 0U);
  EXPECT_EQ(lazy.evictions(), 1U);
  for (CacheStore* store : {&lazy, &swept}) {
    EXPECT_FALSE(store->get(at(62), 2));
    EXPECT_TRUE(store->get(at(62), 3));
    EXPECT_FALSE(store->get(at(65), 3));
  }
}

TEST(CacheStore, CountsWhatLeaves) {
  const OneTrial trial(R"(
experiment: {horizon: 100s}
system:
  services: {shop: {endpoints: {x: [{cache: {get: c}}]}}}
  caches: {c: {entries: 10, eviction: random, ttl: 50ms, keys: {uniform: 100}}}
workload: {client: {arrivals: {poisson: 100rps}, to: shop}}
)");
  const WindowRecord& c = trial.at("c", "store");
  EXPECT_GT(c.evictions, 1000U);
  EXPECT_GT(c.expirations, 10U);
  // Every miss is filled: what came in either left or is still there.
  EXPECT_LE(c.misses - c.evictions - c.expirations, 10U);
}

TEST(Cache, HitsAsOftenAsGiven) {
  const OneTrial trial(R"(
experiment: {horizon: 1000s}
system:
  services:
    edge: {endpoints: {x: [{cache: {get: cdn, on_miss: [{call: origin}]}}]}}
    origin: {service_time: 1ms}
  caches: {cdn: {hit_ratio: 85%}}
workload: {client: {arrivals: {poisson: 100rps}, to: edge}}
)");
  const WindowRecord& cdn = trial.at("cdn", "store");
  const auto all = static_cast<double>(cdn.hits + cdn.misses);
  EXPECT_NEAR(static_cast<double>(cdn.hits) / all, 0.85, 4 * std::sqrt(0.85 * 0.15 / all));
  EXPECT_EQ(trial.at("origin", "endpoint").arrivals, cdn.misses);
}

}  // namespace
}  // namespace rehearse::models
