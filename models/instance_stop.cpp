#include "models/instance_stop.hpp"

#include <vector>

#include "models/world.hpp"

namespace rehearse::models {
namespace {

// A frame with an event under way cannot be reused until the event has come: it stays behind, dead.
void release(Flow& flow, Frame& frame) {
  if (flow.has_event(frame)) {
    frame.state = Frame::State::dead;
  } else {
    flow.pool().give_back(frame);
  }
}

// The frame, or a copy that can travel in its place.
Frame& movable(Flow& flow, Frame& frame) {
  if (!flow.has_event(frame)) return frame;
  Frame& copy = flow.pool().take();
  const std::uint32_t token = copy.token;
  copy = frame;
  copy.token = token;
  frame.span = 0;  // the copy goes on in its place
  release(flow, frame);
  return copy;
}

}  // namespace

bool may_stop_or_slow(const Blueprint& blueprint, std::uint32_t service) {
  if (blueprint.services[service].slowdown_worst != 1) return true;
  for (const ProbeSpec& probe : blueprint.services[service].probes)
    if (probe.kind != ProbeKind::readiness) return true;
  const ServiceSpec& spec = blueprint.services[service];
  if (spec.elastic()) return true;
  if ((spec.pace.warms() && spec.pace.from_start) || spec.memory.limit > 0) return true;
  for (const FaultSpec& fault : blueprint.faults)
    for (const InstanceRef& ref : fault.instances)
      if (ref.service == service) return true;
  return false;
}

std::uint64_t stop_instances(World& world, std::span<const InstanceRef> instances,
                             spec::InFlight in_flight) {
  std::vector<std::vector<char>> stopping(world.blueprint().services.size());
  for (const InstanceRef& ref : instances) {
    Service& service = world.service(ref.service);
    if (in_flight != spec::InFlight::finish) {
      stopping[ref.service].resize(service.instances());
      stopping[ref.service][ref.instance] = 1;
    }
    service.take_down(ref.instance, in_flight == spec::InFlight::lost);
    world.flush_memory_of(ref.service, ref.instance);
  }
  // First all of them are cut off from what they wait for, so that none is woken by another.
  std::vector<Frame*> victims;
  world.flow().pool().for_each_live([&](Frame& frame) {
    const bool there = frame.kind == Frame::Kind::visit || frame.kind == Frame::Kind::branch;
    if (!there || frame.state == Frame::State::travelling || frame.state == Frame::State::dead)
      return;
    const std::uint32_t service = world.blueprint().endpoints[frame.endpoint].service;
    if (stopping[service].empty() || stopping[service][frame.instance] == 0) return;
    victims.push_back(&frame);
    ++frame.token;
    if (frame.state == Frame::State::waiting) world.flow().forget_limit(frame);
    if (frame.state == Frame::State::queued || frame.state == Frame::State::held)
      world.service(service).leave_queue(frame);
    world.flow().leave_fetch(frame);
  });
  // Those who wait in a bulkhead first, so that no place in it becomes theirs.
  for (Frame* victim : victims)
    if (victim->guard != 0 && world.flow().in_line(*victim)) world.flow().leave_guard(*victim);
  for (Frame* victim : victims)
    if (victim->guard != 0) world.flow().leave_guard(*victim);
  for (const InstanceRef& ref : instances)
    if (!stopping[ref.service].empty() && stopping[ref.service][ref.instance] != 0)
      world.service(ref.service).forget_work(ref.instance);
  std::uint64_t ended = 0;
  for (Frame* victim : victims) {
    world.flow().abandon_fetches(*victim);
    world.flow().release_connections(*victim);
    if (victim->kind == Frame::Kind::branch) {
      world.lose_batch(*victim);
      release(world.flow(), *victim);
      continue;
    }
    ++ended;
    const std::uint32_t service = world.blueprint().endpoints[victim->endpoint].service;
    world.service(service).lose(movable(world.flow(), *victim), in_flight == spec::InFlight::error);
  }
  return ended;
}

}  // namespace rehearse::models
