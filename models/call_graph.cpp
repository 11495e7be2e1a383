#include "models/call_graph.hpp"

#include <set>
#include <utility>

namespace rehearse::models {
namespace {

// Where a step may lead to, in any order.
void add_next(const Plans& plans, std::uint32_t pc, std::vector<std::uint32_t>& out) {
  const Step& step = plans.steps[pc];
  switch (step.kind) {
    case StepKind::done:
      return;
    case StepKind::jump:
      out.push_back(step.b);
      return;
    case StepKind::branch:
    case StepKind::shard:
      for (const std::uint32_t start : plans.branches[step.a].starts) out.push_back(start);
      return;
    case StepKind::resolve:
      for (const std::uint32_t start : plans.resolves[step.a].starts) out.push_back(start);
      return;
    case StepKind::lookup:
    case StepKind::loop:
    case StepKind::autocommit:
    case StepKind::defer:
      out.push_back(step.b);
      break;
    case StepKind::fork:
      for (const std::uint32_t start : plans.forks[step.a].starts) out.push_back(start);
      break;
    case StepKind::call:
      if (plans.calls[step.a].continue_on_failure) out.push_back(plans.calls[step.a].failure_pc);
      break;
    default:
      break;
  }
  out.push_back(pc + 1);
}

}  // namespace

std::vector<std::uint32_t> reachable_steps(const Plans& plans, std::uint32_t start) {
  std::set<std::uint32_t> seen{start};
  std::vector<std::uint32_t> open{start};
  while (!open.empty()) {
    const std::uint32_t pc = open.back();
    open.pop_back();
    std::vector<std::uint32_t> next;
    add_next(plans, pc, next);
    for (const std::uint32_t to : next)
      if (seen.insert(to).second) open.push_back(to);
  }
  return {seen.begin(), seen.end()};
}

std::vector<std::uint32_t> handlers_of(const Blueprint& blueprint, std::uint32_t queue) {
  std::vector<std::uint32_t> handlers;
  // Dead letters that go round in a circle are an error; until it is reported, once is enough.
  for (std::size_t n = 0; queue != kNone && n < blueprint.queues.size(); ++n) {
    const QueueSpec& spec = blueprint.queues[queue];
    if (spec.handler != kNone) handlers.push_back(spec.handler);
    queue = spec.dead_letter;
  }
  return handlers;
}

std::vector<std::uint32_t> callees_first(const Blueprint& blueprint) {
  const auto n = static_cast<std::uint32_t>(blueprint.endpoints.size());
  std::vector<std::vector<std::uint32_t>> callees(n);
  for (std::uint32_t e = 0; e < n; ++e) {
    for (const std::uint32_t pc : reachable_steps(blueprint.plans, blueprint.endpoints[e].start)) {
      const Step& step = blueprint.plans.steps[pc];
      if (step.kind == StepKind::call || step.kind == StepKind::send)
        callees[e].push_back(blueprint.plans.calls[step.a].endpoint);
      if (step.kind != StepKind::enqueue) continue;
      for (const std::uint32_t handler : handlers_of(blueprint, step.a))
        callees[e].push_back(handler);
    }
  }
  // Depth first with a stack of its own: the depth is the user's.
  std::vector<std::uint32_t> order;
  std::vector<std::uint8_t> seen(n, 0);
  for (std::uint32_t first = 0; first < n; ++first) {
    if (seen[first] != 0) continue;
    seen[first] = 1;
    std::vector<std::pair<std::uint32_t, std::size_t>> path{{first, 0}};
    while (!path.empty()) {
      auto& [at, next] = path.back();
      if (next == callees[at].size()) {
        order.push_back(at);
        path.pop_back();
        continue;
      }
      const std::uint32_t callee = callees[at][next++];
      if (seen[callee] != 0) continue;
      seen[callee] = 1;
      path.emplace_back(callee, 0);
    }
  }
  return order;
}

}  // namespace rehearse::models
