#include "experiments/topology.hpp"

#include <gmock/gmock.h>

#include <string>

#include "tests/unit/models/scenario_text.hpp"

namespace rehearse::experiments {
namespace topology_test {

using models::scenario_of;

constexpr const char* kShop = R"(
name: shop
system:
  network: [{between: [clients, eu], latency: 10ms}]
  regions: {eu: {zones: [a, b]}, us: {}}
  services:
    web:
      zones: [eu]
      instances: 3
      servers: 100
      endpoints:
        get: [{wait: 1ms}, {cache: {get: items, on_miss: [{query: db/item}]}}, {publish: mails}]
    mailer: {zones: [us], servers: 8, service_time: 50ms}
  brokers:
    rabbit:
      zones: [us]
      servers: 4
      publish: 1ms
      queues: {mails: {consumers: {to: mailer, count: 8}}}
  caches: {items: {hit_ratio: 75%}}
  databases: {db: {zones: [eu/a], pool: {size: 10}, queries: {item: 2ms}}}
workload:
  people: {arrivals: {poisson: 100rps}, to: web/get}
)";

const reports::TopologyPart& part(const reports::Topology& t, const std::string& name) {
  for (const reports::TopologyPart& one : t.parts)
    if (one.name == name) return one;
  ADD_FAILURE() << "no part " << name;
  return t.parts.front();
}

double rate(const reports::Topology& t, const std::string& from, const std::string& to) {
  for (const reports::TopologyCall& call : t.calls)
    if (t.parts[call.from].name == from && t.parts[call.to].name == to) return call.rate;
  return 0;
}

TEST(Topology, PartsStandWhereTheirInstancesDo) {
  const reports::Topology shop = topology_of(scenario_of(kShop));
  std::string kinds;
  for (const reports::TopologyPart& one : shop.parts) kinds += one.name + ":" + one.kind + " ";
  EXPECT_EQ(kinds,
            "people:workload web:service mailer:service db:database rabbit:broker mails:queue "
            "items:cache ");
  const auto& web = part(shop, "web").places;
  ASSERT_EQ(web.size(), 2U);
  EXPECT_EQ(web[0].region, "eu");
  EXPECT_EQ(web[0].zone, "a");
  EXPECT_EQ(web[0].instances, 2U);
  EXPECT_EQ(web[1].instances, 1U);
  ASSERT_EQ(part(shop, "mailer").places.size(), 1U);
  EXPECT_EQ(part(shop, "mailer").places[0].region, "us");
  EXPECT_EQ(part(shop, "mailer").places[0].zone, "");
  EXPECT_EQ(part(shop, "people").places[0].region, "clients");
  EXPECT_TRUE(part(shop, "items").places.empty());  // inside its callers
}

TEST(Topology, CallsHaveTheRatesOfTheTrafficEquations) {
  const reports::Topology shop = topology_of(scenario_of(kShop));
  EXPECT_NEAR(rate(shop, "people", "web"), 100, 1e-9);
  EXPECT_NEAR(rate(shop, "web", "items"), 100, 1e-9);
  EXPECT_NEAR(rate(shop, "web", "db"), 25, 1e-9);
  // A message goes by the broker and its queue, and its handler is called by nobody else.
  EXPECT_NEAR(rate(shop, "web", "rabbit"), 100, 1e-9);
  EXPECT_NEAR(rate(shop, "rabbit", "mails"), 100, 1e-9);
  EXPECT_NEAR(rate(shop, "mails", "mailer"), 100, 1e-9);
  EXPECT_EQ(rate(shop, "web", "mailer"), 0);
  EXPECT_EQ(shop.calls.size(), 6U);
}

TEST(Topology, AScenarioWithoutRegionsHasNameless) {
  const reports::Topology one = topology_of(scenario_of(R"(
system: {services: {a: {servers: 1, service_time: 1ms}}}
workload: {w: {arrivals: {poisson: 1rps}, to: a}}
)"));
  ASSERT_EQ(part(one, "a").places.size(), 1U);
  EXPECT_EQ(part(one, "a").places[0].region, "");
}

}  // namespace topology_test
}  // namespace rehearse::experiments
