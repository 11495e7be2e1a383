#include "tests/property/scenario_writer.hpp"

/// What endpoints do: steps, calls and what guards them.

namespace rehearse::testing_tools {

std::string ScenarioWriter::write_steps(std::size_t owner, int depth) {
  std::vector<std::string> steps;
  for (std::uint64_t i = 0, n = 1 + below(depth == 0 ? 4 : 2); i < n; ++i)
    steps.push_back(braced(write_step(owner, depth)));
  if (versions_ && depth == 0) write_compare_and_set(steps);
  return fmt::format("[{}]", join(steps));
}

void ScenarioWriter::write_compare_and_set(std::vector<std::string>& steps) {
  const Apart apart(*this);
  if (chance(0.7)) return;
  const std::string database = one_of(databases_).name;
  const std::string call = lossy_ || chance(0.3) ? ", timeout: " + timeout() : std::string();
  const std::string three = fmt::format(
      "{{query: {{to: {0}/look{1}}}}}, {{wait: {2}}}, {{query: {{to: {0}/book{1}{3}}}}}", database,
      call, time(0.3), chance(0.5) ? ", on_failure: continue" : "");
  if (transactions_ && chance(0.5)) {
    steps.push_back(fmt::format("{{transaction: [{}]}}", three));
  } else if (chance(0.3)) {
    steps.push_back(fmt::format("{{repeat: {{times: 2, steps: [{}]}}}}", three));
  } else {
    steps.push_back(three);
  }
}

std::string ScenarioWriter::write_step(std::size_t owner, int depth) {
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

std::string ScenarioWriter::times() {
  return std::string(one_of({"0", "1", "2", "{uniform: [0, 2]}", "{geometric: 1.3}", "{poisson: 1}",
                             "{shares: {1: 80%, 3: 20%}}"}));
}

std::string ScenarioWriter::write_cache_write(std::size_t owner) {
  return fmt::format("cache: {{{}: {}, on_write: {}}}", one_of({"set", "invalidate", "change"}),
                     caches_.front(), write_steps(owner, 1));
}

std::string ScenarioWriter::write_transaction() {
  const Callee& database = one_of(databases_);
  return fmt::format("transaction: [{{query: {}}}, {{wait: {}}}, {{query: {}}}]",
                     write_call(database, true), time(0.3), write_call(database, true));
}

std::string ScenarioWriter::write_parallel(std::size_t owner, int depth) {
  std::vector<std::string> branches;
  const std::uint64_t copies = 1 + below(3);
  for (std::uint64_t i = 0, n = 1 + below(2); i < n; ++i)
    branches.push_back(chance(0.2) ? write_steps(owner, depth + 1)
                                   : braced(write_step(owner, depth + 1)));
  std::string text = fmt::format("parallel: {{copies: {}, ", copies);
  if (chance(0.4)) text += fmt::format("require: {}, ", 1 + below(copies * branches.size()));
  return fmt::format("{}steps: [{}]}}", text, join(branches));
}

std::string ScenarioWriter::write_call(const Callee& callee, bool kept) {
  std::string text = fmt::format("{{to: {}/{}", callee.name, one_of(callee.endpoints));
  if (lossy_ || chance(0.5)) text += ", timeout: " + timeout();
  text += deadline(", ");
  if (chance(0.4)) text += ", " + retry();
  if (chance(0.3)) text += ", on_failure: continue";
  return fmt::format("{}{}{}}}", text, fallback(), guards(", ", kept));
}

std::string ScenarioWriter::fallback() {
  const Apart apart(*this);
  return chance(0.1) ? fmt::format(", fallback: [{{wait: {}}}]", time()) : std::string();
}

std::string ScenarioWriter::guards(const std::string& before, bool kept) {
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

std::string ScenarioWriter::deadline(const std::string& before) {
  const Apart apart(*this);
  return chance(0.2) ? fmt::format("{}deadline: {}ms", before, 1 + below(200)) : std::string();
}

std::string ScenarioWriter::retry() {
  std::string text = fmt::format("retry: {{attempts: {}", 1 + below(3));
  if (chance(0.6)) {
    text += chance(0.5) ? fmt::format(", backoff: {{constant: {}ms", below(20))
                        : fmt::format(", backoff: {{exponential: {}ms, factor: {}, max: 50ms",
                                      1 + below(10), 1 + below(3));
    text += fmt::format(", jitter: {}}}", one_of({"none", "full", "equal", "decorrelated"}));
  }
  if (chance(0.3))
    text += fmt::format(", on: [{}]", one_of({"timeout", "error, rejected", "timeout, abandoned"}));
  return fmt::format("{}{}}}", text, budget());
}

std::string ScenarioWriter::budget() {
  const Apart apart(*this);
  if (chance(0.7)) return {};
  return fmt::format(", budget: {}",
                     one_of({"20%", "{quota: {tokens: 2}}", "{failures: {tokens: 4}}",
                             "{deposits: {min_per_second: 1}}", "{breaker: {most: 30%}}",
                             "{in_flight: {least: 1}}"}));
}

}  // namespace rehearse::testing_tools
