#include "tests/property/random_scenario.hpp"

#include <fmt/format.h>

#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/random.hpp"

namespace rehearse::testing_tools {
namespace {

class Writer {
 public:
  explicit Writer(std::uint64_t seed)
      : random_({seed, 0}, "scenario", "shape"),
        apart_({seed, 0}, "scenario", "services"),
        seed_(seed) {}

  std::string write() {
    zoned_ = chance(0.5);
    faulty_ = chance(0.4);
    transactions_ = chance(0.3);
    // What may stop without a word needs callers with timeouts, as lost messages do.
    lossy_ = faulty_ || (zoned_ && chance(0.4));
    workloads_ = 1 + below(3);
    named_ = chance(0.3);
    draw_names();
    draw_versions();
    text_ = fmt::format(
        "rehearse: 1\nname: random {}\n"
        "experiment: {{horizon: {}s, warmup: 0s, trials: 2, drain: true, seed: {}}}\nsystem:\n",
        seed_, 2 + below(4), seed_);
    if (zoned_) write_places();
    text_ += "  services:\n";
    for (std::size_t i = 0; i < services_.size(); ++i) write_service(i);
    if (!databases_.empty()) text_ += "  databases:\n";
    for (const Callee& database : databases_) write_database(database);
    if (!caches_.empty()) text_ += "  caches:\n";
    for (const std::string& cache : caches_) write_cache(cache);
    if (named_) write_name();
    if (!queues_.empty()) write_broker();
    text_ += "workload:\n";
    for (std::uint64_t i = 0; i < workloads_; ++i) write_workload(i);
    if (faulty_) write_faults();
    write_policies();
    return text_;
  }

 private:
  struct Callee {
    std::string name;
    bool cpu = false;  // has cores to share
    std::vector<std::string> endpoints;
    bool memory = false;  // is counted
  };

  // What is drawn while this lives comes from a stream of its own: the rest of the scenario stays
  // as it is without it.
  class Apart {
   public:
    explicit Apart(Writer& writer) : writer_(writer) { std::swap(writer.random_, writer.apart_); }
    ~Apart() { std::swap(writer_.random_, writer_.apart_); }
    Apart(const Apart&) = delete;
    Apart& operator=(const Apart&) = delete;

   private:
    Writer& writer_;
  };

  std::uint64_t below(std::uint64_t n) { return random_.below(n); }
  bool chance(double p) { return random_.chance(p); }
  std::string_view one_of(std::initializer_list<std::string_view> words) {
    return words.begin()[below(words.size())];
  }
  template <class T>
  const T& one_of(const std::vector<T>& items) {
    return items[below(items.size())];
  }

  void draw_names() {
    for (std::uint64_t i = 0, n = 1 + below(5); i < n; ++i)
      services_.push_back(draw_callee(fmt::format("service{}", i), 0.4));
    for (std::uint64_t i = 0, n = below(3); i < n; ++i)
      databases_.push_back(draw_callee(fmt::format("database{}", i), 0.3));
    for (std::uint64_t i = 0, n = below(3); i < n; ++i)
      caches_.push_back(fmt::format("cache{}", i));
    // Handlers are the endpoints of the last service, which publishes nothing.
    for (std::uint64_t i = 0, n = services_.size() > 1 && chance(0.5) ? 1 + below(3) : 0; i < n;
         ++i)
      queues_.push_back(fmt::format("queue{}", i));
    top_priority_ = below(3);
  }
  void draw_versions() {
    const Apart apart(*this);
    versions_ = !databases_.empty() && chance(0.4);
  }
  Callee draw_callee(const std::string& name, double with_cpu) {
    Callee callee{name, chance(with_cpu), {}};
    for (std::uint64_t i = 0, n = 1 + below(3); i < n; ++i)
      callee.endpoints.push_back(fmt::format("part{}", i));
    return callee;
  }

  // Milliseconds on average, of any law.
  std::string time(double scale = 1) {
    const double ms = scale * (0.2 + 8 * random_.uniform());
    switch (below(8)) {
      case 0:
        return fmt::format("{:.3f}ms", ms);
      case 1:
        return fmt::format("{{uniform: [0ms, {:.3f}ms]}}", 2 * ms);
      case 2:
        return fmt::format("{{lognormal: {{median: {:.3f}ms, p99: {:.3f}ms}}}}", ms, 5 * ms);
      case 3:
        return fmt::format("{{gamma: {{shape: {:.2f}, mean: {:.3f}ms}}}}",
                           0.3 + 3 * random_.uniform(), ms);
      case 4:
        return fmt::format("{{weibull: {{shape: {:.2f}, scale: {:.3f}ms}}}}",
                           0.5 + random_.uniform(), ms);
      case 5:
        return fmt::format("{{hyperexponential: {{mean: {:.3f}ms, scv: {}}}}}", ms, 1 + below(20));
      case 6:
        return fmt::format(
            "{{mixture: [{{weight: 90%, of: {{exponential: {:.3f}ms}}}}, {{weight: 10%, of: "
            "{:.3f}ms}}]}}",
            ms, 3 * ms);
      default:
        return fmt::format("{{exponential: {:.3f}ms}}", ms);
    }
  }
  // With `before` in front of it; empty where there is none.
  std::string deadline(const std::string& before) {
    const Apart apart(*this);
    return chance(0.2) ? fmt::format("{}deadline: {}ms", before, 1 + below(200)) : std::string();
  }
  std::string timeout() { return fmt::format("{}ms", 1 + below(60)); }

