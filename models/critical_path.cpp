#include "models/critical_path.hpp"

#include <algorithm>

namespace rehearse::models {
namespace {

// Callees by the time that goes there, most first.
std::vector<std::uint32_t> by_time(const TimeSpent& spent) {
  std::vector<std::pair<double, std::uint32_t>> order;
  for (const auto& [endpoint, time] : spent.callees)
    if (time > 0) order.emplace_back(-time, endpoint);
  std::sort(order.begin(), order.end());
  std::vector<std::uint32_t> callees;
  for (const auto& [time, endpoint] : order) callees.push_back(endpoint);
  return callees;
}

// Endpoints below a plan, depth first with a stack of its own: the depth is the user's.
std::vector<CriticalHop> in_order(const PlanContext& plans, const PlanFigures& request) {
  std::vector<CriticalHop> hops;
  std::vector<bool> seen(plans.endpoints.size(), false);
  std::vector<std::pair<std::uint32_t, int>> open;
  const auto push = [&](const TimeSpent& spent, int depth) {
    const std::vector<std::uint32_t> callees = by_time(spent);
    for (auto callee = callees.rbegin(); callee != callees.rend(); ++callee)
      if (!seen[*callee]) open.emplace_back(*callee, depth);
  };
  push(request.spent, 0);
  while (!open.empty()) {
    const auto [endpoint, depth] = open.back();
    open.pop_back();
    if (seen[endpoint]) continue;
    seen[endpoint] = true;
    hops.push_back({endpoint, depth, 0});
    push(plans.endpoints[endpoint].spent, depth + 1);
  }
  return hops;
}

}  // namespace

CriticalPath critical_path(const PlanContext& plans, const PlanFigures& request) {
  CriticalPath path;
  path.duration = request.duration;
  path.network = request.spent.network;
  // Time that goes to an endpoint and all below it, then what of it stays there: callers first.
  std::vector<double> whole(plans.endpoints.size(), 0);
  std::vector<double> own(plans.endpoints.size(), 0);
  for (const auto& [callee, time] : request.spent.callees) whole[callee] += time;
  for (auto e = plans.callees_first.rbegin(); e != plans.callees_first.rend(); ++e) {
    const PlanFigures& plan = plans.endpoints[*e];
    if (whole[*e] <= 0) continue;
    const double passes = whole[*e] / plan.duration;
    own[*e] = passes * plan.spent.own;
    path.network += passes * plan.spent.network;
    for (const auto& [callee, time] : plan.spent.callees) whole[callee] += passes * time;
  }
  path.hops = in_order(plans, request);
  for (CriticalHop& hop : path.hops) hop.time = own[hop.endpoint];
  return path;
}

}  // namespace rehearse::models
