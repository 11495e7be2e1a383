// Scenarios drawn at random: whatever the platform, it runs, the laws hold exactly, equal seeds
// give equal runs, and every request comes to an end. What fails is printed. REHEARSE_SCENARIOS=N:
// how many, 50 a batch (500).

#include "tests/property/random_scenario.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "experiments/run.hpp"
#include "models/compile.hpp"
#include "reports/json.hpp"
#include "scenarios/spec/reader.hpp"

namespace rehearse::testing_tools {
namespace {

/// What a batch of scenarios reached, so that a generator that went stale is noticed.
struct Reached {
  std::uint64_t requests = 0;
  std::uint64_t hits = 0;
  std::uint64_t overloaded = 0;  // trials that were given up, still working
  std::uint64_t redelivered = 0;
  std::uint64_t dead_lettered = 0;
  std::uint64_t decisions = 0;
  std::array<std::uint64_t, models::kOutcomes> outcomes{};
};

std::string without_timing(reports::RunResult result) {
  result.timing = {};
  return reports::to_json(result);
}

void run_twice(std::uint64_t seed, Reached& reached) {
  const std::string text = random_scenario(seed);
  SCOPED_TRACE(fmt::format("scenario {}\n{}", seed, text));
  Diagnostics problems;
  const SpecNode root = spec::read_text("random.yaml", text, problems);
  const auto scenario = models::compile(root, spec::disk(), problems);
  ASSERT_TRUE(scenario.has_value()) << problems.render();
  const std::int64_t limit = 10 * scenario->experiment.horizon.ns();
  experiments::RunOptions options;
  options.on_trial = [&](const models::TrialRecord& trial) {
    EXPECT_FALSE(trial.stuck);
    // A trial that drains ends when no request, branch or message is left, or is given up late:
    // some platforms are overloaded beyond that. Where something waits for ever, it ends before,
    // with nothing left to happen.
    const bool given_up = trial.boundaries.back().ns() >= limit;
    reached.overloaded += given_up ? 1 : 0;
    reached.requests += trial.requests;
    reached.decisions += trial.decisions.size();
    for (const models::SubjectRecord& subject : trial.subjects) {
      // A replica that a fault has stopped for good is waited for by nobody.
      const bool stopped = subject.kind == "replica" && !scenario->blueprint.faults.empty();
      if (!given_up && !stopped) {
        EXPECT_EQ(subject.in_system_at_end, 0) << subject.kind << " " << subject.name;
        EXPECT_EQ(subject.age_at_end, 0U) << subject.kind << " " << subject.name;
      }
      for (const models::WindowRecord& window : subject.windows) {
        reached.hits += window.hits;
        reached.redelivered += window.redelivered;
        reached.dead_lettered += window.dead_lettered;
        for (std::size_t i = 0; i < models::kOutcomes; ++i)
          reached.outcomes[i] += window.outcomes[i];
      }
    }
  };
  const auto first = experiments::run(*scenario, options, problems);
  ASSERT_TRUE(first && first->end == experiments::PoolEnd::done) << problems.render();
  ASSERT_FALSE(first->result.checks.empty());
  for (const reports::SelfCheck& law : first->result.checks)
    EXPECT_TRUE(law.holds) << law.law << " at " << law.subject << ": " << law.left << " against "
                           << law.right;
  const auto second = experiments::run(*scenario, {.jobs = 2}, problems);
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(first->result.fingerprint, second->result.fingerprint);
  EXPECT_EQ(without_timing(first->result), without_timing(second->result));
}

class RandomScenarios : public testing::TestWithParam<std::uint64_t> {};

constexpr std::uint64_t kBatch = 50;
constexpr std::uint64_t kDefaultBatches = 10;  // that the generator's reach is judged by

TEST_P(RandomScenarios, RunAndObeyTheLaws) {
  Reached reached;
  for (std::uint64_t seed = GetParam() * kBatch; seed < (GetParam() + 1) * kBatch; ++seed) {
    run_twice(seed, reached);
    if (HasFailure()) return;
  }
  if (GetParam() >= kDefaultBatches) return;
  EXPECT_GT(reached.requests, 1000U);
  EXPECT_GT(reached.hits, 100U);
  EXPECT_LE(reached.overloaded, 10U) << "too many trials say nothing about what is left at the end";
  EXPECT_GT(reached.decisions, 20U);
  EXPECT_GT(reached.redelivered + reached.dead_lettered, 0U);
  for (std::size_t i = 0; i < models::kOutcomes; ++i)
    EXPECT_GT(reached.outcomes[i], 50U) << models::kOutcomeNames[i];
}

std::uint64_t batches() {
  const char* text = std::getenv("REHEARSE_SCENARIOS");
  const std::uint64_t scenarios =
      text != nullptr ? std::strtoull(text, nullptr, 10) : kDefaultBatches * kBatch;
  return std::max<std::uint64_t>(1, scenarios / kBatch);
}
INSTANTIATE_TEST_SUITE_P(Batches, RandomScenarios, testing::Range<std::uint64_t>(0, batches()));

}  // namespace
}  // namespace rehearse::testing_tools
