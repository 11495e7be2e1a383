#include "models/availability.hpp"

#include <cmath>
#include <map>

#include "tests/unit/models/scenario_text.hpp"

namespace rehearse::models {
namespace {

ComposedAvailability composed(const std::string& text,
                              const std::map<std::string, double>& availabilities) {
  const Scenario scenario = scenario_of(text);
  const Traffic traffic(scenario);
  std::vector<PartAvailability> parts;
  for (const Part& part : parts_of(traffic))
    if (const auto given = availabilities.find(part.name); given != availabilities.end())
      parts.push_back({part, given->second});
  EXPECT_EQ(parts.size(), availabilities.size());
  return compose_availability(traffic, parts);
}

/// front/e with these steps, and three services that do something short.
std::string three(const std::string& steps) {
  return R"(
system:
  services:
    front: {endpoints: {e: )" +
         steps + R"(}}
    a: {service_time: 1ms}
    b: {service_time: 1ms}
    c: {service_time: 1ms}
workload:
  w: {arrivals: {poisson: 10rps}, to: front/e}
  rest: {arrivals: {poisson: 0.001rps}, mix: {a: 40%, b: 30%, c: 30%}}
)";
}

void expect_exact(Bounds bounds, double value) {
  EXPECT_NEAR(bounds.low, value, 1e-12);
  EXPECT_EQ(bounds.low, bounds.high);
}

TEST(Availability, OfAChainIsTheProduct) {
  const auto all = composed(three("[{call: a}, {call: b}, {fail: 1%}]"),
                            {{"front", 0.999}, {"a", 0.99}, {"b", 0.9}});
  expect_exact(all.workloads[0], 0.999 * 0.99 * 0.9 * 0.99);
}

TEST(Availability, OfAQuorumIsTheBinomialSum) {
  const double a = 0.9;
  const auto all =
      composed(three("[{parallel: {require: 2, steps: [{call: a}, {call: b}, {call: c}]}}]"),
               {{"a", a}, {"b", a}, {"c", a}});
  expect_exact(all.workloads[0], a * a * a + 3 * a * a * (1 - a));
}

TEST(Availability, CountsAPartThatIsNeededTwiceOnce) {
  const auto all = composed(three("[{call: a}, {parallel: [{call: a}, {call: b}]}, {call: b}]"),
                            {{"a", 0.9}, {"b", 0.8}});
  expect_exact(all.workloads[0], 0.72);
}

TEST(Availability, ForgivesWhatIsNotNeeded) {
  const auto all = composed(
      three("[{call: {to: a, on_failure: continue}}, {choose: [{share: 20%, steps: [{call: b}]}, "
            "{share: 80%, steps: [{call: c}]}]}]"),
      {{"a", 0.5}, {"b", 0.9}, {"c", 0.99}});
  expect_exact(all.workloads[0], 0.2 * 0.9 + 0.8 * 0.99);
}

TEST(Availability, SaysWhatEachPartCosts) {
  const auto all = composed(three("[{call: a}, {call: b}]"), {{"a", 0.9}, {"b", 0.99}});
  // Nearly all clients are w.
  EXPECT_NEAR(all.clients.low, 0.9 * 0.99, 1e-4);
  EXPECT_NEAR(all.gains[0], 0.99 * 0.1, 1e-4);
  EXPECT_NEAR(all.gains[1], 0.9 * 0.01, 1e-4);
}

TEST(Availability, OfPartsThatAreNeverOrAlwaysDown) {
  const auto all = composed(three("[{call: a}, {call: b}]"), {{"a", 0}, {"b", 1}});
  expect_exact(all.workloads[0], 0);
  EXPECT_EQ(all.gains[0], 0);  // nobody knows
}

TEST(Availability, OfManyPartsHasBounds) {
  std::string services, steps;
  std::map<std::string, double> given;
  for (int i = 0; i < 40; ++i) {
    const std::string name = "s" + std::to_string(i);
    services += "    " + name + ": {service_time: 1ms}\n";
    steps += (i > 0 ? ", " : "") + std::string("{call: ") + name + "}";
    given[name] = 0.999;
  }
  const auto all =
      composed("system:\n  services:\n    front: {endpoints: {e: [" + steps + "]}}\n" + services +
                   "workload: {w: {arrivals: {poisson: 1rps}, to: front/e}}",
               given);
  const double exact = std::pow(0.999, 40);
  EXPECT_LE(all.workloads[0].low, exact + 1e-12);
  EXPECT_GE(all.workloads[0].high, exact);
  EXPECT_LT(all.workloads[0].high - all.workloads[0].low, 2e-5);
  EXPECT_GT(all.workloads[0].high - all.workloads[0].low, 1e-7);
}

}  // namespace
}  // namespace rehearse::models
