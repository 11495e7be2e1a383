#include <algorithm>

#include "models/world.hpp"

/// Deadlines and cancellation.
///
/// A deadline is an instant that a request carries along: a call has until the end of what is left,
/// for all of its attempts and the pauses between them; behind it calls fail at once, without a
/// message. As deadlines of gRPC (gRPC documentation, "Deadlines": propagation is on), clocks of
/// hosts agreeing. Work that needs no call goes on behind a deadline.
///
/// Who stops waiting for a service with `abandoned: cancel` takes its request back, and the service
/// its own calls in turn (gRPC, "Cancellation"; a context in Go). A request that works, travels or
/// pauses notices at its next step; a branch of a parallel step as well. Taking back takes no time.

namespace rehearse::models {

// REQUIRES: it has a deadline. False where that is over: the attempt has failed.
bool Flow::in_time(Frame& frame) {
  if (engine_.now() < frame.call_deadline) return true;
  frame.outcome = Outcome::timeout;
  make_ready(frame);  // rather than to go on here: loops of such calls would pile up on the stack
  return false;
}

// The timeout of the attempt or the deadline of all of them, whichever comes first.
void Flow::set_limit(Frame& frame, const CallSpec& call) {
  if (call.lane != 0 && saturating_add(engine_.now(), call.timeout) < frame.call_deadline) {
    lanes_[call.lane]->set(engine_, &frame, frame.token);
  } else {
    frame.patience = engine_.schedule_cancellable(handler_of(frame), frame.call_deadline,
                                                  pack(Signal::deadline, &frame));
  }
}

void Flow::give_up(Frame& frame) {
  if (SpanRecorder* spans = world_.spans_of(frame)) spans->timed_out(frame);
  if (frame.guard != 0) [[unlikely]]
    settle(frame, Outcome::timeout);
  world_.services_[plans_.calls[plans_.steps[frame.pc].a].service]->timed_out(frame);
  stop_waiting(frame);
  frame.outcome = Outcome::timeout;
  make_ready(frame);
}

void Flow::stop_waiting(Frame& frame) {
  // There is none yet where a bulkhead holds the first call back, and it may have been reused
  // meanwhile: its parent and token tell.
  Frame* const child = frame.child;
  const bool own =
      child != nullptr && child->parent == &frame && child->parent_token == frame.token;
  ++frame.token;
  if (frame.guard != 0) [[unlikely]]
    leave_guard(frame);
  if (!own) return;
  if (child->state == Frame::State::queued) {
    world_.services_[world_.blueprint_.endpoints[child->endpoint].service]->caller_gone(*child);
  } else if (world_.cancels_) {
    cancel(*child);
  }
}

bool Flow::cancelled(const Frame& frame) const {
  if (frame.kind != Frame::Kind::visit && frame.kind != Frame::Kind::branch) return false;
  const std::uint32_t service = world_.blueprint_.endpoints[frame.endpoint].service;
  return world_.blueprint_.services[service].cancels && frame.parent != &nobody_ && !awaited(frame);
}

// Of those that wait, who stands still may be on the way out already: it notices by itself.
void Flow::cancel(Frame& frame) {
  if (frame.state != Frame::State::waiting || !cancelled(frame)) return;
  const Pacer* pacer = pauser_of(frame);
  if (pacer != nullptr && pacer->stands(engine_.now(), frame.instance)) return;
  if (plans_.steps[frame.pc].kind == StepKind::call) {
    forget_limit(frame);
    stop_waiting(frame);
  } else {
    leave_fetch(frame);
    ++frame.token;
  }
  make_ready(frame);
}

bool Flow::may_go_on(Frame& frame) {
  if (world_.cancels_ && cancelled(frame)) {
    frame.state = Frame::State::running;
    finish(frame, Outcome::abandoned);
    return false;
  }
  return world_.standing_ == 0 || !held(frame);
}

}  // namespace rehearse::models