  std::string retry() {
    std::string text = fmt::format("retry: {{attempts: {}", 1 + below(3));
    if (chance(0.6)) {
      text += chance(0.5) ? fmt::format(", backoff: {{constant: {}ms", below(20))
                          : fmt::format(", backoff: {{exponential: {}ms, factor: {}, max: 50ms",
                                        1 + below(10), 1 + below(3));
      text += fmt::format(", jitter: {}}}", one_of({"none", "full", "equal", "decorrelated"}));
    }
    if (chance(0.3))
      text +=
          fmt::format(", on: [{}]", one_of({"timeout", "error, rejected", "timeout, abandoned"}));
    return fmt::format("{}{}}}", text, budget());
  }
  std::string budget() {
    const Apart apart(*this);
    if (chance(0.7)) return {};
    return fmt::format(", budget: {}",
                       one_of({"20%", "{quota: {tokens: 2}}", "{failures: {tokens: 4}}",
                               "{deposits: {min_per_second: 1}}", "{breaker: {most: 30%}}",
                               "{in_flight: {least: 1}}"}));
  }

  void write_places() {
    const bool two = chance(0.5);
    text_ += "  regions:\n    east: {zones: [a, b]}\n";
    if (two) text_ += "    west: {zones: [c]}\n";
    if (chance(0.3)) text_ += "  routes: shortest\n";
    write_nodes();
    text_ += "  network:\n";
    const std::string loss = lossy_ ? fmt::format(", loss: {}%", 1 + below(10)) : std::string();
    text_ +=
        fmt::format("    - {{between: zones, latency: {}{}{}}}\n", time(0.1), loss, transport());
    if (two)
      text_ += fmt::format("    - {{between: regions, rtt: {}ms, jitter: 1ms{}}}\n", 2 + below(20),
                           loss + transport());
    if (chance(0.6))
      text_ += fmt::format("    - {{between: [clients, east], latency: {}{}}}\n", time(0.3), loss);
  }
  std::string transport() {
    std::string text;
    if (chance(0.3)) text += fmt::format(", bandwidth: {}Mbps", 10 + below(1000));
    if (!faulty_ && chance(0.3)) text += fmt::format(", recovery: tcp, rto: {}ms", 1 + below(5));
    return text;
  }
  std::string sizes() {
    return fmt::format("request: {}KB, response: {}, ", 1 + below(20),
                       chance(0.5) ? "{exponential: 20KB}" : "3KB");
  }
  void write_nodes() {
    const Apart apart(*this);
    nodes_ = chance(0.3);
    if (!nodes_) return;
    const std::uint64_t count = 3 + below(3);
    const std::uint64_t toleration = 1 + below(1000);
    sized_ = chance(0.5);
    text_ += fmt::format(
        "  nodes:\n    n: {{count: {}, cpu: 100, memory: 100Gi{}}}\n"
        "  scheduler: {{toleration: {}ms}}\n",
        count,
        sized_ ? fmt::format(", price: 1, boot: {}, fails: {}%, spot: {{interrupted_every: {}s, "
                             "warning: {}ms}}",
                             time(100), below(40), 1 + below(4), below(300))
               : "",
        toleration);
  }
  std::string place() {
    if (!zoned_ || chance(0.5)) return {};
    return chance(0.5) ? "      zones: [east/a]\n" : "      zones: [east]\n";
  }

