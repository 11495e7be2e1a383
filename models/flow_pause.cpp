#include <algorithm>

#include "models/world.hpp"

/// What pauses of instances (models/pacer.hpp) mean to the frames in them.
///
/// A frame that would go on while its instance stands still is held until the pause is over. Timed
/// work has its end in the queue of events already: it notes how long the instance had stood still
/// when it began, and when the end comes, adds what has been added since.

namespace rehearse::models {

const Pacer* Flow::pauser_of(const Frame& frame) const {
  if (frame.kind != Frame::Kind::visit && frame.kind != Frame::Kind::branch) return nullptr;
  const std::uint32_t service = world_.blueprint_.endpoints[frame.endpoint].service;
  return world_.blueprint_.services[service].pace.pauses() ? world_.pacers_[service].get()
                                                           : nullptr;
}

bool Flow::held(Frame& frame) {
  const Pacer* pacer = pauser_of(frame);
  if (pacer == nullptr || !pacer->stands(engine_.now(), frame.instance)) return false;
  world_.pacers_[world_.blueprint_.endpoints[frame.endpoint].service]->hold(frame);
  return true;
}

// No call is under way while a frame works, so that `backoff` is free.
void Flow::note_pauses(Frame& frame) {
  if (const Pacer* pacer = pauser_of(frame))
    frame.backoff = pacer->stood(engine_.now(), frame.instance);
}

bool Flow::works_on(Frame& frame) {
  const Pacer* pacer = pauser_of(frame);
  if (pacer == nullptr) return false;
  const Duration stood = pacer->will_have_stood(frame.instance);
  Duration owed = std::max(Duration::zero(), stood - frame.backoff);
  // A process that died in a pause has stood for less than was noted, and what it is to finish all
  // the same may come to its end in a later pause, which it then waits for.
  if (pacer->stands(engine_.now(), frame.instance))
    owed = std::max(owed, pacer->goes_on_at(frame.instance) - engine_.now());
  if (owed == Duration::zero()) return false;
  frame.backoff = stood;
  engine_.schedule(handler_of(frame), saturating_add(engine_.now(), owed),
                   pack(Signal::work_done, &frame));
  return true;
}

// Or never, where its caller has gone meanwhile.
bool Flow::retries_later(Frame& frame) {
  if (world_.cancels_ && cancelled(frame)) return !may_go_on(frame);
  const Pacer* pacer = pauser_of(frame);
  if (pacer == nullptr || !pacer->stands(engine_.now(), frame.instance)) return false;
  engine_.schedule(handler_of(frame), pacer->goes_on_at(frame.instance),
                   pack(Signal::retry, &frame));
  return true;
}

}  // namespace rehearse::models
