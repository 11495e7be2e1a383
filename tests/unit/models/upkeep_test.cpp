/// Databases that are slow at times, and those whose storage fills.

#include "models/traffic.hpp"
#include "tests/unit/models/one_trial.hpp"

namespace rehearse::models {
namespace {

std::string database(const std::string& rest, const std::string& query,
                     const std::string& horizon = "100s") {
  return "experiment: {horizon: " + horizon +
         "}\nsystem:\n  services: {shop: {endpoints: {buy: [{query: db}]}}}\n  databases:\n    db: "
         "{pool: {size: 100}, queries: {q: " +
         query + "}, " + rest +
         "}\nworkload: {clients: {arrivals: {constant: 10rps}, to: shop/buy}}\n";
}

TEST(Checkpoints, MakeQueriesSlowForTheirShareOfTheTime) {
  const OneTrial trial(
      database("checkpoints: {every: 10s, completion_target: 0.4, slowdown: 3}", "20ms"));
  const WindowRecord& q = trial.at("db/q", "endpoint");
  const auto slow = static_cast<double>(q.sojourn - q.ended() * sim::UInt128{20'000'000}) / 40e6;
  EXPECT_NEAR(slow / static_cast<double>(q.ended()), .4, .05);  // the last may be cut short
  EXPECT_EQ(q.response.max(), Duration::milliseconds(60));
  std::size_t began = 0;
  for (const PlatformEvent& event : trial.record().log)
    if (event.what == "phase.began" && event.detail == "checkpoint") ++began;
  EXPECT_EQ(began, 10U);
}

TEST(Checkpoints, MultiplyWithAVacuumThatMeetsThem) {
  const OneTrial trial(database(
      "checkpoints: {every: 10s, completion_target: 1, slowdown: 2}, vacuum: {every: 10s, for: 5s, "
      "slowdown: 3}",
      "20ms"));
  EXPECT_EQ(trial.at("db/q", "endpoint").response.max(), Duration::milliseconds(120));
}

TEST(Checkpoints, CountInTheTrafficEquations) {
  const Scenario scenario =
      scenario_of(database("checkpoints: {slowdown: 3}, vacuum: {for: 30m, slowdown: 2}", "20ms"));
  const Traffic traffic(scenario);
  // Checkpoints 90% of the time, vacuum half of it.
  EXPECT_NEAR(traffic.load(service_of(scenario, "db"), Level::mean).busy_slots,
              10 * .020 * (1 + .9 * 2) * 1.5, 1e-9);
}

TEST(Storage, WritesFailOnceItIsFull) {
  // 100 of 1000 bytes are in use; each of the writes at 0.1, 0.2 ... s adds 100.
  const OneTrial trial(database("storage: {size: 1000B, used: 100B}",
                                "{time: 1ms, access: write, stores: 100B}", "2050ms"));
  EXPECT_EQ(trial.outcome("db/q", "endpoint", Outcome::ok), 9U);
  EXPECT_EQ(trial.outcome("db/q", "endpoint", Outcome::error), 11U);
  EXPECT_EQ(trial.at("db", "station").disk, 1'000'000'000U);
  ASSERT_EQ(trial.record().log.size(), 2U);
  EXPECT_EQ(trial.record().log[0].what, "storage.high");
  EXPECT_EQ(trial.record().log[0].at, Instant::start() + Duration::milliseconds(801));
  EXPECT_EQ(trial.record().log[1].what, "storage.full");
  EXPECT_EQ(trial.record().log[1].at, Instant::start() + Duration::milliseconds(1001));
}

}  // namespace
}  // namespace rehearse::models