  void write_service(std::size_t index) {
    Callee& service = services_[index];
    text_ += fmt::format("    {}:\n      instances: {}\n", service.name, 1 + below(4));
    text_ += place();
    if (chance(0.3)) text_ += fmt::format("      startup: {}\n", time(10));
    write_pace(service);
    if (faulty_ && chance(0.5)) write_probes(service);
    bool waits = chance(0.7);
    if (service.cpu)
      text_ += fmt::format(
          "      cpu: {{limit: {}m{}}}\n", 250 * (1 + below(16)),
          chance(0.3) ? fmt::format(", period: {}ms, cores: 4", 5 + below(100)) : std::string());
    if (waits)
      text_ += fmt::format("      {}: {}\n", service.cpu || chance(0.3) ? "concurrency" : "servers",
                           1 + below(12));
    if (waits && chance(0.7)) write_queue();
    if (chance(0.7)) text_ += fmt::format("      balancer: {}\n", balancer());
    if (chance(0.3)) write_abandoned();
    if (chance(0.2)) text_ += fmt::format("      body_limit: {}KB\n", 1 + below(20));
    write_adaptive_limit();
    if (chance(0.3)) write_limits();
    if (chance(0.2))
      text_ += fmt::format("      connections: {{handshake: {}, keep_alive: {}ms, max_idle: {}}}\n",
                           one_of({"tcp", "tls1.3", "tls1.2"}), below(1000), below(4));
    if (chance(0.2))
      text_ += fmt::format("      sidecar: {{latency: {}{}}}\n", time(0.05),
                           service.cpu ? ", cpu: " + time(0.05) : std::string());
    text_ += "      endpoints:\n";
    for (const std::string& endpoint : service.endpoints) {
      const std::string steps = write_steps(index, 0);
      if (chance(0.4)) {
        text_ += fmt::format("        {}: {{{}priority: {}, steps: {}}}\n", endpoint,
                             chance(0.5) ? sizes() : std::string(), below(3), steps);
      } else {
        text_ += fmt::format("        {}: {}\n", endpoint, steps);
      }
    }
  }
  std::string balancer() {
    if (chance(0.5))
      return std::string(one_of({"round_robin", "random", "least_requests", "{choices: 2}",
                                 "{choices: 3, replacement: true}", "least_latency"}));
    std::string text = fmt::format(
        "{{policy: {}",
        one_of({"round_robin", "random", "least_requests", "choices", "least_latency, decay: 100ms",
                "consistent_hash", "consistent_hash, hash: key"}));
    if (chance(0.5)) text += fmt::format(", prefer: {}", one_of({"none", "zone", "region"}));
    if (chance(0.5) && zoned_)
      text += fmt::format(", weights: {{east/b: {}}}", 0.5 * static_cast<double>(1 + below(9)));
    if (chance(0.5)) text += fmt::format(", panic: {}%", below(101));
    if (chance(0.5) && text.find("hash") == std::string::npos)
      text += fmt::format(", slow_start: {{window: {}ms}}", 1 + below(2000));
    return text + outliers() + "}";
  }
  std::string outliers() {
    const Apart apart(*this);
    if (chance(0.7)) return {};
    return fmt::format(
        ", outlier_detection: {{consecutive_5xx: {}, interval: {}ms, base_ejection_time: {}ms, "
        "max_ejection: {}%}}",
        1 + below(4), 50 + below(500), 50 + below(500), 10 + below(91));
  }
  void write_pace(Callee& service) {
    const Apart apart(*this);
    if (chance(0.15))
      text_ += fmt::format("      warmup: {{duration: {}ms, slowdown: {}, from_start: {}}}\n",
                           1 + below(2000), 1 + below(5), one_of({"true", "false"}));
    if (chance(0.15))
      text_ += fmt::format("      pauses: {{every: {}, for: {}}}\n", time(20), time(4));
    service.memory = chance(0.2);
    if (service.memory)
      text_ += fmt::format("      memory: {{limit: 1Gi, base: {}Mi, per_request: {}}}\n",
                           below(500), one_of({"20Mi", "{exponential: 50Mi}"}));
    if (chance(0.2)) text_ += "      expired: drop\n";
    if (chance(0.2))
      text_ += fmt::format("      disruption_budget: {{{}: {}}}\n",
                           one_of({"max_unavailable", "min_available"}), below(3));
  }
  void write_abandoned() {
    const Apart apart(*this);
    text_ += fmt::format("      abandoned: {}\n", one_of({"drop", "cancel"}));
  }
  void write_probes(const Callee& service) {
    std::vector<std::string> probes;
    for (const char* kind : {"startup", "liveness", "readiness"}) {
      if (chance(0.4)) continue;
      probes.push_back(fmt::format(
          "{}: {{endpoint: {}, period: {}ms, timeout: {}, failures: {}, successes: {}}}", kind,
          one_of(service.endpoints), 50 + below(500), timeout(), 1 + below(4), 1 + below(3)));
    }
    text_ += fmt::format("      probes: {{{}}}\n", join(probes));
  }
  void write_faults() {
    text_ += "faults:\n";
    for (std::uint64_t i = 0, n = 1 + below(4); i < n; ++i) {
      std::string fault = fmt::format("  - {{fault: {}", write_fault());
      fault += chance(0.8)
                   ? fmt::format(", at: {}ms", below(1900))
                   : fmt::format(", when: '{}({}) > {}'", one_of({"in_system", "queue_length"}),
                                 one_of(services_).name, below(5));
      text_ += fmt::format("{}}}\n", fault);
    }
  }
  std::string lasts() { return chance(0.7) ? fmt::format(", for: {}ms", 1 + below(1500)) : ""; }
  std::string ramp() {
    return chance(0.3) ? fmt::format(", for: {}ms, ramp: 100ms", 200 + below(1500)) : lasts();
  }
  std::string in_flight() {
    return chance(0.6) ? fmt::format(", in_flight: {}", one_of({"error", "lost", "finish"})) : "";
  }
  std::string write_fault() {
    const std::string name = one_of(services_).name;
    if (const Apart apart(*this); nodes_ && chance(0.3))
      return fmt::format("node.kill, target: {{name: n, count: {}}}{}{}", 1 + below(3), in_flight(),
                         lasts());
    switch (below(zoned_ ? 9 : 6)) {
      case 0:
      case 1:
        return fmt::format("instance.kill, target: {{name: {}, share: {}%}}{}{}", name,
                           1 + below(100), in_flight(), lasts());
      case 2:
        return fmt::format("instance.slow, factor: {}, target: {}{}", 1 + below(20), name, ramp());
      case 3:
        return fmt::format("dependency.errors, error_rate: {}%, target: {}{}", below(101), name,
                           ramp());
      case 4:
        return fmt::format("traffic.surge, factor: {:.1f}, target: clients0{}",
                           5 * random_.uniform(), ramp());
      case 5:
        if (!caches_.empty()) return fmt::format("cache.flush, target: {}", one_of(caches_));
        return fmt::format("instance.kill, target: {}{}", name, lasts());
      case 6:
        return fmt::format("link.delay, delay: {}, target: {{from: east/a, to: east/b}}{}", time(),
                           ramp());
      case 7:
        return fmt::format("{}, both_ways: {}, target: {{from: clients, to: east}}{}",
                           chance(0.5) ? "network.partition" : "link.loss, loss: 40%",
                           chance(0.5) ? "true" : "false", lasts());
      default:
        return fmt::format("zone.outage, target: {}{}{}", one_of({"east", "east/a", "east/b"}),
                           in_flight(), lasts());
    }
  }
  void write_policies() {
    const Apart apart(*this);
    const bool scales = chance(0.4);
    if (!scales && !sized_) return;
    text_ += "policies:\n";
    if (sized_)
      text_ += fmt::format(
          "  nodes: {{node_pools: {{pools: {{n: {{min: {}, max: {}}}}}, scan: {}ms, unneeded: "
          "{}ms, after_add: 100ms, after_failure: 200ms, max_provision: {}ms}}, act: {{grace: "
          "{}ms}}}}\n",
          below(3), 5 + below(4), 100 + below(200), 100 + below(900), 200 + below(800), below(60));
    for (const Callee& service : services_) {
      if (!scales || !chance(0.5)) continue;
      const bool sized = service.cpu && service.memory;
      text_ += fmt::format(
          "  of-{0}: {{target: {0}, {1}, observe: {{scrape: {2}ms, window: {3}ms, delay: {4}, "
          "lost: {5}%}}, act: {{after: {6}, fails: {7}%, unconfirmed: {7}%, grace: {8}ms}}{9}}}\n",
          service.name, controller(service), 100 + below(300), 400 + below(500), time(5), below(30),
          time(5), below(20), below(60), sized ? "" : guard_rails());
    }
    for (const std::string& queue : consumed_)
      if (chance(0.5))
        text_ += fmt::format(
            "  of-{0}: {{target: {0}, keda: {{max: {1}, polling: 1s, cooldown: {2}ms, sync_period: "
            "100ms, triggers: [{{metric: {3}, threshold: {4}}}]}}, observe: {{scrape: {5}ms, "
            "delay: "
            "{6}}}, act: {{after: {6}, fails: {7}%, grace: {8}ms}}}}\n",
            queue, 1 + below(6), below(1000), one_of({"queue_length", "in_system"}), 1 + below(20),
            100 + below(300), time(5), below(20), below(60));
    if (text_.ends_with("policies:\n")) text_ += "  {}\n";
  }
  std::string guard_rails() {
    if (!chance(0.4)) return "";
    return fmt::format(", guard_rails: {{most_at_once: {}, changes: {}, within: 1s, floor: 0}}",
                       1 + below(3), 1 + below(4));
  }
  std::string controller(const Callee& service) {
    if (service.cpu && service.memory)
      return fmt::format("vertical: {{mode: {}, period: 1s, memory_min: {}Mi}}",
                         one_of({"start", "replace", "replace"}), 1 + below(1000));
    const std::uint64_t max = 1 + below(6);
    switch (below(4)) {
      case 0:
        return fmt::format(
            "hpa: {{max: {}, sync_period: 150ms, metrics: [{{pods: {}, average: {}}}]}}", max,
            one_of({"in_system", "arrival_rate"}), 1 + below(30));
      case 1:
        return fmt::format(
            "step_rules: {{max: {}, period: 100ms, cooldown_up: {}ms, cooldown_down: {}ms, "
            "targets: {{in_system: {}, mean_response: 0.05}}}}",
            max, below(500), below(500), 1 + below(20));
      case 2:
        return fmt::format(
            "keda: {{max: {}, polling: 1s, cooldown: {}ms, sync_period: 100ms, triggers: "
            "[{{metric: "
            "arrival_rate(clients0), threshold: {}}}]}}",
            max, below(1000), 1 + below(50));
      default:
        return fmt::format(
            "scheduled: {{min: 0, max: {}, period: 100ms, every: {}ms, windows: [{{from: 0s, to: "
            "{}ms, instances: {}}}]}}",
            max, 1000 + below(2000), 1 + below(1000), 1 + below(max));
    }
  }
  void write_limits() {
    text_ += "      rate_limits:\n";
    for (std::uint64_t i = 0, n = 1 + below(2); i < n; ++i) {
      text_ +=
          fmt::format("        - {{{}, per: {}, store: {}", limiter(),
                      one_of({"client", "endpoint", "service"}), one_of({"shared", "instance"}));
      if (chance(0.3)) text_ += ", endpoints: [part0]";
      if (chance(0.3)) text_ += fmt::format(", except: [clients{}]", below(workloads_));
      text_ += "}\n";
    }
  }
  std::string limiter() {
    const std::string window =
        fmt::format("{{limit: {}, window: {}ms", 1 + below(20), 50 + below(1000));
    const std::uint64_t rate = 1 + below(100);
    switch (below(5)) {
      case 0:
        return fmt::format("fixed_window: {}, anchor: {}}}", window,
                           one_of({"first_request", "clock"}));
      case 1:
        return fmt::format("sliding_window: {}}}", window);
      case 2:
        return fmt::format("sliding_log: {}}}", window);
      case 3:
        return fmt::format("token_bucket: {{rate: {}rps, burst: {}}}", rate, 1 + below(20));
      default:
        return fmt::format("leaky_bucket: {{rate: {}rps, queue: {}}}", rate, below(20));
    }
  }
  // All services have a part0.
  void write_name() {
    const auto& from = one_of(services_).name;
    text_ += fmt::format("  dns:\n    name: {{to: {}, ttl: {}ms", from, below(2000));
    if (chance(0.5))
      text_ +=
          fmt::format(", changes: [{{at: {}ms, to: {}}}]", below(3000), one_of(services_).name);
    if (chance(0.5)) text_ += ", ignore_ttl: {share: 50%, factor: 3}";
    if (chance(0.5)) text_ += fmt::format(", lookup: {}", time(0.5));
    text_ += "}\n";
  }
  void write_queue() {
    std::vector<std::string> keys;
    if (chance(0.6)) keys.push_back(fmt::format("limit: {}", below(30)));
    if (chance(0.6))
      keys.push_back(fmt::format("discipline: {}", one_of({"fifo", "lifo", "priority"})));
    if (chance(0.4)) keys.push_back(fmt::format("patience: {}", time(3)));
    const Apart apart(*this);
    if (chance(0.1))
      keys = {fmt::format("discipline: fair, weights: {{clients0: {}}}", 1 + below(4))};
    if (chance(0.2))
      keys = {fmt::format("codel: {{target: {}ms, interval: {}ms}}", 1 + below(5), 5 + below(100)),
              fmt::format("discipline: {}", one_of({"fifo", "lifo", "priority", "adaptive_lifo"}))};
    if (!keys.empty()) text_ += fmt::format("      queue: {{{}}}\n", join(keys));
  }
  static std::string braced(const std::string& text) { return fmt::format("{{{}}}", text); }
  static std::string join(const std::vector<std::string>& items) {
    std::string text;
    for (const std::string& item : items) text += (text.empty() ? "" : ", ") + item;
    return text;
  }

