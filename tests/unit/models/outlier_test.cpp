// Instances that answer badly leave the balancer for a while.

#include "tests/unit/models/one_trial.hpp"

namespace rehearse::models {
namespace outlier_test {

// Five instances in turn, ten requests a second: each is asked every half second.
std::string five(const std::string& detection, const std::string& faults,
                 const std::string& client = "") {
  return R"(
experiment: {horizon: 100s, drain: true}
system:
  services:
    a: {instances: 5, service_time: 1ms, balancer: {policy: round_robin, outlier_detection: )" +
         detection + "}}\nworkload: {client: {arrivals: {constant: 10rps}, to: a" + client +
         "}}\nfaults: [" + faults + "]\n";
}

std::vector<std::string> log_of(const OneTrial& trial) {
  std::vector<std::string> lines;
  for (const PlatformEvent& event : trial.record().log) {
    if (event.what.find("eject") == std::string::npos &&
        event.what.find("admit") == std::string::npos)
      continue;
    lines.push_back(event.what + " #" + std::to_string(event.instance) + " at " +
                    std::to_string(event.at.ns() / 1'000'000'000));
  }
  return lines;
}

TEST(Outliers, LeaveAfterErrorsInARow) {
  // Down from 10 s to 70 s: out after five errors until the first interval after 30 s, and once
  // more, for twice as long.
  const OneTrial trial(
      five("{max_ejection: 20%}",
           "{at: 10s, for: 60s, fault: instance.kill, target: {name: a, instance: 0}}"));
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::error), 10U);
  const std::vector<std::string> expected = {
      "instance.ejected #0 at 12", "instance.readmitted #0 at 50", "instance.ejected #0 at 52"};
  EXPECT_EQ(log_of(trial), expected);
}

TEST(Outliers, TimeoutsOfASilentInstanceCount) {
  const OneTrial trial(five(
      "{max_ejection: 20%}",
      "{at: 10s, for: 60s, fault: instance.kill, in_flight: lost, target: {name: a, instance: 3}}",
      ", timeout: 100ms"));
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::timeout), 10U);
  ASSERT_FALSE(log_of(trial).empty());
  EXPECT_EQ(log_of(trial).front(), "instance.ejected #3 at 12");
}

TEST(Outliers, NoMoreThanAShareAtOnce) {
  const OneTrial trial(
      five("{max_ejection: 20%}",
           "{at: 10s, for: 80s, fault: instance.kill, target: {name: a, count: 3}}"));
  int out = 0;
  for (const std::string& line : log_of(trial)) {
    out += line.find("ejected") != std::string::npos ? 1 : 0;
    out -= line.find("readmitted") != std::string::npos ? 1 : 0;
    EXPECT_LE(out, 1);
  }
  // Of the four that are asked two fail.
  EXPECT_GT(trial.outcome("client", "workload", Outcome::error), 350U);
}

TEST(Outliers, NobodyLeavesWhereAllIsWell) {
  const OneTrial trial(five("{}", ""));
  EXPECT_TRUE(log_of(trial).empty());
  EXPECT_EQ(trial.outcome("client", "workload", Outcome::ok),
            trial.at("client", "workload").arrivals);
}

}  // namespace outlier_test
}  // namespace rehearse::models
