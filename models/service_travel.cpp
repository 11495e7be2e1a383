#include <algorithm>

#include "models/service.hpp"
#include "models/world.hpp"

/// What happens seldom to messages of a service on their way: they get lost, and may be sent again;
/// nobody may be asked; or the balancer wants to know more than most do.

namespace rehearse::models {

// A frame has room for 4.3 s.
void Service::take_longer(Frame& frame, Duration more) {
  const std::int64_t most = 0xffffffff;
  frame.user = static_cast<std::uint32_t>(std::min(most, frame.user + std::min(most, more.ns())));
}

// The balancer itself answers, in no time: 503.
void Service::turn_away_all(Frame& frame) {
  if (usage_ != nullptr) usage_->turned_away();
  frame.outcome = Outcome::rejected;
  world_.flow_.answer(frame);
}

// Its caller has room for the number of the instance while it waits for no branches.
void Service::remember(const Frame& frame, std::uint32_t instance) {
  if (frame.parent == nullptr || !Flow::awaited(frame)) return;
  frame.parent->pending = static_cast<std::uint16_t>(instance);
  frame.parent->needed = static_cast<std::uint16_t>(instance >> 16);
}

void Service::timed_out(const Frame& caller) {
  if (outliers_ == nullptr) return;
  outliers_->result(caller.pending | (std::uint32_t{caller.needed} << 16), Outcome::timeout);
}

// What a consistent hash goes by; kNone where the request has nothing of the kind.
std::uint32_t Service::key_of(const Frame& frame) const {
  if (spec_.balancer.kind != Balancing::consistent_hash) return kNone;
  if (spec_.balancer.hash == HashOf::key) {
    if (!Flow::awaited(frame)) return kNone;  // sent without a frame that would have a key
    const Plans& plans = world_.blueprint_.plans;
    const Step& step = plans.steps[frame.parent->pc];
    const std::uint32_t depth = step.kind == StepKind::call ? plans.calls[step.a].key : kNone;
    return depth == kNone ? kNone : frame.parent->keys[depth];
  }
  return frame.origin.client;
}

// What it needs to be sent again, a frame that travels has room for.
void Service::lose_request(Frame& frame, std::uint32_t zone, std::uint16_t losses) {
  const Duration wait = world_.resend_after(zone, this->zone(frame.instance), losses);
  if (wait > Duration::zero()) {
    frame.attempt = losses;
    frame.pc = zone;
    return wait_for(frame, wait, Signal::resend_request);
  }
  forget_request(frame);
}

void Service::forget_request(Frame& frame) {
  answered(frame.instance);
  if (SpanRecorder* spans = world_.spans_of(frame)) spans->request_lost(frame);
  world_.flow_.pool().give_back(frame);
}

void Service::lose_answer(Frame& frame, std::uint32_t zone, std::uint16_t losses) {
  const Duration wait = world_.resend_after(this->zone(frame.instance), zone, losses);
  if (wait > Duration::zero()) {
    frame.attempt = losses;
    world_.engine_.schedule(*this, saturating_add(world_.engine_.now(), wait),
                            pack(Signal::resend_answer, &frame));
    return;
  }
  if (SpanRecorder* spans = world_.spans_of(frame)) spans->answer_lost(frame);
  world_.flow_.pool().give_back(frame);
}

}  // namespace rehearse::models
