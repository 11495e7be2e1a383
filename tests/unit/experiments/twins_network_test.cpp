#include <gmock/gmock.h>

#include <cmath>

#include "sim/closed_form.hpp"
#include "tests/unit/experiments/twins_of.hpp"

/// Closed forms of requests on their way through several services.

namespace rehearse::experiments {
namespace twins_test {

using testing::IsEmpty;

TEST(Twins, OfDelays) {
  const Twins twins(
      station("instances: 3, service_time: {weibull: {shape: 2, scale: 1s}}", kPoisson));
  EXPECT_EQ(twins.model("s"), "M/G/inf");
  const double mean = std::tgamma(1.5);
  EXPECT_NEAR(twins("mean_response"), mean, 1e-9);
  EXPECT_NEAR(twins("in_system"), 80 * mean, 1e-7);
  EXPECT_NEAR(twins("p99"), std::sqrt(-std::log(0.01)), 1e-9);
  EXPECT_EQ(twins("utilization"), kAbsent);
}

TEST(Twins, OfSharedCores) {
  const auto text = [](const std::string& cores, const std::string& more) {
    return station(
        "cpu: {limit: " + cores + "}" + more + ", service_time: {lognormal: {mean: 8ms, cv: 3}}",
        "arrivals: {poisson: 100rps}");
  };
  const Twins one(text("1", ""));
  EXPECT_EQ(one.model("s"), "M/G/1-PS");
  EXPECT_NEAR(one("mean_response"), 0.040, 1e-12);
  EXPECT_NEAR(one("in_system"), 4, 1e-9);
  EXPECT_NEAR(one("utilization"), 0.8, 1e-12);
  EXPECT_EQ(one("mean_wait"), 0);
  EXPECT_EQ(one("p99"), kAbsent);
  // 900m: load 8/9, each request alone takes 8.9 ms.
  EXPECT_NEAR(Twins(text("900m", ""))("mean_response"), 0.008 / 0.9 / (1 - 8.0 / 9), 1e-12);
  const Twins two(text("2", ""));
  EXPECT_EQ(two.model("s"), "M/G/c-PS");
  EXPECT_NEAR(two("mean_response"), sim::mm_c(100, 125, 2).mean_response, 1e-12);
  EXPECT_EQ(Twins(text("1.5", ""))("mean_response"), kAbsent);
  EXPECT_EQ(Twins(text("1", ", concurrency: 10"))("mean_response"), kAbsent);
}

TEST(Twins, SeeThroughNetworksThatLoseNothing) {
  const auto text = [](const std::string& loss) {
    return R"(
system:
  regions: {eu: {}}
  network: [{between: [clients, eu], latency: {exponential: 5ms}, loss: )" +
           loss + R"(}]
  services: {s: {servers: 10, service_time: {exponential: 100ms}}}
workload: {w: {to: s, arrivals: {poisson: 80rps}}}
)";
  };
  const Twins twins(text("0%"));
  EXPECT_NEAR(twins("mean_wait"), 0.02045900754, 1e-9);
  EXPECT_NEAR(twins("p99"), sim::mm_c_response_quantile(80, 10, 10, 0.99), 1e-9);
  EXPECT_NEAR(twins.value("w", "mean_response"), 0.12045900754 + 0.01, 1e-9);
  EXPECT_NEAR(twins.value("w", "in_system"), 80 * (0.12045900754 + 0.01), 1e-7);
  EXPECT_EQ(twins.value("w", "p99"), kAbsent);
  EXPECT_EQ(twins.model("w"), "M/M/c and network");
  EXPECT_THAT(Twins(text("0.1%")).subjects(), IsEmpty());
}

TEST(Twins, FollowRequestsThroughATandem) {
  // What leaves M/M/c is Poisson again (P. Burke 1956), so that the second station is M/M/c too.
  const auto text = [](const std::string& front, const std::string& first) {
    return R"(
system:
  services:
    front: {)" +
           front + R"(endpoints: {e: [{wait: 5ms}, {call: a}, {call: b}]}}
    a: {)" +
           first +
           R"(}
    b: {servers: 1, service_time: {exponential: 8ms}}
workload: {w: {to: front/e, arrivals: {poisson: 100rps}}}
)";
  };
  const Twins twins(text("", "servers: 2, service_time: {exponential: 16ms}"));
  const double a = sim::mm_c(100, 62.5, 2).mean_response;
  EXPECT_NEAR(twins.value("a", "mean_response"), a, 1e-12);
  EXPECT_NEAR(twins.value("b", "mean_response"), 0.040, 1e-12);
  EXPECT_NEAR(twins.value("b", "p99"), -std::log(0.01) * 0.040, 1e-9);
  EXPECT_NEAR(twins.value("front/e", "mean_response"), 0.005 + a + 0.040, 1e-12);
  EXPECT_NEAR(twins.value("w", "mean_response"), 0.005 + a + 0.040, 1e-12);
  EXPECT_EQ(twins.model("w"), "product-form network");
  // Constant times leave gaps of their own: the second station sees no Poisson arrivals.
  const Twins constant(text("", "servers: 1, service_time: 8ms"));
  EXPECT_EQ(constant.model("a"), "M/G/1");
  EXPECT_EQ(constant.value("b", "mean_wait"), kAbsent);
  EXPECT_EQ(constant.value("w", "mean_response"), kAbsent);
  // A caller that holds one of its few slots while it calls makes a queue of its own.
  const Twins held(text("concurrency: 50, ", "servers: 2, service_time: {exponential: 16ms}"));
  EXPECT_EQ(held.value("a", "mean_wait"), kAbsent);
  EXPECT_EQ(held.value("front", "mean_response"), kAbsent);
}

TEST(Twins, FollowRequestsThroughSharedCores) {
  const Twins twins(R"(
system:
  services:
    front:
      cpu: {limit: 1}
      endpoints: {e: [{cpu: {exponential: 2ms}}, {query: db/q}, {cpu: 3ms}]}
  databases: {db: {pool: {size: 4}, queries: {q: {exponential: 20ms}}}}
workload: {w: {to: front/e, arrivals: {poisson: 100rps}}}
)");
  const double db = sim::mm_c(100, 50, 4).mean_response;
  EXPECT_NEAR(twins.value("front", "utilization"), 0.5, 1e-12);
  EXPECT_NEAR(twins.value("db", "mean_response"), db, 1e-12);
  EXPECT_NEAR(twins.value("db/q", "mean_response"), db, 1e-12);
  EXPECT_NEAR(twins.value("w", "mean_response"), 0.005 / 0.5 + db, 1e-12);
}

TEST(Twins, StopWhereARequestComesTwiceOrBranchesJoin) {
  const auto text = [](const std::string& steps) {
    return R"(
system:
  services:
    front: {endpoints: {e: [)" +
           steps + R"(]}}
    s: {servers: 1, service_time: 5ms}
    m: {servers: 1, service_time: {exponential: 5ms}}
    n: {servers: 1, service_time: {exponential: 5ms}}
workload: {w: {to: front/e, arrivals: {poisson: 60rps}}}
)";
  };
  EXPECT_NE(Twins(text("{call: s}"))("mean_wait"), kAbsent);
  EXPECT_EQ(Twins(text("{call: s}, {call: s}"))("mean_wait"), kAbsent);
  // In a product form the second visit is like the first one.
  const Twins again(text("{call: m}, {call: m}"));
  EXPECT_NEAR(again.value("m", "mean_response"), 0.005 / (1 - 0.6), 1e-12);
  // Parallel calls arrive as Poisson streams; what follows the join does not.
  const Twins fork(text("{parallel: [{call: m}, {call: s}]}, {call: n}"));
  EXPECT_NE(fork.value("m", "mean_wait"), kAbsent);
  EXPECT_NE(fork("mean_wait"), kAbsent);
  EXPECT_EQ(fork.value("n", "mean_wait"), kAbsent);
  EXPECT_EQ(fork.value("w", "mean_response"), kAbsent);
  EXPECT_EQ(Twins(text("{parallel: {steps: [{call: m}], copies: 2}}")).value("m", "mean_wait"),
            kAbsent);
}

TEST(Twins, OfForkAndJoin) {
  const auto text = [](const std::string& second) {
    return R"(
system:
  services:
    front: {endpoints: {e: [{parallel: [{call: a}, {call: b}]}]}}
    a: {servers: 1, service_time: {exponential: 1s}}
    b: {servers: 1, service_time: {exponential: )" +
           second + R"(}}
workload: {w: {to: front/e, arrivals: {poisson: 0.5rps}}}
)";
  };
  const Twins twins(text("1s"));
  EXPECT_EQ(twins.model("front/e"), "fork-join");
  EXPECT_NEAR(twins.value("front/e", "mean_response"), 2.875, 1e-9);
  EXPECT_NEAR(twins.value("w", "mean_response"), 2.875, 1e-9);
  EXPECT_EQ(Twins(text("900ms")).value("w", "mean_response"), kAbsent);
}

TEST(Twins, CountErrorsThatHaveNothingToDoWithTime) {
  const Twins twins(R"(
system: {services: {s: {servers: 10, endpoints: {e: [{wait: {exponential: 100ms}}, {fail: 5%}]}}}}
workload: {w: {to: s/e, arrivals: {poisson: 80rps}}}
)");
  EXPECT_NEAR(twins("mean_response"), 0.12045900754, 1e-9);
  EXPECT_NEAR(twins("error_ratio"), 0.05, 1e-12);
  EXPECT_NEAR(twins("goodput"), 76, 1e-9);
  EXPECT_NEAR(twins.value("w", "availability"), 0.95, 1e-12);
  EXPECT_NEAR(twins.value("s/e", "p99"), sim::mm_c_response_quantile(80, 10, 10, 0.99), 1e-9);
}

}  // namespace twins_test
}  // namespace rehearse::experiments
