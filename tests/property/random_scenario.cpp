#include "tests/property/random_scenario.hpp"

#include "tests/property/scenario_writer.hpp"

namespace rehearse::testing_tools {

std::string ScenarioWriter::write() {
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

void ScenarioWriter::draw_names() {
  for (std::uint64_t i = 0, n = 1 + below(5); i < n; ++i)
    services_.push_back(draw_callee(fmt::format("service{}", i), 0.4));
  for (std::uint64_t i = 0, n = below(3); i < n; ++i)
    databases_.push_back(draw_callee(fmt::format("database{}", i), 0.3));
  for (std::uint64_t i = 0, n = below(3); i < n; ++i) caches_.push_back(fmt::format("cache{}", i));
  // Handlers are the endpoints of the last service, which publishes nothing.
  for (std::uint64_t i = 0, n = services_.size() > 1 && chance(0.5) ? 1 + below(3) : 0; i < n; ++i)
    queues_.push_back(fmt::format("queue{}", i));
  top_priority_ = below(3);
}

void ScenarioWriter::draw_versions() {
  const Apart apart(*this);
  versions_ = !databases_.empty() && chance(0.4);
}

ScenarioWriter::Callee ScenarioWriter::draw_callee(const std::string& name, double with_cpu) {
  Callee callee{name, chance(with_cpu), {}};
  for (std::uint64_t i = 0, n = 1 + below(3); i < n; ++i)
    callee.endpoints.push_back(fmt::format("part{}", i));
  return callee;
}

std::string ScenarioWriter::time(double scale) {
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
      return fmt::format("{{weibull: {{shape: {:.2f}, scale: {:.3f}ms}}}}", 0.5 + random_.uniform(),
                         ms);
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

std::string ScenarioWriter::sizes() {
  return fmt::format("request: {}KB, response: {}, ", 1 + below(20),
                     chance(0.5) ? "{exponential: 20KB}" : "3KB");
}

std::string ScenarioWriter::join(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ", ") + item;
  return text;
}

void ScenarioWriter::write_workload(std::uint64_t number) {
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

void ScenarioWriter::write_users() {
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

void ScenarioWriter::write_arrivals() {
  const std::uint64_t rate = 1 + below(150);
  switch (below(6)) {
    case 4:
      text_ += fmt::format(
          "    arrivals: {{season: {{mean: {}rps, swing: 80%, begin: {}h{}}}}}\n", rate, below(160),
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
      text_ += fmt::format("    arrivals: {{renewal: {{weibull: {{shape: 0.7, scale: {}ms}}}}}}\n",
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

void ScenarioWriter::write_targets() {
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

std::string random_scenario(std::uint64_t seed) {
  return ScenarioWriter(seed).write();
}

}  // namespace rehearse::testing_tools
