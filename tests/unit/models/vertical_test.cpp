#include "tests/unit/models/one_trial.hpp"

/// Policies that say how large instances are to be: who is replaced, when, and by what.

namespace rehearse::models {
namespace vertical_test {

constexpr double kGiB = 1024.0 * 1024 * 1024;

Instant at_s(std::int64_t n) {
  return Instant::start() + Duration::seconds(n);
}

// Half of a core all the time, on two instances with one each, of which memory uses a quarter.
std::string half_a_core(const std::string& horizon, const std::string& instances,
                        const std::string& mode, const std::string& more = "",
                        const std::string& budget = "") {
  return "experiment: {horizon: " + horizon + "}\nsystem: {services: {a: {instances: " + instances +
         budget +
         ", startup: 30s, cpu: {limit: 1}, memory: {limit: 4Gi, base: 1Gi}, endpoints: {x: [{cpu: "
         "500ms}]}}}}\nworkload: {client: {arrivals: {constant: 1rps}, to: a/x}}\n"
         "policies: {p: {target: a, observe: {scrape: 1m}, vertical: {mode: " +
         mode + "}}}\n" + more;
}

double gib_seconds(const OneTrial& trial) {
  return static_cast<double>(trial.at("a", "station").memory_limit) * 1e-9 / kGiB;
}

TEST(VerticalHost, NotesAdviceAndChangesNothing) {
  // Half of a core all the time, on two instances with one each, of which memory uses a quarter.
  const OneTrial trial(R"(
experiment: {horizon: 20h}
system: {services: {a: {instances: 2, cpu: {limit: 1}, memory: {limit: 4Gi, base: 1Gi},
  endpoints: {x: [{cpu: 500ms}]}}}}
workload: {client: {arrivals: {constant: 1rps}, to: a/x}}
policies: {p: {target: a, observe: {scrape: 1m}, vertical: {mode: advise}}}
)");
  const std::vector<PolicyDecision>& decisions = trial.record().decisions;
  ASSERT_EQ(decisions.size(), 2U);
  for (const PolicyDecision& decision : decisions) {
    EXPECT_EQ(decision.outcome, PolicyDecision::Outcome::advised);
    EXPECT_EQ(decision.because, "reserved is off the target");
    EXPECT_EQ(decision.from, 2);
    EXPECT_EQ(decision.to, 2);
  }
  // Memory is known after one scrape, a rate after two. Amounts: to the width of a bucket.
  EXPECT_EQ(decisions[0].at, at_s(60));
  EXPECT_EQ(decisions[0].metric, 1U);
  EXPECT_EQ(decisions[0].measured, 4.0 * 1024 * 1024 * 1024);
  EXPECT_NEAR(decisions[0].limit, 1.15 * 1024 * 1024 * 1024, 0.05e9);
  EXPECT_EQ(decisions[1].at, at_s(120));
  EXPECT_EQ(decisions[1].metric, 0U);
  EXPECT_EQ(decisions[1].measured, 1);
  EXPECT_NEAR(decisions[1].limit, 1.15 * 0.25, 0.02);
  EXPECT_TRUE(trial.when("instance.stopped").empty());
}

TEST(VerticalHost, ReplacesOneAfterTheOther) {
  const OneTrial trial(half_a_core("13h", "2", "replace"));
  const std::vector<Instant> gone = trial.when("instance.draining");
  const std::vector<Instant> back = trial.when("instance.started");
  // Memory at 60 s; cores when so much is known that one is more than may ever be used: then 1 +
  // 1/c times 0.29 is less than one, c days of history. The second goes when the first serves.
  ASSERT_EQ(gone.size(), 4U);
  ASSERT_EQ(back.size(), 4U);
  EXPECT_EQ(gone[0], at_s(60));
  EXPECT_EQ(gone[1], back[0]);
  const double resized = (gone[2] - Instant::start()).to_seconds();
  EXPECT_NEAR(resized, 86400 / (1 / 0.2875 - 1), 3600);
  EXPECT_EQ(gone[3], back[2]);
  for (const PolicyDecision& decision : trial.record().decisions)
    EXPECT_EQ(decision.outcome, PolicyDecision::Outcome::done);
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::error), 0U);
  // Two with 4 GiB for the first minute, and with what is used and 15 % more for the rest.
  EXPECT_NEAR(gib_seconds(trial), 2 * 4 * 60 + 2 * 1.15 * (13 * 3600 - 60), 0.03 * 13 * 3600);
  // Two cores, then two of 0.29.
  EXPECT_NEAR(static_cast<double>(trial.at("a", "station").capacity) * 1e-12,
              2 * resized + 2 * 0.2875 * (13 * 3600 - resized), 0.01 * 13 * 3600);
}

