// A service of real processes behind a real HAProxy: what the actuator makes of it, and what the
// observer says of it.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>

#include "live/process_control.hpp"
#include "live/service_actuator.hpp"
#include "live/service_observer.hpp"
#include "tests/integration/servers.hpp"

namespace rehearse::integration::service_test {

using live::Actuator;
using live::Observer;
using live::ProcessRecord;
using policies::MetricNeed;

/// A target of the testbed; what has been started is ended afterwards.
struct Site {
  Site() {
    platform.guards.stale_after = Duration::seconds(5);
    target.service = "web";
    target.haproxy = haproxy.where();
    target.reserved_cpu = 0.5;
    target.metrics = {{.name = "cpu",
                       .query = "rate(process_cpu_seconds_total{job=\"web\"}[2s])",
                       .each = true,
                       .window = Duration::seconds(2)}};
    spec::LiveProcesses& processes = target.processes;
    processes.command = {REHEARSE_TESTBED, "serve", "--port", "{port}", "--work", "1ms"};
    processes.first_port = free_ports(12);
    processes.last_port = processes.first_port + 11;
    processes.state = "state";
    processes.ready = "/healthz";
    processes.start = Duration::seconds(5);
    processes.drain = Duration::seconds(2);
  }
  ~Site() {
    actuator.reset();
    std::string problem;
    std::vector<std::string> said;
    live::stop_service(target, folder.path(), said, problem);
    EXPECT_EQ(problem, "");
  }

  void act(std::int32_t initial) {
    std::string problem;
    actuator.reset();
    actuator = live::actuate_service(target, initial, folder.path(), problem);
    ASSERT_NE(actuator, nullptr) << problem;
  }
  void watch(std::vector<MetricNeed> needs = {}) {
    std::string problem;
    observer = live::observe_service(platform, target, needs, folder.path(), problem);
    ASSERT_NE(observer, nullptr) << problem;
  }
  /// One turn; what has been seen is added.
  void turn() {
    const Instant now = wall_clock();
    if (actuator) actuator->tend(now, notes);
    seen.clear();
    problems.clear();
    if (observer) observer->look(now, seen, problems);
    for (const auto& one : seen) {
      if (const auto* count = std::get_if<policies::ReplicaCount>(&one)) replicas = *count;
      if (const auto* sample = std::get_if<policies::MetricSample>(&one))
        samples.push_back(*sample);
    }
  }
  bool turns_until(Duration most, const std::function<bool()>& holds) {
    return until(most, [&] {
      turn();
      return holds();
    });
  }
  bool comes_to(std::int32_t useful) {
    return turns_until(Duration::seconds(10), [&] {
      return replicas.useful == useful && replicas.present == useful &&
             table().size() == static_cast<std::size_t>(useful);
    });
  }
  std::vector<ProcessRecord> table() const {
    const auto read = live::read_process_table(folder.path("state"), "web");
    EXPECT_TRUE(read) << read.problem;
    return read ? read->processes : std::vector<ProcessRecord>();
  }
  std::string story() const { return fmt::format("{}", fmt::join(notes.heard, "\n")); }

