#include <gmock/gmock.h>

#include <cmath>

#include "sim/closed_form.hpp"
#include "tests/unit/experiments/twins_of.hpp"

/// Closed forms of users who think and ask again.

namespace rehearse::experiments {
namespace twins_test {

using testing::IsEmpty;

TEST(Twins, OfOneClosedStation) {
  const auto text = [](const std::string& users, const std::string& service) {
    return station(service, "users: " + users + ", think: {uniform: [5s, 15s]}");
  };
  const std::string server = "servers: 1, service_time: {exponential: 1s}";
  const Twins twins(text("10", server));
  EXPECT_EQ(twins.model("w"), "closed network (MVA)");
  EXPECT_NEAR(twins.value("w", "throughput"), .78541766, 1e-8);
  EXPECT_NEAR(twins.value("w", "mean_response"), 2.73207944, 1e-8);
  EXPECT_NEAR(twins.value("w", "in_system"), 10 - 10 * .78541766, 1e-7);
  EXPECT_NEAR(twins("utilization"), .78541766, 1e-8);
  EXPECT_NEAR(twins("mean_wait"), 1.73207944, 1e-8);
  EXPECT_NEAR(twins("queue_length"), .78541766 * 1.73207944, 1e-7);
  // Shared cores may follow any law; servers may not.
  EXPECT_NEAR(Twins(text("10", "cpu: {limit: 1}, service_time: 1s")).value("w", "throughput"),
              .78541766, 1e-8);
  EXPECT_THAT(Twins(text("10", "servers: 1, service_time: 1s")).subjects(), IsEmpty());
  EXPECT_THAT(Twins(text("10", "servers: 2, service_time: {exponential: 1s}")).subjects(),
              IsEmpty());
  // Nothing random: the users come in step for ever.
  EXPECT_THAT(
      Twins(station("cpu: {limit: 1}, service_time: 1s", "users: 10, think: 10s")).subjects(),
      IsEmpty());
  // A queue with room for everybody else is no limit.
  EXPECT_NE(Twins(text("10", server + ", queue: {limit: 9}"))("mean_wait"), kAbsent);
  EXPECT_EQ(Twins(text("10", server + ", queue: {limit: 8}"))("mean_wait"), kAbsent);
}

TEST(Twins, OfAClosedNetwork) {
  const auto text = [](const std::string& more) {
    return R"(
system:
  services:
    front: {endpoints: {e: [{call: a}, {wait: 2s}, {call: b}, {call: c}]}}
    a: {servers: 1, service_time: {exponential: 500ms}}
    b: {servers: 1, service_time: {exponential: 1s}}
    c: {servers: 1, service_time: {exponential: 250ms}}
workload: {w: {to: front/e, users: 20, think: 3s)" +
           more + "}}";
  };
  const Twins twins(text(""));
  // Three seconds of thought and two of waiting are a delay of five.
  EXPECT_NEAR(twins.value("w", "throughput"), .999894627, 1e-9);
  EXPECT_NEAR(twins.value("w", "mean_response"), 15.002107674 + 2, 1e-8);
  EXPECT_NEAR(twins.value("b", "utilization"), .999894627, 1e-9);
  EXPECT_THAT(Twins(text(", timeout: 60s")).subjects(), IsEmpty());
}

TEST(Twins, OfClosedInstancesAndEndpoints) {
  const Twins twins(R"(
system:
  services:
    s:
      instances: 2
      balancer: random
      cpu: {limit: 1}
      endpoints: {small: [{cpu: 1s}], large: [{cpu: 3s}]}
workload: {w: {mix: {s/small: 50%, s/large: 50%}, users: 10, think: {exponential: 10s}}}
)");
  const sim::ClosedFigures f = sim::mean_value_analysis({1, 1}, 10, 10);
  EXPECT_NEAR(twins.value("w", "throughput"), f.throughput, 1e-9);
  EXPECT_NEAR(twins("mean_response"), f.response, 1e-9);
  EXPECT_NEAR(twins("utilization"), f.throughput, 1e-9);
  EXPECT_NEAR(twins.value("s/small", "mean_response"), f.response / 2, 1e-9);
  EXPECT_NEAR(twins.value("s/large", "mean_response"), f.response * 1.5, 1e-9);
  EXPECT_NEAR(twins.value("s/large", "throughput"), f.throughput / 2, 1e-9);
}

}  // namespace twins_test
}  // namespace rehearse::experiments
