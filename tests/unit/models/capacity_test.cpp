#include "models/capacity.hpp"

#include "tests/unit/models/scenario_text.hpp"

namespace rehearse::models {
namespace {

// 100 requests a second of a: 1.2 of 4 cores; of b: 20/s for 100 ms on one of 5 servers, 40 %.
constexpr const char* kShop = R"(
system:
  services:
    web:
      cpu: {limit: 2}
      instances: 2
      endpoints: {a: [{cpu: 12ms}, {call: idle}], b: [{call: back}]}
    back: {servers: 5, service_time: 100ms}
    idle: {service_time: 1ms}
workload:
  one: {arrivals: {poisson: 100rps}, to: web/a}
  two: {arrivals: {poisson: 20rps}, to: web/b}
)";

TEST(Capacity, GrowsInProportion) {
  const Scenario scenario = scenario_of(kShop);
  const Traffic traffic(scenario);
  const Capacity capacity(traffic);
  EXPECT_NEAR(capacity.growth(service_of(scenario, "web")), 4 / 1.2, 1e-9);
  EXPECT_NEAR(capacity.growth(service_of(scenario, "back")), 2.5, 1e-9);
  EXPECT_EQ(capacity.growth(service_of(scenario, "idle")), kNoLimit);
  EXPECT_NEAR(capacity.growth().factor, 2.5, 1e-9);
  EXPECT_EQ(capacity.growth().station, service_of(scenario, "back"));
}

TEST(Capacity, OfInstancesThatPause) {
  // They work for four fifths of the time.
  std::string text = kShop;
  const std::string pauses = ", pauses: {every: 4s, for: 1s}";
  text.replace(text.find("service_time: 100ms"), 19, "service_time: 100ms" + pauses);
  text.replace(text.find("instances: 2"), 12, "instances: 2\n      pauses: {every: 4s, for: 1s}");
  const Scenario scenario = scenario_of(text);
  const Traffic traffic(scenario);
  const Capacity capacity(traffic);
  EXPECT_NEAR(capacity.growth(service_of(scenario, "web")), 0.8 * 4 / 1.2, 1e-9);
  EXPECT_NEAR(capacity.growth(service_of(scenario, "back")), 0.8 * 2.5, 1e-9);
  EXPECT_NEAR(traffic.endpoint(endpoint_of(scenario, "back")).duration, 0.125, 1e-9);
  // Cores stand idle while they pause.
  EXPECT_NEAR(traffic.load(service_of(scenario, "web"), Level::mean).utilization(), 1.2 / 4, 1e-9);
}

TEST(Capacity, OfOneClientAlone) {
  const Scenario scenario = scenario_of(kShop);
  const Traffic traffic(scenario);
  const Capacity capacity(traffic);
  EXPECT_NEAR(capacity.alone(0).factor, 4 / 1.2, 1e-9);
  EXPECT_EQ(capacity.alone(0).station, service_of(scenario, "web"));
  EXPECT_NEAR(capacity.alone(1).factor, 2.5, 1e-9);
  EXPECT_EQ(capacity.alone(1).station, service_of(scenario, "back"));
}

TEST(Capacity, OfOneClientBesideOthers) {
  const auto text = [](const std::string& other) {
    return "system: {services: {s: {servers: 10, service_time: 100ms}}}\n"
           "workload: {a: {arrivals: {poisson: 20rps}, to: s}, b: {arrivals: {poisson: " +
           other + "}, to: s}}";
  };
  const Scenario roomy = scenario_of(text("60rps"));
  const Traffic traffic(roomy);
  // 40/s are left by b.
  EXPECT_NEAR(Capacity(traffic).alone(0).factor, 2, 1e-9);
  const Scenario full = scenario_of(text("100rps"));
  const Traffic much(full);
  EXPECT_EQ(Capacity(much).alone(0).factor, 0);
  EXPECT_EQ(Capacity(much).alone(0).station, 0U);
}

TEST(Capacity, ProbesDoNotGrow) {
  // A tenth of its time goes to probes, a fifth to clients.
  const Scenario scenario = scenario_of(R"(
system:
  services:
    s:
      servers: 1
      endpoints: {e: [{wait: 20ms}], health: [{wait: 100ms}]}
      probes: {readiness: {endpoint: health, period: 1s, timeout: 900ms}}
workload: {w: {arrivals: {poisson: 10rps}, to: s/e}}
)");
  const Traffic traffic(scenario);
  EXPECT_NEAR(traffic.load(0, Level::peak).saturation(), 0.3, 1e-9);
  EXPECT_NEAR(Capacity(traffic).growth(0), 4.5, 1e-9);
  EXPECT_NEAR(Capacity(traffic).alone(0).factor, 4.5, 1e-9);
}

TEST(Capacity, NothingIsEverFull) {
  const Scenario scenario = scenario_of(R"(
system: {services: {s: {service_time: 1ms}}}
workload: {w: {arrivals: {poisson: 100rps}, to: s}}
)");
  const Traffic traffic(scenario);
  const Capacity capacity(traffic);
  EXPECT_EQ(capacity.growth().factor, kNoLimit);
  EXPECT_EQ(capacity.growth().station, kNone);
  EXPECT_EQ(capacity.alone(0).factor, kNoLimit);
  EXPECT_EQ(capacity.alone(0).station, kNone);
}

TEST(Capacity, UsersGrowLikeRates) {
  // 10 users, 900 ms of thought and 100 ms of service: 10/s at most, one server of two.
  const Scenario scenario = scenario_of(R"(
system: {services: {s: {servers: 2, service_time: 100ms}}}
workload: {w: {users: 10, think: 900ms, to: s}}
)");
  const Traffic traffic(scenario);
  EXPECT_NEAR(Capacity(traffic).growth().factor, 2, 1e-9);
}

TEST(Capacity, CachesThatExpireHitMoreUnderLoad) {
  // One key: of r look-ups per second and a lifetime of 1 s, r / (1 + r) miss. The database can do
  // 0.95/s of them: r = 19, from 9 a growth of 19/9, where 0.9/s miss and proportion would
  // say 1.06.
  const Scenario scenario = scenario_of(R"(
system:
  services: {front: {endpoints: {e: [{cache: {get: c, on_miss: [{query: db/q}]}}]}}}
  caches: {c: {entries: 1, ttl: 1s, keys: {uniform: 1}}}
  databases: {db: {pool: {size: 19}, queries: {q: 20s}}}
workload: {w: {arrivals: {poisson: 9rps}, to: front/e}}
)");
  const Traffic traffic(scenario);
  const Capacity capacity(traffic);
  EXPECT_NEAR(traffic.load(service_of(scenario, "db"), Level::peak).saturation(), 0.9 / 0.95, 1e-9);
  EXPECT_NEAR(capacity.growth(service_of(scenario, "db")), 19.0 / 9, 1e-4);
  EXPECT_NEAR(capacity.growth().factor, 19.0 / 9, 1e-4);
  EXPECT_NEAR(capacity.alone(0).factor, 19.0 / 9, 1e-4);
  EXPECT_EQ(capacity.alone(0).station, service_of(scenario, "db"));
}

TEST(Capacity, CachesThatExpireMayKeepALoadBounded) {
  // No more than one miss per second, whatever is asked for.
  const Scenario scenario = scenario_of(R"(
system:
  services: {front: {endpoints: {e: [{cache: {get: c, on_miss: [{query: db/q}]}}]}}}
  caches: {c: {entries: 1, ttl: 1s, keys: {uniform: 1}}}
  databases: {db: {pool: {size: 1}, queries: {q: 500ms}}}
workload: {w: {arrivals: {poisson: 9rps}, to: front/e}}
)");
  const Traffic traffic(scenario);
  EXPECT_EQ(Capacity(traffic).growth(service_of(scenario, "db")), kNoLimit);
}

TEST(Capacity, OfConsumersOfAQueue) {
  // Four consumers, 100 ms for each message, 25/s: 2.5 of them are busy.
  const Scenario scenario = scenario_of(R"(
system:
  services:
    web: {endpoints: {e: [{publish: {queue: tasks}}]}}
    worker: {service_time: 100ms}
  brokers:
    mq: {queues: {tasks: {consumers: {to: worker, count: 4}}}}
workload: {w: {arrivals: {poisson: 25rps}, to: web/e}}
)");
  const Traffic traffic(scenario);
  const Capacity capacity(traffic);
  const std::uint32_t queue = station_count(scenario.blueprint) - 1;
  EXPECT_EQ(station_name(scenario.blueprint, queue), "tasks");
  EXPECT_NEAR(saturation_of(traffic, queue, Level::mean), 0.625, 1e-9);
  EXPECT_NEAR(capacity.growth(queue), 1.6, 1e-9);
  EXPECT_EQ(capacity.growth().station, queue);
  EXPECT_EQ(capacity.alone(0).station, queue);
}

TEST(Capacity, NamesTheScarcestResource) {
  const Scenario scenario = scenario_of(R"(
system:
  services:
    cpu: {cpu: {limit: 2}, concurrency: 100, endpoints: {e: [{cpu: 10ms}, {call: slots}]}}
    slots: {concurrency: 4, endpoints: {e: [{query: db/q}]}}
    servers: {servers: 3, service_time: 10ms}
    free: {service_time: 10ms}
  databases: {db: {pool: {size: 7}, queries: {q: 20ms}}}
workload:
  a: {arrivals: {poisson: 100rps}, to: cpu/e}
  b: {arrivals: {poisson: 30rps}, mix: {servers: 50%, free: 50%}}
)");
  const Traffic traffic(scenario);
  const auto resource = [&](const std::string& name) {
    const std::uint32_t s = service_of(scenario, name);
    return scarcest(traffic, s, traffic.load(s, Level::mean));
  };
  EXPECT_STREQ(resource("cpu").name, "cores");
  EXPECT_EQ(resource("cpu").capacity, 2);
  EXPECT_NEAR(resource("cpu").busy, 1, 1e-12);
  EXPECT_FALSE(resource("cpu").at_most);
  // Its slots are held while the database is waited for.
  EXPECT_STREQ(resource("slots").name, "slots");
  EXPECT_NEAR(resource("slots").busy, 2, 1e-12);
  EXPECT_TRUE(resource("slots").at_most);
  EXPECT_STREQ(resource("servers").name, "servers");
  EXPECT_FALSE(resource("servers").at_most);
  EXPECT_STREQ(resource("db").name, "connections");
  EXPECT_EQ(resource("db").capacity, 7);
  EXPECT_STREQ(resource("free").name, "");
  EXPECT_EQ(resource("free").capacity, 0);
}

TEST(Capacity, OfWhatIsLeftWithoutAZone) {
  const Scenario scenario = scenario_of(R"(
system:
  regions: {eu: {zones: [a, b]}}
  services:
    spread: {instances: 3, servers: 2, service_time: 100ms}
    alone: {instances: 2, zones: [eu/b], servers: 2, service_time: 100ms}
workload: {w: {arrivals: {poisson: 10rps}, mix: {spread: 50%, alone: 50%}}}
)");
  const ServiceSpec& spread = scenario.blueprint.services[service_of(scenario, "spread")];
  const HeldZone largest = largest_zone(spread);
  EXPECT_EQ(scenario.blueprint.network.zones[largest.zone].name, "eu/a");
  EXPECT_EQ(largest.instances, 2U);
  const Traffic traffic(scenario);
  const ServiceLoad left =
      without_zone(spread, largest, traffic.load(service_of(scenario, "spread"), Level::mean));
  EXPECT_NEAR(left.slots, 2, 1e-12);
  EXPECT_NEAR(left.saturation(), 0.25, 1e-12);
  EXPECT_EQ(largest_zone(scenario.blueprint.services[service_of(scenario, "alone")]).zone, kNone);
}

}  // namespace
}  // namespace rehearse::models
