#pragma once
/// The scenarios that the project publishes, and how tests run them.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "experiments/run.hpp"
#include "models/compile.hpp"
#include "reports/json.hpp"
#include "scenarios/spec/reader.hpp"

namespace rehearse::determinism {

inline constexpr const char* kRoot = REHEARSE_SOURCE_DIR "/scenarios/";

/// "examples/hello.yaml" and the like, sorted. Not those of policies/compare/, days of one service
/// under policies that policies/ has as well, and not the growth of phase2.yaml, an hour of a
/// platform that is there as well: tests/cli runs them.
inline std::vector<std::string> published() {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kRoot))
    if (entry.path().extension() == ".yaml" && entry.path().parent_path().filename() != "compare" &&
        entry.path().filename() != "phase2-growth.yaml")
      files.push_back(std::filesystem::relative(entry.path(), kRoot).string());
  std::sort(files.begin(), files.end());
  return files;
}

/// Name of a test for that file.
inline std::string test_name(const testing::TestParamInfo<std::string>& file) {
  std::string name = file.param;
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return name;
}

/// The scenario of a file under scenarios/; what is wrong with it fails the test.
inline models::Scenario scenario_of(const std::string& file, const std::vector<std::string>& sets) {
  Diagnostics problems;
  const SpecNode root = spec::read_scenario(kRoot + file, {{}, sets}, spec::disk(), problems);
  auto scenario = models::compile(root, spec::disk(), problems);
  EXPECT_TRUE(scenario.has_value()) << problems.render();
  return scenario ? std::move(*scenario) : models::Scenario{};
}

inline reports::RunResult run(const models::Scenario& scenario, int jobs = 1) {
  Diagnostics problems;
  auto outcome = experiments::run(scenario, {.jobs = jobs}, problems);
  EXPECT_TRUE(outcome && outcome->end == experiments::PoolEnd::done) << problems.render();
  return outcome ? std::move(outcome->result) : reports::RunResult{};
}

/// All of the result but what may differ.
inline std::string text_of(reports::RunResult result) {
  result.timing = {};
  return reports::to_json(result);
}

}  // namespace rehearse::determinism
