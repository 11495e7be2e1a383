#include "tests/property/scenario_writer.hpp"

/// Services with their balancers, limits and probes; zones and nodes.

namespace rehearse::testing_tools {

void ScenarioWriter::write_places() {
  const bool two = chance(0.5);
  text_ += "  regions:\n    east: {zones: [a, b]}\n";
  if (two) text_ += "    west: {zones: [c]}\n";
  if (chance(0.3)) text_ += "  routes: shortest\n";
  write_nodes();
  text_ += "  network:\n";
  const std::string loss = lossy_ ? fmt::format(", loss: {}%", 1 + below(10)) : std::string();
  text_ += fmt::format("    - {{between: zones, latency: {}{}{}}}\n", time(0.1), loss, transport());
  if (two)
    text_ += fmt::format("    - {{between: regions, rtt: {}ms, jitter: 1ms{}}}\n", 2 + below(20),
                         loss + transport());
  if (chance(0.6))
    text_ += fmt::format("    - {{between: [clients, east], latency: {}{}}}\n", time(0.3), loss);
}

std::string ScenarioWriter::transport() {
  std::string text;
  if (chance(0.3)) text += fmt::format(", bandwidth: {}Mbps", 10 + below(1000));
  if (!faulty_ && chance(0.3)) text += fmt::format(", recovery: tcp, rto: {}ms", 1 + below(5));
  return text;
}

void ScenarioWriter::write_nodes() {
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

std::string ScenarioWriter::place() {
  if (!zoned_ || chance(0.5)) return {};
  return chance(0.5) ? "      zones: [east/a]\n" : "      zones: [east]\n";
}

void ScenarioWriter::write_service(std::size_t index) {
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

std::string ScenarioWriter::balancer() {
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

std::string ScenarioWriter::outliers() {
  const Apart apart(*this);
  if (chance(0.7)) return {};
  return fmt::format(
      ", outlier_detection: {{consecutive_5xx: {}, interval: {}ms, base_ejection_time: {}ms, "
      "max_ejection: {}%}}",
      1 + below(4), 50 + below(500), 50 + below(500), 10 + below(91));
}

void ScenarioWriter::write_pace(Callee& service) {
  const Apart apart(*this);
  if (chance(0.15))
    text_ += fmt::format("      warmup: {{duration: {}ms, slowdown: {}, from_start: {}}}\n",
                         1 + below(2000), 1 + below(5), one_of({"true", "false"}));
  if (chance(0.15))
    text_ += fmt::format("      pauses: {{every: {}, for: {}}}\n", time(20), time(4));
  service.memory = chance(0.2);
  if (service.memory)
    text_ += fmt::format("      memory: {{limit: 1Gi, base: {}Mi, per_request: {}}}\n", below(500),
                         one_of({"20Mi", "{exponential: 50Mi}"}));
  if (chance(0.2)) text_ += "      expired: drop\n";
  if (chance(0.2))
    text_ += fmt::format("      disruption_budget: {{{}: {}}}\n",
                         one_of({"max_unavailable", "min_available"}), below(3));
}

void ScenarioWriter::write_abandoned() {
  const Apart apart(*this);
  text_ += fmt::format("      abandoned: {}\n", one_of({"drop", "cancel"}));
}

void ScenarioWriter::write_probes(const Callee& service) {
  std::vector<std::string> probes;
  for (const char* kind : {"startup", "liveness", "readiness"}) {
    if (chance(0.4)) continue;
    probes.push_back(fmt::format(
        "{}: {{endpoint: {}, period: {}ms, timeout: {}, failures: {}, successes: {}}}", kind,
        one_of(service.endpoints), 50 + below(500), timeout(), 1 + below(4), 1 + below(3)));
  }
  text_ += fmt::format("      probes: {{{}}}\n", join(probes));
}

void ScenarioWriter::write_limits() {
  text_ += "      rate_limits:\n";
  for (std::uint64_t i = 0, n = 1 + below(2); i < n; ++i) {
    text_ += fmt::format("        - {{{}, per: {}, store: {}", limiter(),
                         one_of({"client", "endpoint", "service"}), one_of({"shared", "instance"}));
    if (chance(0.3)) text_ += ", endpoints: [part0]";
    if (chance(0.3)) text_ += fmt::format(", except: [clients{}]", below(workloads_));
    text_ += "}\n";
  }
}

std::string ScenarioWriter::limiter() {
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

void ScenarioWriter::write_name() {
  const auto& from = one_of(services_).name;
  text_ += fmt::format("  dns:\n    name: {{to: {}, ttl: {}ms", from, below(2000));
  if (chance(0.5))
    text_ += fmt::format(", changes: [{{at: {}ms, to: {}}}]", below(3000), one_of(services_).name);
  if (chance(0.5)) text_ += ", ignore_ttl: {share: 50%, factor: 3}";
  if (chance(0.5)) text_ += fmt::format(", lookup: {}", time(0.5));
  text_ += "}\n";
}

void ScenarioWriter::write_queue() {
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

void ScenarioWriter::write_adaptive_limit() {
  const Apart apart(*this);
  if (chance(0.9)) return;
  text_ += fmt::format("      adaptive_limit: {}\n",
                       one_of({"{gradient: {measure_requests: 5, update: 20ms}}",
                               "{aimd: {initial: 4, slow: 20ms}}"}));
}

}  // namespace rehearse::testing_tools
