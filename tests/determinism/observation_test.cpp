// Looking on does not change what happens: an observer of events, or windows of another width. And
// what is added beside a platform does not change it: each entity draws from streams of its own.

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "models/world.hpp"
#include "tests/determinism/published.hpp"

namespace rehearse::determinism {
namespace {

class Observed : public testing::TestWithParam<std::string> {};

class Counter final : public sim::EventWatcher {
 public:
  void on_executed(const sim::Event& event) override {
    ++events;
    last = event.at_ns;
  }
  std::uint64_t events = 0;
  std::int64_t last = 0;
};

models::TrialRecord trial(const models::Scenario& scenario, std::vector<Instant> boundaries,
                          sim::EventWatcher* watcher = nullptr, std::uint64_t seed = 5) {
  models::World world(scenario.blueprint, {seed, 0}, std::move(boundaries), false);
  world.engine().watch(watcher);
  while (world.advance()) {
  }
  return world.take_record();
}

// The windows of a trial that was cut into several add up to those of one that was not.
void expect_sums(const models::TrialRecord& cut, const models::TrialRecord& whole) {
  ASSERT_EQ(cut.subjects.size(), whole.subjects.size());
  for (std::size_t i = 0; i < cut.subjects.size(); ++i) {
    models::WindowRecord sum;
    for (const models::WindowRecord& window : cut.subjects[i].windows) sum.merge(window);
    const models::WindowRecord& once = whole.subjects[i].windows.front();
    EXPECT_EQ(sum.arrivals, once.arrivals) << cut.subjects[i].name;
    EXPECT_EQ(sum.outcomes, once.outcomes) << cut.subjects[i].name;
    EXPECT_EQ(sum.response, once.response) << cut.subjects[i].name;
    EXPECT_EQ(sum.wait, once.wait) << cut.subjects[i].name;
    EXPECT_TRUE(sum.in_system == once.in_system) << cut.subjects[i].name;
    EXPECT_TRUE(sum.busy == once.busy) << cut.subjects[i].name;
    EXPECT_TRUE(sum.sojourn == once.sojourn) << cut.subjects[i].name;
  }
}

// By a watcher of events, which counts them, and through windows of any width. Another seed is
// another run, so that equal fingerprints say something.
TEST_P(Observed, IsAsUnobserved) {
  const models::Scenario scenario = scenario_of(GetParam(), {});
  const std::int64_t end = scenario.experiment.horizon.ns();
  const std::vector<Instant> all = {Instant::start(), Instant::at_ns(end)};
  const models::TrialRecord whole = trial(scenario, all);
  EXPECT_NE(trial(scenario, all, nullptr, 6).fingerprint, whole.fingerprint);
  for (const int windows : {7, 301}) {
    std::vector<Instant> boundaries;
    for (int i = 0; i <= windows; ++i) boundaries.push_back(Instant::at_ns(end / windows * i));
    boundaries.back() = Instant::at_ns(end);
    Counter counter;
    const models::TrialRecord cut = trial(scenario, boundaries, &counter);
    EXPECT_EQ(cut.fingerprint, whole.fingerprint) << windows << " windows";
    EXPECT_EQ(cut.events, whole.events);
    EXPECT_EQ(counter.events, whole.events);
    EXPECT_LT(counter.last, end);
    expect_sums(cut, whole);
  }
}

// Not the tenfold traffic of topology.yaml, which has every model that is in it.
std::vector<std::string> quick() {
  std::vector<std::string> files = published();
  std::erase(files, "merajutasa/topology-spike.yaml");
  return files;
}
INSTANTIATE_TEST_SUITE_P(Scenarios, Observed, testing::ValuesIn(quick()), test_name);

// ---- Streams of their own

using Sets = std::vector<std::string>;

/// All figures of all subjects of `one` are the same, to the last bit, in `other`.
void expect_equal_subjects(const reports::RunResult& one, const reports::RunResult& other) {
  for (const reports::SubjectResult& subject : one.subjects) {
    const reports::SubjectResult* found = other.find(subject.name, subject.kind);
    ASSERT_NE(found, nullptr) << subject.name;
    ASSERT_EQ(subject.metrics.size(), found->metrics.size());
    for (std::size_t i = 0; i < subject.metrics.size(); ++i) {
      EXPECT_EQ(subject.metrics[i].second.value, found->metrics[i].second.value)
          << subject.metrics[i].first << " of " << subject.name;
      EXPECT_EQ(subject.metrics[i].second.low, found->metrics[i].second.low);
      EXPECT_EQ(subject.metrics[i].second.high, found->metrics[i].second.high);
    }
    EXPECT_EQ(subject.outcomes, found->outcomes) << subject.name;
    EXPECT_EQ(subject.distribution, found->distribution) << subject.name;
  }
}

// The warm-up is given, as the rule for it looks at everything that is in the system.
const Sets kFew = {"experiment.trials=3", "experiment.warmup=10s"};

TEST(Streams, OfAnUnrelatedServiceDisturbNobody) {
  const reports::RunResult alone = run(scenario_of("examples/cache.yaml", kFew));
  Sets more = kFew;
  // One that sorts before all others and one behind them, with clients, a cache and a database.
  more.push_back(
      "system.services.aaa={servers: 2, balancer: random, instances: 3,"
      " service_time: {lognormal: {median: 5ms, p99: 80ms}}}");
  more.push_back(
      "system.services.zzz={endpoints: {a: [{cache: {get: zzzc, on_miss: [{query: zzzd/q}]}}]}}");
  more.push_back("system.caches.zzzc={entries: 10, keys: {uniform: 100}}");
  more.push_back("system.databases.zzzd={pool: {size: 5}, queries: {q: {exponential: 3ms}}}");
  more.push_back("workload.aaaw={arrivals: {poisson: 100rps}, mix: {aaa: 50%, zzz/a: 50%}}");
  const reports::RunResult beside = run(scenario_of("examples/cache.yaml", more));
  EXPECT_NE(alone.fingerprint, beside.fingerprint);
  ASSERT_NE(beside.find("zzzc"), nullptr);
  expect_equal_subjects(alone, beside);
}

// Variants of a scenario are compared on the same arrivals: what changes at a service leaves alone
// what its clients ask for.
TEST(Streams, OfClientsDoNotDependOnTheServer) {
  const reports::RunResult few = run(scenario_of("examples/hello.yaml", kFew));
  Sets sets = kFew;
  sets.push_back("system.services.station={servers: 12, service_time: {exponential: 90ms}}");
  const reports::RunResult many = run(scenario_of("examples/hello.yaml", sets));
  EXPECT_EQ(few.requests, many.requests);
  EXPECT_EQ(*few.find("clients")->find("arrival_rate")->value,
            *many.find("clients")->find("arrival_rate")->value);
  EXPECT_NE(*few.find("station")->find("mean_wait")->value,
            *many.find("station")->find("mean_wait")->value);
}

}  // namespace
}  // namespace rehearse::determinism