  std::string write_steps(std::size_t owner, int depth) {
    std::vector<std::string> steps;
    for (std::uint64_t i = 0, n = 1 + below(depth == 0 ? 4 : 2); i < n; ++i)
      steps.push_back(braced(write_step(owner, depth)));
    if (versions_ && depth == 0) write_compare_and_set(steps);
    return fmt::format("[{}]", join(steps));
  }
  // A row that is read, and written where nobody else has changed it meanwhile.
  void write_compare_and_set(std::vector<std::string>& steps) {
    const Apart apart(*this);
    if (chance(0.7)) return;
    const std::string database = one_of(databases_).name;
    const std::string call = lossy_ || chance(0.3) ? ", timeout: " + timeout() : std::string();
    const std::string three = fmt::format(
        "{{query: {{to: {0}/look{1}}}}}, {{wait: {2}}}, {{query: {{to: {0}/book{1}{3}}}}}",
        database, call, time(0.3), chance(0.5) ? ", on_failure: continue" : "");
    if (transactions_ && chance(0.5)) {
      steps.push_back(fmt::format("{{transaction: [{}]}}", three));
    } else if (chance(0.3)) {
      steps.push_back(fmt::format("{{repeat: {{times: 2, steps: [{}]}}}}", three));
    } else {
      steps.push_back(three);
    }
  }
  std::string write_step(std::size_t owner, int depth) {
    const bool deeper = depth < 2;
    switch (below(queues_.empty() || owner + 1 == services_.size() ? 11 : 13)) {
      case 0:
      case 1:  // services call those after them, so that there are no cycles
        if (owner + 1 < services_.size())
          return "call: " + write_call(services_[owner + 1 + below(services_.size() - owner - 1)]);
        break;
      case 2:
        if (!databases_.empty() && transactions_ && chance(0.3)) return write_transaction();
        if (!databases_.empty()) return "query: " + write_call(one_of(databases_), true);
        break;
      case 3:
        if (!caches_.empty() && depth == 0 && chance(0.2)) return write_cache_write(owner);
        if (!caches_.empty() && deeper)
          return fmt::format("cache: {{get: {}, on_miss: {}}}", one_of(caches_),
                             write_steps(owner, depth + 1));
        break;
      case 4:
        if (deeper) return write_parallel(owner, depth);
        break;
      case 5:
        if (deeper)
          return fmt::format("choose: [{{share: 25%, steps: {}}}, {{share: 75%, steps: {}}}]",
                             write_steps(owner, depth + 1),
                             chance(0.5) ? "[]" : write_steps(owner, depth + 1));
        break;
      case 6:
        return fmt::format("fail: {}%", 1 + below(20));
      case 7:
        if (deeper)
          return fmt::format("repeat: {{times: {}, steps: [{}]}}", times(),
                             braced(write_step(owner, depth + 1)));
        break;
      case 8:
        if (services_[owner].cpu) return "cpu: " + time(0.5);
        break;
      case 9:
        return fmt::format("filter: {{block: {{clients{}: {}%}}{}}}", below(workloads_), below(100),
                           chance(0.2) ? ", override: true" : "");
      case 10:
        break;
      default:
        return "publish: " + write_publish();
    }
    return "wait: " + time();
  }
  // Few turns: what is worked on for longer than it is asked for would not end in time.
  std::string times() {
    return std::string(one_of({"0", "1", "2", "{uniform: [0, 2]}", "{geometric: 1.3}",
                               "{poisson: 1}", "{shares: {1: 80%, 3: 20%}}"}));
  }
  // Only the first cache is written: it always has keys.
  std::string write_cache_write(std::size_t owner) {
    return fmt::format("cache: {{{}: {}, on_write: {}}}", one_of({"set", "invalidate", "change"}),
                       caches_.front(), write_steps(owner, 1));
  }
  std::string write_transaction() {
    const Callee& database = one_of(databases_);
    return fmt::format("transaction: [{{query: {}}}, {{wait: {}}}, {{query: {}}}]",
                       write_call(database, true), time(0.3), write_call(database, true));
  }
  std::string write_parallel(std::size_t owner, int depth) {
    std::vector<std::string> branches;
    const std::uint64_t copies = 1 + below(3);
    for (std::uint64_t i = 0, n = 1 + below(2); i < n; ++i)
      branches.push_back(chance(0.2) ? write_steps(owner, depth + 1)
                                     : braced(write_step(owner, depth + 1)));
    std::string text = fmt::format("parallel: {{copies: {}, ", copies);
    if (chance(0.4)) text += fmt::format("require: {}, ", 1 + below(copies * branches.size()));
    return fmt::format("{}steps: [{}]}}", text, join(branches));
  }
  std::string write_call(const Callee& callee, bool kept = false) {
    std::string text = fmt::format("{{to: {}/{}", callee.name, one_of(callee.endpoints));
    if (lossy_ || chance(0.5)) text += ", timeout: " + timeout();
    text += deadline(", ");
    if (chance(0.4)) text += ", " + retry();
    if (chance(0.3)) text += ", on_failure: continue";
    return fmt::format("{}{}{}}}", text, fallback(), guards(", ", kept));
  }
  void write_adaptive_limit() {
    const Apart apart(*this);
    if (chance(0.9)) return;
    text_ += fmt::format("      adaptive_limit: {}\n",
                         one_of({"{gradient: {measure_requests: 5, update: 20ms}}",
                                 "{aimd: {initial: 4, slow: 20ms}}"}));
  }
  std::string fallback() {
    const Apart apart(*this);
    return chance(0.1) ? fmt::format(", fallback: [{{wait: {}}}]", time()) : std::string();
  }
  /// What stands around a call; `kept`: it keeps its connection.
  std::string guards(const std::string& before, bool kept = false) {
    const Apart apart(*this);
    std::string text;
    if (chance(0.85)) return text;
    if (chance(0.4))
      text += fmt::format(
          "{}breaker: {{calls: {}, minimum_calls: {}, failure_rate: {}%, wait: {}ms, "
          "half_open_calls: {}}}",
          before, 5 + below(20), 1 + below(5), 10 + below(60), 5 + below(300), 1 + below(3));
    if (chance(0.3))
      text += fmt::format("{}bulkhead: {{concurrent: {}, waiting: {}, longest_wait: {}ms}}", before,
                          1 + below(4), below(3), 1 + below(40));
    if (!kept && chance(0.4))
      text += fmt::format("{}hedge: {{after: {}ms, hedges: {}, extra_load: {}%}}", before,
                          1 + below(20), 1 + below(2), 1 + below(100));
    if (chance(0.2))
      text += fmt::format("{}throttle: {{k: {}, window: {}s}}", before, 1.1 + random_.uniform(),
                          1 + below(3));
    if (chance(0.2))
      text += fmt::format("{}adaptive_timeout: {{known: {}, least: 1ms, most: {}}}", before,
                          1 + below(10), timeout());
    return text;
  }

