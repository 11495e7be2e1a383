#include "models/gate.hpp"

#include "tests/unit/models/one_trial.hpp"

namespace rehearse::models {
namespace {

// Requests every 100 ms from 100 ms on: ten in the first second, of which the horizon cuts none.
std::string steady(const std::string& service, const std::string& workload) {
  return "experiment: {horizon: 1050ms, drain: true}\nsystem: {services: {api: {service_time: "
         "1ms, " +
         service + "}}}\nworkload: {w: {arrivals: {constant: 10rps}, to: api, " + workload + "}}\n";
}

TEST(Gate, TurnsAwayWhatIsBeyondTheLimit) {
  const OneTrial trial(steady(
      "rate_limits: [{fixed_window: {limit: 3, window: 500ms}, per: service}]", "clients: 1"));
  // Windows begin at 100, 600 ms: 3 of 5 pass in each.
  EXPECT_EQ(trial.outcome("w", "workload", Outcome::ok), 6U);
  EXPECT_EQ(trial.outcome("w", "workload", Outcome::limited), 4U);
  EXPECT_EQ(trial.outcome("api", "endpoint", Outcome::limited), 4U);
  EXPECT_EQ(trial.at("w", "workload").sojourn, 6'000'000U);
}

TEST(Gate, CountsEachUserApart) {
  const std::string text = R"(
experiment: {horizon: 10s}
system:
  services:
    api:
      service_time: 1ms
      rate_limits: [{fixed_window: {limit: 2, window: 1m}}]
workload: {people: {users: 5, think: 999ms, to: api}}
)";
  const OneTrial trial(text);
  EXPECT_EQ(trial.outcome("people", "workload", Outcome::ok), 5U * 2U);
}

TEST(Gate, CountsTheClientsOfWorkloadsApart) {
  const OneTrial trial(R"(
experiment: {horizon: 1050ms, drain: true}
system:
  services:
    api: {service_time: 1ms, rate_limits: [{fixed_window: {limit: 4, window: 1m}, per: client}]}
workload:
  a: {arrivals: {constant: 10rps}, to: api, clients: 1}
  b: {arrivals: {constant: 10rps}, to: api, clients: 1}
)");
  EXPECT_EQ(trial.outcome("a", "workload", Outcome::ok), 4U);
  EXPECT_EQ(trial.outcome("b", "workload", Outcome::ok), 4U);
}

TEST(Gate, KeepsTheClientOnTheWayThroughOtherServices) {
  const OneTrial trial(R"(
experiment: {horizon: 10s}
system:
  services:
    front: {endpoints: {x: [{parallel: [{call: {to: api, on_failure: continue}}, {wait: 1ms}]}]}}
    api: {service_time: 1ms, rate_limits: [{fixed_window: {limit: 2, window: 1m}}]}
workload: {people: {users: 5, think: 999ms, to: front/x}}
)");
  EXPECT_EQ(trial.outcome("api", "endpoint", Outcome::ok), 10U);
  EXPECT_EQ(trial.outcome("people", "workload", Outcome::limited), 0U);
}

TEST(Gate, CountsInEachInstanceWhereToldTo) {
  const std::string limit =
      "instances: 2, rate_limits: [{fixed_window: {limit: 2, window: 1m}, per: service, store: ";
  const OneTrial shared(steady(limit + "shared}]", "clients: 1"));
  const OneTrial apart(steady(limit + "instance}]", "clients: 1"));
  EXPECT_EQ(shared.outcome("w", "workload", Outcome::ok), 2U);
  EXPECT_EQ(apart.outcome("w", "workload", Outcome::ok), 4U);
}

TEST(Gate, HoldsForTheEndpointsNamedAndNotForExemptWorkloads) {
  const OneTrial trial(R"(
experiment: {horizon: 1050ms, drain: true}
system:
  services:
    api:
      endpoints: {v1/login: [{wait: 1ms}], v1/health: [{wait: 1ms}]}
      rate_limits:
        - fixed_window: {limit: 1, window: 1m}
          per: endpoint
          endpoints: [v1/login]
          except: [staff]
workload:
  a: {arrivals: {constant: 10rps}, to: api/v1/login}
  b: {arrivals: {constant: 10rps}, to: api/v1/health}
  staff: {arrivals: {constant: 10rps}, to: api/v1/login}
)");
  EXPECT_EQ(trial.outcome("a", "workload", Outcome::ok), 1U);
  EXPECT_EQ(trial.outcome("b", "workload", Outcome::ok), 10U);
  EXPECT_EQ(trial.outcome("staff", "workload", Outcome::ok), 10U);
}

TEST(Gate, HoldsBackWhatALeakyBucketDelays) {
  const OneTrial trial(R"(
experiment: {horizon: 10s, drain: true}
system:
  services:
    api: {servers: 9, service_time: 1ms, rate_limits: [{leaky_bucket: {rate: 10rps, queue: 2}}]}
    page:
      endpoints:
        x: [{parallel: {copies: 4, steps: [{call: {to: api, on_failure: continue}}]}}]
workload: {one: {users: 1, requests: 1, to: page/x}}
)");
  // Of four at once: now, after 100 ms, after 200 ms, and one turned away.
  EXPECT_EQ(trial.outcome("api", "endpoint", Outcome::limited), 1U);
  EXPECT_EQ(trial.at("api", "endpoint").response.max(), Duration::milliseconds(201));
  EXPECT_EQ(trial.at("api", "endpoint").wait.max(), Duration::milliseconds(200));
  EXPECT_TRUE(trial.at("api", "station").in_queue == 300'000'000U);
}

TEST(Gate, AsksLimitsInOrder) {
  // The second limit turns away what the first has counted already.
  const OneTrial trial(
      steady("rate_limits: [{fixed_window: {limit: 8, window: 1m}, per: service}, "
             "{token_bucket: {rate: 5rps, burst: 1}, per: service}]",
             "clients: 1"));
  EXPECT_EQ(trial.outcome("w", "workload", Outcome::ok), 4U);
  EXPECT_EQ(trial.outcome("w", "workload", Outcome::limited), 6U);
}

TEST(Gate, TurnsAwayBodiesThatAreTooLarge) {
  const OneTrial trial(R"(
experiment: {horizon: 100s, seed: 1}
system: {services: {api: {service_time: 1ms, body_limit: 10MB}}}
workload:
  small: {arrivals: {constant: 10rps}, to: api, body: 10MB}
  large: {arrivals: {constant: 10rps}, to: api, body: 10.001MB}
  mixed: {arrivals: {constant: 100rps}, to: api, body: {exponential: 10MB}}
)");
  EXPECT_EQ(trial.outcome("small", "workload", Outcome::refused), 0U);
  EXPECT_EQ(trial.outcome("large", "workload", Outcome::ok), 0U);
  EXPECT_NEAR(static_cast<double>(trial.outcome("mixed", "workload", Outcome::refused)) / 10'000,
              std::exp(-1.0), 0.02);
}

TEST(Gate, IsNotTriedAgainWhatIsRefused) {
  const std::string text = R"(
experiment: {horizon: 1050ms, drain: true}
system:
  services:
    api: {service_time: 1ms, body_limit: 1KB, rate_limits: [{fixed_window: {limit: 1, window: 1m}}]}
workload:
  large: {arrivals: {constant: 1rps}, to: api, clients: 1, body: 1MB, retry: {attempts: 3}}
  often: {arrivals: {constant: 2rps}, to: api, clients: 1, retry: {attempts: 3}}
)";
  const OneTrial trial(text);
  // One of each large request; of two small ones the second takes three attempts.
  EXPECT_EQ(trial.at("api", "endpoint").arrivals, 1U + 1U + 3U);
}

