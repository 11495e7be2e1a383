#include "models/cluster.hpp"

#include <algorithm>

#include "models/instance_stop.hpp"
#include "models/world.hpp"

namespace rehearse::models {

Cluster::Cluster(World& world)
    : world_(world),
      scheduler_(world.blueprint().scheduler, world.blueprint().nodes),
      states_(world.blueprint().nodes.size()) {
  for (std::size_t n = 0; n < states_.size(); ++n)
    states_[n].open = world.blueprint().nodes[n].there;
  const std::vector<ServiceSpec>& services = world.blueprint().services;
  for (std::uint32_t s = 0; s < services.size(); ++s) {
    for (std::uint32_t i = 0; i < services[s].nodes.size(); ++i) {
      const std::uint32_t node = services[s].nodes[i];
      const bool there = services[s].begins_up(i);
      pods_.push_back({{s, i}, services[s].requests, node, there, !there});
      if (node != kNowhere) scheduler_.take(node, services[s].requests);
    }
  }
}

std::uint64_t Cluster::lose(std::span<const std::uint32_t> nodes,
                            std::span<const InstanceRef> others, spec::InFlight in_flight) {
  std::vector<InstanceRef> stopping(others.begin(), others.end());
  sim::Engine& engine = world_.engine();
  for (const std::uint32_t node : nodes) {
    State& state = states_[node];
    if (state.lost++ > 0) continue;
    ++state.life;
    judge(node);
    if (!state.open && pods_on(node).empty()) continue;  // not there
    world_.log("node.lost", world_.blueprint().nodes[node].name, kNone, "");
    for (Pod& pod : pods_) {
      if (pod.node != node) continue;
      pod.down = true;
      stopping.push_back(pod.ref);
    }
    engine.schedule(*this, saturating_add(engine.now(), world_.blueprint().scheduler.toleration),
                    (std::uint64_t{state.life} << 32) | node);
  }
  stop_instances(world_, stopping, in_flight);
  return stopping.size() - others.size();
}

void Cluster::bring_back(std::span<const std::uint32_t> nodes) {
  for (const std::uint32_t node : nodes) {
    if (--states_[node].lost > 0) continue;
    judge(node);
    if (!states_[node].open && pods_on(node).empty()) continue;
    world_.log("node.back", world_.blueprint().nodes[node].name, kNone, "");
    for (Pod& pod : pods_) {
      if (pod.node != node) continue;
      pod.down = false;
      world_.service(pod.ref.service).bring_up(pod.ref.instance);
    }
  }
  place_waiting();
}

void Cluster::place_waiting() {
  for (Pod& pod : pods_)
    if (pod.node == kNowhere && pod.wanted) place(pod);
}

void Cluster::judge(std::uint32_t node) {
  scheduler_.set_there(node, states_[node].open && states_[node].lost == 0);
}

void Cluster::join(std::uint32_t node) {
  states_[node].open = true;
  judge(node);
  place_waiting();
}

void Cluster::cordon(std::uint32_t node) {
  states_[node].open = false;
  judge(node);
}

void Cluster::leave(std::uint32_t node) {
  REHEARSE_ASSERT(pods_on(node).empty());
  cordon(node);
}

std::vector<InstanceRef> Cluster::pods_on(std::uint32_t node) const {
  std::vector<InstanceRef> found;
  for (const Pod& pod : pods_)
    if (pod.node == node) found.push_back(pod.ref);
  return found;
}

std::uint32_t Cluster::node_of(InstanceRef ref) const {
  return find(ref).node;
}

const Cluster::Pod& Cluster::find(InstanceRef ref) const {
  const auto found = std::find_if(pods_.begin(), pods_.end(), [&](const Pod& pod) {
    return pod.ref.service == ref.service && pod.ref.instance == ref.instance;
  });
  REHEARSE_ASSERT(found != pods_.end());
  return *found;
}

void Cluster::admit(InstanceRef ref) {
  Pod& pod = find(ref);
  pod.wanted = true;
  pod.requests = world_.service(ref.service).size(ref.instance).requests;
  place(pod);
}

void Cluster::dismiss(InstanceRef ref) {
  Pod& pod = find(ref);
  pod.wanted = false;
  const std::uint32_t node = pod.node;
  const bool ran = node != kNowhere;
  if (ran) scheduler_.release(node, pod.requests);
  pod.node = kNowhere;
  Service& service = world_.service(ref.service);
  if (pod.down && service.reasons_down(ref.instance) > 1) service.bring_up(ref.instance);
  pod.down = true;
  if (!ran) return;
  if (world_.fleet() != nullptr) world_.fleet()->left(node);
  place_waiting();
}

void Cluster::on_event(sim::Engine&, std::uint64_t data) {
  const auto node = static_cast<std::uint32_t>(data);
  const State& state = states_[node];
  if (state.lost > 0 && state.life == static_cast<std::uint32_t>(data >> 32)) give_up(node);
  world_.flow().pump();
}

void Cluster::give_up(std::uint32_t node) {
  for (Pod& pod : pods_) {
    if (pod.node != node) continue;
    scheduler_.release(node, pod.requests);
    pod.node = kNowhere;
  }
  if (world_.fleet() != nullptr) world_.fleet()->left(node);
  place_waiting();
}

void Cluster::place(Pod& pod) {
  const ServiceSpec& spec = world_.blueprint().services[pod.ref.service];
  std::vector<std::uint32_t> pods(world_.blueprint().network.zones.size());
  for (const Pod& other : pods_)
    if (other.ref.service == pod.ref.service && other.node != kNowhere)
      ++pods[world_.blueprint().nodes[other.node].zone];
  const auto node = scheduler_.place(pod.requests, spec.pod_zones, pods);
  if (!node) return;
  pod.node = *node;
  pod.down = false;
  Service& service = world_.service(pod.ref.service);
  service.move(pod.ref.instance, world_.blueprint().nodes[*node].zone);
  world_.log("instance.moved", spec.name, pod.ref.instance, world_.blueprint().nodes[*node].name);
  service.bring_up(pod.ref.instance);
}

}  // namespace rehearse::models
