#include "models/cluster.hpp"

#include "models/instance_stop.hpp"
#include "models/world.hpp"

namespace rehearse::models {

Cluster::Cluster(World& world)
    : world_(world),
      scheduler_(world.blueprint().scheduler, world.blueprint().nodes),
      states_(world.blueprint().nodes.size()) {
  const std::vector<ServiceSpec>& services = world.blueprint().services;
  for (std::uint32_t s = 0; s < services.size(); ++s) {
    for (std::uint32_t i = 0; i < services[s].nodes.size(); ++i) {
      pods_.push_back({{s, i}, services[s].nodes[i]});
      scheduler_.take(services[s].nodes[i], services[s].requests);
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
    scheduler_.set_there(node, false);
    world_.log("node.lost", world_.blueprint().nodes[node].name, kNone, "");
    for (const Pod& pod : pods_)
      if (pod.node == node) stopping.push_back(pod.ref);
    engine.schedule(*this, saturating_add(engine.now(), world_.blueprint().scheduler.toleration),
                    (std::uint64_t{state.life} << 32) | node);
  }
  stop_instances(world_, stopping, in_flight);
  return stopping.size() - others.size();
}

void Cluster::bring_back(std::span<const std::uint32_t> nodes) {
  for (const std::uint32_t node : nodes) {
    if (--states_[node].lost > 0) continue;
    scheduler_.set_there(node, true);
    world_.log("node.back", world_.blueprint().nodes[node].name, kNone, "");
    for (const Pod& pod : pods_)
      if (pod.node == node) world_.service(pod.ref.service).bring_up(pod.ref.instance);
  }
  for (Pod& pod : pods_)
    if (pod.node == kNowhere) place(pod);
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
    scheduler_.release(node, world_.blueprint().services[pod.ref.service].requests);
    pod.node = kNowhere;
  }
  for (Pod& pod : pods_)
    if (pod.node == kNowhere) place(pod);
}

void Cluster::place(Pod& pod) {
  const ServiceSpec& spec = world_.blueprint().services[pod.ref.service];
  std::vector<std::uint32_t> pods(world_.blueprint().network.zones.size());
  for (const Pod& other : pods_)
    if (other.ref.service == pod.ref.service && other.node != kNowhere)
      ++pods[world_.blueprint().nodes[other.node].zone];
  const auto node = scheduler_.place(spec.requests, spec.pod_zones, pods);
  if (!node) return;
  pod.node = *node;
  Service& service = world_.service(pod.ref.service);
  service.move(pod.ref.instance, world_.blueprint().nodes[*node].zone);
  world_.log("instance.moved", spec.name, pod.ref.instance, world_.blueprint().nodes[*node].name);
  service.bring_up(pod.ref.instance);
}

}  // namespace rehearse::models
