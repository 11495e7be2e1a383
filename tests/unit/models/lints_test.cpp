#include "models/lints.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "models/trip_figures.hpp"
#include "tests/unit/models/scenario_text.hpp"

namespace rehearse::models {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<Lint> lints_of(const std::string& text) {
  return lint(scenario_of(text));
}

/// "id subject" of every lint.
std::vector<std::string> found_in(const std::string& text) {
  std::vector<std::string> all;
  for (const Lint& found : lints_of(text)) all.push_back(found.id + " " + found.subject);
  return all;
}

std::string message_of(const std::string& text, const std::string& id) {
  for (const Lint& found : lints_of(text))
    if (found.id == id) return found.message;
  return "no " + id;
}

std::string station(const std::string& service, const std::string& workload,
                    const std::string& rest = "") {
  return "system: {services: {s: {" + service + "}}}\nworkload: {w: {to: s, " + workload + "}}\n" +
         rest;
}

std::string poisson(const std::string& rate) {
  return "arrivals: {poisson: " + rate + "}";
}

TEST(Lints, LeaveGoodScenariosAlone) {
  EXPECT_THAT(found_in(R"(
name: M/M/10
experiment: {horizon: 1h, seed: 1}
system: {services: {station: {servers: 10, service_time: {exponential: 100ms}}}}
workload: {clients: {arrivals: {poisson: 80rps}, mix: {station: 100%}}}
objectives: [mean_wait(station) < 25ms, p99(station) < 600ms, p999(clients) < 1s,
             utilization(station) <= 85%, throughput(clients) >= 79rps]
)"),
              IsEmpty());
  EXPECT_THAT(found_in(R"(
experiment: {horizon: 10m, warmup: 1m}
system:
  regions: {eu: {zones: [a, b]}}
  network: [{between: zones, latency: 1ms, loss: 0.01%}]
  services:
    front:
      instances: 2
      cpu: {limit: 2}
      concurrency: 100
      queue: {limit: 100}
      endpoints:
        e:
          - cpu: {lognormal: {median: 2ms, p99: 8ms}}
          - cache:
              get: c
              on_miss:
                - query: {to: db/q, timeout: 1s, retry: {attempts: 2, backoff: {constant: 9ms}}}
  caches: {c: {entries: 1k, keys: {zipf: {n: 10k}}}}
  databases: {db: {pool: {size: 50, wait: 500ms}, queries: {q: {exponential: 5ms}}}}
workload:
  people: {users: 100, think: {exponential: 1s}, to: front/e, timeout: 5s}
  peers: {arrivals: {poisson: 100rps}, to: front/e, timeout: 5s}
objectives: [p99(front/e) < 200ms, hit_ratio(c) > 50%, availability(people) >= 99.9%]
)"),
              IsEmpty());
}

TEST(Lints, LoadAboveCapacity) {
  const std::string text = station("servers: 10, service_time: 100ms", poisson("120rps"));
  EXPECT_THAT(found_in(text), ElementsAre("load-above-capacity s"));
  EXPECT_EQ(message_of(text, "load-above-capacity"),
            "'s' is asked for 120rps, which would keep 12 of its 10 servers busy (120%)");
  EXPECT_THAT(found_in(station("servers: 10, service_time: 100ms", poisson("80rps"))), IsEmpty());
  // Just as much as it can: the queue grows all the same.
  EXPECT_THAT(found_in(station("servers: 10, service_time: 100ms", poisson("100rps"))),
              ElementsAre("load-above-capacity s"));
  EXPECT_THAT(message_of(station("cpu: {limit: 500m}, service_time: 10ms", poisson("60rps")),
                         "load-above-capacity"),
              HasSubstr("0.6 of its 0.5 cores busy (120%)"));
}

TEST(Lints, LoadAboveCapacityAtThePeakOnly) {
  const std::string surge =
      "arrivals: {stages: [{hold: 60s}, {ramp: 1s, to: 150rps}, {hold: 9s}, {ramp: 530s, to: "
      "0rps}]}";
  const std::string text = station("servers: 10, service_time: 100ms", surge);
  EXPECT_THAT(found_in(text), ElementsAre("load-above-capacity s"));
  EXPECT_THAT(message_of(text, "load-above-capacity"),
              HasSubstr("at the peak 's' is asked for 150rps, which would keep 15 of its 10"));
  EXPECT_THAT(found_in(station("servers: 20, service_time: 100ms", surge)), IsEmpty());
}

TEST(Lints, HighUtilization) {
  const std::string text = station("servers: 10, service_time: 100ms", poisson("95rps"));
  EXPECT_THAT(found_in(text), ElementsAre("high-utilization s"));
  EXPECT_THAT(message_of(text, "high-utilization"), HasSubstr("95% busy"));
  EXPECT_THAT(found_in(station("servers: 10, service_time: 100ms", poisson("90rps"))), IsEmpty());
}

TEST(Lints, UsersAboveCapacity) {
  // 50 users, 10 s of thought, 1 s of service: up to 4.5/s, where one server does 1/s.
  const std::string text = station("servers: 1, service_time: {exponential: 1s}",
                                   "users: 50, think: {exponential: 10s}");
  EXPECT_THAT(found_in(text), ElementsAre("users-above-capacity s"));
  EXPECT_THAT(message_of(text, "users-above-capacity"), HasSubstr("up to 4.55rps"));
  EXPECT_THAT(found_in(station("servers: 1, service_time: {exponential: 1s}",
                               "users: 5, think: {exponential: 10s}")),
              IsEmpty());
}

TEST(Lints, RetryStorm) {
  const auto text = [](const std::string& rate, const std::string& call) {
    return station("servers: 10, service_time: {exponential: 100ms}", poisson(rate) + call);
  };
  const std::string retry = ", timeout: 1s, retry: {attempts: 4, backoff: {exponential: 50ms}}";
  EXPECT_THAT(found_in(text("60rps", retry)), ElementsAre("retry-storm s"));
  EXPECT_THAT(message_of(text("60rps", retry), "retry-storm"),
              AllOf(HasSubstr("asked for 240rps in place of 60rps"),
                    HasSubstr("24 of its 10 servers busy (240%)")));
  EXPECT_THAT(found_in(text("20rps", retry)), IsEmpty());
  EXPECT_THAT(found_in(text("60rps", ", timeout: 1s")), IsEmpty());
  // Without a timeout no attempt is given up while the server works for it.
  EXPECT_THAT(found_in(text("60rps", ", retry: {attempts: 4, backoff: {exponential: 50ms}}")),
              IsEmpty());
}

TEST(Lints, ColdCache) {
  const auto text = [](const std::string& rate) {
    return R"(
system:
  services: {front: {endpoints: {e: [{cache: {get: c, on_miss: [{query: db/q}]}}]}}}
  caches: {c: {entries: 1000, keys: {zipf: {n: 10k}}}}
  databases: {db: {pool: {size: 10}, queries: {q: 10ms}}}
workload: {w: {to: front/e, arrivals: {poisson: )" +
           rate + "}}}";
  };
  // A third of 1500/s reaches a database that can do 1000/s.
  EXPECT_THAT(found_in(text("1500rps")), ElementsAre("cold-cache db"));
  EXPECT_THAT(message_of(text("1500rps"), "cold-cache"),
              AllOf(HasSubstr("asked for 1500rps in place of 487rps"),
                    HasSubstr("15 of its 10 connections busy (150%)")));
  EXPECT_THAT(found_in(text("900rps")), IsEmpty());
}

TEST(Lints, LoadAboveLimit) {
  const auto text = [](const std::string& limit) {
    return "system:\n  services:\n    s: {instances: 2, endpoints: {a: [{wait: 1ms}], b: [{wait: "
           "1ms}]}, rate_limits: [{" +
           limit + "}]}\nworkload: {w: {mix: {s/a: 25%, s/b: 75%}, clients: 1, " +
           poisson("80rps") + "}}";
  };
  const std::string bucket = "token_bucket: {rate: 70rps, burst: 9}, per: ";
  EXPECT_THAT(found_in(text(bucket + "service")), ElementsAre("load-above-limit s"));
  EXPECT_THAT(message_of(text(bucket + "service"), "load-above-limit"),
              HasSubstr("asked for 80rps, but a rate limit lets 70rps through"));
  EXPECT_THAT(found_in(text(bucket + "service, store: instance")), IsEmpty());
  EXPECT_THAT(found_in(text(bucket + "endpoint")), IsEmpty());
  EXPECT_THAT(found_in(text(bucket + "service, endpoints: [b]")), IsEmpty());
  EXPECT_THAT(found_in(text(bucket + "service, except: [w]")), IsEmpty());
  EXPECT_THAT(found_in(text("fixed_window: {limit: 70, window: 1s}, per: client")), IsEmpty());
}

std::string cached(const std::string& cache) {
  return "system:\n  services: {front: {endpoints: {e: [{cache: {get: c}}]}}}\n  caches: {c: {" +
         cache + "}}\nworkload: {w: {to: front/e, arrivals: {poisson: 10rps}}}";
}

TEST(Lints, ZoneLoss) {
  const auto text = [](const std::string& rate, const std::string& placement) {
    return R"(
system:
  regions: {eu: {zones: [a, b, c]}}
  services: {s: {servers: 4, service_time: 100ms, )" +
           placement + R"(}}
workload: {w: {to: s, arrivals: {poisson: )" +
           rate + "}}}";
  };
  // Two of five instances stand in a; the other three do 120/s.
  EXPECT_THAT(found_in(text("130rps", "instances: 5")), ElementsAre("zone-loss s"));
  EXPECT_EQ(message_of(text("130rps", "instances: 5"), "zone-loss"),
            "without zone 'eu/a', which holds 2 of its 5 instances, 's' would have to keep 13 of "
            "its 12 servers busy at the peak (108%)");
  EXPECT_THAT(found_in(text("119rps", "instances: 5")), IsEmpty());
  // All in one zone: nothing is left, whatever the capacity.
  EXPECT_THAT(found_in(text("130rps", "instances: 5, zones: [eu/a]")), IsEmpty());
  // Too much for all of them together is another matter.
  EXPECT_THAT(found_in(text("210rps", "instances: 5")), ElementsAre("load-above-capacity s"));
}

TEST(Lints, UnevenLoad) {
  // Four instances with 10/s each; the heavy one gets three of six requests.
  const auto weighted = [](const std::string& rate, const std::string& balancer) {
    return station("servers: 1, instances: 4, service_time: 100ms, balancer: " + balancer,
                   poisson(rate));
  };
  EXPECT_THAT(found_in(weighted("21rps", "{weights: [3, 1, 1, 1]}")), ElementsAre("uneven-load s"));
  EXPECT_EQ(
      message_of(weighted("21rps", "{weights: [3, 1, 1, 1]}"), "uneven-load"),
      "instance 0 of 's' gets 2 times an even share of its requests, which would take 105% of "
      "what it has at the peak");
  EXPECT_THAT(found_in(weighted("19rps", "{weights: [3, 1, 1, 1]}")), IsEmpty());
  // One that counts requests under way finds the others by itself.
  EXPECT_THAT(found_in(weighted("21rps", "{policy: least_requests, weights: [3, 1, 1, 1]}")),
              IsEmpty());
  // Three of four callers stand where one of two callees does.
  const std::string text = R"(
system:
  regions: {eu: {zones: [a, b]}}
  services:
    front: {instances: 4, zones: [eu/a, eu/a, eu/a, eu/b], endpoints: {e: [{call: back}]}}
    back: {instances: 2, servers: 1, service_time: 100ms, balancer: {prefer: zone}}
workload: {w: {to: front/e, arrivals: {poisson: 14rps}}}
)";
  EXPECT_THAT(found_in(text), AllOf(testing::Contains("uneven-load back")));
  EXPECT_EQ(message_of(text, "uneven-load"),
            "instance 0 of 'back' in zone 'eu/a' gets 1.5 times an even share of its requests, "
            "which would take 105% of what it has at the peak");
}

TEST(Lints, BalancersThatNeedAReadinessProbe) {
  const auto text = [](const std::string& more) {
    return station(
        "instances: 4, balancer: {panic: 50%}" + more + ", endpoints: {x: [{wait: 1ms}]}",
        poisson("1rps"));
  };
  EXPECT_THAT(found_in(text("")), testing::Contains("no-effect s"));
  EXPECT_THAT(found_in(text(", probes: {readiness: {}}")), IsEmpty());
}

TEST(Lints, CacheHoldsAll) {
  EXPECT_THAT(found_in(cached("entries: 100, keys: {uniform: 100}")),
              ElementsAre("cache-holds-all c"));
  EXPECT_THAT(found_in(cached("entries: 99, keys: {uniform: 100}")), IsEmpty());
  EXPECT_THAT(found_in(cached("entries: 100, keys: {uniform: 100}, ttl: 1m")), IsEmpty());
}

TEST(Lints, NeverCalled) {
  EXPECT_THAT(
      found_in(R"(
system:
  services: {s: {service_time: 1ms}, idle: {service_time: 1ms}}
  databases: {db: {pool: {size: 1}, queries: {q: 1ms}}}
  caches:
    near: {entries: 1, keys: {uniform: 2}}
    far: {entries: 1, keys: {uniform: 2}, latency: 1ms}
workload: {w: {to: s, arrivals: {poisson: 10rps}}}
)"),
      ElementsAre("never-called db", "never-called idle", "never-called near", "never-called far"));
}

TEST(Lints, NoThinkTime) {
  EXPECT_THAT(found_in(station("servers: 8, service_time: 1s", "users: 5")),
              ElementsAre("no-think-time w"));
  EXPECT_THAT(found_in(station("servers: 8, service_time: 1s", "users: 5, think: 0s")),
              ElementsAre("no-think-time w"));
  EXPECT_THAT(found_in(station("servers: 8, service_time: 1s", "users: 5, think: 1s")), IsEmpty());
}

TEST(Lints, RetriesMultiply) {
  const auto text = [](const std::string& attempts, const std::string& deep) {
    return R"(
system:
  services:
    a:
      endpoints:
        x: [{call: {to: b/x, timeout: 2s, retry: {attempts: 3, backoff: {constant: 9ms}}}}]
    b: {endpoints: {x: [{call: {to: c, timeout: 1s, retry: {attempts: )" +
           deep + R"(, backoff: {constant: 9ms}}}}]}}
    c: {servers: 9, service_time: 10ms}
workload:
  w: {arrivals: {poisson: 10rps}, to: a/x, timeout: 9s, retry: {attempts: )" +
           attempts + ", backoff: {constant: 9ms}}}";
  };
  EXPECT_THAT(found_in(text("3", "3")), ElementsAre("retries-multiply w"));
  EXPECT_EQ(message_of(text("3", "3"), "retries-multiply"),
            "retries multiply over depth: one request can become 27 calls, w -> a/x (x3) -> b/x "
            "(x3) -> c (x3)");
  EXPECT_THAT(found_in(text("1", "3")), IsEmpty());            // 9 in all
  EXPECT_THAT(message_of(text("1", "4"), "retries-multiply"),  // 12 in all
              HasSubstr("12 calls, w -> a/x -> b/x (x3) -> c (x4)"));
  // Many attempts at one level do not multiply.
  EXPECT_THAT(found_in(station("servers: 9, service_time: 1ms",
                               "arrivals: {poisson: 10rps}, timeout: 1s, retry: {attempts: 20, "
                               "backoff: {exponential: 50ms}}")),
              IsEmpty());
}

TEST(Lints, RetriesOnALongPathShowItsBeginning) {
  std::string text = "system:\n  services:\n";
  for (int i = 0; i < 12; ++i)
    text += "    s" + std::to_string(i) + ": {endpoints: {e: [{call: {to: s" +
            std::to_string(i + 1) +
            "/e, timeout: 9s, retry: {attempts: 2, backoff: {constant: 9ms}}}}]}}\n";
  text +=
      "    s12: {endpoints: {e: [{wait: 1ms}]}}\n"
      "workload: {w: {arrivals: {poisson: 1rps}, to: s0/e}}\n";
  EXPECT_THAT(
      message_of(text, "retries-multiply"),
      AllOf(HasSubstr("4096 calls, w -> s0/e -> s1/e (x2)"), HasSubstr("s9/e (x2) -> ...")));
}

TEST(Lints, RetryWithoutBackoff) {
  const std::string call = "arrivals: {poisson: 1rps}, timeout: 1s, retry: {attempts: 3";
  const std::string service = "servers: 9, service_time: 1ms";
  EXPECT_THAT(found_in(station(service, call + "}")), ElementsAre("retry-without-backoff w"));
  EXPECT_THAT(found_in(station(service, call + ", backoff: {constant: 1ms}}")), IsEmpty());
}

TEST(Lints, TimeoutBelowP99) {
  const auto text = [](const std::string& timeout) {
    return station("servers: 9, service_time: {exponential: 100ms}",
                   poisson("10rps") + ", timeout: " + timeout);
  };
  // -log(1 %) times 100 ms is 460.5 ms.
  EXPECT_THAT(found_in(text("460ms")), ElementsAre("timeout-below-p99 w"));
  EXPECT_EQ(message_of(text("400ms"), "timeout-below-p99"),
            "'w' gives up on 's' after 400ms, but without any queue 1% of the answers take longer "
            "than 461ms (mean 100ms)");
  EXPECT_THAT(found_in(text("461ms")), IsEmpty());
}

TEST(Lints, TimeoutBelowP99CountsTheNetwork) {
  const auto text = [](const std::string& timeout) {
    return R"(
system:
  regions: {eu: {}}
  network: [{between: [clients, eu], rtt: 50ms}]
  services: {s: {service_time: 30ms}}
workload: {w: {arrivals: {poisson: 10rps}, to: s, timeout: )" +
           timeout + "}}";
  };
  EXPECT_THAT(found_in(text("79ms")), ElementsAre("timeout-below-p99 w"));
  EXPECT_THAT(found_in(text("80ms")), IsEmpty());
}

TEST(Lints, LossWithoutTimeout) {
  const auto text = [](const std::string& loss, const std::string& timeout) {
    return R"(
system:
  regions: {eu: {}}
  network: [{between: [clients, eu], rtt: 50ms, loss: )" +
           loss + R"(}]
  services: {s: {service_time: 30ms}}
workload: {w: {arrivals: {poisson: 10rps}, to: s)" +
           timeout + "}}";
  };
  EXPECT_THAT(found_in(text("0.1%", "")), ElementsAre("loss-without-timeout w"));
  EXPECT_THAT(message_of(text("0.1%", ""), "loss-without-timeout"),
              HasSubstr("up to 0.1% of the messages between 'w' and 's' get lost"));
  EXPECT_THAT(found_in(text("0.1%", ", timeout: 1s")), IsEmpty());
  EXPECT_THAT(found_in(text("0%", "")), IsEmpty());
}

TEST(Lints, PatienceBeyondTimeout) {
  const auto text = [](const std::string& wait) {
    return R"(
system:
  services: {front: {endpoints: {e: [{query: {to: db/q, timeout: 1s}}]}}}
  databases: {db: {pool: {size: 9, wait: )" +
           wait + R"(}, queries: {q: 10ms}}}
workload: {w: {arrivals: {poisson: 10rps}, to: front/e}}
)";
  };
  EXPECT_THAT(found_in(text("2s")), ElementsAre("patience-beyond-timeout front/e"));
  EXPECT_THAT(message_of(text("2s"), "patience-beyond-timeout"),
              HasSubstr("requests wait up to 2s for 'db', but 'front/e' gives up after 1s"));
  EXPECT_THAT(found_in(text("900ms")), IsEmpty());
}

TEST(Lints, QueueOutlastsTimeout) {
  const auto text = [](const std::string& queue, const std::string& more) {
    return station("servers: 10, service_time: 100ms, queue: {limit: " + queue + "}" + more,
                   poisson("50rps") + ", timeout: 1s");
  };
  // 100/s are worked off: 101 requests last longer than a second.
  EXPECT_THAT(found_in(text("101", "")), ElementsAre("queue-outlasts-timeout s"));
  EXPECT_THAT(message_of(text("2000", ""), "queue-outlasts-timeout"),
              HasSubstr("(2000 requests, 100rps worked off per instance) takes 20s, but 'w' gives "
                        "up after 1s"));
  EXPECT_THAT(lints_of(text("2000", "")).front().help, HasSubstr("limit it to 100,"));
  EXPECT_THAT(found_in(text("100", "")), IsEmpty());
  EXPECT_THAT(found_in(text("2000", ", abandoned: drop")), IsEmpty());
}

TEST(Lints, ShortHorizonAndLongWarmup) {
  const auto text = [](const std::string& experiment) {
    return station("servers: 9, service_time: 100ms", poisson("10rps"),
                   "experiment: {" + experiment + "}");
  };
  EXPECT_THAT(found_in(text("horizon: 9s")), ElementsAre("short-horizon "));
  EXPECT_THAT(found_in(text("horizon: 10s")), IsEmpty());
  EXPECT_THAT(found_in(text("horizon: 60s, warmup: 40s")), ElementsAre("long-warmup "));
  EXPECT_THAT(found_in(text("horizon: 60s, warmup: 30s")), IsEmpty());
}

TEST(Lints, TrafficAndHorizonThatDoNotFit) {
  const auto users = [](const std::string& horizon) {
    return station("servers: 99, service_time: 10ms",
                   "think: 1s, users: {stages: [{ramp: 10s, to: 10}, {hold: 60s}, {ramp: 20s, to: "
                   "0}]}",
                   "experiment: {horizon: " + horizon + "}");
  };
  EXPECT_THAT(found_in(users("90s")), IsEmpty());
  EXPECT_THAT(found_in(users("10m")), ElementsAre("traffic-ends-early w"));
  EXPECT_THAT(found_in(users("60s")), ElementsAre("horizon-cuts-stages w"));
  const auto rates = [](const std::string& horizon) {
    return station("servers: 99, service_time: 10ms",
                   "arrivals: {stages: [{ramp: 10s, to: 10rps}, {hold: 80s}]}",
                   "experiment: {horizon: " + horizon + "}");
  };
  EXPECT_THAT(found_in(rates("90s")), IsEmpty());
  EXPECT_THAT(found_in(rates("10m")), ElementsAre("traffic-ends-early w"));
  EXPECT_THAT(found_in(rates("60s")), ElementsAre("horizon-cuts-stages w"));
}

TEST(Lints, OneOfSeveralWorkloadsMayEnd) {
  EXPECT_THAT(found_in(R"(
experiment: {horizon: 100s}
system: {services: {s: {servers: 99, service_time: 10ms}}}
workload:
  w: {to: s, arrivals: {poisson: 10rps}}
  surge: {to: s, arrivals: {stages: [{ramp: 10s, to: 10rps}, {ramp: 10s, to: 0rps}]}}
)"),
              IsEmpty());
}

TEST(Lints, TrafficThatIsCountedEndsEarly) {
  const auto text = [](const std::string& requests) {
    return station("servers: 9, service_time: 10ms", poisson("10rps") + ", requests: " + requests,
                   "experiment: {horizon: 100s}");
  };
  EXPECT_THAT(found_in(text("500")), ElementsAre("traffic-ends-early w"));
  EXPECT_THAT(message_of(text("500"), "traffic-ends-early"), HasSubstr("after 50s"));
  EXPECT_THAT(found_in(text("1000")), IsEmpty());
}

std::string judged(const std::string& objective, const std::string& rate = "100rps") {
  return station("servers: 90, service_time: {exponential: 100ms}", poisson(rate),
                 "experiment: {horizon: 100s, trials: 1}\nobjectives: [\"" + objective + "\"]");
}

TEST(Lints, TooFewRequests) {
  EXPECT_THAT(found_in(judged("p99(s) < 1s")), IsEmpty());  // 10,000 requests
  EXPECT_THAT(found_in(judged("p999(s) < 1s")), IsEmpty());
  EXPECT_THAT(found_in(judged("p999(s) < 1s", "99rps")), ElementsAre("too-few-requests s"));
  EXPECT_THAT(message_of(judged("p999(s) < 1s", "50rps"), "too-few-requests"),
              HasSubstr("about 5000 requests in all trials"));
  EXPECT_THAT(found_in(judged("p99(s) < 1s during 0s..9s")), ElementsAre("too-few-requests s"));
  EXPECT_THAT(found_in(judged("p99(s) < 1s in 90% of 5s windows")),
              ElementsAre("too-few-requests s"));
  EXPECT_THAT(found_in(judged("p99(s) < 1s in 90% of 10s windows")), IsEmpty());
  EXPECT_THAT(found_in(judged("mean_response(s) < 1s", "1rps")), IsEmpty());
}

TEST(Lints, NoTraffic) {
  EXPECT_THAT(found_in(R"(
system:
  services: {s: {servers: 9, endpoints: {busy: [{wait: 1ms}], idle: [{wait: 1ms}]}}}
workload: {w: {arrivals: {poisson: 100rps}, to: s/busy}}
objectives: [p99(s/idle) < 1s, p99(s/busy) < 1s]
)"),
              ElementsAre("no-traffic s/idle"));
}

TEST(Lints, OutOfReach) {
  EXPECT_THAT(found_in(judged("mean_response(s) < 99ms")), ElementsAre("out-of-reach s"));
  EXPECT_THAT(found_in(judged("mean_response(s) < 101ms")), IsEmpty());
  // No bound on a quantile is known without simulating.
  EXPECT_THAT(found_in(judged("p99(w) < 400ms")), IsEmpty());
  EXPECT_THAT(found_in(judged("p99(w) > 10ms")), IsEmpty());
  EXPECT_THAT(found_in(judged("throughput(w) >= 110rps")), ElementsAre("out-of-reach w"));
  EXPECT_THAT(found_in(judged("throughput(w) >= 100rps")), IsEmpty());
  const auto failing = [](const std::string& objective) {
    return R"(
system: {services: {s: {servers: 9, endpoints: {e: [{wait: 1ms}, {fail: 2%}]}}}}
workload: {w: {arrivals: {poisson: 100rps}, to: s/e}}
objectives: [)" +
           objective + "]";
  };
  EXPECT_THAT(found_in(failing("error_rate(w) < 1%")), ElementsAre("out-of-reach w"));
  EXPECT_THAT(found_in(failing("error_rate(w) < 3%")), IsEmpty());
  EXPECT_THAT(found_in(failing("availability(s/e) >= 99%")), ElementsAre("out-of-reach s/e"));
  EXPECT_THAT(found_in(failing("availability(s/e) >= 97%")), IsEmpty());
}

TEST(Lints, AreReportedWhereTheirSubjectIsDeclared) {
  const std::string text = R"(rehearse: 1
experiment: {horizon: 600s, warmup: 500s, trials: 1}
system:
  services:
    front:
      endpoints:
        e: [{query: {to: db/q, timeout: 10ms}}]
  databases:
    db: {pool: {size: 1}, queries: {q: 20ms}}
workload:
  w: {arrivals: {poisson: 100rps}, to: front/e}
objectives:
  - p9999(w) < 1s
)";
  Diagnostics out;
  const SpecNode root = spec::read_text("test.yaml", text, out);
  const auto scenario = compile(root, spec::disk(), out);
  ASSERT_TRUE(scenario) << out.render();
  report_lints(*scenario, root, out);
  std::vector<std::string> places;
  for (const Diagnostic& found : out.all())
    places.push_back(out.place(found.where) + " " + found.id);
  EXPECT_THAT(places,
              ElementsAre("test.yaml:9:5 load-above-capacity", "test.yaml:7:9 timeout-below-p99",
                          "test.yaml:2:1 long-warmup", "test.yaml:13:5 too-few-requests"));
  EXPECT_FALSE(out.has_errors());
}

std::string messages(const std::string& queue, const std::string& consumers) {
  return "system:\n  services:\n    web: {endpoints: {submit: [{publish: mail}]}}\n"
         "    worker: {service_time: 1s}\n"
         "  brokers: {rabbit: {queues: {mail: {" +
         queue + "consumers: {to: worker, " + consumers +
         "}}}}}\nworkload: {clients: {arrivals: {poisson: 10rps}, to: web}}\n";
}

TEST(Lints, ConsumersBelowTheRateOfMessages) {
  EXPECT_THAT(found_in(messages("", "count: 11")), IsEmpty());
  EXPECT_THAT(found_in(messages("", "count: 8")), ElementsAre("consumers-below-rate mail"));
  EXPECT_EQ(message_of(messages("", "count: 8"), "consumers-below-rate"),
            "'mail' gets 10rps, which would keep 10 of its 8 consumers busy (125%)");
}

TEST(Lints, PrefetchThatOutlastsTheTimeout) {
  EXPECT_THAT(found_in(messages("", "count: 20, prefetch: 30, timeout: 40s")), IsEmpty());
  EXPECT_THAT(found_in(messages("", "count: 20, prefetch: 50, timeout: 40s")),
              ElementsAre("prefetch-outlasts-timeout mail"));
  EXPECT_EQ(message_of(messages("", "count: 20, prefetch: 50, timeout: 40s"),
                       "prefetch-outlasts-timeout"),
            "a consumer of 'mail' needs 50s for the 50 messages it may hold, but loses them after "
            "40s");
}

std::string database(const std::string& rest, const std::string& write) {
  return "experiment: {horizon: 10m}\nsystem:\n  services: {web: {endpoints: {save: [{query: "
         "db}]}}}\n  databases: {db: {pool: {size: 20}, " +
         rest + ", queries: {w: {access: write, " + write +
         "}}}}\nworkload: {clients: {arrivals: {poisson: 100rps}, to: web}}\n";
}

TEST(Lints, ReplicasThatApplyLessThanIsWritten) {
  EXPECT_THAT(found_in(database("replicas: {replay: 9ms}", "time: 10ms")), IsEmpty());
  EXPECT_EQ(message_of(database("replicas: {replay: 20ms}", "time: 10ms"), "replay-below-rate"),
            "'db/replicas' get writes at 100rps and apply them at 50rps");
}

TEST(Lints, PhasesInWhichADatabaseIsTooSlow) {
  const std::string phase = "checkpoints: {completion_target: 0.5, slowdown: ";
  EXPECT_THAT(found_in(database(phase + "1.5}", "time: 100ms")), IsEmpty());
  EXPECT_EQ(message_of(database(phase + "3}", "time: 80ms"), "slow-phase"),
            "while it is at its slowest, 'db' is asked for 120% of what it can do");
}

TEST(Lints, StorageThatFills) {
  EXPECT_THAT(found_in(database("storage: {size: 100Mi}", "time: 1ms, stores: 1Ki")), IsEmpty());
  EXPECT_EQ(message_of(database("storage: {size: 1000KB, used: 400KB}", "time: 1ms, stores: 100B"),
                       "storage-fills"),
            "the storage of 'db' is full after 1m, and the horizon is 10m");
}

TEST(Lints, RowsThatAreLockedAllTheTime) {
  EXPECT_THAT(found_in(database("rows: {r: {uniform: 10}}", "time: 90ms, locks: r")), IsEmpty());
  EXPECT_EQ(message_of(database("rows: {r: {uniform: 4}}", "time: 60ms, locks: r"), "hot-row"),
            "the most popular of the rows 'db/r' is locked for 150% of the time or more");
}

}  // namespace
}  // namespace rehearse::models
