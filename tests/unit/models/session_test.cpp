#include "models/session_walk.hpp"

#include <cmath>

#include "models/lints.hpp"
#include "models/traffic.hpp"
#include "tests/unit/models/one_trial.hpp"

namespace rehearse::models {
namespace session_test {

// Search and back: home goes to the list for certain, the list to an item with 1/2 or leaves, and
// an item goes back to the list with 2/5.
constexpr const char* kShop = R"(
system:
  services:
    shop: {endpoints: {home: [{wait: 10ms}], list: [{wait: 20ms}], item: [{wait: 30ms}]}}
workload:
  visitors:
    arrivals: {poisson: 5rps}
    think: 1s
    session:
      pages:
        home: {to: shop/home, next: {list: 100%}}
        list: {to: shop/list, next: {item: 50%}}
        item: {to: shop/item, think: 3s, next: {list: 40%}}
)";

// list = 1 + 0.4 item, item = 0.5 list: list = 1.25, item = 0.625.
TEST(Session, AsksForEachPageAsOftenAsItIsVisited) {
  const Scenario scenario = scenario_of(kShop);
  const SessionSpec& session = *scenario.blueprint.workloads[0].session;
  EXPECT_NEAR(session.requests, 1 + 1.25 + 0.625, 1e-12);
  EXPECT_NEAR(session.mean_think, (1 + 1.25 + 3 * 0.625) / 2.875, 1e-12);
  const Traffic traffic(scenario);
  const auto rate = [&](const char* name) {
    return traffic.endpoint_rate(endpoint_of(scenario, name), Level::mean);
  };
  EXPECT_NEAR(rate("shop/home"), 5, 1e-9);
  EXPECT_NEAR(rate("shop/list"), 6.25, 1e-9);
  EXPECT_NEAR(rate("shop/item"), 3.125, 1e-9);
}

TEST(Session, OfUsersIsFollowedByAnother) {
  std::string text = kShop;
  text.replace(text.find("arrivals: {poisson: 5rps}"), 25, "users: 28");
  const Scenario scenario = scenario_of(text);
  const Traffic traffic(scenario);
  // A request takes (10 + 1.25 * 20 + 0.625 * 30) / 2.875 ms and is followed by its pause.
  const double cycle = (0.010 + 1.25 * 0.020 + 0.625 * 0.030 + 1 + 1.25 + 3 * 0.625) / 2.875;
  EXPECT_NEAR(traffic.workload_rate(0, Level::mean), 28 / cycle, 1e-9);
  // Nothing is random but the way: 28 users for an hour.
  const OneTrial trial("experiment: {horizon: 1h}" + text);
  EXPECT_NEAR(static_cast<double>(trial.at("visitors", "workload").arrivals), 3600 * 28 / cycle,
              0.01 * 3600 * 28 / cycle);
}

// One page after the other, at the nanosecond: 10 ms and 1 s, 20 ms and 1 s, 20 ms.
TEST(Session, PausesAfterEachPage) {
  const OneTrial trial(R"(
experiment: {horizon: 2050ms}
system: {services: {shop: {endpoints: {home: [{wait: 10ms}], list: [{wait: 20ms}]}}}}
workload:
  visitors:
    users: 1
    think: 1s
    session: {pages: {home: {to: shop/home, next: {list: 100%}}, list: {to: shop/list}}}
)");
  // home 0 to 10 ms, list 1010 to 1030 ms, home 2030 to 2040 ms.
  EXPECT_EQ(trial.outcome("shop/home", "endpoint", Outcome::ok), 2U);
  EXPECT_EQ(trial.outcome("shop/list", "endpoint", Outcome::ok), 1U);
  EXPECT_EQ(trial.record().boundaries.back().ns(), 2'050'000'000);
}

SessionSpec two_pages(double again, double leave) {
  SessionSpec spec;
  spec.pages = {{"a", 10, 1, {{1.0, 1}}}, {"b", 20, 2, {}}};
  spec.enter = {{1.0, 0}};
  spec.again = again;
  spec.leave = leave;
  spec.pause = 3;
  return spec;
}

TEST(SessionWalk, GoesOnOrAsksAgainOrLeaves) {
  sim::Stream stream({1, 0}, "visitors", "pages");
  const SessionSpec again = two_pages(1, 0);
  SessionWalk walk(again);
  walk.enter(7, 70, stream);
  EXPECT_TRUE(walk.knows(7));
  EXPECT_FALSE(walk.knows(6));
  EXPECT_EQ(walk.client(7), 70U);
  EXPECT_EQ(walk.page(7).start, 10U);
  SessionWalk::Move move = walk.go_on(7, true, stream);  // the page did not come
  EXPECT_FALSE(move.leaves);
  EXPECT_EQ(move.pause, 3U);
  EXPECT_EQ(walk.page(7).start, 10U);
  move = walk.go_on(7, false, stream);
  EXPECT_EQ(move.pause, 1U);
  EXPECT_EQ(walk.page(7).start, 20U);
  EXPECT_TRUE(walk.go_on(7, false, stream).leaves);
  EXPECT_FALSE(walk.knows(7));

  const SessionSpec gone = two_pages(0, 1);
  SessionWalk other(gone);
  other.enter(0, 0, stream);
  EXPECT_TRUE(other.go_on(0, true, stream).leaves);

  const SessionSpec patient = two_pages(0, 0);
  SessionWalk third(patient);
  third.enter(0, 0, stream);
  EXPECT_FALSE(third.go_on(0, true, stream).leaves);  // as if the page had come
  EXPECT_EQ(third.page(0).start, 20U);
}

TEST(SessionWalk, GivesNumbersOfThoseWhoLeftToOthers) {
  const SessionSpec spec = two_pages(0, 0);
  SessionWalk walk(spec);
  EXPECT_EQ(walk.take(), 0U);
  EXPECT_EQ(walk.take(), 1U);
  walk.give_back(0);
  EXPECT_EQ(walk.take(), 0U);
  EXPECT_EQ(walk.take(), 2U);
}

// A visitor stays the same client on all pages: the limit of one request is for each of them.
TEST(Session, IsOfOneClient) {
  const OneTrial trial(R"(
experiment: {horizon: 30s, drain: true}
system:
  services:
    shop:
      rate_limits: [{fixed_window: {limit: 1, window: 1h}}]
      endpoints: {a: [], b: []}
workload:
  visitors:
    arrivals: {constant: 1rps}
    clients: {count: 100k}
    requests: 40
    session: {pages: {a: {to: shop/a, next: {b: 100%}}, b: {to: shop/b}}}
)");
  EXPECT_EQ(trial.outcome("shop/a", "endpoint", Outcome::ok), 20U);
  EXPECT_EQ(trial.outcome("shop/b", "endpoint", Outcome::ok), 0U);
}

}  // namespace session_test
}  // namespace rehearse::models
