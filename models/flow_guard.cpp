#include "models/world.hpp"

/// Calls that have guards (models/call_guard.hpp).

namespace rehearse::models {

bool Flow::admitted(Frame& frame, const CallSpec& call) {
  CallGuard& guard = *world_.guards_[call.guard];
  if (!guard.admit(frame)) return false;
  guard.sent(frame);
  return true;
}

// It has waited for its turn, and has it.
void Flow::go_ahead(Frame& frame, const CallSpec& call) {
  frame.state = Frame::State::waiting;
  if (frame.call_deadline != Instant::never() && !in_time(frame)) return leave_guard(frame);
  world_.guards_[call.guard]->sent(frame);
  ask(frame, call);
}

// By another way: a connection that a request keeps for itself serves one query at a time.
void Flow::ask_again(Frame& frame, Frame*& hedge) {
  const CallSpec& call = plans_.calls[plans_.steps[frame.pc].a];
  hedge = &child_of(frame, call);
  world_.services_[call.service]->send(*hedge, zone_of(frame));
}

bool Flow::settled(Frame& frame, const Frame& child) {
  return world_.guards_[plans_.calls[plans_.steps[frame.pc].a].guard]->answered(frame, child);
}

void Flow::settle(Frame& frame, Outcome outcome) {
  world_.guards_[plans_.calls[plans_.steps[frame.pc].a].guard]->settle(frame, outcome);
}

void Flow::leave_guard(Frame& frame) {
  world_.guards_[plans_.calls[plans_.steps[frame.pc].a].guard]->abandon(frame);
}

bool Flow::in_line(const Frame& frame) const {
  return world_.guards_[plans_.calls[plans_.steps[frame.pc].a].guard]->in_line(frame);
}

bool Flow::may_retry(const Frame& frame, const CallSpec& call) {
  return world_.guards_[call.guard]->may_retry(frame);
}

}  // namespace rehearse::models