  void write_database(const Callee& database) {
    // Calls that time out leave their queries behind: a small pool without a bound would be at work
    // on them long after the horizon.
    const std::uint64_t size = 1 + below(10);
    text_ += fmt::format("    {}:\n      pool: {{size: {}", database.name, size);
    // What is kept while others are called may be waited for in a circle.
    const bool held = transactions_ || chance(0.2);
    if (held) text_ += chance(0.5) ? ", mode: session" : ", mode: transaction";
    if (chance(0.1)) text_ += fmt::format(", reserve: {{size: 1, after: {}ms}}", 1 + below(20));
    if (held || size < 5 || chance(0.4)) text_ += fmt::format(", wait: {}ms", 1 + below(50));
    if (chance(0.3)) text_ += fmt::format(", queue: {}", below(30));
    text_ += "}\n";
    if (database.cpu) text_ += fmt::format("      cpu: {{limit: {}}}\n", 1 + below(4));
    text_ += place();
    const bool replicas = chance(0.4);
    if (replicas) write_replicas();
    const bool rows = chance(0.3);
    std::vector<std::string> sets;
    if (rows) sets.push_back(fmt::format("rows: {{uniform: {}}}", 1 + below(20)));
    if (versions_) sets.emplace_back("stock: {uniform: 3}");
    if (!sets.empty()) text_ += fmt::format("      rows: {{{}}}\n", join(sets));
    if (rows) text_ += fmt::format("      lock_timeout: {}ms\n", 1 + below(50));
    if (chance(0.2))
      text_ += fmt::format("      vacuum: {{every: {}ms, for: {}ms, slowdown: {}}}\n",
                           100 + below(400), 1 + below(99), 1 + below(3));
    text_ += "      queries:\n";
    if (versions_)
      text_ +=
          "        look: {time: 1ms, access: primary, reads: stock}\n"
          "        book: {time: 2ms, access: write, checks: stock}\n";
    for (const std::string& query : database.endpoints) {
      std::vector<std::string> costs;
      if (database.cpu) costs.push_back("cpu: " + time(0.3));
      if (costs.empty() || chance(0.5)) costs.push_back("time: " + time());
      if (chance(0.3)) costs.push_back(fmt::format("fail: {}%", 1 + below(10)));
      if (rows && chance(0.5)) {
        costs.push_back("access: write, locks: rows");
      } else if (replicas || chance(0.2)) {
        costs.push_back(fmt::format("access: {}", one_of({"read", "primary", "write"})));
      }
      text_ += fmt::format("        {}: {{{}}}\n", query, join(costs));
    }
  }
  // Commits that wait for replicas wait for ever where a fault takes these away.
  void write_replicas() {
    const std::uint64_t count = 1 + below(3);
    const bool waits = !faulty_ && chance(0.5);
    if (waits)
      text_ +=
          fmt::format("      commit: {}\n", one_of({"remote_write", "on", "remote_apply", "off"}));
    if (chance(0.5)) text_ += fmt::format("      flush: {}\n", time(0.1));
    text_ += fmt::format(
        "      replicas: {{count: {}, reads: {}, lag: {}, replay: {}, max_lag: "
        "{}ms, synchronous: {}}}\n",
        count, one_of({"primary", "replica", "any"}), time(), time(0.1), below(20),
        waits ? 1 + below(count) : 0);
  }
  void write_cache(const std::string& cache) {
    text_ += fmt::format("    {}:\n", cache);
    const bool given = cache != caches_.front() && chance(0.2);
    if (given) {
      text_ += fmt::format("      hit_ratio: {}%\n", below(101));
    } else {
      write_cache_store();
    }
    if (!given && chance(0.2))
      text_ += fmt::format("      write_behind: {{delay: {}ms, batch: {}}}\n", 1 + below(50),
                           1 + below(20));
    if (chance(0.5)) return;
    text_ += fmt::format("      latency: {}\n", time(0.1));
    if (lossy_ || chance(0.5)) text_ += fmt::format("      timeout: {}\n", timeout());
    if (!given && chance(0.4)) {
      text_ += fmt::format("      cluster: {{shards: {}, replicas: {}, reads: {}, lag: {}}}\n",
                           1 + below(4), below(3), one_of({"primary", "replica", "any"}), time());
    } else if (chance(0.5)) {
      text_ += fmt::format("      servers: {}\n", 1 + below(3));
    }
    text_ += place();
  }
  void write_cache_store() {
    const bool sized = chance(0.3);
    if (!sized || chance(0.3)) text_ += fmt::format("      entries: {}\n", 1 + below(100));
    if (sized)
      text_ += fmt::format(
          "      memory: {}Ki\n      value: {}\n", 1 + below(100),
          one_of({"1Ki", "{exponential: 2Ki}", "{lognormal: {median: 500B, p99: 20Ki}}"}));
    text_ +=
        fmt::format("      eviction: {}\n", one_of({"lru", "fifo", "lfu", "tinylfu", "random"}));
    text_ += chance(0.8) ? fmt::format("      keys: {{zipf: {{n: {}, alpha: {:.2f}}}}}\n",
                                       1 + below(300), 1.5 * random_.uniform())
                         : fmt::format("      keys: {{uniform: {}}}\n", 1 + below(300));
    if (chance(0.5))
      text_ += fmt::format("      ttl: {}ms\n      expiry: {}\n", 1 + below(2000),
                           one_of({"fixed", "sliding"}));
    if (chance(0.2)) text_ += "      refresh_after: 500us\n";
    if (chance(0.4))
      text_ += fmt::format("      coalesce: {}\n      coalesce_timeout: {}ms\n",
                           one_of({"single_flight", "lock"}), 1 + below(50));
  }