  Haproxy haproxy;
  Folder folder;
  spec::LivePlatform platform;
  spec::LiveTarget target;
  Notes notes;
  std::unique_ptr<Actuator> actuator;
  std::unique_ptr<Observer> observer;
  std::vector<policies::Observation> seen;
  std::vector<policies::MetricSample> samples;
  std::vector<std::string> problems;
  policies::ReplicaCount replicas;
};

TEST(Service, ComesAndGoesWithoutAFailedRequest) {
  PrometheusServer prometheus;
  Site site;
  site.platform.prometheus = prometheus.where();
  site.target.processes.discovery = prometheus.discovery();
  site.act(1);
  site.watch({{.name = "cpu", .scope = MetricNeed::Scope::each, .requests = true}});
  ASSERT_TRUE(site.comes_to(1)) << site.story();
  int failed = 0;
  const auto asks = [&](bool enough) {
    failed += status_of(site.haproxy.port, "/") == 200 ? 0 : 1;
    return enough;
  };
  EXPECT_TRUE(site.actuator->scale_to(wall_clock(), 3, site.notes).succeeded);
  ASSERT_TRUE(site.turns_until(Duration::seconds(10), [&] {
    return asks(site.replicas.useful == 3);
  })) << site.story();
  // Two scrapes of each, then values of each under its own name.
  EXPECT_TRUE(site.turns_until(Duration::seconds(10), [&] {
    return asks(site.samples.size() >= 3 && site.samples.back().instance == 3);
  })) << fmt::format("{}", fmt::join(site.problems, "\n"));
  EXPECT_EQ(site.samples.back().window, Duration::seconds(2));
  EXPECT_TRUE(site.actuator->scale_to(wall_clock(), 1, site.notes).succeeded);
  ASSERT_TRUE(site.turns_until(Duration::seconds(10), [&] {
    return asks(site.table().size() == 1);
  })) << site.story();
  EXPECT_EQ(site.table().front().id, 1U) << "the youngest go";
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(site.notes.count("has ended by itself"), 0) << site.story();
}

TEST(Service, ADeadInstanceIsReplaced) {
  Site site;
  site.act(2);
  site.watch();
  ASSERT_TRUE(site.comes_to(2)) << site.story();
  const ProcessRecord first = site.table().front();
  ::kill(static_cast<pid_t>(first.pid), SIGKILL);
  ASSERT_TRUE(site.turns_until(Duration::seconds(10), [&] {
    return site.replicas.useful == 2 && site.notes.count("has ended by itself") == 1;
  })) << site.story();
  for (const ProcessRecord& record : site.table()) {
    EXPECT_NE(record.id, first.id);
    EXPECT_NE(record.port, first.port);
  }
}

TEST(Service, TheNextRunTakesOnWhatIsThere) {
  Site site;
  site.act(2);
  site.watch();
  ASSERT_TRUE(site.comes_to(2)) << site.story();
  std::string problem;
  EXPECT_EQ(live::actuate_service(site.target, 1, site.folder.path(), problem), nullptr);
  EXPECT_NE(problem.find("another 'rehearse live' acts"), std::string::npos) << problem;
  const auto before = site.table();
  site.act(5);
  for (int i = 0; i < 5; ++i) site.turn();
  const auto after = site.table();
  ASSERT_EQ(after.size(), 2U) << site.story();
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(after[i].id, before[i].id);
    EXPECT_EQ(after[i].pid, before[i].pid);
  }
  EXPECT_EQ(site.replicas.wanted, 2);
}

TEST(Service, WhatWasBeingStartedIsFoundByItsMark) {
  Site site;
  const std::string state = site.folder.path("state");
  std::filesystem::create_directories(state);
  const int port = site.target.processes.first_port;
  const auto started =
      live::start_process({REHEARSE_TESTBED, "serve", "--port", fmt::format("{}", port)},
                          live::process_mark(state, "web", 7), site.folder.path("web.log"));
  ASSERT_TRUE(started) << started.problem;
  live::ProcessTable table;
  table.wanted = 1;
  table.next_id = 8;
  table.processes.push_back(
      {.id = 7, .port = port, .since = wall_clock(), .started = wall_clock()});
  ASSERT_EQ(live::save_file(live::process_table_path(state, "web"),
                            live::write_process_table(table, live::boot_of_machine())),
            "");
  site.act(1);
  site.watch();
  ASSERT_TRUE(site.comes_to(1)) << site.story();
  EXPECT_EQ(site.table().front().id, 7U);
  EXPECT_EQ(site.table().front().pid, started->pid);
}

// A table whose process has ended, and whose number is somebody else's by now.
TEST(Service, NobodyElseIsSignalled) {
  Site site;
  Child bystander({"sleep", "60"}, site.folder.path("sleep.log"));
  const std::string state = site.folder.path("state");
  std::filesystem::create_directories(state);
  ASSERT_TRUE(bystander.runs());
  live::ProcessTable table;
  table.wanted = 0;
  for (const auto phase : {ProcessRecord::State::serving, ProcessRecord::State::stopping})
    table.processes.push_back({.id = table.next_id++,
                               .pid = bystander.number(),
                               .ticks = 1,
                               .port = site.target.processes.first_port,
                               .state = phase});
  const auto save = [&] {
    ASSERT_EQ(live::save_file(live::process_table_path(state, "web"),
                              live::write_process_table(table, live::boot_of_machine())),
              "");
  };
  save();
  site.act(1);
  for (int i = 0; i < 5; ++i) site.turn();
  EXPECT_TRUE(site.table().empty()) << site.story();
  EXPECT_TRUE(bystander.runs());
  site.actuator.reset();
  save();
  std::vector<std::string> said;
  std::string problem;
  EXPECT_EQ(live::stop_service(site.target, site.folder.path(), said, problem), 0);
  EXPECT_TRUE(bystander.runs());
  for (const ProcessRecord& record : table.processes) {
    EXPECT_EQ(live::signal_process(record, SIGKILL), "");
    EXPECT_TRUE(bystander.runs());
  }
}

