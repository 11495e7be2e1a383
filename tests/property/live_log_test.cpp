// Random live runs, with every registered policy that scales: whatever was seen, in whatever order,
// lost, implausible or late, the log replays into the same decisions.

#include <gtest/gtest.h>

#include <sstream>

#include "live/acting_loop.hpp"
#include "live/log_entry.hpp"
#include "live/replay.hpp"
#include "live/setup.hpp"
#include "scenarios/spec/reader.hpp"
#include "sim/random.hpp"
#include "tests/contract/rig.hpp"
#include "tests/unit/live/fakes.hpp"
#include "tests/unit/policies/json_block.hpp"

namespace rehearse::live {
namespace live_log_test {

using namespace policies;
using nlohmann::json;
using rehearse::tests::block_of;

// A scenario whose policy `scaling` is of this kind, by its example.
std::string scenario_of(const ControllerKind& kind) {
  json metrics = json::object();
  const auto controller = contract::make(kind);
  for (const MetricNeed& need : controller->needs())
    metrics[need.name] = {{need.scope == MetricNeed::Scope::each ? "each" : "whole", "up"}};
  json web = {{"metrics", metrics},
              {"reserves", {{"cpu", "1"}, {"memory", "256Mi"}}},
              {"haproxy", {{"socket", "run/admin.sock"}, {"backend", "web"}}},
              {"processes",
               {{"command", {"shop", "{port}"}},
                {"ports", "18111-18130"},
                {"state", "run"},
                {"ready", "/healthz"}}}};
  json live = {{"prometheus", {{"url", "http://127.0.0.1:9090"}}},
               {"targets", {{"web", web}}},
               {"guards", {{"most_at_once", 3}, {"changes", 4}, {"within", "2m"}}}};
  SpecNode root = block_of({{"rehearse", 1}, {"live", live}});
  SpecNode policy = block_of({{"target", "web"}, {"observe", {{"scrape", "5s"}}}});
  policy.entries.push_back({std::string(kind.name), {}, contract::example_of(kind)});
  SpecNode all{.kind = SpecNode::Kind::map};
  all.entries.push_back({"scaling", {}, policy});
  root.entries.push_back({"policies", {}, all});
  return spec::write_yaml(root);
}

// What a platform may say, and now and then what none can.
class Chaos final : public Observer {
 public:
  Chaos(sim::Stream& random, std::span<const MetricNeed> needs, tests::Service& service)
      : random_(random), needs_(needs), service_(service) {}

  void look(Instant now, std::vector<Observation>& seen,
            std::vector<std::string>& problems) override {
    if (random_.chance(0.1)) problems.push_back("Prometheus does not answer");
    if (random_.chance(0.9))
      seen.emplace_back(ReplicaCount{service_.wanted, service_.wanted - below(2), past(now)});
    for (InstanceId id = 0; id < 6; ++id) state_of(id, now, seen);
    for (std::uint32_t m = 0; m < needs_.size(); ++m) figures_of(m, now, seen);
    for (std::size_t i = 0; i + 1 < seen.size(); ++i)
      if (random_.chance(0.3)) std::swap(seen[i], seen[i + 1]);
    if (random_.chance(0.3)) seen.push_back(oddity(now));
  }

