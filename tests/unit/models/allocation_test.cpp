/// No allocation per request: what a trial allocates after its first seconds does not depend on how
/// many requests go through it.

#include "tests/unit/counted_new.hpp"
#include "tests/unit/models/one_trial.hpp"

namespace rehearse::models {
namespace {

// Of the second half of 100 s with some 100,000 requests. Storing the window and rare growth (a new
// power of two in a histogram, a longer queue than ever before) remain: some dozens.
void expect_hardly_any(const std::string& text) {
  const Scenario scenario = scenario_of(text);
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
  EXPECT_LT(during, 400U);
}

TEST(Allocation, DoesNotHappenPerRequest) {
  expect_hardly_any(R"(
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
}

TEST(Allocation, DoesNotHappenPerMessage) {
  expect_hardly_any(R"(
experiment: {horizon: 100s}
system:
  regions: {eu: {zones: [a, b]}, us: {}, asia: {}}
  routes: shortest
  network:
    - {between: zones, latency: 1ms, bandwidth: 1Gbps}
    - {between: [eu, us], rtt: 80ms, loss: 0.1%, recovery: tcp}
    - {between: [us, asia], rtt: 90ms}
  services:
    web:
      zones: [eu]
      instances: 4
      balancer: {policy: consistent_hash, prefer: zone, weights: {eu/a: 2}}
      connections: {handshake: tls1.3, keep_alive: 10s}
      endpoints:
        page:
          - {call: far/x}
          - {call: near/x}
          - {call: app/x}
    near:
      instances: 4
      balancer: {policy: round_robin, prefer: zone, weights: {eu/a: 2}}
      connections: {max_idle: 5}
      endpoints: {x: {response: {exponential: 20KB}, steps: [{wait: 1ms}]}}
    app:
      zones: [eu]
      instances: 4
      balancer: {policy: least_latency, choices: 3}
      endpoints: {x: [{wait: {exponential: 5ms}}]}
    far: {zones: [asia], balancer: {choices: 2, weights: [1]}, endpoints: {x: [{wait: 1ms}]}}
workload:
  users: {from: eu, clients: 100, arrivals: {poisson: 1000rps}, to: web/page}
)");
}

}  // namespace
}  // namespace rehearse::models
