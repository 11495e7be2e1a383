// Ways over several links, and round trips from a file.

#include "models/routes.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "models/rtt_matrix.hpp"
#include "models/traffic.hpp"
#include "models/trip_figures.hpp"
#include "tests/unit/models/one_trial.hpp"

namespace rehearse::models {
namespace routes_test {

Duration ms(std::int64_t n) {
  return Duration::milliseconds(n);
}

/// Clients stand in region `a`, the service in region `d`.
std::string regions(const std::string& network, const std::string& more = "") {
  return "experiment: {horizon: 100s, drain: true}\nsystem:\n"
         "  regions: {a: {zones: [x, y]}, b: {}, c: {}, d: {}}\n  routes: shortest\n  network:\n" +
         network +
         "  services: {s: {zones: [d], endpoints: {x: {response: 1KB, steps: [{wait: 1ms}]}}}}\n"
         "workload: {w: {from: a/x, to: s/x, arrivals: {constant: 1rps}}}\n" +
         more;
}

const std::string kDiamond =
    "    - {between: [a/x, b], latency: 10ms}\n    - {between: [b, d], latency: 20ms}\n"
    "    - {between: [a/x, c], latency: 4ms}\n    - {between: [c, d], latency: 25ms}\n";

std::vector<std::string> way(const Scenario& scenario, std::uint32_t from, std::uint32_t to) {
  const NetworkSpec& network = scenario.blueprint.network;
  std::vector<std::string> names;
  for (const std::uint32_t zone : network.ways[network.links[network.link(from, to)].way])
    names.push_back(network.zones[zone].name);
  return names;
}

TEST(Routes, TakeTheShortestWayAndAddItsLatencies) {
  const OneTrial trial(regions(kDiamond));
  EXPECT_EQ(trial.at("w", "workload").response.min(), ms(4 + 25 + 1 + 25 + 4));
  EXPECT_EQ(trial.at("w", "workload").response.max(), ms(59));
  EXPECT_EQ(way(trial.scenario(), 0, 4), (std::vector<std::string>{"a/x", "c", "d"}));
  // The other zone of region a is no distance from the first.
  EXPECT_EQ(way(trial.scenario(), 1, 4), (std::vector<std::string>{"a/y", "a/x", "c", "d"}));
  EXPECT_NEAR(Traffic(trial.scenario()).request(0).network, 0.058, 1e-12);
}

TEST(Routes, LeaveLinksAlone) {
  const OneTrial trial(regions(kDiamond + "    - {between: [a/x, d], latency: 80ms}\n"));
  EXPECT_EQ(trial.at("w", "workload").response.max(), ms(161));
}

TEST(Routes, AreNotTakenUnlessAskedFor) {
  std::string text = regions(kDiamond);
  text.replace(text.find("shortest"), 8, "none");
  EXPECT_EQ(OneTrial(text).at("w", "workload").response.max(), ms(1));
}

TEST(Routes, QueueOnTheHopWithABandwidth) {
  // 1 KB takes 8 ms from d to c, nothing elsewhere.
  std::string text = regions(kDiamond);
  text.replace(text.find("latency: 25ms"), 13, "latency: 25ms, bandwidth: 1Mbps");
  EXPECT_EQ(OneTrial(text).at("w", "workload").response.max(), ms(59 + 8));
}

TEST(Routes, FailWithTheirHops) {
  const OneTrial trial(regions(kDiamond,
                               "faults: [{at: 50500ms, fault: network.partition, "
                               "target: {from: c, to: d}}]\n"));
  const std::uint64_t ok = trial.outcome("w", "workload", Outcome::ok);
  EXPECT_EQ(ok, 50U);
  EXPECT_EQ(trial.record().faults.at(0).touched, trial.record().requests - ok);
}

TEST(Routes, FailForTheirTwoEndsAlone) {
  const OneTrial trial(regions(kDiamond,
                               "faults: [{at: 50500ms, for: 10s, fault: link.delay, delay: 7ms, "
                               "target: {from: a/x, to: d}}]\n"));
  EXPECT_EQ(trial.at("w", "workload").response.max(), ms(59 + 14));
}

TEST(Routes, LoseOnEachHop) {
  std::string text = regions(kDiamond);
  text.replace(text.find("latency: 4ms"), 12, "latency: 4ms, loss: 10%");
  text.replace(text.find("latency: 25ms"), 13, "latency: 25ms, loss: 20%");
  const Scenario scenario = scenario_of(text);
  EXPECT_NEAR(worst_loss(scenario.blueprint, {{0, 1.0}}, {{4, 1.0}}), 1 - 0.9 * 0.8, 1e-12);
}

TEST(Routes, FindEveryPairThatIsCutOff) {
  Scenario scenario = scenario_of(R"(
system:
  regions: {a: {}, b: {}, c: {}}
  network: [{between: [a, b], latency: 1ms}]
  services: {s: {service_time: 1ms}}
workload: {w: {to: s, arrivals: {constant: 1rps}}}
)");
  // With the outside, which has no link: a, b - c and everybody - clients, both ways.
  EXPECT_EQ(add_routes(scenario.blueprint).size(), 2U * 2U + 2U * 3U);
}

// ---- Round trips from a file

TEST(RttMatrix, ReadsATable) {
  const RttMatrix matrix = read_rtt_matrix("from,east,west\r\neast,,72.5\r\nwest, 70 ,1\n");
  EXPECT_EQ(matrix.problem, "");
  EXPECT_DOUBLE_EQ(matrix.between("east", "west").value_or(0), 0.0725);
  EXPECT_DOUBLE_EQ(matrix.between("west", "east").value_or(0), 0.07);
  EXPECT_FALSE(matrix.between("east", "east"));
  EXPECT_FALSE(matrix.between("east", "north"));
}

TEST(RttMatrix, SaysWhatIsWrong) {
  const auto problem = [](const char* text) { return read_rtt_matrix(text).problem; };
  EXPECT_EQ(problem(""), "line 1 names no regions");
  EXPECT_EQ(problem("from,a,b\na,1\n"), "line 2 has 2 cells, but the first line has 3");
  EXPECT_EQ(problem("from,a\na,fast\n"), "line 2: 'fast' is no time in milliseconds");
  EXPECT_EQ(problem("from,a\na,-1\n"), "line 2: '-1' is no time in milliseconds");
  EXPECT_EQ(problem("from,a\n"), "there are no times in it");
}

TEST(RttMatrix, MakesALinkForEachTwoRegions) {
  Diagnostics out;
  const SpecNode root = spec::read_text("test.yaml", R"(rehearse: 1
experiment: {horizon: 10s}
system:
  regions: {east: {zones: [a, b]}, west: {}}
  network: [{between: regions, rtt_matrix: rtt.csv, recovery: tcp}]
  services: {s: {zones: [west], service_time: 1ms}}
workload: {w: {from: east/b, to: s, arrivals: {constant: 1rps}}}
)",
                                        out);
  const spec::FileSource files = [](const std::string& path) {
    EXPECT_EQ(path, "rtt.csv");
    return spec::FileText{"from,east,west\neast,1,50\nwest,70,1\n", ""};
  };
  const auto scenario = compile(root, files, out);
  ASSERT_TRUE(scenario) << out.render();
  EXPECT_NEAR(Traffic(*scenario).request(0).network, 0.025 + 0.035, 1e-12);
  EXPECT_EQ(scenario->blueprint.network.links.size(), 2U);
}

// Measured between regions of a cloud provider, where there are measurements (CTest says where).
TEST(RttMatrix, OfAProviderReadsAndNearlyKeepsTheTriangleInequality) {
  const char* const folder = std::getenv("REHEARSE_DATA");
  const std::string path =
      std::string(folder != nullptr ? folder : "") + "/aws_latency/aws_region_rtt_p50_ms.csv";
  std::ifstream file(path);
  if (!file) GTEST_SKIP() << "there is no " << path;
  std::ostringstream text;
  text << file.rdbuf();
  const RttMatrix matrix = read_rtt_matrix(text.str());
  ASSERT_EQ(matrix.problem, "");
  EXPECT_GE(matrix.rtt.size(), 100U);
  for (const auto& [regions, rtt] : matrix.rtt) {
    const auto back = matrix.between(regions.second, regions.first);
    ASSERT_TRUE(back) << regions.first << " " << regions.second;
    EXPECT_NEAR(rtt, *back, 0.25 * rtt + 0.02) << regions.first << " " << regions.second;
  }
}

}  // namespace routes_test
}  // namespace rehearse::models