 private:
  std::int32_t below(std::uint64_t limit) {
    return static_cast<std::int32_t>(random_.below(limit));
  }
  Instant past(Instant now) {
    if (random_.chance(0.8)) return now;
    return Instant::at_ns(now.ns() - static_cast<std::int64_t>(random_.below(200'000'000'000)));
  }
  void state_of(InstanceId id, Instant now, std::vector<Observation>& seen) {
    if (random_.chance(0.3)) return;
    if (static_cast<std::int32_t>(id) >= service_.wanted) {
      seen.emplace_back(InstanceGone{id});
      return;
    }
    seen.emplace_back(InstanceStatus{.instance = id,
                                     .phase = static_cast<Phase>(random_.below(4)),
                                     .deleting = random_.chance(0.1),
                                     .has_started = random_.chance(0.9),
                                     .ready = random_.chance(0.8),
                                     .started = past(now),
                                     .ready_changed = past(now)});
  }
  void figures_of(std::uint32_t metric, Instant now, std::vector<Observation>& seen) {
    if (random_.chance(0.1)) {
      seen.emplace_back(MetricLost{metric});
      return;
    }
    const double scale = random_.chance(0.1) ? 1e9 : (random_.chance(0.3) ? 0.01 : 300);
    const Duration window = Duration::seconds(below(30));
    if (needs_[metric].scope == MetricNeed::Scope::whole) {
      seen.emplace_back(MetricSample{metric, kWhole, random_.uniform() * scale, past(now), window});
      return;
    }
    for (InstanceId id = 0; id < 6; ++id) {
      if (random_.chance(0.2)) continue;
      if (needs_[metric].requests) seen.emplace_back(ResourceRequest{metric, id, 1});
      seen.emplace_back(MetricSample{metric, id, random_.uniform() * scale, past(now), window});
    }
  }
  Observation oddity(Instant now) {
    switch (random_.below(7)) {
      case 0:
        return ReplicaCount{-below(1000), below(9), now};
      case 1:
        return MetricSample{static_cast<std::uint32_t>(random_.below(1000)), 1, 1, now, {}};
      case 2:
        return MetricSample{0, kWhole, 1e300 * 1e300, now, {}};
      case 3:
        return ReplicaCount{1, 1, Instant::never()};
      case 4:
        return TargetConflict{random_.chance(0.5)};
      case 5:
        return HostRestarted{};
      default:
        return OutOfMemory{0, 1};
    }
  }

  sim::Stream& random_;
  std::span<const MetricNeed> needs_;
  tests::Service& service_;
};

// Does as it is told, or does not.
class Whim final : public Actuator {
 public:
  Whim(sim::Stream& random, tests::Service& service) : random_(random), service_(service) {}
  ActOutcome scale_to(Instant, std::int32_t replicas, Audit& audit) override {
    if (random_.chance(0.2)) return {false, "not today"};
    if (!audit.about_to("change the count")) return {false, "forbidden"};
    service_.wanted = replicas;
    return {true, {}};
  }
  void tend(Instant, Audit& audit) override {
    if (random_.chance(0.001)) service_.wanted += audit.about_to("somebody else scales") ? 1 : 0;
  }

 private:
  sim::Stream& random_;
  tests::Service& service_;
};

std::vector<std::string> scaling_kinds() {
  std::vector<std::string> names;
  for (const ControllerKind& kind : controller_kinds())
    if (kind.scales()) names.emplace_back(kind.name);
  return names;
}

class LiveLog : public testing::TestWithParam<std::string> {};

TEST_P(LiveLog, ReplaysIntoTheSameDecisions) {
  const ControllerKind& kind = *find_controller(GetParam());
  const std::string text = scenario_of(kind);
  std::uint64_t decisions = 0;
  for (std::uint64_t number = 0; number < 6; ++number) {
    sim::Stream random({.seed = number, .trial = 0}, "live log", "property");
    Diagnostics out;
    const SpecNode root = spec::read_text("live.yaml", text, out);
    const auto setup = read_setup(root, out);
    ASSERT_TRUE(setup) << text << out.render();
    tests::FakeClock clock;
    tests::Service service;
    tests::Heard heard;
    tests::Folder folder;
    const std::string file = folder.file("log");
    std::string problem;
    {
      auto journal = Journal::create(file, problem);
      ASSERT_TRUE(journal) << problem;
      journal->append(begin_entry(clock.now(), {"0", "run", "live.yaml", text, {"scaling"}}));
      const PolicyBlock& policy = setup->policies[0];
      Chaos observer(random, policy.controller->needs(), service);
      Whim actuator(random, service);
      ActingLoop loop(clock, *journal, heard);
      loop.add(std::make_unique<Host>(
                   Host::Spec{0, policy.controller.get(), setup->guards_of(0), policy.scrape},
                   observer, clock, *journal, heard),
               actuator);
      std::atomic<bool> stop{false};
      loop.run({.at = clock.now() + Duration::seconds(1200)}, stop);
      decisions += loop.hosts()[0]->counts().decisions;
    }
    std::istringstream log(tests::text_in(file));
    const ReplayResult result = replay(log);
    EXPECT_EQ(result.end, ReplayResult::End::equal) << kind.name << " case " << number << " line "
                                                    << result.line << ": " << result.problem << "\n"
                                                    << result.logged << "\n"
                                                    << result.replayed;
  }
  EXPECT_GT(decisions, 0U) << kind.name;
}

INSTANTIATE_TEST_SUITE_P(Kinds, LiveLog, testing::ValuesIn(scaling_kinds()),
                         [](const auto& of) { return of.param; });

}  // namespace live_log_test
}  // namespace rehearse::live