  std::string write_publish() {
    std::string text = "{queue: " + one_of(queues_);
    if (top_priority_ > 0 && chance(0.5))
      text += fmt::format(", priority: {}", 1 + below(top_priority_));
    if (chance(0.5)) return text + "}";
    text += ", confirm: true";
    if (lossy_ || chance(0.5)) text += ", timeout: " + timeout();
    if (chance(0.3)) text += ", " + retry();
    if (chance(0.5)) text += ", on_failure: continue";
    return text + "}";
  }
  void write_broker() {
    text_ += "  brokers:\n    broker:\n";
    text_ += place();
    if (chance(0.6)) {
      text_ += fmt::format("      publish: {}\n", time(0.1));
      if (chance(0.5)) text_ += fmt::format("      servers: {}\n", 1 + below(3));
    }
    if (chance(0.5)) text_ += fmt::format("      delivery: {}\n", time(0.2));
    if (chance(0.2)) text_ += fmt::format("      memory: {}Ki\n", 30 + below(60));
    text_ += "      queues:\n";
    for (std::size_t i = 0; i < queues_.size(); ++i) write_message_queue(i);
  }
  // Dead letters go to queues further on. What could pile up is bounded or expires, and a lost
  // delivery has to time out, so that the trial ends.
  void write_message_queue(std::size_t i) {
    std::vector<std::string> keys{fmt::format("max_priority: {}", top_priority_)};
    const bool last = i + 1 == queues_.size();
    const bool consumed = last ? chance(0.7) : chance(0.9);
    const bool bounded = chance(0.6);
    if (bounded) {
      keys.push_back(fmt::format("max_length: {}", below(20)));
      keys.push_back(fmt::format("overflow: {}", one_of({"drop-head", "reject-publish"})));
    }
    if (!consumed || !bounded || chance(0.3))
      keys.push_back(fmt::format("message_ttl: {}ms", 1 + below(400)));
    if (!last && chance(0.7)) keys.push_back(fmt::format("dead_letter: {}", queues_.back()));
    keys.push_back(fmt::format("max_deliveries: {}", 1 + below(3)));
    if (consumed) {
      std::string consumers = fmt::format("to: {}/{}, count: {}", services_.back().name,
                                          one_of(services_.back().endpoints), 2 + below(6));
      if (!lossy_ && chance(0.15)) {
        consumers += ", ack: auto";
      } else {
        const std::uint64_t prefetch = below(5);
        consumers += fmt::format(", prefetch: {}", prefetch);
        if (lossy_ || prefetch == 0 || chance(0.5))
          consumers += fmt::format(", timeout: {}ms", 20 + below(300));
      }
      keys.push_back(fmt::format("consumers: {{{}}}", consumers));
      consumed_.push_back(queues_[i]);
    }
    text_ += fmt::format("        {}: {{{}}}\n", queues_[i], join(keys));
  }

