// The same seed, the same run: in one process twice, on one and on two threads, and the same as
// on the day when golden/ was written, with any build type. REHEARSE_UPDATE_GOLDEN=1 writes golden/
// anew, which is right after a change of models, streams or reports that was meant to change
// results.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "experiments/text_hash.hpp"
#include "tests/determinism/published.hpp"

namespace rehearse::determinism {
namespace {

class Published : public testing::TestWithParam<std::string> {};

// More trials than threads, so that they finish in an order of their own.
TEST_P(Published, GivesTheSameOnAnyNumberOfThreads) {
  const models::Scenario scenario =
      scenario_of(GetParam(), {"experiment.trials=3", "experiment.seed=11"});
  const reports::RunResult one = run(scenario, 1);
  ASSERT_EQ(one.trials, 3);
  ASSERT_GT(one.events, 0U);
  const reports::RunResult two = run(scenario, 2);
  EXPECT_EQ(one.fingerprint, two.fingerprint);
  EXPECT_EQ(text_of(one), text_of(two));
}

std::string golden_path(const std::string& file) {
  std::string name = file;
  std::replace(name.begin(), name.end(), '/', '-');
  return fmt::format("{}/tests/determinism/golden/{}.txt", REHEARSE_SOURCE_DIR,
                     name.substr(0, name.find('.')));
}

/// All figures to the last bit, without the words around them.
std::string figures(const reports::RunResult& result) {
  std::string text;
  for (const reports::SubjectResult& subject : result.subjects) {
    for (const auto& [name, estimate] : subject.metrics)
      text += fmt::format("{} {} {:a} {:a} {:a}\n", subject.name, name, estimate.value.value_or(-1),
                          estimate.low, estimate.high);
  }
  return text;
}

TEST_P(Published, GivesWhatItGaveBefore) {
  const reports::RunResult result =
      run(scenario_of(GetParam(), {"experiment.trials=2", "experiment.seed=1"}));
  const std::string now = fmt::format("events {}\nfingerprint {}\nfigures {:016x}\n", result.events,
                                      result.fingerprint, experiments::text_hash(figures(result)));
  const std::string path = golden_path(GetParam());
  const char* update = std::getenv("REHEARSE_UPDATE_GOLDEN");
  if (update != nullptr && *update == '1') std::ofstream(path) << now;
  std::ifstream file(path);
  ASSERT_TRUE(file.good()) << "there is no " << path << "; REHEARSE_UPDATE_GOLDEN=1 writes it";
  std::ostringstream before;
  before << file.rdbuf();
  EXPECT_EQ(now, before.str()) << "if this was meant, REHEARSE_UPDATE_GOLDEN=1 accepts it";
}

INSTANTIATE_TEST_SUITE_P(Scenarios, Published, testing::ValuesIn(published()), test_name);

}  // namespace
}  // namespace rehearse::determinism
