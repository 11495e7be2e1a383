#include "models/pacer.hpp"

#include <algorithm>

#include "models/world.hpp"

namespace rehearse::models {
namespace {

constexpr std::uint32_t kLives = 0xffffff;  // told apart in the data of an event

}  // namespace

Pacer::Pacer(World& world, std::uint32_t service)
    : world_(world),
      spec_(world.blueprint().services[service]),
      service_(service),
      states_(spec_.placement.size()) {}

void Pacer::begin() {
  for (std::uint32_t i = 0; i < states_.size(); ++i) {
    if (!spec_.begins_up(i)) continue;
    if (spec_.pace.warms() && spec_.pace.from_start) warm_up(i);
    if (spec_.pace.pauses()) plan_pause(i, world_.stream(spec_.pace.stream).uniform());
  }
}

void Pacer::plan(What what, std::uint32_t instance, Duration after) {
  sim::Engine& engine = world_.engine();
  const std::uint64_t life = states_[instance].life & kLives;
  engine.schedule(*this, saturating_add(engine.now(), after),
                  (static_cast<std::uint64_t>(what) << 56) | (life << 32) | instance);
}

void Pacer::plan_pause(std::uint32_t instance, double share) {
  if (closed_) return;
  const Law& law = world_.blueprint().plans.laws[spec_.pace.pause_every];
  const double seconds = law.law.sample(world_.stream(law.stream));
  plan(What::pause, instance, Duration::from_seconds(seconds * share));
}

void Pacer::started(std::uint32_t instance) {
  end_life(instance);
  if (spec_.pace.warms()) warm_up(instance);
  if (spec_.pace.pauses()) plan_pause(instance, 1);
}

void Pacer::stopped(std::uint32_t instance) {
  State& state = states_[instance];
  // Nothing is to come for those who were held: they may look as if they worked.
  for (Frame* frame = state.first; frame != nullptr; frame = frame->next)
    frame->state = Frame::State::waiting;
  state.first = state.last = nullptr;
  end_life(instance);
}

void Pacer::end_life(std::uint32_t instance) {
  State& state = states_[instance];
  ++state.life;
  slow_down(instance, 1);
  if (!state.stands) return;
  state.stood = state.stood - (state.until - world_.engine().now());
  go_on(instance);
}

void Pacer::warm_up(std::uint32_t instance) {
  State& state = states_[instance];
  state.warmth = 0;
  slow_down(instance, 1 + (spec_.pace.slowdown - 1) * (1 - 0.5 / kWarmupSteps));
  plan(What::warmer, instance, spec_.pace.warmup / kWarmupSteps);
}

void Pacer::slow_down(std::uint32_t instance, double factor) {
  State& state = states_[instance];
  if (state.slowness == factor) return;
  world_.service(service_).slow_down(instance, state.slowness, factor);
  state.slowness = factor;
}

void Pacer::pause(std::uint32_t instance) {
  State& state = states_[instance];
  const Law& law = world_.blueprint().plans.laws[spec_.pace.pause_for];
  const Duration length = law.law.sample_duration(world_.stream(law.stream));
  state.stands = true;
  state.until = saturating_add(world_.engine().now(), length);
  state.stood = state.stood + (state.until - world_.engine().now());
  world_.pause_changed(1);
  world_.service(service_).stand(instance, true);
  plan(What::go_on, instance, length);
}

void Pacer::go_on(std::uint32_t instance) {
  State& state = states_[instance];
  state.stands = false;
  world_.pause_changed(-1);
  world_.service(service_).stand(instance, false);
  while (Frame* frame = state.first) {
    state.first = frame->next;
    world_.flow().make_ready(*frame);
  }
  state.last = nullptr;
}

Duration Pacer::stood(Instant now, std::uint32_t instance) const {
  const State& state = states_[instance];
  return state.stands ? state.stood - (state.until - now) : state.stood;
}

void Pacer::hold(Frame& frame) {
  State& state = states_[frame.instance];
  REHEARSE_ASSERT(state.stands);
  frame.next = nullptr;
  (state.last != nullptr ? state.last->next : state.first) = &frame;
  state.last = &frame;
}

void Pacer::on_event(sim::Engine&, std::uint64_t data) {
  const auto instance = static_cast<std::uint32_t>(data);
  State& state = states_[instance];
  if (((data >> 32) & kLives) != (state.life & kLives)) return;
  switch (static_cast<What>(data >> 56)) {
    case What::pause:
      pause(instance);
      break;
    case What::go_on:
      go_on(instance);
      plan_pause(instance, 1);
      break;
    case What::warmer: {
      ++state.warmth;
      const double left = 1 - (state.warmth + 0.5) / kWarmupSteps;
      if (state.warmth == kWarmupSteps) {
        slow_down(instance, 1);
        break;
      }
      slow_down(instance, 1 + (spec_.pace.slowdown - 1) * left);
      plan(What::warmer, instance, spec_.pace.warmup / kWarmupSteps);
      break;
    }
  }
  world_.flow().pump();
}

}  // namespace rehearse::models
