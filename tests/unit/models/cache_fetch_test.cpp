/// Fetches that are shared, refreshed in the background, or made ahead of time.

#include "tests/unit/models/one_trial.hpp"

namespace rehearse::models {
namespace {

// `users` ask for the same key at t = 0; fetching it takes 100 ms.
std::string stampede(const std::string& cache, const std::string& on_miss, int users = 5,
                     int instances = 1) {
  return R"(
experiment: {horizon: 60s, drain: true}
system:
  services:
    shop:
      instances: )" +
         std::to_string(instances) + R"(
      endpoints: {x: [{cache: {get: c, on_miss: [)" +
         on_miss + R"(]}}]}
    origin: {service_time: 100ms}
    broken: {endpoints: {x: [{wait: 100ms}, {fail: 100%}]}}
  caches: {c: {keys: {uniform: 1}, entries: 9, )" +
         cache + R"(}}
workload: {client: {users: )" +
         std::to_string(users) + ", requests: " + std::to_string(users) + R"(, to: shop/x}}
)";
}

TEST(CacheFetch, StampedesWithoutProtection) {
  const OneTrial trial(stampede("coalesce: none", "{call: origin}"));
  EXPECT_EQ(trial.at("origin", "endpoint").arrivals, 5U);
}

TEST(CacheFetch, SingleFlightSharesOneFetch) {
  const OneTrial trial(stampede("coalesce: single_flight", "{call: origin}, {wait: 1ms}"));
  EXPECT_EQ(trial.at("origin", "endpoint").arrivals, 1U);
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::ok), 5U);
  EXPECT_EQ(trial.at("client", "workload").response.max(), Duration::milliseconds(101));
  EXPECT_EQ(trial.at("c", "store").misses, 5U);
  EXPECT_EQ(trial.at("c", "store").coalesced, 4U);
}

TEST(CacheFetch, SingleFlightIsOfOneInstanceALockOfAll) {
  const OneTrial flight(stampede("coalesce: single_flight", "{call: origin}", 6, 3));
  EXPECT_EQ(flight.at("origin", "endpoint").arrivals, 3U);
  const OneTrial lock(stampede("coalesce: lock", "{call: origin}", 6, 3));
  EXPECT_EQ(lock.at("origin", "endpoint").arrivals, 1U);
  EXPECT_EQ(lock.at("client", "workload").response.max(), Duration::milliseconds(100));
}

TEST(CacheFetch, SingleFlightSharesAFailure) {
  const OneTrial trial(stampede("coalesce: single_flight", "{call: broken}"));
  EXPECT_EQ(trial.at("broken/x", "endpoint").arrivals, 1U);
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::error), 5U);
  EXPECT_EQ(trial.record().subjects.front().in_system_at_end, 0);
}

TEST(CacheFetch, ALockPassesOnAfterAFailure) {
  const OneTrial trial(stampede("coalesce: lock", "{call: broken}", 3));
  EXPECT_EQ(trial.at("broken/x", "endpoint").arrivals, 3U);  // one after the other
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::error), 3U);
}

TEST(CacheFetch, WhoHasWaitedForLongFetchesAsWell) {
  const OneTrial trial(stampede("coalesce: lock, coalesce_timeout: 30ms", "{call: origin}", 3));
  EXPECT_EQ(trial.at("origin", "endpoint").arrivals, 3U);
  // Those who came at 30 ms would be done at 130 ms; they are.
  EXPECT_EQ(trial.at("client", "workload").response.max(), Duration::milliseconds(130));
}

TEST(CacheFetch, RefreshesInTheBackground) {
  const OneTrial trial(R"(
experiment: {horizon: 12.5s}
system:
  services:
    shop: {endpoints: {x: [{cache: {get: c, on_miss: [{call: origin}]}}, {wait: 1ms}]}}
    origin: {service_time: 1500ms}
  caches: {c: {keys: {uniform: 1}, entries: 9, ttl: 10s, refresh_after: 3s}}
workload: {client: {arrivals: {constant: 1rps}, to: shop}}
)");
  // The misses at 1 s and 2 s fill at 2.5 s and 3.5 s. Fresh until 6.5 s; at 7 s stale, and the
  // fetch in the background ends at 8.5 s: at 8 s stale again, without another fetch. Then at 12 s.
  const WindowRecord& c = trial.at("c", "store");
  EXPECT_EQ(c.misses, 2U);
  EXPECT_EQ(c.hits, 10U);
  EXPECT_EQ(c.stale, 3U);
  EXPECT_EQ(trial.at("origin", "endpoint").arrivals, 4U);
  // A stale hit is answered at once.
  EXPECT_EQ(trial.at("client", "workload").outcomes[0], 12U);
}

TEST(CacheFetch, TriesARefreshThatFailedAgain) {
  const OneTrial trial(R"(
experiment: {horizon: 20.5s}
system:
  services:
    shop: {endpoints: {x: [{cache: {get: c, on_miss: [{call: origin}]}}]}}
    origin: {endpoints: {x: [{wait: 100ms}, {fail: 50%}]}}
  caches: {c: {keys: {uniform: 1}, entries: 9, refresh_after: 1500ms}}
workload: {client: {arrivals: {constant: 1rps}, to: shop}}
)");
  const WindowRecord& c = trial.at("c", "store");
  // Every stale look-up begins a refresh, as no other is under way by then.
  EXPECT_EQ(trial.at("origin/x", "endpoint").arrivals, c.stale + c.misses);
  EXPECT_GT(c.stale, 6U);
}

TEST(CacheFetch, ExpiresEarlyWhatIsDear) {
  const auto misses = [](const char* early) {
    const OneTrial trial(std::string(R"(
experiment: {horizon: 1000s}
system:
  services: {shop: {endpoints: {x: [{cache: {get: c, on_miss: [{wait: 500ms}]}}]}}}
  caches: {c: {keys: {uniform: 1}, entries: 9, ttl: 10s)") +
                         early + R"(}}
workload: {client: {arrivals: {poisson: 100rps}, to: shop}}
)");
    return trial.at("c", "store").misses;
  };
  // Without, all that come within 0.5 s of the end miss: 50 in each of the 95 cycles. With beta = 4
  // nearly always a single one fetches well before the end.
  const std::uint64_t plain = misses("");
  EXPECT_NEAR(static_cast<double>(plain), 95 * 51, 500);
  EXPECT_LT(misses(", early_expiry: 4"), plain / 2);
}

}  // namespace
}  // namespace rehearse::models
