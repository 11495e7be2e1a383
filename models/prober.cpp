#include "models/prober.hpp"

#include "models/instance_set.hpp"
#include "models/world.hpp"

namespace rehearse::models {
namespace {

using policies::ProbeWorker;

ProbeWorker::Params params_of(const ProbeSpec& probe) {
  constexpr ProbeWorker::Kind kWorkerKinds[] = {
      ProbeWorker::Kind::startup, ProbeWorker::Kind::liveness, ProbeWorker::Kind::readiness};
  return {.kind = kWorkerKinds[static_cast<int>(probe.kind)],
          .success_threshold = static_cast<std::int32_t>(probe.successes),
          .failure_threshold = static_cast<std::int32_t>(probe.failures),
          .initial_delay = probe.initial_delay};
}

}  // namespace

Prober::Prober(World& world, std::uint32_t service)
    : world_(world),
      spec_(world.blueprint().services[service]),
      service_(service),
      instances_(static_cast<std::uint32_t>(spec_.placement.size())),
      watches_(spec_.probes.size() * spec_.placement.size()),
      started_at_(spec_.placement.size()) {
  for (std::uint32_t p = 0; p < spec_.probes.size(); ++p) {
    judges_readiness_ = judges_readiness_ || spec_.probes[p].kind == ProbeKind::readiness;
    params_.push_back(params_of(spec_.probes[p]));
    for (std::uint32_t i = 0; i < instances_; ++i) {
      tick(p, i, Duration::max());
      for (std::uint32_t n = 0; n < spec_.probes[p].successes; ++n)
        watch(p, i).worker.answered(true, params_[p]);
    }
  }
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
    ++watch(p, instance).life;
    watch(p, instance).asking = false;
  }
  for (std::uint32_t p = 0; p < spec_.probes.size(); ++p) tick(p, instance, Duration::zero());
}

bool Prober::tick(std::uint32_t probe, std::uint32_t instance, Duration age) {
  const ProbeWorker::Container container{
      .id = watch(probe, instance).life, .started = has_started(instance), .age = age};
  return watch(probe, instance).worker.tick({.container = container}, params_[probe]) ==
         ProbeWorker::Next::probe;
}

bool Prober::has_started(std::uint32_t instance) {
  for (std::uint32_t p = 0; p < spec_.probes.size(); ++p)
    if (spec_.probes[p].kind == ProbeKind::startup)
      return watch(p, instance).worker.result() == ProbeWorker::Result::success;
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
  const Instant began = started_at_[instance];
  const Duration age = began > Instant::start() ? world_.engine().now() - began : Duration::max();
  if (w.asking || !tick(probe, instance, age)) return;
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
  ProbeWorker& worker = watch(probe, instance).worker;
  const auto before = worker.result();
  worker.answered(success, params_[probe]);
  if (spec.kind == ProbeKind::readiness) {
    if (worker.result() != before)
      world_.service(service_).set_ready(instance, worker.result() == ProbeWorker::Result::success);
    return;
  }
  if (success || !worker.on_hold()) return;
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
