#include "experiments/memory.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "models/world.hpp"
#include "tests/unit/models/scenario_text.hpp"

namespace rehearse::experiments {
namespace {

using testing::HasSubstr;

constexpr double kMega = 1e6;

std::string station(const std::string& service, const std::string& rate,
                    const std::string& horizon = "100s") {
  return "experiment: {horizon: " + horizon + ", warmup: 0s}\nsystem: {services: {s: {" + service +
         "}}}\nworkload: {w: {to: s, arrivals: {poisson: " + rate + "}}}\n";
}
constexpr const char* kTenServers = "servers: 10, service_time: {exponential: 100ms}";

Backlog backlog_of(const std::string& text) {
  const models::Scenario scenario = models::scenario_of(text);
  return expected_backlog(scenario, models::Traffic(scenario));
}

MemoryEstimate estimate_of(const models::Scenario& scenario, int jobs) {
  Diagnostics out;
  const WindowGrid grid = plan_windows(scenario, out);
  EXPECT_FALSE(out.has_errors()) << out.render();
  return estimate_memory(scenario, grid, jobs);
}

double part(const MemoryEstimate& estimate, const std::string& word) {
  for (const MemoryPart& one : estimate.parts)
    if (one.what.find(word) != std::string::npos) return one.bytes;
  return 0;
}

TEST(Backlog, IsLoadLessCapacityTimesHorizon) {
  // 10 servers of 100 ms serve 100/s: of 150/s over 100 s, 5000 are left.
  const Backlog backlog = backlog_of(station(kTenServers, "150rps"));
  EXPECT_NEAR(backlog.requests, 5000, 1e-6);
  EXPECT_EQ(backlog.service, "s");
  EXPECT_EQ(backlog.frames, 2);
}

TEST(Backlog, IsNothingBelowCapacity) {
  EXPECT_EQ(backlog_of(station(kTenServers, "99rps")).requests, 0);
}

TEST(Backlog, IsNothingWhereTheQueueIsBounded) {
  for (const char* bound : {", queue: {limit: 100}", ", queue: {patience: 1s}"})
    EXPECT_EQ(backlog_of(station(kTenServers + std::string(bound), "150rps")).requests, 0) << bound;
}

TEST(Backlog, IsNothingInAClosedLoop) {
  EXPECT_EQ(backlog_of("system: {services: {s: {servers: 1, service_time: 1s}}}\n"
                       "workload: {w: {to: s, users: 100, think: 1s}}\n")
                .requests,
            0);
}

TEST(Backlog, CountsRequestsThatShareCores) {
  // Half a core serves 50 requests of 10 ms a second, however many are in it.
  const Backlog backlog =
      backlog_of(station("cpu: {limit: 500m}, endpoints: {e: [{cpu: 10ms}]}", "80rps"));
  EXPECT_NEAR(backlog.requests, 100 * (80 - 50), 1e-6);
}

TEST(Backlog, CountsARequestWithManyVisitsOnce) {
  // Ten visits of each request to a station that serves 100/s: 10 requests a second get through.
  const Backlog backlog = backlog_of(
      "experiment: {horizon: 100s}\n"
      "system:\n  services:\n"
      "    front: {endpoints: {e: [{parallel: {copies: 10, steps: [{call: leaf}]}}]}}\n"
      "    leaf: {servers: 1, service_time: 10ms}\n"
      "workload: {w: {to: front, arrivals: {poisson: 20rps}}}\n");
  EXPECT_EQ(backlog.service, "leaf");
  EXPECT_NEAR(backlog.requests, 100 * (20 - 10), 1e-6);
}

TEST(Estimate, RowsAndTheirVersions) {
  const auto rows = [](const std::string& look) {
    return part(estimate_of(models::scenario_of(
                                "system:\n  services: {s: {endpoints: {e: [{query: d/look}]}}}\n"
                                "  databases:\n    d:\n      pool: {}\n      rows: {r: {uniform: "
                                "1M}}\n      queries: {look: {time: 1ms" +
                                look + "}}\nworkload: {w: {to: s, arrivals: {poisson: 10rps}}}\n"),
                            2),
                "rows 'd/r'");
  };
  EXPECT_EQ(rows(""), 2 * 4e6);
  EXPECT_EQ(rows(", reads: r"), 2 * 8e6);
}

// What an overloaded trial really takes, against what was foretold.
TEST(Estimate, FramesThatPileUp) {
  const models::Scenario scenario = models::scenario_of(station(kTenServers, "5000rps", "200s"));
  models::World world(scenario.blueprint, {1, 0},
                      {Instant::start(), Instant::start() + Duration::seconds(200)}, false);
  while (world.advance()) {
  }
  const auto taken = static_cast<double>(world.memory_bytes());
  const double foretold = part(estimate_of(scenario, 1), "pile up");
  EXPECT_GT(taken, 100 * kMega);
  EXPECT_GT(foretold, taken / 2);
  EXPECT_LT(foretold, taken * 2);
}

TEST(Estimate, WindowsOfOneTrial) {
  const models::Scenario scenario = models::scenario_of(station(kTenServers, "90rps", "1000s"));
  Diagnostics out;
  const WindowGrid grid = plan_windows(scenario, out);
  models::World world(scenario.blueprint, {1, 0}, grid.boundaries, false);
  while (world.advance()) {
  }
  double taken = 0;
  for (const models::SubjectRecord& subject : world.take_record().subjects)
    for (const models::WindowRecord& window : subject.windows)
      taken += static_cast<double>(sizeof window + window.response.memory_bytes() +
                                   window.wait.memory_bytes());
  // One job: one record grows, one waits, one is the sum.
  const double foretold = estimate_memory(scenario, grid, 1).parts.front().bytes / 3;
  EXPECT_GT(foretold, taken / 2);
  EXPECT_LT(foretold, taken * 2);
}

TEST(Estimate, KeysOfCachesOnEachThread) {
  const models::Scenario scenario = models::scenario_of(
      "experiment: {trials: 4}\n"
      "system:\n"
      "  caches: {c: {entries: 10, ttl: 60s, keys: {zipf: {n: 1M, alpha: 0.9}}}}\n"
      "  services: {s: {endpoints: {e: [{cache: {get: c}}]}}}\n"
      "workload: {w: {to: s, arrivals: {poisson: 1rps}}}\n");
  EXPECT_EQ(part(estimate_of(scenario, 1), "keys of cache 'c'"), 16 * kMega);
  EXPECT_EQ(part(estimate_of(scenario, 2), "keys of cache 'c'"), 32 * kMega);
  EXPECT_EQ(part(estimate_of(scenario, 9), "keys of cache 'c'"), 64 * kMega);  // trials are four
}

TEST(Estimate, MessagesThatPileUpInQueues) {
  // One consumer handles one message a second: of 100/s over 1000 s, 99,000 are left.
  const auto estimate = [](const std::string& queue) {
    const models::Scenario scenario = models::scenario_of(
        "experiment: {horizon: 1000s, trials: 1}\nsystem:\n  services:\n"
        "    front: {endpoints: {submit: [{publish: work}]}}\n    worker: {service_time: 1s}\n"
        "  brokers: {b: {queues: {work: {" +
        queue +
        "consumers: {to: worker}}}}}\nworkload: {w: {to: front, arrivals: {poisson: "
        "100rps}}}\n");
    return part(estimate_of(scenario, 1), "messages that pile up in 'work'");
  };
  const double all = estimate("");
  EXPECT_GT(all, 99000.0 * models::MessageQueue::message_bytes());
  EXPECT_NEAR(estimate("max_length: 990, "), all / 100, 1e-6 * all);
  EXPECT_NEAR(estimate("message_ttl: 10s, "), all / 100, 1e-6 * all);
}

TEST(Plan, NamesTheLargestPartAndWhatToChange) {
  const MemoryEstimate estimate{{{"the windows", 1e9, "use fewer"}, {"the keys", 7e9, "prune"}}};
  const MemoryPlan plan = plan_memory(estimate, {4e9, "the machine"});
  EXPECT_THAT(plan.problem, HasSubstr("the machine"));
  EXPECT_THAT(plan.problem, HasSubstr("for the keys: prune"));
  EXPECT_THAT(plan.problem, HasSubstr(format_bytes(8e9, 2)));
}

TEST(Plan, LeavesTheRestToRequestsInFlight) {
  const MemoryEstimate estimate{{{"the windows", 1e9, ""}, {"the users", 1e9, "", true}}};
  const MemoryPlan plan = plan_memory(estimate, {10e9, "the machine"});
  EXPECT_EQ(plan.problem, "");
  EXPECT_EQ(plan.in_flight_limit, static_cast<std::size_t>(0.9 * 10e9 - 1e9));
}

TEST(Plan, RefusesNothingWhereNothingIsKnown) {
  const MemoryEstimate estimate{{{"the windows", 1e18, ""}}};
  const MemoryPlan plan = plan_memory(estimate, {HUGE_VAL, ""});
  EXPECT_EQ(plan.problem, "");
  EXPECT_EQ(plan.in_flight_limit, SIZE_MAX);
}

// ---- what is available, from a tree of files in place of the machine's

class Available : public testing::Test {
 protected:
  Available() : root_(testing::TempDir() + "rehearse-memory-" + std::to_string(::getpid())) {}
  ~Available() override { std::filesystem::remove_all(root_); }

