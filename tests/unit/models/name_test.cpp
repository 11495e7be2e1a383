#include "models/name_cache.hpp"

#include "models/traffic.hpp"
#include "tests/unit/models/one_trial.hpp"

namespace rehearse::models {
namespace name_test {

Instant at(std::int64_t s) {
  return Instant::start() + Duration::seconds(s);
}

NameSpec record() {
  NameSpec spec;
  spec.targets = {"east", "west"};
  spec.changes = {{at(0), 0}, {at(100), 1}};
  spec.ttl = Duration::seconds(60);
  return spec;
}

TEST(NameCache, KeepsAnAnswerForTheTtl) {
  const NameSpec spec = record();
  sim::Stream stream({1, 0}, "name", "resolvers");
  NameCache cache(spec, 1, stream);
  (void)cache.ask(at(61), 0);  // whatever was known in the beginning has expired
  EXPECT_FALSE(cache.ask(at(61), 0).asked);
  EXPECT_EQ(cache.ask(at(120), 0).target, 0U);
  const NameCache::Answer fresh = cache.ask(at(121), 0);
  EXPECT_TRUE(fresh.asked);
  EXPECT_EQ(fresh.target, 1U);
  EXPECT_FALSE(cache.ask(at(180), 0).asked);
  EXPECT_TRUE(cache.ask(at(181), 0).asked);
}

TEST(NameCache, AsksEachTimeWithoutATtl) {
  NameSpec spec = record();
  spec.ttl = Duration::zero();
  sim::Stream stream({1, 0}, "name", "resolvers");
  NameCache cache(spec, 1, stream);
  EXPECT_TRUE(cache.ask(at(1), 0).asked);
  EXPECT_TRUE(cache.ask(at(1), 0).asked);
  EXPECT_EQ(cache.ask(at(100), 0).target, 1U);
}

TEST(NameCache, KeepsItLongerWhereTheTtlIsIgnored) {
  NameSpec spec = record();
  spec.ignoring = 1;
  spec.factor = 5;
  sim::Stream stream({1, 0}, "name", "resolvers");
  NameCache cache(spec, 1, stream);
  (void)cache.ask(at(99), 0);
  if (!cache.ask(at(99), 0).asked) {
    std::int64_t t = 99;
    while (!cache.ask(at(++t), 0).asked) {
    }
    EXPECT_LE(t, 99 + 300);
    EXPECT_FALSE(cache.ask(at(t + 299), 0).asked);
    EXPECT_TRUE(cache.ask(at(t + 300), 0).asked);
  }
}

const char* const kPlatform = R"(
experiment: {horizon: 100s, seed: 1}
system:
  services:
    east: {endpoints: {page: [{wait: 1ms}]}}
    west: {endpoints: {page: [{wait: 1ms}]}}
  dns: {shop: {to: east, ttl: TTL, changes: [{at: 25s, to: west}], lookup: 20ms}}
workload: {people: {users: 50, think: 979ms, to: shop/page}}
)";

std::string with_ttl(const std::string& ttl) {
  std::string text = kPlatform;
  return text.replace(text.find("TTL"), 3, ttl);
}

TEST(Names, LeadToTheServiceThatTheyStandFor) {
  const OneTrial trial(with_ttl("0s"));
  EXPECT_EQ(trial.at("east/page", "endpoint").arrivals, 50U * 25U);
  EXPECT_EQ(trial.at("west/page", "endpoint").arrivals, 50U * 75U);
  EXPECT_EQ(trial.at("people", "workload").response.max(), Duration::milliseconds(21));
}

TEST(Names, CountInTheTrafficEquationsByTheTimeTheyStandForATarget) {
  const Scenario scenario = scenario_of(with_ttl("10s"));
  const Traffic traffic(scenario);
  const double east = traffic.endpoint_rate(endpoint_of(scenario, "east/page"), Level::mean);
  const double west = traffic.endpoint_rate(endpoint_of(scenario, "west/page"), Level::mean);
  EXPECT_DOUBLE_EQ(west, 3 * east);
}

}  // namespace name_test
}  // namespace rehearse::models
