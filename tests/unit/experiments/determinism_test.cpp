/// Results are a function of scenario, seed and version. Runs in optimised and in sanitizer builds:
/// the fingerprints below are those of both.

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "experiments/run.hpp"
#include "reports/json.hpp"
#include "scenarios/spec/reader.hpp"

namespace rehearse::experiments {
namespace {

models::Scenario load(const std::string& file, std::vector<std::string> sets) {
  Diagnostics out;
  const spec::FileSource files = spec::disk();
  const SpecNode root = spec::read_scenario(std::string(REHEARSE_SOURCE_DIR) + "/scenarios/" + file,
                                            {.sets = std::move(sets)}, files, out);
  auto scenario = models::compile(root, files, out);
  EXPECT_TRUE(scenario.has_value()) << out.render();
  return scenario ? std::move(*scenario) : models::Scenario{};
}

reports::RunResult result_of(const std::string& file, int jobs,
                             std::vector<std::string> sets = {}) {
  Diagnostics out;
  sets.insert(sets.begin(), {"experiment.trials=3", "experiment.horizon=60s"});
  const models::Scenario scenario = load(file, sets);
  auto outcome = run(scenario, {.jobs = jobs}, out);
  EXPECT_TRUE(outcome.has_value()) << out.render();
  return outcome ? std::move(outcome->result) : reports::RunResult{};
}

// Everything but what is under "timing".
std::string document(reports::RunResult result) {
  result.timing = {};
  return reports::to_json(result);
}

struct Known {
  const char* file;
  const char* fingerprint;
  std::vector<std::string> sets;
};
void PrintTo(const Known& known, std::ostream* out) {
  *out << known.file;
}

class Determinism : public testing::TestWithParam<Known> {};

TEST_P(Determinism, HoldsForAnyNumberOfThreads) {
  const Known& known = GetParam();
  const reports::RunResult one = result_of(known.file, 1, known.sets);
  EXPECT_EQ(document(one), document(result_of(known.file, 1, known.sets)));
  EXPECT_EQ(document(one), document(result_of(known.file, 2, known.sets)));
  EXPECT_EQ(document(one), document(result_of(known.file, 3, known.sets)));
  for (const reports::SelfCheck& check : one.checks)
    EXPECT_TRUE(check.holds) << check.law << " at " << check.subject;
}

// A change here is a change of results: say in the commit which one and why.
TEST_P(Determinism, GivesTheFingerprintOfEveryBuild) {
  EXPECT_EQ(result_of(GetParam().file, 2, GetParam().sets).fingerprint, GetParam().fingerprint);
}

const std::vector<std::string> kWholeStorm = {
    "experiment.horizon=120s", "objectives=[\"error_rate(users) < 1% during 0s..60s\"]"};
const std::vector<std::string> kNoPart = {"objectives=[\"p99(gateway) < 1s\"]"};

INSTANTIATE_TEST_SUITE_P(
    Scenarios, Determinism,
    testing::Values(
        Known{"examples/hello.yaml", "26498feb5ad805c3", {}},
        Known{"examples/cache.yaml", "48116b05f40bc4bc", {}},
        Known{"examples/retry-storm.yaml", "9cf09e3fc383d4dc", kWholeStorm},
        Known{"examples/trace-replay.yaml", "e55ccf4b1ef87c99", {"objectives=[\"p99(web) < 3s\"]"}},
        Known{"soba-dex/k6-smoke.yaml", "6b2fe9d647ab224e", kNoPart}));

TEST(Streams, AreNotDisturbedByAnotherService) {
  const auto p95 = [](std::vector<std::string> sets) {
    const reports::RunResult result = result_of("examples/hello.yaml", 1, std::move(sets));
    return *result.find("station", "service")->find("p95")->value;
  };
  EXPECT_EQ(p95({}), p95({"system.services.other={servers: 2, service_time: {exponential: 20ms}}",
                          "workload.others={arrivals: {poisson: 50rps}, to: other}"}));
}

TEST(Streams, DifferBetweenTrialsAndSeeds) {
  const std::string one = result_of("examples/hello.yaml", 1).fingerprint;
  EXPECT_NE(one, result_of("examples/hello.yaml", 1, {"experiment.seed=2"}).fingerprint);
}

TEST(Windows, DoNotChangeTheTrajectory) {
  const std::string one = result_of("examples/hello.yaml", 1).fingerprint;
  EXPECT_EQ(one, result_of("examples/hello.yaml", 1, {"experiment.window=7s"}).fingerprint);
}

}  // namespace
}  // namespace rehearse::experiments
