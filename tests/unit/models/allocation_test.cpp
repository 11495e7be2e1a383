/// No allocation per request: what a trial allocates after its first seconds does not depend on how
/// many requests go through it.

#include "tests/unit/counted_new.hpp"
#include "tests/unit/models/one_trial.hpp"

namespace rehearse::models {
namespace {

TEST(Allocation, DoesNotHappenPerRequest) {
  const Scenario scenario = scenario_of(R"(
experiment: {horizon: 100s}
system:
  services:
    web:
      instances: 4
      servers: 16
      body_limit: 1MB
      sidecar: {latency: 0.1ms}
      rate_limits:
        - {fixed_window: {limit: 100k, window: 10s}}
        - {sliding_log: {limit: 1000, window: 2s}, per: endpoint}
        - {leaky_bucket: {rate: 5000rps, queue: 10}, per: service}
      queue: {limit: 100}
      balancer: least_requests
      endpoints:
        page:
          - filter: {block: {users: 1%}}
          - wait: {exponential: 5ms}
          - parallel:
              - call: {to: app, timeout: 200ms, retry: {attempts: 3, backoff: {exponential: 1ms}}}
              - {cache: {get: c, on_miss: [{query: {to: db/q, timeout: 100ms}}]}}
    app:
      instances: 4
      cpu: {limit: 2}
      concurrency: 50
      balancer: {choices: 2}
      service_time: {exponential: 2ms}
  caches: {c: {entries: 100, keys: {zipf: {n: 1000, alpha: 1}}, latency: 0.2ms, ttl: 5s}}
  databases: {db: {pool: {size: 10, wait: 50ms}, queries: {q: {exponential: 3ms}}}}
  dns: {shop: {to: web, ttl: 1s, lookup: 1ms}}
workload:
  users:
    arrivals: {poisson: 1000rps}
    clients: {count: 500, skew: 0.9}
    body: {exponential: 10KB}
    to: shop/page
    timeout: 1s
)");
  World world(scenario.blueprint, {1, 0},
              {Instant::start(), Instant::start() + Duration::seconds(50),
               Instant::start() + Duration::seconds(100)},
              false);
  ASSERT_TRUE(world.advance());
  const std::uint64_t before = tests::allocations;
  world.advance();
  const std::uint64_t during = tests::allocations - before;
  const TrialRecord record = world.take_record();
  ASSERT_GT(record.requests, 90'000U);
  // Storing the window and rare growth (a new power of two in a histogram, a longer queue than ever
  // before) remain: some dozens, for 50,000 requests.
  EXPECT_LT(during, 400U);
}

}  // namespace
}  // namespace rehearse::models
