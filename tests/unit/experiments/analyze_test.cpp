#include "experiments/analyze.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>

#include "tests/unit/models/scenario_text.hpp"

namespace rehearse::experiments {
namespace {

using models::scenario_of;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kShop = R"(
name: shop
system:
  regions: {eu: {zones: [a, b]}}
  services:
    web:
      instances: 2
      cpu: {limit: 2}
      endpoints:
        get: [{cpu: 10ms}, {cache: {get: items, on_miss: [{query: db/item}]}}, {fail: 1%}]
  caches: {items: {entries: 500, keys: {uniform: 1000}, latency: 1ms, servers: 4}}
  databases: {db: {pool: {size: 10}, queries: {item: 20ms}}}
workload:
  people: {arrivals: {poisson: 200rps}, to: web/get}
)";

// Two cores in the beginning, of which one is busy; four if the policy asks for all.
TEST(Analyze, CountsAScaledServiceAsItBegins) {
  const auto at = [](int rate) {
    return analyze(scenario_of(fmt::format(R"(
name: scaled
system:
  services: {{web: {{instances: 2, cpu: {{limit: 1}}, endpoints: {{get: [{{cpu: 10ms}}]}}}}}}
workload:
  people: {{arrivals: {{poisson: {}rps}}, to: web/get}}
policies:
  scaling: {{target: web, hpa: {{min: 1, max: 4, metrics: [{{cpu: 60%}}]}}}}
)",
                                           rate)));
  };
  const reports::Analysis half = at(100);
  EXPECT_EQ(half.find("web")->capacity, 2);
  EXPECT_NEAR(*half.find("web")->utilization_mean, 0.5, 1e-12);
  EXPECT_NEAR(half.growth, 2, 1e-9);
  EXPECT_FALSE(at(300).overloaded());
  EXPECT_TRUE(at(500).overloaded());
}

TEST(Analyze, FillsInEverything) {
  const reports::Analysis shop = analyze(scenario_of(kShop), {{{"db", 0.99}}});
  EXPECT_EQ(shop.scenario_name, "shop");
  EXPECT_TRUE(shop.stationary);
  EXPECT_FALSE(shop.overloaded());
  ASSERT_EQ(shop.stations.size(), 3U);
  const reports::StationAnalysis* web = shop.find("web");
  ASSERT_NE(web, nullptr);
  EXPECT_EQ(web->kind, "service");
  EXPECT_EQ(web->resource, "cores");
  EXPECT_EQ(web->capacity, 4);
  EXPECT_NEAR(web->offered_load, 2, 1e-12);
  EXPECT_NEAR(*web->utilization_mean, 0.5, 1e-12);
  EXPECT_NEAR(web->growth, 2, 1e-9);
  EXPECT_NEAR(web->saturation_zone_lost.value_or(0), 1, 1e-12);
  EXPECT_EQ(web->worst_zone, "eu/a");
  EXPECT_EQ(shop.bottleneck, "web");
  EXPECT_NEAR(shop.growth, 2, 1e-9);
  EXPECT_NEAR(shop.find("db")->saturation_peak, 0.2, 2e-3);
  EXPECT_NEAR(shop.find("db")->saturation_cold, 0.4, 1e-9);
  EXPECT_EQ(shop.find("items")->kind, "cache");
  ASSERT_EQ(shop.clients.size(), 1U);
  EXPECT_NEAR(shop.clients[0].rate_full, 400, 1e-6);
  EXPECT_EQ(shop.clients[0].bottleneck, "web");
  EXPECT_NEAR(shop.clients[0].failure, 0.01, 1e-12);
  EXPECT_EQ(shop.clients[0].depth, 2);
  ASSERT_EQ(shop.caches.size(), 1U);
  EXPECT_NEAR(shop.caches[0].hit_ratio + shop.caches[0].misses / shop.caches[0].rate, 1, 1e-12);
  ASSERT_EQ(shop.paths.size(), 1U);
  EXPECT_EQ(shop.paths[0].endpoint, "web/get");
  EXPECT_EQ(shop.paths[0].hops[0].endpoint, "web/get");
  EXPECT_EQ(shop.calls.size(), 3U);
}

TEST(Analyze, ComposesWhatWasGiven) {
  const reports::Analysis shop = analyze(scenario_of(kShop), {{{"db", 0.99}}});
  std::vector<std::string> impacts;
  for (const reports::ImpactAnalysis& impact : shop.impacts)
    impacts.push_back(impact.kind + " " + impact.name);
  EXPECT_THAT(impacts,
              ElementsAre("service web", "database db", "cache items", "zone eu/a", "zone eu/b"));
  const reports::ImpactAnalysis& db = shop.impacts[1];
  EXPECT_EQ(db.availability, 0.99);
  EXPECT_NEAR(db.gain, 0.01 * db.clients * 0.99, 1e-12);
  ASSERT_EQ(shop.availabilities[0].name, "people");
  EXPECT_NEAR(shop.availabilities[0].low, 0.99 * (1 - 0.01 * db.clients), 1e-12);
  EXPECT_TRUE(analyze(scenario_of(kShop)).availabilities.empty());
}

TEST(Analyze, RepeatsTheLintsOfCheck) {
  const reports::Analysis shop = analyze(scenario_of(kShop));
  ASSERT_EQ(shop.lints.size(), 1U);
  EXPECT_EQ(shop.lints[0].id, "zone-loss");
  EXPECT_EQ(shop.lints[0].subject, "web");
}

TEST(Analyze, OverloadIsOfOpenLoopsOnly) {
  const auto of = [](const std::string& workload) {
    return analyze(
        scenario_of("system: {services: {s: {servers: 1, service_time: 1s}}}\n"
                    "workload: {w: {to: s, " +
                    workload + "}}"));
  };
  EXPECT_TRUE(of("arrivals: {poisson: 1rps}").overloaded());
  EXPECT_FALSE(of("arrivals: {poisson: 0.9rps}").overloaded());
  const reports::Analysis users = of("users: 50, think: 1s");
  EXPECT_FALSE(users.overloaded());
  EXPECT_NEAR(users.stations[0].saturation_peak, 25, 1e-9);
  EXPECT_NEAR(users.growth, 0.04, 1e-9);
}

std::string problem_of(const std::string& text) {
  AnalyzeOptions options{{{"taken", 0.5}}};
  std::string problem;
  EXPECT_FALSE(add_availability(text, {"orders", "taken", "odd=name"}, options, problem));
  EXPECT_EQ(options.availabilities.size(), 1U);
  return problem;
}

TEST(Analyze, RefusesWhatIsNoAvailability) {
  EXPECT_THAT(problem_of("99.9%"), HasSubstr("orders=99.9%"));
  EXPECT_THAT(problem_of("=99.9%"), HasSubstr("orders=99.9%"));
  EXPECT_THAT(problem_of("orders=often"), HasSubstr("often"));
  EXPECT_THAT(problem_of("orders=120%"), HasSubstr("at most 100%"));
  EXPECT_THAT(problem_of("order=99%"), HasSubstr("did you mean 'orders'"));
  EXPECT_THAT(problem_of("zebra=99%"), HasSubstr("there are: orders, taken"));
  EXPECT_THAT(problem_of("taken=99%"), HasSubstr("given before"));
  AnalyzeOptions options;
  std::string problem;
  EXPECT_TRUE(add_availability("odd=name=0.5", {"odd=name"}, options, problem));
  EXPECT_THAT(options.availabilities, ElementsAre(std::pair<std::string, double>("odd=name", 0.5)));
}

}  // namespace
}  // namespace rehearse::experiments
