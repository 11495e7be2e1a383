/// What `rehearse analyze` shows: text for people, one document for machines.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "reports/analysis_json.hpp"
#include "reports/analysis_terminal.hpp"
#include "reports/text.hpp"
#include "tests/unit/reports/golden.hpp"
#include "tests/unit/reports/python.hpp"

namespace rehearse::reports {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr double kNever = std::numeric_limits<double>::infinity();

StationAnalysis station(const std::string& name, const std::string& resource, double capacity,
                        double mean, double peak) {
  StationAnalysis s;
  s.name = name;
  s.kind = "service";
  s.resource = resource;
  s.capacity = capacity;
  s.rate_mean = 120;
  s.rate_peak = 120 * peak / mean;
  s.offered_load = mean * capacity;
  s.utilization_mean = s.saturation_mean = s.open_saturation_mean = mean;
  s.utilization_peak = s.saturation_peak = s.open_saturation_peak = peak;
  s.saturation_retried = s.saturation_cold = peak;
  s.growth = 1 / peak;
  return s;
}

Analysis sample() {
  Analysis a;
  a.version = "0.1.0";
  a.scenario_name = "shop at the peak";
  a.scenario_file = "shop.yaml";
  a.scenario_hash = "0123456789abcdef";
  a.stationary = false;
  a.bottleneck = "orders";
  a.growth = 1.05;
  a.stations.push_back(station("web", "cores", 8, 0.31, 0.62));
  a.stations.back().at_most = true;
  a.stations.push_back(station("orders", "connections", 20, 0.475, 0.95));
  a.stations.back().kind = "database";
  a.stations.back().saturation_retried = 2.85;
  a.stations.back().saturation_cold = 1.9;
  a.stations.back().saturation_zone_lost = 1.425;
  a.stations.back().worst_zone = "eu/a";
  StationAnalysis free = station("mail", "", 0, 1, 1);
  free.utilization_mean = free.utilization_peak = std::nullopt;
  free.saturation_mean = free.saturation_peak = 0;
  free.open_saturation_mean = free.open_saturation_peak = 0;
  free.growth = kNever;
  a.stations.push_back(free);
  a.clients = {{"people", true, 40, 80, 600, 1.4, "orders", 112, 0.004, 3},
               {"partners", false, 80, 160, 0, 1.1, "orders", 176, 0, 3},
               {"probes", false, 1, 1, 0, kNever, "", kNever, 0, 1}};
  a.caches = {{"items", 240, 0.875, 30}};
  a.paths = {{"people",
              "web/order",
              0.25,
              0.180,
              0.004,
              {{"web/order", 0, 0.06, 0.06 / 0.18}, {"orders/write", 1, 0.116, 0.116 / 0.18}}},
             {"probes", "web/ping", 1, 0.001, 0, {{"web/ping", 0, 0.001, 1}}}};
  a.impacts = {{"web",
                "service",
                1,
                {{"people", 1}, {"partners", 1}, {"probes", 1}},
                {},
                {},
                0.9995,
                0.00049},
               {"orders",
                "database",
                0.412,
                {{"people", 0.25}, {"partners", 0.5}, {"probes", 0}},
                {{"web/order", 1}},
                {},
                std::nullopt,
                0},
               {"items",
                "cache",
                0,
                {{"people", 0}, {"partners", 0}, {"probes", 0}},
                {},
                {{"orders", 1.9}},
                std::nullopt,
                0}};
  a.availabilities = {{"all clients", "clients", 0.9987, 0.9987},
                      {"people", "workload", 0.9955, 0.9956}};
  a.calls = {{"people", "web/order", 0.25, 10}, {"web/order", "orders/write", 1, 10}};
  a.lints = {{"retry-storm", "orders", "with every attempt used, 'orders' is asked for too much",
              "bound the retries"}};
  return a;
}

Analysis hostile() {
  Analysis a = sample();
  a.scenario_name = "\x1b[31mred\u202e" + std::string(200, 'x');
  a.stations[0].name = std::string(150, 'w') + "\n\"<&>";
  a.bottleneck = a.stations[0].name;
  a.clients[0].name = a.clients[0].bottleneck = "\xff\xfe";
  a.paths[0].hops[0].endpoint = std::string(300, 'y');
  a.paths[0].hops[1].depth = 1000;
  a.impacts[1].overloads = {{std::string(90, 'z'), kNever}};
  a.lints[0].message = std::string(2000, 'm');
  for (int i = 0; i < 100; ++i) a.paths.push_back(a.paths[0]);
  for (int i = 0; i < 100; ++i) a.stations.push_back(a.stations[0]);
  for (int i = 0; i < 20; ++i) a.lints.push_back(a.lints[0]);
  return a;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t start = 0; start < text.size();) {
    const size_t end = text.find('\n', start);
    lines.push_back(text.substr(start, end - start));
    start = end == text.npos ? text.size() : end + 1;
  }
  return lines;
}

