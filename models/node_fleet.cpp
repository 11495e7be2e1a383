#include "models/node_fleet.hpp"

#include <algorithm>

#include "models/world.hpp"

namespace rehearse::models {

NodeFleet::NodeFleet(World& world) : world_(world) {
  const Blueprint& blueprint = world.blueprint();
  members_.resize(blueprint.nodes.size());
  pool_of_.resize(blueprint.nodes.size());
  for (std::uint32_t p = 0; p < blueprint.node_pools.size(); ++p) {
    const NodePoolSpec& pool = blueprint.node_pools[p];
    wanted_.push_back(static_cast<std::int32_t>(pool.count));
    for (std::uint32_t n = pool.first; n < pool.first + pool.places; ++n) {
      pool_of_[n] = p;
      if (blueprint.nodes[n].there) members_[n] = {State::there, next_id_++};
    }
  }
}

void NodeFleet::begin() {
  for (std::uint32_t n = 0; n < members_.size(); ++n)
    if (members_[n].state == State::there) await_interruption(n);
}

const NodePoolSpec& NodeFleet::spec_of(std::uint32_t node) const {
  return world_.blueprint().node_pools[pool_of_[node]];
}

const std::string& NodeFleet::name_of(std::uint32_t node) const {
  return world_.blueprint().nodes[node].name;
}

std::uint32_t NodeFleet::node_of(policies::InstanceId id) const {
  const auto found = std::find_if(members_.begin(), members_.end(), [id](const Member& member) {
    return member.state != State::absent && member.id == id;
  });
  return found == members_.end() ? kNone : static_cast<std::uint32_t>(found - members_.begin());
}

void NodeFleet::scale(std::uint32_t pool, std::int32_t nodes) {
  const NodePoolSpec& spec = world_.blueprint().node_pools[pool];
  wanted_[pool] = std::clamp(nodes, 0, static_cast<std::int32_t>(spec.places));
  std::int32_t have = 0;
  for (std::uint32_t n = spec.first; n < spec.first + spec.places; ++n)
    have += members_[n].state != State::absent && members_[n].state != State::leaving ? 1 : 0;
  while (have < wanted_[pool] && order(pool)) ++have;
  while (have > wanted_[pool] && withdraw(pool)) --have;
}

// False: all places are taken, by nodes that leave.
bool NodeFleet::order(std::uint32_t pool) {
  const NodePoolSpec& spec = world_.blueprint().node_pools[pool];
  std::uint32_t node = spec.first;
  while (node < spec.first + spec.places && members_[node].state != State::absent) ++node;
  if (node == spec.first + spec.places) return false;
  const bool fails = spec.fails > 0 && world_.stream(spec.order_stream).chance(spec.fails);
  members_[node] = {fails ? State::failing : State::coming, next_id_++};
  world_.log("node.ordered", name_of(node), kNone, "");
  if (fails) return true;
  const Instant now = world_.engine().now();
  world_.pool_meter(pool).present(now, 1);
  Duration boot;
  if (spec.boot != kNone) {
    const Law& law = world_.blueprint().plans.laws[spec.boot];
    boot = law.law.sample_duration(world_.stream(law.stream));
  }
  plan(What::ready, node, saturating_add(now, boot));
  return true;
}

// False: all that are left are there.
bool NodeFleet::withdraw(std::uint32_t pool) {
  const NodePoolSpec& spec = world_.blueprint().node_pools[pool];
  std::uint32_t latest = kNone;
  for (std::uint32_t n = spec.first; n < spec.first + spec.places; ++n) {
    const State state = members_[n].state;
    if (state != State::failing && state != State::coming) continue;
    if (latest == kNone || members_[n].id > members_[latest].id) latest = n;
  }
  if (latest == kNone) return false;
  if (members_[latest].state == State::coming)
    world_.pool_meter(pool).present(world_.engine().now(), -1);
  members_[latest].state = State::absent;
  world_.log("node.withdrawn", name_of(latest), kNone, "");
  return true;
}

void NodeFleet::arrive(std::uint32_t node) {
  members_[node].state = State::there;
  world_.log("node.ready", name_of(node), kNone, "");
  await_interruption(node);
  world_.cluster()->join(node);
}

void NodeFleet::await_interruption(std::uint32_t node) {
  const NodePoolSpec& spec = spec_of(node);
  if (spec.interrupted_every <= Duration::zero()) return;
  const double lasts = world_.stream(spec.spot_stream).exponential();
  plan(What::interrupt, node,
       saturating_add(world_.engine().now(),
                      Duration::from_seconds(spec.interrupted_every.to_seconds() * lasts)));
}

bool NodeFleet::remove(policies::InstanceId id) {
  const std::uint32_t node = node_of(id);
  if (node == kNone || members_[node].state != State::there) return false;
  --wanted_[pool_of_[node]];
  world_.log("node.draining", name_of(node), kNone, "");
  drain(node);
  return true;
}

// Those that go already stay until they have gone.
void NodeFleet::drain(std::uint32_t node) {
  members_[node].state = State::leaving;
  world_.cluster()->cordon(node);
  const policies::InstanceId id = members_[node].id;
  for (const InstanceRef& pod : world_.cluster()->pods_on(node))
    world_.instance_set(pod.service).evict(pod.instance);
  if (members_[node].id == id) left(node);
}

void NodeFleet::left(std::uint32_t node) {
  if (members_[node].state != State::leaving) return;
  if (world_.cluster()->pods_on(node).empty()) give_back(node);
}

void NodeFleet::give_back(std::uint32_t node) {
  members_[node].state = State::absent;
  world_.pool_meter(pool_of_[node]).present(world_.engine().now(), -1);
  world_.cluster()->leave(node);
  world_.log("node.gone", name_of(node), kNone, "");
  // An order that found no place before.
  scale(pool_of_[node], wanted_[pool_of_[node]]);
}

void NodeFleet::interrupt(std::uint32_t node) {
  const Duration warning = spec_of(node).warning;
  world_.log("node.interrupted", name_of(node), kNone, "");
  if (members_[node].state == State::there) --wanted_[pool_of_[node]];
  plan(What::gone, node, saturating_add(world_.engine().now(), warning));
  if (warning > Duration::zero()) return drain(node);
  members_[node].state = State::leaving;
  world_.cluster()->cordon(node);
}

void NodeFleet::lose(std::uint32_t node) {
  // With the last of them the node is given back.
  for (const InstanceRef& pod : world_.cluster()->pods_on(node))
    world_.instance_set(pod.service).lose(pod.instance);
  left(node);
}

void NodeFleet::plan(What what, std::uint32_t node, Instant at) {
  world_.engine().schedule(*this, at,
                           (static_cast<std::uint64_t>(what) << 56) |
                               (std::uint64_t{members_[node].id & 0xffffff} << 32) | node);
}

void NodeFleet::on_event(sim::Engine&, std::uint64_t data) {
  const auto node = static_cast<std::uint32_t>(data);
  const Member& member = members_[node];
  if ((member.id & 0xffffff) != ((data >> 32) & 0xffffff)) return;  // of another before it
  switch (static_cast<What>(data >> 56)) {
    case What::ready:
      if (member.state == State::coming) arrive(node);
      break;
    case What::interrupt:
      if (member.state == State::there || member.state == State::leaving) interrupt(node);
      break;
    case What::gone:
      if (member.state == State::leaving) lose(node);
      break;
  }
  world_.flow().pump();
}

}  // namespace rehearse::models