  void put(const std::string& path, const std::string& text) {
    const std::filesystem::path file = root_ + path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  MemoryAvailable read() const { return memory_available(root_); }

  std::string root_;
};

TEST_F(Available, OfTheMachine) {
  put("/proc/meminfo", "MemTotal:       24684092 kB\nMemFree: 1 kB\nMemAvailable:   1000 kB\n");
  EXPECT_EQ(read().bytes, 1000 * 1024.0);
  EXPECT_EQ(read().limit, "the machine");
}

TEST_F(Available, OfAGroupOfVersionTwo) {
  put("/proc/meminfo", "MemAvailable: 1000000 kB\n");
  put("/proc/self/cgroup", "0::/a/b\n");
  put("/sys/fs/cgroup/a/b/memory.max", "max\n");
  put("/sys/fs/cgroup/a/b/memory.current", "5\n");
  EXPECT_EQ(read().limit, "the machine");
  // The limit of a group above counts as well; cached files would give way.
  put("/sys/fs/cgroup/a/memory.max", "3000000\n");
  put("/sys/fs/cgroup/a/memory.current", "1000000\n");
  put("/sys/fs/cgroup/a/memory.stat", "anon 1\ninactive_file 500000\n");
  EXPECT_EQ(read().bytes, 2500000);
  EXPECT_EQ(read().limit, "the control group");
}

TEST_F(Available, OfAContainerWhoseGroupIsMountedAtTheTop) {
  put("/proc/self/cgroup", "0::/docker/0123\n");
  put("/sys/fs/cgroup/memory.max", "2000000\n");
  put("/sys/fs/cgroup/memory.current", "500000\n");
  EXPECT_EQ(read().bytes, 1500000);
}

TEST_F(Available, OfAGroupOfVersionOne) {
  put("/proc/self/cgroup", "12:cpu,cpuacct:/x\n4:memory:/jobs/7\n1:name=systemd:/\n");
  put("/sys/fs/cgroup/memory/jobs/7/memory.limit_in_bytes", "9000000\n");
  put("/sys/fs/cgroup/memory/jobs/7/memory.usage_in_bytes", "8000000\n");
  put("/sys/fs/cgroup/memory/jobs/7/memory.stat", "cache 1\ntotal_inactive_file 1000000\n");
  EXPECT_EQ(read().bytes, 2000000);
}

TEST_F(Available, UnknownWhereThereIsNothingToRead) {
  EXPECT_TRUE(std::isinf(read().bytes));
}

TEST_F(Available, SurvivesNonsense) {
  put("/proc/meminfo", "MemAvailable: lots\n\n:::\n");
  put("/proc/self/cgroup", "::::\n0::relative\n\n0::/\n0\n");
  put("/sys/fs/cgroup/memory.max", "-1");
  put("/sys/fs/cgroup/memory.current", "");
  EXPECT_TRUE(std::isinf(read().bytes));
}

}  // namespace
}  // namespace rehearse::experiments
