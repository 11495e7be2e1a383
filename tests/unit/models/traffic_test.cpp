#include "models/traffic.hpp"

#include <cmath>
#include <limits>
#include <numeric>

#include "models/hit_ratio.hpp"
#include "models/trip_figures.hpp"
#include "sim/closed_form.hpp"
#include "tests/unit/models/scenario_text.hpp"

namespace rehearse::models {
namespace {

TEST(Traffic, LeavesOutWhatFiltersBlock) {
  const Scenario scenario = scenario_of(R"(
system:
  services:
    waf: {endpoints: {x: [{filter: {block: {bots: 90%, people: 1%}}}, {call: api}]}}
    api: {service_time: 1ms}
workload:
  bots: {arrivals: {poisson: 300rps}, to: waf/x}
  people: {arrivals: {poisson: 100rps}, to: waf/x}
)");
  const Traffic traffic(scenario);
  EXPECT_NEAR(traffic.endpoint_rate(endpoint_of(scenario, "api"), Level::mean), 30 + 99, 1e-9);
  const PlanFigures& waf = traffic.endpoint(endpoint_of(scenario, "waf/x"));
  EXPECT_NEAR(waf.refused, (270.0 + 1) / 400, 1e-12);
  EXPECT_EQ(waf.failure, 0);
}

double rate_of(const Traffic& traffic, const Scenario& scenario, const std::string& endpoint) {
  return traffic.endpoint_rate(endpoint_of(scenario, endpoint), Level::mean);
}

TEST(Traffic, OfOneStationIsItsArrivals) {
  const Scenario scenario = scenario_of(R"(
system: {services: {station: {servers: 10, service_time: {exponential: 100ms}}}}
workload: {clients: {arrivals: {poisson: 80rps}, mix: {station: 100%}}}
)");
  const Traffic traffic(scenario);
  const ServiceLoad load = traffic.load(0, Level::mean);
  EXPECT_DOUBLE_EQ(load.rate, 80);
  EXPECT_NEAR(load.busy_slots, 8, 1e-12);
  EXPECT_EQ(load.slots, 10);
  EXPECT_EQ(load.cores, 0);
  EXPECT_NEAR(load.utilization(), 0.8, 1e-12);
  EXPECT_NEAR(load.saturation(), 0.8, 1e-12);
  EXPECT_FALSE(traffic.closed(0));
  EXPECT_DOUBLE_EQ(traffic.workload_rate(0, Level::mean), 80);
  EXPECT_NEAR(traffic.request(0).duration, 0.1, 1e-15);
}

TEST(Traffic, SplitsByMixBranchesAndCopies) {
  // front/a: 30 % of its visits call back/x twice over (copies), 70 % call back/y once.
  const Scenario scenario = scenario_of(R"(
system:
  services:
    front:
      endpoints:
        a:
          - choose:
              - {share: 30%, steps: [{parallel: {steps: [{call: back/x}], copies: 2}}]}
              - {share: 70%, steps: [{call: back/y}]}
        b: [{call: back/y}, {call: back/y}]
    back:
      servers: 100
      endpoints:
        x: [{wait: 10ms}]
        y: [{wait: 20ms}]
workload:
  one: {arrivals: {poisson: 100rps}, mix: {front/a: 60%, front/b: 40%}}
  two: {arrivals: {constant: 5rps}, to: back/x}
)");
  const Traffic traffic(scenario);
  EXPECT_NEAR(rate_of(traffic, scenario, "front/a"), 60, 1e-9);
  EXPECT_NEAR(rate_of(traffic, scenario, "front/b"), 40, 1e-9);
  EXPECT_NEAR(rate_of(traffic, scenario, "back/x"), 60 * 0.3 * 2 + 5, 1e-9);
  EXPECT_NEAR(rate_of(traffic, scenario, "back/y"), 60 * 0.7 + 2 * 40, 1e-9);
  // 41/s of 10 ms and 122/s of 20 ms on 100 servers.
  const ServiceLoad back = traffic.load(service_of(scenario, "back"), Level::mean);
  EXPECT_NEAR(back.busy_slots, 0.41 + 2.44, 1e-9);
  EXPECT_NEAR(back.utilization(), 0.0285, 1e-9);
  // Parallel copies take as long as one of them; two calls in turn take twice as long.
  EXPECT_NEAR(traffic.endpoint(endpoint_of(scenario, "front/a")).duration, 0.3 * 0.01 + 0.7 * 0.02,
              1e-12);
  EXPECT_NEAR(traffic.endpoint(endpoint_of(scenario, "front/b")).duration, 0.04, 1e-12);
}

TEST(Traffic, FailuresThinWhatFollowsAndAreTriedAgain) {
  // A call of db fails in 20 % of attempts; up to 3 of them: 1 + 0.2 + 0.04 attempts, and 0.8 %
  // fail for good, so that 99.2 % go on to `after`.
  const Scenario scenario = scenario_of(R"(
system:
  services:
    front:
      endpoints:
        plain: [{call: db}, {call: after}]
        again: [{call: {to: db, retry: {attempts: 3, backoff: {constant: 1ms}}}}, {call: after}]
        brave: [{call: {to: db, on_failure: continue}}, {call: after}]
    db: {servers: 10, endpoints: {q: [{wait: 5ms}, {fail: 20%}]}}
    after: {servers: 10, service_time: 1ms}
workload:
  a: {arrivals: {poisson: 100rps}, to: front/plain}
  b: {arrivals: {poisson: 1000rps}, to: front/again}
  c: {arrivals: {poisson: 10rps}, to: front/brave}
)");
  const Traffic traffic(scenario);
  EXPECT_NEAR(rate_of(traffic, scenario, "db/q"), 100 + 1240 + 10, 1e-9);
  EXPECT_NEAR(rate_of(traffic, scenario, "after"), 80 + 992 + 10, 1e-9);
  EXPECT_NEAR(traffic.endpoint(endpoint_of(scenario, "front/plain")).failure, 0.2, 1e-12);
  EXPECT_NEAR(traffic.endpoint(endpoint_of(scenario, "front/again")).failure, 0.008, 1e-12);
  EXPECT_EQ(traffic.endpoint(endpoint_of(scenario, "front/brave")).failure, 0);
  // 1.24 attempts of 5 ms, then 1 ms for those that get through.
  EXPECT_NEAR(traffic.endpoint(endpoint_of(scenario, "front/again")).duration,
              1.24 * 0.005 + 0.992 * 0.001, 1e-12);
}

TEST(Traffic, AQuorumNeedsItsSlowestMember) {
  const Scenario scenario = scenario_of(R"(
system:
  services:
    front:
      endpoints:
        all: [{parallel: [{wait: 10ms}, {wait: 30ms}, {wait: 20ms}]}]
        two: [{parallel: {steps: [{wait: 10ms}, {wait: 30ms}, {wait: 20ms}], require: 2}}]
        lucky: [{parallel: {steps: [[{fail: 50%}], [{fail: 50%}], [{fail: 50%}]], require: 2}}]
workload: {c: {arrivals: {poisson: 1rps}, to: front/all}}
)");
  const Traffic traffic(scenario);
  EXPECT_NEAR(traffic.endpoint(endpoint_of(scenario, "front/all")).duration, 0.030, 1e-12);
  EXPECT_NEAR(traffic.endpoint(endpoint_of(scenario, "front/two")).duration, 0.020, 1e-12);
  // Two or three of three coins.
  EXPECT_NEAR(traffic.endpoint(endpoint_of(scenario, "front/lucky")).failure, 0.5, 1e-12);
}

TEST(Traffic, AllAttemptsMultiplyOverDepth) {
  const std::string text = R"(
system:
  services:
    a: {endpoints: {x: [{call: {to: b/x, timeout: 1s, retry: {attempts: 3}}}]}}
    b: {endpoints: {x: [{call: {to: c, timeout: 1s, retry: {attempts: 3}}}]}}
    c: {servers: 5, service_time: 10ms}
workload: {w: {arrivals: {poisson: 10rps}, to: a/x, timeout: 2s, retry: {attempts: 3}}}
)";
  const Scenario scenario = scenario_of(text);
  EXPECT_NEAR(rate_of(Traffic(scenario), scenario, "c"), 10, 1e-9);
  const Traffic worst(scenario, {.all_attempts = true});
  EXPECT_NEAR(rate_of(worst, scenario, "a/x"), 30, 1e-9);
  EXPECT_NEAR(rate_of(worst, scenario, "b/x"), 90, 1e-9);
  EXPECT_NEAR(rate_of(worst, scenario, "c"), 270, 1e-9);
}

TEST(Traffic, OfALongChainStaysExact) {
  // Three attempts at each of thirty levels: 3^30 calls of the last one.
  std::string text = "system:\n  services:\n";
  for (int i = 0; i < 30; ++i)
    text += "    s" + std::to_string(i) + ": {endpoints: {e: [{call: {to: s" +
            std::to_string(i + 1) + "/e, timeout: 1s, retry: {attempts: 3}}}]}}\n";
  const Scenario scenario = scenario_of(text +
                                        "    s30: {endpoints: {e: [{wait: 1ms}]}}\n"
                                        "workload: {w: {arrivals: {poisson: 1rps}, to: s0/e}}\n");
  const Traffic worst(scenario, {.all_attempts = true});
  EXPECT_DOUBLE_EQ(rate_of(worst, scenario, "s30/e"), std::pow(3.0, 30));
  EXPECT_DOUBLE_EQ(rate_of(Traffic(scenario), scenario, "s30/e"), 1);
}

TEST(Traffic, AttemptsThatCannotFailAreNotCounted) {
  // No timeout, no error, no full queue: there is nothing to try again.
  const Scenario scenario = scenario_of(R"(
system: {services: {c: {servers: 5, service_time: 10ms}}}
workload: {w: {arrivals: {poisson: 10rps}, to: c, retry: {attempts: 3}}}
)");
  EXPECT_NEAR(rate_of(Traffic(scenario, {.all_attempts = true}), scenario, "c"), 10, 1e-9);
}

TEST(Traffic, WritesThatCheckARowMayFail) {
  const auto most = [](const std::string& write) {
    const Scenario scenario = scenario_of(
        "system:\n  services: {s: {endpoints: {e: [{query: d/look}, {query: d/book}]}}}\n"
        "  databases:\n    d:\n      pool: {}\n      rows: {r: {uniform: 10}}\n      queries: "
        "{look: "
        "{time: 1ms, reads: r}, book: {time: 1ms, access: write, " +
        write +
        ": r}}\nworkload: {w: {to: s, arrivals: {poisson: 10rps}, retry: {attempts: 3}}}\n");
    return rate_of(Traffic(scenario, {.all_attempts = true}), scenario, "s/e");
  };
  EXPECT_NEAR(most("locks"), 10, 1e-9);
  EXPECT_NEAR(most("checks"), 30, 1e-9);
}

TEST(Traffic, CountsSharedCoresAndSlots) {
  // 50/s of 30 ms on two instances with one core: 1.5 of 2 cores. The wait holds a slot, no core.
  const Scenario scenario = scenario_of(R"(
system:
  services:
    s:
      instances: 2
      cpu: {limit: 1}
      concurrency: 8
      endpoints: {e: [{cpu: 30ms}, {wait: 50ms}]}
workload: {w: {arrivals: {poisson: 50rps}, to: s/e}}
)");
  const ServiceLoad load = Traffic(scenario).load(0, Level::mean);
  EXPECT_NEAR(load.busy_cores, 1.5, 1e-12);
  EXPECT_NEAR(load.cores, 2, 1e-12);
  EXPECT_NEAR(load.busy_slots, 4, 1e-12);
  EXPECT_NEAR(load.slots, 16, 1e-12);
  EXPECT_NEAR(load.utilization(), 0.75, 1e-12);
  EXPECT_NEAR(load.saturation(), 0.75, 1e-12);
}

TEST(Traffic, HalfACoreTakesTwiceAsLong) {
  const Scenario scenario = scenario_of(R"(
system: {services: {s: {cpu: {limit: 500m}, service_time: {exponential: 10ms}}}}
workload: {w: {arrivals: {poisson: 10rps}, to: s}}
)");
  const Traffic traffic(scenario);
  EXPECT_NEAR(traffic.endpoint(0).duration, 0.02, 1e-12);
  EXPECT_NEAR(traffic.load(0, Level::mean).utilization(), 0.2, 1e-12);
  // -log(1 %) times 20 ms.
  EXPECT_NEAR(unqueued_quantile(scenario.blueprint, traffic.endpoint(0), 0.01),
              -std::log(0.01) * 0.02, 1e-9);
}

TEST(Traffic, RatesFollowStages) {
  // 0 to 100/s in 10 s, held for 30 s, back to 0 in 10 s; the horizon ends with the last ramp.
  const std::string stages =
      "stages: [{ramp: 10s, to: 100rps}, {hold: 30s}, {ramp: 10s, to: 0rps}]";
  const Scenario whole = scenario_of(
      "experiment: {horizon: 50s}\n"
      "system: {services: {s: {service_time: 1ms}}}\n"
      "workload: {w: {to: s, arrivals: {" +
      stages + "}}}\n");
  EXPECT_NEAR(Traffic(whole).workload_rate(0, Level::mean), (500.0 + 3000 + 500) / 50, 1e-9);
  EXPECT_NEAR(Traffic(whole).workload_rate(0, Level::peak), 100, 1e-9);
  // Cut after 5 s: half way up the ramp.
  const Scenario cut = scenario_of(
      "experiment: {horizon: 5s}\n"
      "system: {services: {s: {service_time: 1ms}}}\n"
      "workload: {w: {to: s, arrivals: {" +
      stages + "}}}\n");
  EXPECT_NEAR(Traffic(cut).workload_rate(0, Level::mean), 25, 1e-9);
  EXPECT_NEAR(Traffic(cut).workload_rate(0, Level::peak), 50, 1e-9);
}

TEST(Traffic, PeakOfInstantsIsTheBusiestSecond) {
  ArrivalSpec arrivals;
  arrivals.kind = ArrivalSpec::Kind::instants;
  for (const double at : {0.0, 2.0, 2.2, 2.9, 3.1, 8.0})
    arrivals.instants.push_back(Duration::from_seconds(at).ns());
  EXPECT_NEAR(peak_rate(arrivals, Duration::seconds(10)), 3, 1e-9);  // 2.0 up to 3.0
  EXPECT_NEAR(peak_rate(arrivals, Duration::milliseconds(500)), 2, 1e-9);
}

TEST(Traffic, ClosedLoopsAreBounds) {
  // 20 users, 900 ms to think and 100 ms to be served: at most 20/s.
  const Scenario scenario = scenario_of(R"(
system: {services: {s: {servers: 4, service_time: {exponential: 100ms}}}}
workload:
  people: {users: 20, think: {exponential: 900ms}, to: s}
  robots: {arrivals: {poisson: 5rps}, to: s}
)");
  const Traffic traffic(scenario);
  EXPECT_TRUE(traffic.closed(0));
  EXPECT_FALSE(traffic.closed(1));
  EXPECT_NEAR(traffic.workload_rate(0, Level::mean), 20, 1e-9);
  EXPECT_NEAR(traffic.load(0, Level::mean).rate, 25, 1e-9);
  EXPECT_NEAR(traffic.load(0, Level::mean, Loops::open).rate, 5, 1e-9);
  EXPECT_NEAR(traffic.load(0, Level::peak, Loops::open).rate, 5, 1e-9);
}

TEST(Traffic, CountsUsersOverTime) {
  // 0 to 10 users in 10 s, held for 10 s: single steps up at 1 s, 2 s ... 10 s.
  const Scenario scenario = scenario_of(R"(
experiment: {horizon: 20s}
system: {services: {s: {service_time: 1s}}}
workload: {w: {users: {stages: [{ramp: 10s, to: 10}, {hold: 10s}]}, think: 1s, to: s}}
)");
  const UsersSpec& users = *scenario.blueprint.workloads[0].users;
  EXPECT_NEAR(mean_users(users, Duration::seconds(20)), (45.0 + 100) / 20, 1e-9);
  EXPECT_NEAR(peak_users(users, Duration::seconds(20)), 10, 1e-9);
  EXPECT_NEAR(peak_users(users, Duration::milliseconds(3500)), 3, 1e-9);
}

TEST(Traffic, ThinsByTheHitRatioOfACache) {
  // 1000 look-ups per second; the chance of a miss is what reaches the database.
  const Scenario scenario = scenario_of(R"(
system:
  services:
    front:
      endpoints: {e: [{cache: {get: c, on_miss: [{query: db/q}]}}]}
  caches: {c: {entries: 1000, keys: {zipf: {n: 10k, alpha: 1.0}}}}
  databases: {db: {pool: {size: 10}, queries: {q: 5ms}}}
workload: {w: {arrivals: {poisson: 1000rps}, to: front/e}}
)");
  const Traffic traffic(scenario);
  EXPECT_NEAR(traffic.hit_ratio(0), 0.675602, 1e-6);  // Che, LRU
  EXPECT_NEAR(traffic.lookup_rate(0), 1000, 1e-9);
  EXPECT_NEAR(rate_of(traffic, scenario, "db/q"), 324.398, 1e-3);
  const Traffic cold(scenario, {.cold_caches = true});
  EXPECT_EQ(cold.hit_ratio(0), 0);
  EXPECT_NEAR(rate_of(cold, scenario, "db/q"), 1000, 1e-9);
}

TEST(Traffic, ExpiryDependsOnTheRateOfLookUps) {
  // 10 keys, 2/s each, 5 s to live: hit ratio 10 / 11. The one that is asked on its misses sees
  // 20/11 per second, 2/11 per key, and keeps entries for as long: (10/11) / (21/11).
  const Scenario scenario = scenario_of(R"(
system:
  services:
    front:
      endpoints:
        e: [{cache: {get: near, on_miss: [{cache: {get: far}}]}}]
  caches:
    near: {entries: 10, keys: {uniform: 10}, ttl: 5s}
    far: {entries: 10, keys: {uniform: 10}, ttl: 5s}
workload: {w: {arrivals: {poisson: 20rps}, to: front/e}}
)");
  const Traffic traffic(scenario);
  EXPECT_NEAR(traffic.hit_ratio(0), 10.0 / 11, 1e-9);
  EXPECT_NEAR(traffic.lookup_rate(1), 20.0 / 11, 1e-7);
  EXPECT_NEAR(traffic.hit_ratio(1), 10.0 / 21, 1e-7);
}

TEST(Traffic, KnowsTheWayOfMessages) {
  // Half of the calls stay in zone a, half cross over: 0.5 * (0 + 4 ms) each way.
  const Scenario scenario = scenario_of(R"(
system:
  regions: {eu: {zones: [a, b]}}
  network: [{between: zones, latency: 4ms, loss: 1%}]
  services:
    front: {zones: [eu/a], endpoints: {e: [{call: back}]}}
    back: {instances: 2, service_time: 10ms}
workload: {w: {arrivals: {poisson: 1rps}, to: front/e, from: eu/a}}
)");
  const Traffic traffic(scenario);
  const PlanFigures& front = traffic.endpoint(endpoint_of(scenario, "front/e"));
  EXPECT_NEAR(front.network, 0.004, 1e-12);
  EXPECT_NEAR(front.duration, 0.014, 1e-12);
  const auto& places = traffic.plans().places;
  EXPECT_NEAR(worst_loss(scenario.blueprint, places[0], places[1]), 0.01, 1e-12);
  EXPECT_EQ(worst_loss(scenario.blueprint, places[0], places[0]), 0);
}

TEST(Traffic, KnowsWhomBalancersPrefer) {
  const auto network = [](const std::string& balancer) {
    const Scenario scenario = scenario_of(R"(
system:
  regions: {eu: {zones: [a, b]}, us: {}}
  network: [{between: zones, latency: 4ms}, {between: regions, latency: 50ms}]
  services:
    front: {zones: [eu/a, us], instances: 4, endpoints: {e: [{call: back}]}}
    back: {zones: [eu/a, eu/b], instances: 2, service_time: 10ms, balancer: )" +
                                          balancer +
                                          "}\nworkload: {w: {arrivals: {poisson: 1rps}, to: "
                                          "front/e}}");
    return Traffic(scenario).endpoint(endpoint_of(scenario, "front/e")).network;
  };
  // From the one half of the callers to a and b alike, from the other half across the ocean.
  EXPECT_NEAR(network("round_robin"), 0.5 * 0.004 + 0.5 * 0.1, 1e-12);
  EXPECT_NEAR(network("{weights: {eu/b: 3}}"), 0.5 * 0.75 * 0.008 + 0.5 * 0.1, 1e-12);
  EXPECT_NEAR(network("{prefer: zone}"), 0.5 * 0.1, 1e-12);
  EXPECT_NEAR(network("{prefer: region}"), 0.5 * 0.004 + 0.5 * 0.1, 1e-12);
}

TEST(UnqueuedQuantile, FindsTheLawThatMattersAtThatDepth) {
  // One in fifty requests waits for 2 s: it makes the p99, and not the p90.
  const Scenario scenario = scenario_of(R"(
system:
  services:
    s:
      endpoints:
        e:
          - wait: {exponential: 10ms}
          - choose: [{share: 2%, steps: [{wait: 2s}]}, {share: 98%, steps: []}]
workload: {w: {arrivals: {poisson: 1rps}, to: s/e}}
)");
  const Traffic traffic(scenario);
  const PlanFigures& plan = traffic.endpoint(0);
  EXPECT_NEAR(plan.duration, 0.05, 1e-12);
  EXPECT_NEAR(unqueued_quantile(scenario.blueprint, plan, 0.01), 0.05 + 2 - 0.04, 1e-9);
  EXPECT_NEAR(unqueued_quantile(scenario.blueprint, plan, 0.1), -std::log(0.1) * 0.01, 1e-9);
}

TEST(UnqueuedQuantile, NoCallerWaitsLongerThanItsTimeout) {
  const Scenario scenario = scenario_of(R"(
system:
  services:
    front: {endpoints: {e: [{call: {to: back, timeout: 100ms, on_failure: continue}}]}}
    back: {service_time: {exponential: 80ms}}
workload: {w: {arrivals: {poisson: 1rps}, to: front/e}}
)");
  const Traffic traffic(scenario);
  EXPECT_NEAR(unqueued_quantile(scenario.blueprint, traffic.endpoint(1), 0.01),
              -std::log(0.01) * 0.08, 1e-9);
  EXPECT_NEAR(unqueued_quantile(scenario.blueprint, traffic.endpoint(0), 0.01), 0.1, 1e-9);
}

TEST(UnqueuedQuantile, OfALongChainKeepsTheSlowestLaws) {
  // A hundred services call each other in a row; the last but one is slow.
  std::string text = "system:\n  services:\n";
  for (int i = 0; i < 100; ++i) {
    text += "    s" + std::to_string(i) +
            ": {endpoints: {e: [{wait: {exponential: " + (i == 98 ? "1s" : "1ms") + "}}";
    if (i < 99) text += ", {call: s" + std::to_string(i + 1) + "/e}";
    text += "]}}\n";
  }
  const Scenario scenario =
      scenario_of(text + "workload: {w: {arrivals: {poisson: 1rps}, to: s0/e}}\n");
  const Traffic traffic(scenario);
  EXPECT_NEAR(traffic.request(0).duration, 1.099, 1e-9);
  EXPECT_NEAR(unqueued_quantile(scenario.blueprint, traffic.request(0), 0.01),
              1.099 - 1 - std::log(0.01), 1e-9);
}

TEST(HitRatio, OfGroupedKeysIsThatOfEachAlone) {
  CacheSpec cache;
  cache.keys = sim::Zipf(100'000, 0.8);
  cache.entries = 10'000;
  std::vector<double> each;
  for (std::uint64_t rank = 0; rank < cache.keys.size(); ++rank)
    each.push_back(cache.keys.probability(rank));
  EXPECT_NEAR(hit_ratio_by_size(cache), sim::che_lru({each}, 10'000), 1e-6);
  cache.eviction = Eviction::fifo;
  EXPECT_NEAR(hit_ratio_by_size(cache), sim::che_fifo({each}, 10'000), 1e-6);
  cache.eviction = Eviction::lfu;
  EXPECT_NEAR(hit_ratio_by_size(cache), sim::perfect_lfu({each}, 10'000), 1e-6);
  const Popularity keys = popularity(sim::Zipf(1'000'000, 0.8));
  EXPECT_LT(keys.weights.size(), 5000U);
  EXPECT_EQ(std::accumulate(keys.counts.begin(), keys.counts.end(), 0.0), 1e6);
}

TEST(HitRatio, OfFreshEntriesIsTheirShareOfTime) {
  CacheSpec cache;
  cache.keys = sim::Zipf(100, 0);
  cache.entries = 100;
  cache.ttl = Duration::seconds(5);
  EXPECT_NEAR(hit_ratio_by_age(cache, 200), 10.0 / 11, 1e-9);
  EXPECT_NEAR(fresh_entries(cache, 200), 1000.0 / 11, 1e-7);
  cache.sliding = true;
  EXPECT_NEAR(hit_ratio_by_age(cache, 200), 1 - std::exp(-10.0), 1e-9);
}

TEST(Traffic, CountsTheTurnsOfALoop) {
  // A turn fails with 20 %; with a mean of z^N = E[0.8^N] a loop of N turns begins
  // (1 - E[0.8^N]) / 0.2 of them.
  const Scenario scenario = scenario_of(R"(
system:
  services:
    front:
      endpoints:
        plain: [{repeat: {times: {uniform: [2, 4]}, steps: [{call: leaf}, {wait: 1ms}]}}]
        risky: [{repeat: {times: 3, steps: [{call: leaf}, {fail: 20%}]}}, {call: after}]
    leaf: {service_time: 10ms}
    after: {service_time: 1ms}
workload:
  a: {arrivals: {poisson: 10rps}, to: front/plain}
  b: {arrivals: {poisson: 100rps}, to: front/risky}
)");
  const Traffic traffic(scenario);
  EXPECT_NEAR(rate_of(traffic, scenario, "leaf"), 30 + 100 * (1 + 0.8 + 0.64), 1e-9);
  EXPECT_NEAR(rate_of(traffic, scenario, "after"), 100 * 0.512, 1e-9);
  EXPECT_NEAR(traffic.endpoint(endpoint_of(scenario, "front/plain")).duration, 3 * 0.011, 1e-12);
  EXPECT_NEAR(traffic.endpoint(endpoint_of(scenario, "front/risky")).failure, 1 - 0.512, 1e-12);
}

TEST(Traffic, FollowsMessagesToTheirHandlers) {
  // Half of 100/s publish. A handler fails in 20 %: of three deliveries 1 + 0.2 + 0.04 take place,
  // and 0.8 % of the messages are handled as dead letters, without another try.
  const Scenario scenario = scenario_of(R"(
system:
  services:
    web:
      endpoints:
        submit: [{choose: [{share: 50%, steps: [{publish: mail}]}, {share: 50%, steps: []}]}]
        wait: [{publish: {queue: mail, confirm: true}}]
    worker: {endpoints: {handle: [{wait: 30ms}, {fail: 20%}], bury: [{wait: 1ms}]}}
  brokers:
    rabbit:
      publish: 2ms
      delivery: 10ms
      queues:
        mail:
          max_deliveries: 3
          dead_letter: dead
          consumers: {to: worker/handle, count: 4}
        dead: {consumers: {to: worker/bury, ack: auto}}
workload: {clients: {arrivals: {poisson: 100rps}, to: web/submit}}
)");
  const Traffic traffic(scenario);
  EXPECT_NEAR(rate_of(traffic, scenario, "rabbit/mail"), 50, 1e-9);
  EXPECT_NEAR(rate_of(traffic, scenario, "worker/handle"), 62, 1e-9);
  EXPECT_NEAR(rate_of(traffic, scenario, "worker/bury"), 0.4, 1e-9);
  // Whoever does not wait for the broker does not feel it.
  EXPECT_EQ(traffic.endpoint(endpoint_of(scenario, "web/submit")).duration, 0);
  EXPECT_NEAR(traffic.endpoint(endpoint_of(scenario, "web/wait")).duration, 0.002, 1e-12);
  const QueueLoad mail = traffic.queue_load(0, Level::mean);
  EXPECT_NEAR(mail.rate, 50, 1e-9);
  EXPECT_NEAR(mail.busy, 62 * 0.040, 1e-9);
  EXPECT_EQ(mail.consumers, 4);
  EXPECT_NEAR(mail.saturation(), 0.62, 1e-9);
  EXPECT_NEAR(mail.dead, 0.008, 1e-12);
  const QueueLoad dead = traffic.queue_load(1, Level::mean);
  EXPECT_NEAR(dead.rate, 0.4, 1e-9);
  EXPECT_NEAR(dead.busy, 0.4 * 0.001, 1e-12);  // messages come while others are handled
}

}  // namespace
}  // namespace rehearse::models
