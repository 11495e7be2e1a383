// The analysis of scenarios drawn at random: its parts add up, whatever the platform.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "experiments/analyze.hpp"
#include "reports/analysis_json.hpp"
#include "reports/analysis_terminal.hpp"
#include "scenarios/spec/reader.hpp"
#include "tests/property/random_scenario.hpp"

namespace rehearse::testing_tools {
namespace {

models::Scenario scenario_of(std::uint64_t seed) {
  Diagnostics problems;
  const SpecNode root = spec::read_text("random.yaml", random_scenario(seed), problems);
  auto scenario = models::compile(root, spec::disk(), problems);
  EXPECT_TRUE(scenario.has_value()) << problems.render();
  return scenario ? std::move(*scenario) : models::Scenario{};
}

void expect_share(double value) {
  EXPECT_GE(value, 0);
  EXPECT_LE(value, 1);
}

void check_paths(const reports::Analysis& a) {
  for (const reports::PathAnalysis& path : a.paths) {
    double sum = path.network;
    for (const reports::PathHop& hop : path.hops) sum += hop.time;
    EXPECT_NEAR(sum, path.duration, 1e-9 * path.duration) << path.endpoint;
  }
}

void check_growth(const reports::Analysis& a) {
  double least = HUGE_VAL;
  for (const reports::StationAnalysis& s : a.stations) {
    EXPECT_GE(s.saturation_peak, s.saturation_mean * (1 - 1e-9)) << s.name;
    least = std::min(least, s.growth);
    if (s.saturation_peak > 1) {
      EXPECT_LE(s.growth, 1) << s.name;
    }
  }
  EXPECT_EQ(a.growth, least);
  for (const reports::ClientAnalysis& c : a.clients) {
    // Whoever grows alone gets at least as far as all together, unless all are too many already,
    // or the look-ups of the others would have kept entries of caches alive.
    if (a.growth > 1 && a.caches.empty()) {
      EXPECT_GE(c.growth, a.growth * (1 - 1e-6)) << c.name;
    }
    expect_share(c.failure);
  }
}

// One part alone: the total probability of two states, of which the impact knows the other one.
void check_availability(const models::Scenario& scenario, const reports::Analysis& usual) {
  for (const reports::ImpactAnalysis& impact : usual.impacts) {
    expect_share(impact.clients);
    const reports::Analysis given = experiments::analyze(scenario, {{{impact.name, 0.9}}});
    for (const reports::AvailabilityAnalysis& one : given.availabilities) {
      EXPECT_EQ(one.low, one.high);
      if (one.kind != "workload") continue;
      for (std::size_t w = 0; w < usual.clients.size(); ++w) {
        if (usual.clients[w].name != one.name) continue;
        const double lost = impact.workloads[w].second;
        const double left = (1 - usual.clients[w].failure) * (1 - 0.1 * lost);
        // Where a part is down, filters may block more requests, which then cannot fail any more:
        // what looks like a gain is no loss.
        EXPECT_GE(one.low, left - 1e-9) << impact.name << " " << one.name;
        if (lost > 0) {
          EXPECT_LE(one.low, left + 1e-9) << impact.name << " " << one.name;
        }
      }
    }
  }
}

TEST(RandomAnalysis, AddsUp) {
  std::size_t parts = 0;
  std::size_t partly = 0;
  for (std::uint64_t seed = 0; seed < 120; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    const models::Scenario scenario = scenario_of(seed);
    const reports::Analysis usual = experiments::analyze(scenario);
    check_paths(usual);
    check_growth(usual);
    check_availability(scenario, usual);
    for (const reports::ImpactAnalysis& impact : usual.impacts) {
      ++parts;
      if (impact.clients > 0 && impact.clients < 1) ++partly;
    }
    EXPECT_FALSE(nlohmann::json::parse(reports::to_json(usual)).empty());
    EXPECT_FALSE(reports::render_terminal(usual).empty());
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GT(parts, 300U);
  EXPECT_GT(partly, 50U);
}

}  // namespace
}  // namespace rehearse::testing_tools
