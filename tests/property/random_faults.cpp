#include "tests/property/scenario_writer.hpp"

/// What goes wrong, and policies that answer it.

namespace rehearse::testing_tools {

void ScenarioWriter::write_faults() {
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

std::string ScenarioWriter::ramp() {
  return chance(0.3) ? fmt::format(", for: {}ms, ramp: 100ms", 200 + below(1500)) : lasts();
}

std::string ScenarioWriter::in_flight() {
  return chance(0.6) ? fmt::format(", in_flight: {}", one_of({"error", "lost", "finish"})) : "";
}

std::string ScenarioWriter::write_fault() {
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
      return fmt::format("traffic.surge, factor: {:.1f}, target: clients0{}", 5 * random_.uniform(),
                         ramp());
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

void ScenarioWriter::write_policies() {
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

std::string ScenarioWriter::guard_rails() {
  if (!chance(0.4)) return "";
  return fmt::format(", guard_rails: {{most_at_once: {}, changes: {}, within: 1s, floor: 0}}",
                     1 + below(3), 1 + below(4));
}

std::string ScenarioWriter::controller(const Callee& service) {
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

}  // namespace rehearse::testing_tools