TEST(AnalysisText, EightyColumns) {
  expect_golden("analysis-80.txt", render_terminal(sample()));
}

TEST(AnalysisText, NoLineIsWiderThanTheTerminalOrEndsInBlanks) {
  for (const Analysis& a : {sample(), hostile(), Analysis{}})
    for (int width = 40; width <= 130; ++width)
      for (const bool ascii : {false, true}) {
        const std::string text = render_terminal(a, {.width = width, .ascii = ascii});
        EXPECT_EQ(text.back(), '\n');
        for (const std::string& line : lines_of(text)) {
          EXPECT_LE(display_width(line), std::min(width, 120)) << line;
          EXPECT_FALSE(line.ends_with(' ')) << line;
          EXPECT_EQ(line.find('\x1b'), line.npos);
        }
      }
}

TEST(AnalysisText, ColourSaysNothingThatWordsDoNot) {
  const std::string colored = render_terminal(sample(), {.color = true});
  EXPECT_THAT(colored, HasSubstr("\x1b[31m285 %\x1b[0m"));
  std::string stripped = colored;
  for (size_t at = 0; (at = stripped.find('\x1b')) != stripped.npos;)
    stripped.erase(at, stripped.find('m', at) - at + 1);
  EXPECT_EQ(stripped, render_terminal(sample()));
}

TEST(AnalysisText, TheLastSentence) {
  Analysis a = sample();
  EXPECT_EQ(
      analysis_sentence(a),
      "bottleneck: orders, whose 20 connections are full at 1.05x the traffic of all clients");
  a.clients.resize(1);
  a.clients[0].closed = false;
  EXPECT_EQ(analysis_sentence(a),
            "bottleneck: orders, whose 20 connections are full at 1.05x the traffic of people, "
            "84/s");
  a.stations[1].open_saturation_peak = 1.2;
  EXPECT_EQ(analysis_sentence(a),
            "overloaded: orders is asked for 120 % of its 20 connections at the peak");
  a.stations[0].open_saturation_mean = a.stations[0].open_saturation_peak = 1.5;
  EXPECT_EQ(analysis_sentence(a),
            "overloaded: web is asked for 150 % of its 8 cores (and 1 more station)");
  EXPECT_TRUE(a.overloaded());
  EXPECT_EQ(analysis_sentence(Analysis{}), "nothing here has a limit: any traffic is carried");
}

TEST(AnalysisText, AsksForAvailabilitiesWhereNoneWasGiven) {
  Analysis a = sample();
  EXPECT_THAT(render_terminal(a), Not(HasSubstr("--availability")));
  a.availabilities.clear();
  EXPECT_THAT(render_terminal(a), HasSubstr("--availability NAME=99.9%"));
}

std::string check(const std::string& document) {
  return run_python("check_schema.py", document, "reports/schema/analysis.schema.json");
}

TEST(AnalysisSchema, AcceptsWhatIsWritten) {
  REHEARSE_NEEDS_PYTHON("jsonschema");
  EXPECT_EQ(check(to_json(sample())), "");
  EXPECT_EQ(check(to_json(hostile())), "");
  EXPECT_EQ(check(to_json(Analysis{})), "");
}

TEST(AnalysisSchema, RefusesWhatIsDamaged) {
  REHEARSE_NEEDS_PYTHON("jsonschema");
  const auto good = nlohmann::ordered_json::parse(to_json(sample()));
  auto bad = good;
  bad["stations"]["web"]["resource"] = "patience";
  EXPECT_NE(check(bad.dump()), "");
  bad = good;
  bad["impacts"][0]["clients"] = 1.5;
  EXPECT_NE(check(bad.dump()), "");
  bad = good;
  bad.erase("growth");
  EXPECT_NE(check(bad.dump()), "");
  bad = good;
  bad["more"] = 1;  // every key is described
  EXPECT_NE(check(bad.dump()), "");
}

TEST(AnalysisJson, WritesNullForWhatIsInfiniteOrMissing) {
  const auto document = nlohmann::ordered_json::parse(to_json(sample()));
  EXPECT_TRUE(document["stations"]["mail"]["growth"].is_null());
  EXPECT_TRUE(document["stations"]["mail"]["resource"].is_null());
  EXPECT_TRUE(document["clients"]["probes"]["bottleneck"].is_null());
  EXPECT_TRUE(document["impacts"][1]["availability"].is_null());
  EXPECT_TRUE(document["impacts"][1]["gain"].is_null());
  EXPECT_EQ(document["stations"]["orders"]["stress"]["zone"], "eu/a");
  EXPECT_EQ(document["clients"]["people"]["users"], 600);
}

}  // namespace
}  // namespace rehearse::reports