TEST(Service, AHaproxyThatStartsAnewIsSetUpAgain) {
  Site site;
  site.act(2);
  site.watch();
  ASSERT_TRUE(site.comes_to(2)) << site.story();
  site.haproxy.child->end();
  site.turn();
  EXPECT_FALSE(site.actuator->scale_to(wall_clock(), 3, site.notes).succeeded);
  EXPECT_EQ(site.replicas.useful, -1) << "not known";
  EXPECT_EQ(site.replicas.present, 2);
  site.haproxy.start();
  ASSERT_TRUE(site.comes_to(2)) << site.story();
  EXPECT_EQ(site.notes.count("which HAProxy has forgotten"), 2);
  EXPECT_EQ(status_of(site.haproxy.port, "/"), 200);
}

TEST(Service, NothingIsDoneThatIsNotWrittenDown) {
  Site site;
  site.notes.allow = false;
  site.act(2);
  for (int i = 0; i < 3; ++i) site.turn();
  EXPECT_TRUE(site.table().empty());
  EXPECT_FALSE(site.actuator->scale_to(wall_clock(), 2, site.notes).succeeded);
  site.notes.allow = true;
  site.watch();
  ASSERT_TRUE(site.comes_to(2));
  site.notes.allow = false;
  EXPECT_FALSE(site.actuator->scale_to(wall_clock(), 1, site.notes).succeeded);
  for (int i = 0; i < 3; ++i) site.turn();
  EXPECT_EQ(site.replicas.useful, 2);
  EXPECT_EQ(site.replicas.wanted, 2);
}

TEST(Service, MoreThanThereIsRoomForIsRefused) {
  Site site;
  site.act(1);
  site.turn();
  const auto slots = site.actuator->scale_to(wall_clock(), 7, site.notes);
  EXPECT_FALSE(slots.succeeded);
  EXPECT_EQ(slots.detail, "7 instances asked for, and backend 'web' has 6 slots");
  EXPECT_FALSE(site.actuator->scale_to(wall_clock(), 13, site.notes).succeeded);
  EXPECT_FALSE(site.actuator->scale_to(wall_clock(), -1, site.notes).succeeded);
}

TEST(Service, WhatCannotStartIsSaidOnceAndTriedAgainLater) {
  Site site;
  site.target.processes.command = {"/no/such/program", "{port}"};
  site.act(1);
  for (int i = 0; i < 10; ++i) site.turn();
  EXPECT_EQ(site.notes.count("cannot start '/no/such/program': No such file"), 1) << site.story();
  EXPECT_EQ(site.notes.count("start web-"), 1) << site.story();
  EXPECT_TRUE(site.table().empty());
}

TEST(Service, WhatDoesNotBecomeReadyIsEnded) {
  Site site;
  // It neither listens nor heeds SIGTERM.
  site.target.processes.command = {"sh", "-c",
                                   "trap '' TERM; while :; do sleep 0.1; done # {port}"};
  site.target.processes.start = Duration::milliseconds(300);
  site.target.processes.drain = Duration::milliseconds(100);
  site.act(1);
  EXPECT_TRUE(site.turns_until(Duration::seconds(10), [&] {
    return site.notes.count("web-1 has ended") == 1;
  })) << site.story();
  EXPECT_EQ(site.notes.count("end web-1: it does not become ready"), 1);
  EXPECT_EQ(site.notes.count("kill web-1, which does not end"), 1);
}

TEST(Service, StopEndsAllAndForgetsWhatWasWanted) {
  Site site;
  site.act(2);
  site.watch();
  ASSERT_TRUE(site.comes_to(2)) << site.story();
  const auto before = site.table();
  site.actuator.reset();
  std::vector<std::string> said;
  std::string problem;
  EXPECT_EQ(live::stop_service(site.target, site.folder.path(), said, problem), 2) << problem;
  for (const ProcessRecord& record : before) EXPECT_FALSE(live::is_alive(record));
  EXPECT_EQ(status_of(site.haproxy.port, "/"), 503);
  EXPECT_EQ(live::stop_service(site.target, site.folder.path(), said, problem), 0);
  site.act(1);
  ASSERT_TRUE(site.comes_to(1)) << site.story();
  EXPECT_EQ(site.table().front().id, 3U) << "numbers are not used again";
}

