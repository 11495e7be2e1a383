#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "sim/closed_form.hpp"
#include "tests/unit/experiments/twins_of.hpp"

/// Closed forms of single stations, and where there are none.

namespace rehearse::experiments {
namespace twins_test {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Twins, OfMMc) {
  const Twins twins(station("servers: 10, service_time: {exponential: 100ms}", kPoisson));
  const sim::QueueFigures f = sim::mm_c(80, 10, 10);
  EXPECT_THAT(twins.subjects(), ElementsAre("workload w", "service s"));
  EXPECT_EQ(twins.model("s"), "M/M/c");
  EXPECT_EQ(twins.model("w"), "M/M/c");
  EXPECT_NEAR(twins("utilization"), 0.8, 1e-12);
  EXPECT_NEAR(twins("arrival_rate"), 80, 1e-9);
  EXPECT_NEAR(twins("throughput"), 80, 1e-9);
  EXPECT_NEAR(twins("goodput"), 80, 1e-9);
  EXPECT_NEAR(twins("mean_wait"), 0.02045900754, 1e-9);
  EXPECT_NEAR(twins("mean_response"), 0.12045900754, 1e-9);
  EXPECT_NEAR(twins("in_system"), f.in_system, 1e-9);
  EXPECT_NEAR(twins("queue_length"), 1.63672060, 1e-7);
  EXPECT_EQ(twins("error_ratio"), 0);
  EXPECT_EQ(twins("availability"), 1);
  EXPECT_NEAR(twins("p99_wait"), 0.1855785, 1e-7);
  for (const auto& [name, p] :
       {std::pair{"p50", 0.5}, {"p90", 0.9}, {"p95", 0.95}, {"p99", 0.99}, {"p999", 0.999}})
    EXPECT_NEAR(twins(name), sim::mm_c_response_quantile(80, 10, 10, p), 1e-9) << name;
  // Nothing lies between the client and the station.
  EXPECT_NEAR(twins.value("w", "mean_response"), 0.12045900754, 1e-9);
  EXPECT_NEAR(twins.value("w", "p99"), twins("p99"), 1e-12);
  EXPECT_EQ(twins.value("w", "mean_wait"), kAbsent);
}

TEST(Twins, AnswerTheQuantilesThatObjectivesAskFor) {
  const Twins twins(station("servers: 10, service_time: {exponential: 100ms}", kPoisson) +
                    "objectives: [p97.5(s) < 1s, p42_wait(s) < 1s]\n");
  EXPECT_NEAR(twins(spec::metric_name(spec::Metric::response_quantile, 0.975)),
              sim::mm_c_response_quantile(80, 10, 10, 0.975), 1e-9);
  EXPECT_NEAR(twins("p42_wait"), sim::mm_c_wait_quantile(80, 10, 10, 0.42), 1e-9);
}

TEST(Twins, NeedArrivalsWithoutMemory) {
  for (const char* arrivals :
       {"arrivals: {constant: 80rps}", "arrivals: {renewal: {uniform: [5ms, 20ms]}}",
        "arrivals: {stages: [{hold: 10s}, {ramp: 10s, to: 80rps}]}",
        "arrivals: {poisson: 80rps}, requests: 1000"}) {
    const Twins twins(station("servers: 10, service_time: {exponential: 100ms}", arrivals));
    EXPECT_EQ(twins("mean_wait"), kAbsent) << arrivals;
    EXPECT_EQ(twins("p99"), kAbsent) << arrivals;
    EXPECT_EQ(twins.value("w", "mean_response"), kAbsent) << arrivals;
  }
}

TEST(Twins, NeedCallersThatWaitAndAskOnce) {
  for (const char* call : {", timeout: 10s", ", retry: {attempts: 2}"}) {
    const Twins twins(
        station("servers: 10, service_time: {exponential: 100ms}", kPoisson + std::string(call)));
    EXPECT_EQ(twins("mean_wait"), kAbsent) << call;
    EXPECT_EQ(twins.value("w", "mean_response"), kAbsent) << call;
  }
}

TEST(Twins, NeedEveryStreamIntoAStation) {
  const Twins twins(R"(
system: {services: {s: {servers: 10, service_time: {exponential: 100ms}}}}
workload:
  w: {to: s, arrivals: {poisson: 40rps}}
  x: {to: s, arrivals: {poisson: 40rps}, timeout: 5s}
)");
  EXPECT_THAT(twins.subjects(), IsEmpty());
}

TEST(Twins, NeedAStableStation) {
  EXPECT_THAT(Twins(station("servers: 8, service_time: {exponential: 100ms}", kPoisson)).subjects(),
              IsEmpty());
}

TEST(Twins, LastInFirstOutKeepsMeansOnly) {
  const Twins twins(station(
      "servers: 10, queue: {discipline: lifo}, service_time: {exponential: 100ms}", kPoisson));
  EXPECT_NEAR(twins("mean_wait"), 0.02045900754, 1e-9);
  EXPECT_EQ(twins("p99"), kAbsent);
  EXPECT_EQ(twins("p99_wait"), kAbsent);
}

TEST(Twins, OfInstancesNeedARandomSplit) {
  const auto text = [](const std::string& balancer) {
    return station(
        "instances: 4, servers: 2, balancer: " + balancer + ", service_time: {exponential: 80ms}",
        kPoisson);
  };
  const Twins twins(text("random"));
  const sim::QueueFigures f = sim::mm_c(20, 12.5, 2);  // four times M/M/2
  EXPECT_EQ(twins.model("s"), "M/M/c");
  EXPECT_NEAR(twins("mean_wait"), f.mean_wait, 1e-12);
  EXPECT_NEAR(twins("in_system"), 4 * f.in_system, 1e-9);
  EXPECT_NEAR(twins("queue_length"), 4 * f.in_queue, 1e-9);
  EXPECT_NEAR(twins("utilization"), 0.8, 1e-12);
  EXPECT_NEAR(Twins(text("{choices: 1}"))("mean_wait"), f.mean_wait, 1e-12);
  for (const char* balancer : {"round_robin", "least_requests", "{choices: 2}", "least_latency",
                               "{policy: random, weights: [2, 1, 1, 1]}"})
    EXPECT_EQ(Twins(text(balancer))("mean_wait"), kAbsent) << balancer;
}

TEST(Twins, KnowNothingOfWeightsThatMayOverloadOne) {
  const auto text = [](const std::string& balancer) {
    return station(
        "instances: 4, servers: 2, balancer: " + balancer + ", service_time: {exponential: 80ms}",
        kPoisson);
  };
  EXPECT_THAT(Twins(text("{weights: [7, 1, 1, 1]}")).subjects(), IsEmpty());
  EXPECT_THAT(Twins(text("{weights: [1, 1, 1, 1]}")).subjects(), IsEmpty());
  EXPECT_NEAR(Twins(text("{policy: random, panic: 50%}"))("utilization"), 0.8, 1e-12);
}

TEST(Twins, FallBackToTheTrafficEquations) {
  const Twins twins(station(
      "instances: 4, servers: 2, balancer: least_requests, service_time: {exponential: 80ms}",
      kPoisson));
  EXPECT_EQ(twins.model("s"), "traffic equations");
  EXPECT_NEAR(twins("utilization"), 0.8, 1e-12);
  EXPECT_NEAR(twins("arrival_rate"), 80, 1e-9);
  EXPECT_NEAR(twins("throughput"), 80, 1e-9);
  EXPECT_EQ(twins("error_ratio"), kAbsent);
}

TEST(Twins, OfMG1) {
  const Twins twins(station("servers: 1, service_time: 10ms", kPoisson));
  EXPECT_EQ(twins.model("s"), "M/G/1");
  EXPECT_NEAR(twins("mean_wait"), 0.020, 1e-12);  // M/D/1 at 80 %: two services
  EXPECT_NEAR(twins("in_system"), 2.4, 1e-9);
  EXPECT_EQ(twins("p99"), kAbsent);
  // No formula for several servers of a general law.
  EXPECT_EQ(Twins(station("servers: 2, service_time: 10ms", kPoisson))("mean_wait"), kAbsent);
  // An infinite variance has an infinite mean wait.
  EXPECT_EQ(Twins(station("servers: 1, service_time: {pareto: {shape: 1.5, scale: 1ms}}",
                          kPoisson))("mean_wait"),
            kAbsent);
}

TEST(Twins, OfMG1WithAMixOfLaws) {
  // Half the requests take exponential times of 1 ms, half constant 15 ms: mean 8 ms, second moment
  // (2 + 225) / 2.
  const Twins twins(R"(
system:
  services:
    s: {servers: 1, endpoints: {a: [{wait: {exponential: 1ms}}], b: [{wait: 15ms}]}}
workload: {w: {arrivals: {poisson: 100rps}, mix: {s/a: 50%, s/b: 50%}}}
)");
  const double scv = (2.0 + 225) / 2 / 64 - 1;
  const sim::QueueFigures f = sim::mg_1(100, 0.008, scv);
  EXPECT_NEAR(twins("mean_wait"), f.mean_wait, 1e-12);
  EXPECT_NEAR(twins("mean_response"), f.mean_response, 1e-12);
  EXPECT_NEAR(twins.value("s/a", "mean_response"), f.mean_wait + 0.001, 1e-12);
  EXPECT_NEAR(twins.value("s/b", "mean_response"), f.mean_wait + 0.015, 1e-12);
  EXPECT_NEAR(twins.value("s/b", "in_system"), 50 * (f.mean_wait + 0.015), 1e-9);
  EXPECT_NEAR(twins.value("w", "mean_response"), f.mean_response, 1e-12);
}

TEST(Twins, NeedServicesThatTurnNobodyAway) {
  const std::string queue = "servers: 10, service_time: {exponential: 100ms}";
  EXPECT_EQ(Twins(station(queue + ", body_limit: 1MB", kPoisson)).model("s"), "none");
  EXPECT_EQ(Twins(station(queue + ", rate_limits: [{token_bucket: {rate: 90rps, burst: 9}, per: "
                                  "service}]",
                          kPoisson))
                .model("s"),
            "none");
  EXPECT_EQ(
      Twins(station("service_time: 1ms, rate_limits: [{token_bucket: {rate: 1rps, burst: 1}}]",
                    "users: 3, think: {exponential: 1s}"))
          .subjects(),
      std::vector<std::string>{});
}

TEST(Twins, NeedInstancesThatKeepTheirPaceAndStayAlive) {
  for (const char* what : {"pauses: {every: 10s, for: 100ms}",
                           "warmup: {duration: 10s, slowdown: 2, from_start: true}",
                           "memory: {limit: 1Gi, per_request: 1Mi}", "queue: {codel: {}}"}) {
    const std::string service =
        std::string("servers: 1, service_time: {exponential: 1ms}, ") + what;
    EXPECT_EQ(Twins(station(service, kPoisson)).model("s"), "none") << what;
    EXPECT_THAT(Twins(station(service, "users: 3, think: {exponential: 1s}")).subjects(), IsEmpty())
        << what;
  }
  // Instances that start anew only where something has happened to them are warm.
  EXPECT_EQ(
      Twins(station("servers: 10, service_time: {exponential: 100ms}, warmup: {duration: 10s, "
                    "slowdown: 2}",
                    kPoisson))
          .model("s"),
      "M/M/c");
}

TEST(Twins, KnowNoWaitsInQueuesThatAreFair) {
  EXPECT_EQ(Twins(station("servers: 10, service_time: {exponential: 100ms}, queue: {discipline: "
                          "fair}",
                          kPoisson))
                .model("s"),
            "traffic equations");
}

TEST(Twins, NeedCallersWithoutDeadlines) {
  EXPECT_EQ(Twins(station("servers: 10, service_time: {exponential: 100ms}",
                          std::string(kPoisson) + ", deadline: 10s"))
                .model("s"),
            "none");
}

TEST(Twins, NeedPlansThatDoNotDependOnWhoAsks) {
  const Twins filtered(R"(
system:
  services:
    s: {endpoints: {x: [{filter: {block: {w: 50%}}}, {call: t}]}}
    t: {servers: 9, service_time: {exponential: 10ms}}
workload: {w: {to: s/x, arrivals: {poisson: 80rps}}}
)");
  EXPECT_EQ(filtered.model("t"), "none");
  const Twins named(R"(
system:
  services:
    s: {servers: 9, service_time: {exponential: 10ms}}
    t: {servers: 9, service_time: {exponential: 10ms}}
  dns: {n: {to: s, ttl: 1s, changes: [{at: 1s, to: t}]}}
workload: {w: {to: n, clients: 9, arrivals: {poisson: 80rps}}}
)");
  EXPECT_THAT(named.subjects(), IsEmpty());
}

TEST(Twins, KnowNothingOfWritesThatFindTheirRowChanged) {
  const auto after = [](const std::string& steps) {
    return Twins(R"(
system:
  services:
    s: {endpoints: {x: [)" +
                 steps +
                 R"({call: t}]}}
    t: {servers: 9, service_time: {exponential: 10ms}}
  databases:
    d:
      pool: {size: 9}
      rows: {r: {uniform: 1}}
      queries: {look: {time: 1ms, reads: r}, book: {time: 1ms, access: write, checks: r}}
workload: {w: {to: s/x, arrivals: {poisson: 80rps}}}
)")
        .model("t");
  };
  EXPECT_NE(after(""), "none");
  EXPECT_EQ(after("{query: d/look}, {query: d/book}, "), "none");
}

TEST(Twins, OfPriorities) {
  const Twins twins(R"(
system:
  services:
    s:
      servers: 1
      queue: {discipline: priority}
      endpoints:
        high: {priority: 0, steps: [{wait: {exponential: 1s}}]}
        low: {priority: 3, steps: [{wait: {exponential: 1s}}]}
workload:
  h: {arrivals: {poisson: 0.2rps}, to: s/high}
  l: {arrivals: {poisson: 0.6rps}, to: s/low}
)");
  EXPECT_NEAR(twins.value("s/high", "mean_response"), 2, 1e-9);
  EXPECT_NEAR(twins.value("s/low", "mean_response"), 6, 1e-9);
  EXPECT_NEAR(twins.value("l", "mean_response"), 6, 1e-9);
  EXPECT_NEAR(twins("mean_response"), (0.2 * 2 + 0.6 * 6) / 0.8, 1e-9);
  EXPECT_NEAR(twins("queue_length"), 0.2 * 1 + 0.6 * 5, 1e-9);
  EXPECT_EQ(twins.value("s/high", "p99"), kAbsent);
}

TEST(Twins, OfABoundedQueue) {
  const Twins twins(station("servers: 10, queue: {limit: 10}, service_time: {exponential: 1s}",
                            "arrivals: {poisson: 10rps}"));
  EXPECT_EQ(twins.model("s"), "M/M/c/K");
  EXPECT_NEAR(twins("error_ratio"), .06821182, 1e-8);
  EXPECT_NEAR(twins("mean_wait"), .40262907, 1e-8);
  EXPECT_NEAR(twins("throughput"), 10, 1e-9);
  EXPECT_NEAR(twins("goodput"), 10 * (1 - .06821182), 1e-7);
  EXPECT_NEAR(twins("utilization"), 1 - .06821182, 1e-8);
  const sim::QueueFigures f = sim::mm_c_k(10, 1, 10, 20);
  EXPECT_NEAR(twins("in_system"), f.in_system, 1e-9);
  EXPECT_NEAR(twins("queue_length"), f.in_queue, 1e-9);
  EXPECT_NEAR(twins.value("w", "error_ratio"), f.blocking, 1e-12);
  EXPECT_NEAR(twins.value("w", "mean_response"), f.mean_response, 1e-9);
  EXPECT_EQ(twins("p99"), kAbsent);
}

TEST(Twins, OfALossSystemWithAnyLaw) {
  const Twins twins(station("servers: 5, queue: {limit: 0}, service_time: {uniform: [1s, 3s]}",
                            "arrivals: {poisson: 0.6804rps}"));
  EXPECT_EQ(twins.model("s"), "M/G/c/c");
  EXPECT_NEAR(twins("error_ratio"), 0.01, 1e-5);
  EXPECT_EQ(twins("mean_wait"), 0);
  EXPECT_NEAR(twins("mean_response"), 2, 1e-12);
  EXPECT_NEAR(twins("p90"), 2.8, 1e-12);
  EXPECT_NEAR(twins("utilization"), 1.3608 * 0.99 / 5, 1e-5);
}

TEST(Twins, OfErlangA) {
  const Twins twins(
      station("servers: 10, queue: {patience: {exponential: 2s}}, service_time: {exponential: 1s}",
              "arrivals: {poisson: 12rps}"));
  EXPECT_EQ(twins.model("s"), "Erlang-A");
  EXPECT_NEAR(twins("error_ratio"), .19565594, 1e-8);
  EXPECT_NEAR(twins("queue_length"), 4.69574266, 1e-8);
  EXPECT_NEAR(twins("utilization"), 12 * (1 - .19565594) / 10, 1e-8);
  EXPECT_NEAR(twins("in_system"), 4.69574266 + 12 * (1 - .19565594), 1e-7);
  // All waits add up to the queue: those that end with service and those that end with giving up.
  // The latter are shorter or longer, the former must be below what patience allows on average.
  EXPECT_GT(twins("mean_wait"), 0.3);
  EXPECT_LT(twins("mean_wait"), 4.69574266 / 12 / (1 - .19565594));
  EXPECT_NEAR(twins("mean_response"), twins("mean_wait") + 1, 1e-12);
  // Other patience, no formula.
  EXPECT_EQ(Twins(station("servers: 10, queue: {patience: 2s}, service_time: {exponential: 1s}",
                          "arrivals: {poisson: 8rps}"))("queue_length"),
            kAbsent);
}

TEST(Twins, OfErlangAWithPatientRequestsIsErlangC) {
  const Twins twins(station(
      "servers: 10, queue: {patience: {exponential: 20000s}}, service_time: {exponential: 1s}",
      "arrivals: {poisson: 8rps}"));
  EXPECT_NEAR(twins("mean_wait"), 0.2045900754, 1e-4);
}

TEST(Twins, OfErlangAWithOneServer) {
  // By hand: lambda = mu = theta = 1, one server. States are Poisson with mean 1: pi_n = e^-1 / n!.
  // Served of n + 1 waiting: 1 / (n + 2); its stages: 1/2 + ... + 1/(n + 2).
  double served_wait = 0;
  double stages = 0;
  double pi = std::exp(-1.0);  // of one request in the system
  double busy = 0;
  for (int n = 0; n < 30; ++n) {
    stages += 1.0 / (n + 2);
    served_wait += pi / (n + 2) * stages;
    busy += pi;
    pi /= n + 2;
  }
  const double served = busy;  // throughput = mu P(busy)
  const Twins twins(
      station("servers: 1, queue: {patience: {exponential: 1s}}, service_time: {exponential: 1s}",
              "arrivals: {poisson: 1rps}"));
  EXPECT_NEAR(twins("error_ratio"), 1 - served, 1e-9);
  EXPECT_NEAR(twins("mean_wait"), served_wait / served, 1e-9);
}

TEST(Twins, SayHowMuchOfADifferenceIsNone) {
  Twin twin;
  EXPECT_EQ(tolerance_of(twin, "mean_wait"), 0);
  EXPECT_EQ(tolerance_of(twin, "p99"), 1 / 128.0);
  EXPECT_EQ(tolerance_of(twin, "p99_wait"), 1 / 128.0);
  twin.tolerance = 0.02;
  EXPECT_EQ(tolerance_of(twin, "hit_ratio"), 0.02);
  EXPECT_EQ(tolerance_of(twin, "p50"), 0.02);
}

TEST(Twins, OfARunThatDrainsLeaveOutAveragesOverTime) {
  const Twins twins(station("servers: 10, service_time: {exponential: 100ms}", kPoisson) +
                    "experiment: {drain: true}\n");
  EXPECT_NEAR(twins("mean_wait"), 0.02045900754, 1e-9);
  EXPECT_EQ(twins("throughput"), kAbsent);
  EXPECT_EQ(twins("in_system"), kAbsent);
  EXPECT_EQ(twins("utilization"), kAbsent);
}

}  // namespace twins_test
}  // namespace rehearse::experiments
