/// Caches that hold sessions of users.

#include "models/cache_store.hpp"
#include "models/traffic.hpp"
#include "tests/unit/models/one_trial.hpp"

namespace rehearse::models {
namespace {

TEST(StoredSessions, TheOldestOfAUserMakesRoom) {
  CacheSpec spec;
  spec.keys = sim::Zipf(2, 0);
  spec.devices = 3;
  spec.per_user = 2;
  spec.eviction = Eviction::per_user;
  CacheStore store(spec);
  const Instant now = Instant::start();
  for (const std::uint32_t key : {0U, 1U, 3U}) store.put(now, key);
  EXPECT_TRUE(store.get(now, 0));  // a use changes nothing
  store.put(now, 2);
  EXPECT_FALSE(store.get(now, 0));
  EXPECT_TRUE(store.get(now, 1));
  EXPECT_TRUE(store.get(now, 2));
  EXPECT_TRUE(store.get(now, 3));  // of another user
  EXPECT_EQ(store.evictions(), 1U);
  store.put(now, 1);  // begins anew
  store.put(now, 0);
  EXPECT_TRUE(store.get(now, 1));
  EXPECT_FALSE(store.get(now, 2));
  EXPECT_EQ(store.size(), 3U);
}

// Requests of the only user at 1, 2, 3 ... s.
std::string requests(const std::string& sessions, const std::string& more) {
  return "experiment: {horizon: 10500ms}\nsystem:\n  services: {shop: {endpoints: {any: [{cache: "
         "{get: c, on_miss: [{wait: 10ms}]}}]}}}\n  caches: {c: {keys: {uniform: 1}, sessions: {" +
         sessions + "}, " + more +
         "}}\nworkload: {users: {arrivals: {constant: 1rps}, to: shop/any}}\n";
}

TEST(StoredSessions, OldOnesGetANewIdentity) {
  // Begun at 1.01 s, and due 2.5 s later: at 4 s, and again at 7 and 10 s.
  const OneTrial trial(requests("rotate: 2500ms", "ttl: 1h"));
  EXPECT_EQ(trial.at("c", "store").misses, 1U);
  EXPECT_EQ(trial.at("c", "store").stale, 3U);
  EXPECT_EQ(trial.at("users", "workload").response.max(), Duration::milliseconds(10));
}

TEST(StoredSessions, ANewIdentityIsANewLifeAndAWrite) {
  const OneTrial ends(requests("per_user: 5", "ttl: 4s"));
  EXPECT_EQ(ends.at("c", "store").misses, 2U);  // begun at 1.01 and at 6.01 s
  const OneTrial renewed(requests("rotate: 2500ms", "ttl: 4s, latency: 2ms"));
  EXPECT_EQ(renewed.at("c", "store").misses, 1U);
  EXPECT_EQ(renewed.at("c", "endpoint").arrivals, 10U + 3U);
}

TEST(StoredSessions, LookUpsAreSlowDuringACleanUp) {
  const OneTrial trial(
      requests("per_user: 5", "latency: 2ms, cleanup: {every: 1s, for: 1s, slowdown: 5}"));
  EXPECT_EQ(trial.at("c", "endpoint").response.max(), Duration::milliseconds(10));
}

TEST(StoredSessions, TrafficEquationsKnowTheShareThatIsLoggedIn) {
  const Scenario scenario = scenario_of(requests("devices: 8, per_user: 5", "coalesce: none"));
  EXPECT_DOUBLE_EQ(Traffic(scenario).hit_ratio(0), .625);
}

}  // namespace
}  // namespace rehearse::models