TEST(Service, AnObserverTellsWhatIsNewAndWhoIsGone) {
  Site site;
  site.platform.prometheus = {.url = "http://127.0.0.1:1", .timeout = Duration::milliseconds(200)};
  const std::vector<MetricNeed> needs{
      {.name = "cpu", .scope = MetricNeed::Scope::each, .requests = true}};
  site.watch(needs);
  site.turn();
  ASSERT_EQ(site.seen.size(), 1U) << "no count before anybody has asked for one";
  EXPECT_TRUE(std::holds_alternative<policies::MetricLost>(site.seen[0]));
  site.act(1);
  ASSERT_TRUE(site.comes_to(1)) << site.story();
  site.watch(needs);  // another one: it is told all
  site.turn();
  ASSERT_EQ(site.seen.size(), 4U);
  const auto& status = std::get<policies::InstanceStatus>(site.seen[0]);
  EXPECT_TRUE(status.ready);
  EXPECT_EQ(status.instance, 1U);
  EXPECT_EQ(std::get<policies::ResourceRequest>(site.seen[1]).value, 0.5);
  EXPECT_EQ(std::get<policies::ReplicaCount>(site.seen[2]).useful, 1);
  EXPECT_TRUE(std::holds_alternative<policies::MetricLost>(site.seen[3]));
  site.turn();
  EXPECT_EQ(site.seen.size(), 2U) << "what has not changed is not told again";
  site.actuator->scale_to(wall_clock(), 0, site.notes);
  ASSERT_TRUE(site.turns_until(Duration::seconds(10), [&] {
    return std::holds_alternative<policies::InstanceGone>(site.seen[0]);
  })) << site.story();
}

TEST(Service, AMetricInTroubleIsLost) {
  OddServer odd;
  Site site;
  site.platform.prometheus = odd.where();
  // An instance that is about to be started is known already.
  const std::string state = site.folder.path("state");
  std::filesystem::create_directories(state);
  live::ProcessTable table;
  table.wanted = 1;
  table.processes.push_back({.id = 1, .port = site.target.processes.first_port});
  ASSERT_EQ(live::save_file(live::process_table_path(state, "web"),
                            live::write_process_table(table, live::boot_of_machine())),
            "");
  const auto look = [&](const std::string& query, bool each) {
    site.target.metrics = {{.name = "load", .query = query, .each = each}};
    site.watch(
        {{.name = "load", .scope = each ? MetricNeed::Scope::each : MetricNeed::Scope::whole}});
    site.turn();
    return std::holds_alternative<policies::MetricSample>(site.seen.back());
  };
  EXPECT_TRUE(look("good", true));
  EXPECT_TRUE(look("good", false));
  for (const char* query : {"nan", "infinite", "unlabelled", "stranger", "old", "empty", "garbage",
                            "half", "matrix", "error", "busy", "huge", "closed"}) {
    EXPECT_FALSE(look(query, true)) << query;
    EXPECT_TRUE(std::holds_alternative<policies::MetricLost>(site.seen.back())) << query;
    EXPECT_EQ(site.problems.size(), 1U) << query;
  }
  EXPECT_FALSE(look("two", false)) << "which of them?";
  EXPECT_TRUE(look("two", true)) << "one of them is ours";
}

TEST(Service, AMetricThatIsNotDefinedIsSaid) {
  Site site;
  std::string problem;
  const std::vector<MetricNeed> other{{.name = "load", .scope = MetricNeed::Scope::whole}};
  EXPECT_EQ(live::observe_service(site.platform, site.target, other, "", problem), nullptr);
  EXPECT_EQ(problem,
            "live.targets.web.metrics needs 'load: {whole: ...}', which the policy looks at");
  site.target.reserved_cpu = 0;
  const std::vector<MetricNeed> share{
      {.name = "cpu", .scope = MetricNeed::Scope::each, .requests = true}};
  EXPECT_EQ(live::observe_service(site.platform, site.target, share, "", problem), nullptr);
  EXPECT_NE(problem.find("live.targets.web.reserves"), std::string::npos) << problem;
}

}  // namespace rehearse::integration::service_test