TEST(Filter, BlocksAShareOfEachWorkload) {
  const std::string text = R"(
experiment: {horizon: 1000s, seed: 1}
system:
  services:
    waf:
      endpoints:
        x: [{wait: 1ms}, {filter: {block: {bots: 90%, people: 1%}SWITCH}}, {call: api}]
    api: {service_time: 1ms}
workload:
  bots: {arrivals: {constant: 10rps}, to: waf/x}
  people: {arrivals: {constant: 10rps}, to: waf/x}
  staff: {arrivals: {constant: 10rps}, to: waf/x}
)";
  const auto with = [&](const std::string& flag) {
    std::string changed = text;
    return changed.replace(changed.find("SWITCH"), 6, flag);
  };
  const OneTrial trial(with(""));
  const auto refused = [&](const char* who) {
    return static_cast<double>(trial.outcome(who, "workload", Outcome::refused)) / 10'000;
  };
  EXPECT_NEAR(refused("bots"), 0.9, 0.012);
  EXPECT_NEAR(refused("people"), 0.01, 0.004);
  EXPECT_EQ(refused("staff"), 0);
  const OneTrial open(with(", override: true"));
  EXPECT_EQ(open.outcome("bots", "workload", Outcome::refused), 0U);
}

TEST(Sidecar, AddsToCallsThatComeInAndGoOut) {
  const OneTrial trial(R"(
experiment: {horizon: 60s, drain: true}
system:
  services:
    shop:
      cpu: {limit: 1}
      sidecar: {latency: 1ms, cpu: 2ms}
      endpoints: {order: [{cpu: 10ms}, {call: stock}, {query: db/read}]}
    stock: {service_time: 20ms, sidecar: {latency: 3ms}}
  databases: {db: {pool: {size: 1}, queries: {read: 7ms}}}
workload: {client: {users: 1, requests: 1, to: shop}}
)");
  // In: 3; work: 10; to stock: 3 and there 3 + 20; to the database: 3 and there 7.
  EXPECT_EQ(trial.at("client", "workload").response.max(), Duration::milliseconds(49));
  EXPECT_EQ(trial.at("shop", "station").work, 16'000'000U);
}

}  // namespace
}  // namespace rehearse::models
