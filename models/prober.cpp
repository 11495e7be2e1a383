#include "models/prober.hpp"

#include <algorithm>

#include "models/instance_set.hpp"
#include "models/world.hpp"

namespace rehearse::models {

Prober::Prober(World& world, std::uint32_t service)
    : world_(world),
      spec_(world.blueprint().services[service]),
      service_(service),
      instances_(static_cast<std::uint32_t>(spec_.placement.size())),
      watches_(spec_.probes.size() * spec_.placement.size()),
      started_at_(spec_.placement.size()) {
  for (const ProbeSpec& probe : spec_.probes)
    judges_readiness_ = judges_readiness_ || probe.kind == ProbeKind::readiness;
}

void Prober::begin() {
  sim::Stream& stream = world_.stream(spec_.probe_stream);
  for (std::uint32_t p = 0; p < spec_.probes.size(); ++p)
    for (std::uint32_t i = 0; i < instances_; ++i)
      plan(p, i, Duration::from_seconds(spec_.probes[p].period.to_seconds() * stream.uniform()));
}

void Prober::plan(std::uint32_t probe, std::uint32_t instance, Duration after) {
  sim::Engine& engine = world_.engine();
  engine.schedule(*this, saturating_add(engine.now(), after),
                  pack(Signal::client, (std::uint64_t{probe} << 32) | instance));
}

void Prober::started(std::uint32_t instance) {
  started_at_[instance] = world_.engine().now();
  for (std::uint32_t p = 0; p < spec_.probes.size(); ++p) {
    Watch& w = watch(p, instance);
    ++w.life;
    w.failures = w.successes = 0;
    w.asking = false;
    w.passed = spec_.probes[p].kind == ProbeKind::liveness;
  }
}

bool Prober::has_started(std::uint32_t instance) {
  for (std::uint32_t p = 0; p < spec_.probes.size(); ++p)
    if (spec_.probes[p].kind == ProbeKind::startup) return watch(p, instance).passed;
  return true;
}

void Prober::on_event(sim::Engine&, std::uint64_t data) {
  if (signal_of(data) == Signal::up) {
    restart(static_cast<std::uint32_t>(number_of(data)));
  } else if (signal_of(data) != Signal::client) {
    world_.flow().on_signal(signal_of(data), frame_of(data));
  } else if (!closed_) {
    const std::uint64_t number = number_of(data);
    const auto probe = static_cast<std::uint32_t>(number >> 32);
    const auto instance = static_cast<std::uint32_t>(number);
    plan(probe, instance, spec_.probes[probe].period);
    ask(probe, instance);
  }
  world_.flow().pump();
}

void Prober::ask(std::uint32_t probe, std::uint32_t instance) {
  const InstanceSet* set = world_.service(service_).set();
  if (set != nullptr && set->is_absent(instance)) return;
  Watch& w = watch(probe, instance);
  const bool startup = spec_.probes[probe].kind == ProbeKind::startup;
  if (w.asking || (startup ? w.passed : !has_started(instance))) return;
  const Instant began = started_at_[instance];
  const Duration delay = spec_.probes[probe].initial_delay;
  if (began > Instant::start() && world_.engine().now() < saturating_add(began, delay)) return;
  w.asking = true;
  Frame& frame = world_.flow().pool().take();
  frame.parent = nullptr;
  frame.kind = Frame::Kind::probe;
  frame.state = Frame::State::running;
  frame.workload = service_;
  frame.user = probe;
  frame.instance = instance;
  frame.keys[0] = w.life;
  frame.arrived = world_.engine().now();
  frame.pc = spec_.probes[probe].start;
  world_.flow().run(frame);
}

void Prober::complete(Frame& frame, Outcome outcome) {
  const std::uint32_t probe = frame.user;
  const std::uint32_t instance = frame.instance;
  const bool same_life = frame.keys[0] == watch(probe, instance).life;
  world_.flow().pool().give_back(frame);
  if (!same_life) return;
  watch(probe, instance).asking = false;
  judge(probe, instance, outcome == Outcome::ok);
}

void Prober::judge(std::uint32_t probe, std::uint32_t instance, bool success) {
  const ProbeSpec& spec = spec_.probes[probe];
  Watch& w = watch(probe, instance);
  if (success) {
    w.failures = 0;
    w.successes = std::min(w.successes + 1, spec.successes);
    if (w.passed || w.successes < spec.successes) return;
    w.passed = true;
    if (spec.kind == ProbeKind::readiness) world_.service(service_).set_ready(instance, true);
    return;
  }
  w.successes = 0;
  w.failures = std::min(w.failures + 1, spec.failures);
  if (w.failures < spec.failures) return;
  if (spec.kind == ProbeKind::readiness) {
    w.passed = false;
    return world_.service(service_).set_ready(instance, false);
  }
  w.failures = 0;
  world_.log(spec.kind == ProbeKind::liveness ? "probe.liveness" : "probe.startup", spec_.name,
             instance, "failed");
  // An event of its own: others may be about to go on in this one.
  world_.engine().schedule(*this, world_.engine().now(), pack(Signal::up, instance));
}

void Prober::restart(std::uint32_t instance) {
  Service& service = world_.service(service_);
  if (service.is_down(instance)) return;  // somebody else's to start again
  service.restart(instance);
}

}  // namespace rehearse::models