TEST(VerticalHost, ReplacesHalfAtATimeAndNoMoreThanTheBudgetAllows) {
  const auto gone_at_60s = [](const std::string& budget) {
    const OneTrial trial(half_a_core("1h", "6", "replace", "", budget));
    const std::vector<Instant> gone = trial.when("instance.draining");
    EXPECT_TRUE(gone.empty() || gone.size() == 6);
    return std::count(gone.begin(), gone.end(), at_s(60));
  };
  EXPECT_EQ(gone_at_60s(""), 3);
  EXPECT_EQ(gone_at_60s(", disruption_budget: {max_unavailable: 2}"), 2);
  EXPECT_EQ(gone_at_60s(", disruption_budget: {min_available: 5}"), 1);
  EXPECT_EQ(gone_at_60s(", disruption_budget: {min_available: 6}"), 0);
}

TEST(VerticalHost, NeverReplacesTheOnlyOne) {
  const OneTrial trial(half_a_core("2h", "1", "replace"));
  ASSERT_FALSE(trial.record().decisions.empty());
  EXPECT_TRUE(trial.when("instance.draining").empty());
  EXPECT_EQ(gib_seconds(trial), 4 * 7200.0);
}

TEST(VerticalHost, LeavesAProcessThatStartsAgainAsItWas) {
  const OneTrial trial(half_a_core(
      "2h", "2", "start", "faults: [{fault: instance.kill, target: a, at: 1h, for: 10s}]\n"));
  ASSERT_FALSE(trial.record().decisions.empty());
  EXPECT_EQ(trial.when("instance.started").size(), 2U);
  EXPECT_EQ(gib_seconds(trial), 2 * 4 * 7200.0);
}

TEST(VerticalHost, GivesMoreMemoryWhereInstancesRunOutOfIt) {
  const auto kills = [](const std::string& mode) {
    const OneTrial trial(R"(
experiment: {horizon: 1h}
system: {services: {a: {instances: 2, cpu: {limit: 4}, restart: {initial: 1s, max: 1s},
  memory: {limit: 100Mi, base: 60Mi, per_request: 10Mi}, endpoints: {x: [{wait: 1s}, {cpu: 1ms}]}}}}
workload: {client: {arrivals: {poisson: 5rps}, to: a/x}}
policies: {p: {target: a, vertical: {mode: )" +
                         mode + "}}}\n");
    return trial.when("instance.out_of_memory");
  };
  const std::vector<Instant> advised = kills("advise");
  const std::vector<Instant> replaced = kills("replace");
  EXPECT_GT(advised.size(), 50U);
  ASSERT_FALSE(replaced.empty());
  EXPECT_LT(replaced.back(), at_s(600));
}

TEST(VerticalHost, AsksNodesForWhatItIsToBe) {
  // Each uses nearly a core and asks for a tenth: with what it is to be there is room for one.
  const OneTrial trial(R"(
experiment: {horizon: 1h}
system:
  nodes: {n: {count: 1, cpu: 2, memory: 8Gi}}
  services: {a: {instances: 2, requests: {cpu: 100m}, cpu: {limit: 1},
    memory: {limit: 1Gi, base: 512Mi}, endpoints: {x: [{cpu: 450ms}]}}}
workload: {client: {arrivals: {constant: 4rps}, to: a/x}}
policies: {p: {target: a, vertical: {mode: replace}}}
)");
  EXPECT_EQ(trial.when("instance.draining").size(), 2U);
  EXPECT_EQ(trial.when("instance.started").size(), 1U);
}

}  // namespace vertical_test
}  // namespace rehearse::models
