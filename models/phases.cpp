#include "models/phases.hpp"

#include "models/world.hpp"

namespace rehearse::models {

void Phases::begin() {
  const std::vector<PhaseSpec>& phases = world_.blueprint().phases;
  for (std::uint32_t i = 0; i < phases.size(); ++i) {
    const double first = phases[i].every.to_seconds() * world_.stream(phases[i].stream).uniform();
    world_.engine().schedule(*this, Instant::start() + Duration::from_seconds(first),
                             pack(Signal::phase_begins, i));
  }
}

void Phases::on_event(sim::Engine& engine, std::uint64_t data) {
  const auto number = static_cast<std::uint32_t>(number_of(data));
  const PhaseSpec& phase = world_.blueprint().phases[number];
  const bool begins = signal_of(data) == Signal::phase_begins;
  Service& service = world_.service(phase.service);
  for (std::uint32_t i = 0; i < service.instances(); ++i)
    service.slow_down(i, begins ? 1 : phase.slowdown, begins ? phase.slowdown : 1);
  world_.log(begins ? "phase.began" : "phase.ended", service.spec().name, kNone, phase.name);
  if (!begins) return;
  engine.schedule(*this, saturating_add(engine.now(), phase.length),
                  pack(Signal::phase_ends, number));
  engine.schedule(*this, saturating_add(engine.now(), phase.every),
                  pack(Signal::phase_begins, number));
}

}  // namespace rehearse::models