  void write_workload(std::uint64_t number) {
    text_ += fmt::format("  clients{}:\n", number);
    if (chance(0.4)) {
      write_users();
    } else {
      write_arrivals();
      text_ += chance(0.5) ? fmt::format("    clients: {}\n", 1 + below(20))
                           : fmt::format("    clients: {{count: {}, skew: 0.8}}\n", 1 + below(20));
    }
    if (chance(0.3)) text_ += "    body: {lognormal: {median: 3KB, p99: 50KB}}\n";
    write_targets();
    if (lossy_ || chance(0.5)) text_ += fmt::format("    timeout: {}ms\n", 5 + below(200));
    if (const std::string limit = deadline("    "); !limit.empty()) text_ += limit + "\n";
    if (chance(0.4)) text_ += fmt::format("    {}\n", retry());
    if (const std::string text = guards("\n    "); !text.empty()) text_ += text.substr(1) + "\n";
    if (chance(0.2)) text_ += fmt::format("    requests: {}\n", 1 + below(100));
    if (zoned_ && chance(0.3)) text_ += "    from: east/b\n";
  }
  void write_users() {
    if (chance(0.6)) {
      text_ += fmt::format("    users: {}\n", 1 + below(30));
    } else {
      text_ += fmt::format(
          "    users: {{start: {}, stages: [{{ramp: 1s, to: {}}}, {{hold: 500ms}}, {{ramp: 1s, to: "
          "{}}}]}}\n",
          below(5), 1 + below(30), below(10));
    }
    // Users who never think and whose requests take no time would never let time pass.
    text_ += fmt::format("    think: {}\n", time(3));
  }
  void write_arrivals() {
    const std::uint64_t rate = 1 + below(150);
    switch (below(6)) {
      case 4:
        text_ += fmt::format(
            "    arrivals: {{season: {{mean: {}rps, swing: 80%, begin: {}h{}}}}}\n", rate,
            below(160),
            chance(0.5) ? ", bursts: [{factor: 1, stay: 500ms}, {factor: 9, stay: 100ms}]" : "");
        break;
      case 5:
        text_ += fmt::format(
            "    arrivals: {{mmpp: [{{rate: {}rps, stay: 200ms}}, {{rate: 0rps, stay: 1s}}]}}\n",
            rate);
        break;
      case 0:
        text_ += fmt::format("    arrivals: {{constant: {}rps}}\n", rate);
        break;
      case 1:
        text_ +=
            fmt::format("    arrivals: {{renewal: {{weibull: {{shape: 0.7, scale: {}ms}}}}}}\n",
                        1000 / rate + 1);
        break;
      case 2:
        text_ += fmt::format(
            "    arrivals: {{start: {}rps, stages: [{{ramp: 1s, to: {}rps}}, {{hold: 1s}}, {{ramp: "
            "500ms, to: 0rps}}]}}\n",
            below(20), rate);
        break;
      default:
        text_ += fmt::format("    arrivals: {{poisson: {}rps}}\n", rate);
    }
  }
  void write_targets() {
    const Callee& service = one_of(services_);
    const Callee& other = one_of(services_);
    if (chance(0.15)) {
      text_ += fmt::format(
          "    session:\n      pages:\n        a: {{to: {}/{}, next: {{b: 50%, a: 10%}}}}\n"
          "        b: {{to: {}/{}, think: {}, next: {{a: 30%}}}}\n"
          "      after_failure: {{again: 30%, leave: 20%, pause: 5ms}}\n",
          service.name, one_of(service.endpoints), other.name, one_of(other.endpoints), time(3));
    } else if (named_ && chance(0.5)) {
      text_ += "    to: name/part0\n";
    } else if (&service == &other || chance(0.5)) {
      text_ += fmt::format("    to: {}/{}\n", service.name, one_of(service.endpoints));
    } else {
      text_ += fmt::format("    mix: {{{}/{}: 30%, {}/{}: 70%}}\n", service.name,
                           one_of(service.endpoints), other.name, one_of(other.endpoints));
    }
  }

  sim::Stream random_;
  sim::Stream apart_;
  std::uint64_t seed_;
  bool zoned_ = false;
  bool lossy_ = false;
  bool nodes_ = false;
  bool sized_ = false;  // a policy sizes their pool
  bool faulty_ = false;
  bool transactions_ = false;
  bool versions_ = false;  // of rows
  bool named_ = false;
  std::uint64_t workloads_ = 1;
  std::vector<Callee> services_;
  std::vector<Callee> databases_;
  std::vector<std::string> caches_;
  std::vector<std::string> queues_;
  std::vector<std::string> consumed_;  // queues with consumers
  std::uint64_t top_priority_ = 0;
  std::string text_;
};

}  // namespace

std::string random_scenario(std::uint64_t seed) {
  return Writer(seed).write();
}

}  // namespace rehearse::testing_tools
