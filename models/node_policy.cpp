#include "models/node_policy.hpp"

#include <algorithm>

#include "models/world.hpp"

namespace rehearse::models {
namespace {

constexpr std::uint32_t kPodBits = 20;  // of the ids of pods: instances that a service ever had

}  // namespace

NodePolicy::NodePolicy(World& world, std::uint32_t policy)
    : PolicyDriver(world, policy),
      fleet_(*world.fleet()),
      own_(world.blueprint().node_pools.size(), kNone) {
  for (std::uint32_t i = 0; i < spec_.pools.size(); ++i) own_[spec_.pools[i]] = i;
}

std::uint32_t NodePolicy::pool_of(const policies::Action& action) const {
  if (const auto* scale = std::get_if<policies::ScalePool>(&action))
    return spec_.pools[scale->pool];
  const std::uint32_t node = fleet_.node_of(std::get<policies::RemoveNode>(action).node);
  return node == kNone ? kNone : fleet_.pool_of(node);
}

PolicyDriver::Change NodePolicy::change_of(const policies::Action& action) const {
  const std::uint32_t pool = pool_of(action);
  if (pool == kNone) return {};
  const std::int32_t now = fleet_.wanted(pool);
  const auto* scale = std::get_if<policies::ScalePool>(&action);
  return {world_.blueprint().node_pools[pool].name, now, scale != nullptr ? scale->nodes : now - 1};
}

bool NodePolicy::carry_out(const policies::Action& action) {
  if (const auto* scale = std::get_if<policies::ScalePool>(&action)) {
    fleet_.scale(spec_.pools[scale->pool], scale->nodes);
    return true;
  }
  return fleet_.remove(std::get<policies::RemoveNode>(action).node);
}

void NodePolicy::tell_state() {
  const Instant now = world_.engine().now();
  for (std::uint32_t i = 0; i < spec_.pools.size(); ++i)
    observe(policies::PoolCount{i, fleet_.wanted(spec_.pools[i]), now});
  tell_nodes();
  tell_pods();
}

void NodePolicy::tell_nodes() {
  using State = NodeFleet::State;
  std::vector<policies::NodeStatus> seen;
  for (std::uint32_t n = 0; n < fleet_.members().size(); ++n) {
    const NodeFleet::Member& member = fleet_.members()[n];
    const std::uint32_t own = own_[fleet_.pool_of(n)];
    if (own == kNone || (member.state != State::there && member.state != State::leaving)) continue;
    const Resources& has = world_.blueprint().nodes[n].has;
    seen.push_back({.node = member.id,
                    .pool = own,
                    .ready = member.state == State::there && world_.cluster()->is_up(n),
                    .cpu = 1e-3 * static_cast<double>(has.millicores),
                    .memory = static_cast<double>(has.bytes)});
    observe(seen.back());
  }
  for (const policies::NodeStatus& before : nodes_) {
    const bool there = std::any_of(seen.begin(), seen.end(), [&](const policies::NodeStatus& one) {
      return one.node == before.node;
    });
    if (!there) observe(policies::NodeGone{before.node});
  }
  nodes_ = std::move(seen);
}

void NodePolicy::tell_pods() {
  std::vector<policies::PodPlacement> seen;
  for (std::uint32_t s = 0; s < world_.blueprint().services.size(); ++s) {
    const ServiceSpec& spec = world_.blueprint().services[s];
    if (spec.nodes.empty()) continue;
    const InstanceSet& set = world_.instance_set(s);
    for (std::uint32_t i = 0; i < set.members().size(); ++i) {
      const InstanceSet::Member& member = set.members()[i];
      if (!InstanceSet::is_present(member.state)) continue;
      REHEARSE_ASSERT(member.id < (1U << kPodBits));
      const std::uint32_t node = world_.cluster()->node_of({s, i});
      const Resources& requests = world_.service(s).size(i).requests;
      seen.push_back({.pod = (s << kPodBits) | member.id,
                      .node = node == kNone ? policies::kWhole : fleet_.members()[node].id,
                      .service = s,
                      .cpu = 1e-3 * static_cast<double>(requests.millicores),
                      .memory = static_cast<double>(requests.bytes)});
    }
    observe(policies::DisruptionBudget{s, set.disruptions_allowed()});
  }
  std::sort(seen.begin(), seen.end(), [](const auto& a, const auto& b) { return a.pod < b.pod; });
  auto at = seen.begin();
  for (const policies::PodPlacement& before : pods_) {
    while (at != seen.end() && at->pod < before.pod) ++at;
    if (at == seen.end() || at->pod != before.pod) observe(policies::PodGone{before.pod});
  }
  for (const policies::PodPlacement& pod : seen) observe(pod);
  pods_ = std::move(seen);
}

}  // namespace rehearse::models
