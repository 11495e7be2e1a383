// `rehearse analyze` against simulation: utilization lies inside the interval of a run, and a
// scenario is stable just below the growth that the analysis allows and not just above.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <ostream>

#include "experiments/analyze.hpp"
#include "experiments/run.hpp"
#include "scenarios/spec/reader.hpp"
#include "sim/random.hpp"

namespace rehearse::theory {
namespace {

models::Scenario compiled(const SpecNode& root, Diagnostics& problems) {
  auto scenario = models::compile(root, spec::disk(), problems);
  EXPECT_TRUE(scenario.has_value()) << problems.render();
  return scenario ? std::move(*scenario) : models::Scenario{};
}

using Sets = std::vector<std::string>;

/// A published scenario with a span that its random streams allow to be judged at.
struct Published {
  std::string file;
  Sets sets;
};
void PrintTo(const Published& published, std::ostream* out) {
  *out << published.file;
}

models::Scenario scenario_of(const Published& published, std::vector<std::string> more) {
  std::vector<std::string> sets = published.sets;
  sets.insert(sets.end(), more.begin(), more.end());
  Diagnostics problems;
  return compiled(spec::read_scenario(REHEARSE_SOURCE_DIR "/scenarios/" + published.file,
                                      {{}, sets}, spec::disk(), problems),
                  problems);
}

/// A platform of calls, ways, parallel steps, retries of errors and caches above stations that are
/// alone busy: a service that holds its slots while it calls others would be full before its own
/// load says so.
std::string layered(std::uint64_t seed) {
  sim::Stream rng({seed, 0}, "layered", "platform");
  const auto pick = [&](int below) {
    return std::min(below - 1, static_cast<int>(rng.uniform() * below));
  };
  std::string text =
      "rehearse: 1\nsystem:\n"
      "  caches: {items: {entries: 300, keys: {zipf: {n: 1000, alpha: 0.8}}}}\n"
      "  databases: {db: {pool: {size: 12}, queries: {q: {exponential: 20ms}}}}\n  services:\n";
  constexpr int kLeaves = 3;
  for (int i = 0; i < kLeaves; ++i) {
    const int servers = 4 + pick(8);
    const int milliseconds = 10 + pick(40);
    const int failures = pick(10);
    text += fmt::format(
        "    leaf{}: {{servers: {}, endpoints: {{e: [{{wait: {{exponential: {}ms}}}}, {{fail: "
        "{}%}}]}}}}\n",
        i, servers, milliseconds, failures);
  }
  const auto step = [&] {
    const std::string leaf = fmt::format("leaf{}/e", pick(kLeaves));
    const std::string other = fmt::format("leaf{}/e", pick(kLeaves));
    switch (pick(5)) {
      case 0:
        return fmt::format(
            "{{choose: [{{share: 30%, steps: [{{call: {}}}]}}, {{share: 70%, steps: "
            "[{{call: {}}}]}}]}}",
            leaf, other);
      case 1:
        return fmt::format("{{parallel: [{{call: {}}}, {{call: {}}}]}}", leaf, other);
      case 2:
        return fmt::format(
            "{{call: {{to: {}, retry: {{attempts: 3, backoff: {{constant: 5ms}}}}}}}}", leaf);
      case 3:
        return std::string("{cache: {get: items, on_miss: [{query: db/q}]}}");
      default:
        return fmt::format("{{call: {{to: {}, on_failure: continue}}}}", leaf);
    }
  };
  for (int i = 0; i < 2; ++i) {
    const std::string first = step();
    const std::string second = step();
    text += fmt::format("    front{}: {{endpoints: {{e: [{}, {}]}}}}\n", i, first, second);
  }
  return text +
         "workload:\n"
         "  a: {arrivals: {poisson: 60rps}, to: front0/e}\n"
         "  b: {arrivals: {poisson: 40rps}, to: front1/e}\n";
}

models::Scenario generated(std::uint64_t seed, const std::string& experiment) {
  Diagnostics problems;
  return compiled(spec::read_text("layered.yaml",
                                  layered(seed) + "experiment: {" + experiment + "}\n", problems),
                  problems);
}

/// Multiplies the rates of all clients. REQUIRES: they are Poisson.
void grow(models::Scenario& scenario, double factor) {
  for (models::WorkloadSpec& workload : scenario.blueprint.workloads) {
    ASSERT_TRUE(workload.arrivals && workload.arrivals->kind == models::ArrivalSpec::Kind::poisson);
    workload.arrivals->rate *= factor;
    workload.arrivals->mean_gap /= factor;
  }
}

reports::RunResult run(const models::Scenario& scenario) {
  Diagnostics problems;
  auto outcome = experiments::run(scenario, {}, problems);
  EXPECT_TRUE(outcome && outcome->end == experiments::PoolEnd::done) << problems.render();
  return outcome ? std::move(outcome->result) : reports::RunResult{};
}

// `slack`: for timeouts and full queues, which the traffic equations leave out, relative.
void expect_utilization(const models::Scenario& scenario, double slack) {
  const reports::Analysis theory = experiments::analyze(scenario);
  const reports::RunResult simulated = run(scenario);
  int compared = 0;
  for (const reports::StationAnalysis& station : theory.stations) {
    const reports::SubjectResult* subject = simulated.find(station.name, station.kind);
    ASSERT_NE(subject, nullptr) << station.name;
    const reports::Estimate* measured = subject->find("utilization");
    if (!station.utilization_mean || measured == nullptr) continue;
    ++compared;
    const double value = *station.utilization_mean;
    fmt::print("  {:<12} theory {:.6g}  estimate {:.6g}  interval {:.6g} .. {:.6g}\n", station.name,
               value, *measured->value, measured->low, measured->high);
    EXPECT_LE(value * (1 - slack), measured->high) << station.name;
    // What waits for others is busier once those have queues: a bound, and no prediction.
    if (station.at_most) continue;
    EXPECT_GE(value * (1 + slack), measured->low) << station.name;
    EXPECT_LT(measured->high - measured->low, 0.1 * value) << station.name << ": says nothing";
  }
  EXPECT_GT(compared, 0);
}

/// Share of the requests of a station that it did not serve by the end: still there, turned away
/// or gone from its queue.
double unserved(const reports::RunResult& result, const std::string& station) {
  const reports::SubjectResult* subject = result.find(station);
  if (subject == nullptr) return -1;
  const double arrivals = *subject->find("arrival_rate")->value * result.horizon;
  double lost = arrivals - *subject->find("throughput")->value * result.horizon;
  for (const auto& [outcome, mean] : subject->outcomes)
    if (outcome == "rejected" || outcome == "abandoned") lost += mean;
  return lost / arrivals;
}

// At 1.05 times capacity 1 / 21 of what comes cannot be served, less what chance allows.
void expect_saturation(const std::function<models::Scenario()>& scenario) {
  const reports::Analysis theory = experiments::analyze(scenario());
  ASSERT_FALSE(theory.bottleneck.empty());
  models::Scenario below = scenario();
  grow(below, 0.97 * theory.growth);
  models::Scenario above = scenario();
  grow(above, 1.05 * theory.growth);
  const double stable = unserved(run(below), theory.bottleneck);
  const double unstable = unserved(run(above), theory.bottleneck);
  fmt::print("  {} x {:.4g}: unserved {:.3f} at 0.97, {:.3f} at 1.05\n", theory.bottleneck,
             theory.growth, stable, unstable);
  EXPECT_GT(unstable, 0.03);
  // Those that wait for others may be full earlier.
  if (theory.find(theory.bottleneck)->at_most) return;
  EXPECT_LT(stable, 0.012);
  EXPECT_LT(unstable, 0.07);
}

class PublishedAnalysis : public testing::TestWithParam<Published> {};

const Published kHello{"examples/hello.yaml", {}};
const Published kThroughput{"soba-dex/k6-throughput.yaml", {"objectives=[throughput(k6) > 1rps]"}};
// Without the surge, after which nothing is stationary; with retries it would not recover either.
const Published kRetries{
    "examples/retry-storm.yaml",
    {"workload.surge=null", "workload.users.retry=null", "objectives=[error_rate(users) < 1%]"}};
// Entries that expire within the warm-up, and a database that fills the cache at once.
const Published kCache{
    "examples/cache.yaml",
    {"system.caches.articles.ttl=20s", "system.databases.catalogue.pool.size=2000"}};

TEST_P(PublishedAnalysis, AgreesOnUtilization) {
  expect_utilization(scenario_of(GetParam(), {"experiment.horizon=150s", "experiment.warmup=50s",
                                              "experiment.trials=10", "experiment.confidence=99.9%",
                                              "experiment.seed=5"}),
                     0.001);
}

TEST_P(PublishedAnalysis, KnowsWhereStabilityEnds) {
  expect_saturation([&] {
    return scenario_of(GetParam(), {"experiment.horizon=300s", "experiment.warmup=0s",
                                    "experiment.trials=1", "experiment.seed=5"});
  });
}

INSTANTIATE_TEST_SUITE_P(All, PublishedAnalysis,
                         testing::Values(kHello, kThroughput, kRetries, kCache));

// Traffic that changes: the mean over the horizon is that of the rates.
TEST(Analysis, AgreesOnTheMeanOfARecordedDay) {
  expect_utilization(scenario_of({"examples/trace-replay.yaml", {}},
                                 {"experiment.confidence=99.9%", "experiment.trials=10"}),
                     0.002);
}

// Users that wait for answers ask less than those that never wait, by response / think time: 0.1 %.
// Probes are part of the load. What is in the caches after two minutes is not all that comes to be,
// which concerns the database and the cache behind them: hence the slack.
Sets phase2(double users) {
  return {"workload.users.users=" + fmt::format("{:.0f}", users),
          "objectives=[p95(users) < 100ms]",
          "policies=null",
          "experiment.horizon=220s",
          "experiment.warmup=120s",
          "experiment.confidence=99.9%",
          "experiment.seed=5"};
}
constexpr double kUsers = 10'000;

TEST(Analysis, AgreesOnTheWholePathOfAPlatform) {
  Sets sets = phase2(kUsers);
  sets.push_back("experiment.trials=10");
  expect_utilization(scenario_of({"merajutasa/phase2.yaml", sets}, {}), 0.02);
}

// Users in a closed loop do not overrun a station, they ask less. Beyond what it carries its
// liveness probes time out as well, and restarts take away what is left: requests fail.
TEST(Analysis, KnowsHowManyUsersAPlatformCarries) {
  const Published file{"merajutasa/phase2.yaml", phase2(kUsers)};
  const reports::Analysis theory = experiments::analyze(scenario_of(file, {}));
  ASSERT_EQ(theory.bottleneck, "signer");
  const auto at = [&](double factor) {
    return run(
        scenario_of({file.file, phase2(kUsers * theory.growth * factor)}, {"experiment.trials=2"}));
  };
  const auto figure = [](const reports::RunResult& result, const char* subject, const char* name) {
    return *result.find(subject)->find(name)->value;
  };
  const reports::RunResult below = at(0.95);
  const reports::RunResult above = at(1.05);
  fmt::print("  signer x {:.4g}: used {:.3f} at 0.95, errors {:.3f} there and {:.3f} at 1.05\n",
             theory.growth, figure(below, "signer", "utilization"),
             figure(below, "users", "error_ratio"), figure(above, "users", "error_ratio"));
  EXPECT_NEAR(figure(below, "signer", "utilization"), 0.95, 0.02);
  EXPECT_LT(figure(below, "users", "error_ratio"), 0.001);
  EXPECT_GT(figure(above, "users", "error_ratio"), 0.02);
}

class GeneratedAnalysis : public testing::TestWithParam<std::uint64_t> {};

TEST_P(GeneratedAnalysis, AgreesOnUtilization) {
  models::Scenario scenario =
      generated(GetParam(), "horizon: 620s, warmup: 20s, trials: 10, seed: 3, confidence: 99.9%");
  grow(scenario, 0.8 * experiments::analyze(scenario).growth);
  expect_utilization(scenario, 0);
}

TEST_P(GeneratedAnalysis, KnowsWhereStabilityEnds) {
  expect_saturation(
      [&] { return generated(GetParam(), "horizon: 300s, warmup: 0s, trials: 1, seed: 3"); });
}

INSTANTIATE_TEST_SUITE_P(Seeds, GeneratedAnalysis, testing::Range<std::uint64_t>(1, 7));

}  // namespace
}  // namespace rehearse::theory
