#include "models/span_recorder.hpp"

#include "base/assert.hpp"

namespace rehearse::models {

SpanRecorder::SpanRecorder(const Blueprint& blueprint, const sim::Engine& engine, double share,
                           TraceSink& sink)
    : engine_(engine), share_(share), sink_(sink), slots_(1) {
  draws_.reserve(blueprint.workloads.size());
  for (const WorkloadSpec& workload : blueprint.workloads)
    draws_.emplace_back(engine.seed(), workload.name, "trace sample");
}

std::uint32_t SpanRecorder::take_slot() {
  std::uint32_t slot = free_slot_;
  if (slot != 0) {
    free_slot_ = slots_[slot].next;
    slots_[slot] = Slot{};
    return slot;
  }
  if (slots_.size() > kMostHops) return 0;
  slots_.emplace_back();
  return static_cast<std::uint32_t>(slots_.size() - 1);
}

// A hop below `parent`, or 0 where there is no room.
std::uint32_t SpanRecorder::add(std::uint32_t parent, Hop::Kind kind) {
  const std::uint32_t number = slots_[parent].trace;
  Trace& trace = traces_[number];
  const std::uint32_t slot = trace.hops < kMostHopsOfTrace ? take_slot() : 0;
  if (slot == 0) {
    ++trace.dropped;
    return 0;
  }
  Slot& added = slots_[slot];
  added.trace = number;
  added.ordinal = trace.hops++;
  added.hop.kind = kind;
  added.hop.sent = engine_.now();
  added.hop.parent = slots_[parent].ordinal;
  slots_[trace.last].next = slot;
  trace.last = slot;
  return slot;
}

void SpanRecorder::begin(Frame& root, std::uint64_t number) {
  if (share_ <= 0 || !draws_[root.workload].chance(share_)) return;
  const std::uint32_t slot = take_slot();
  if (slot == 0) {
    ++skipped_;
    return;
  }
  ++followed_;
  if (free_traces_.empty()) {
    free_traces_.push_back(static_cast<std::uint32_t>(traces_.size()));
    traces_.emplace_back();
  }
  const std::uint32_t place = free_traces_.back();
  free_traces_.pop_back();
  traces_[place] = {.workload = root.workload,
                    .number = number,
                    .first = slot,
                    .last = slot,
                    .hops = 1,
                    .frames = 1,
                    .dropped = 0};
  slots_[slot].trace = place;
  slots_[slot].hop.sent = engine_.now();
  root.span = slot;
}

void SpanRecorder::called(const Frame& caller, Frame& child) {
  const std::uint32_t slot = add(caller.span, Hop::Kind::call);
  slots_[caller.span].awaited = slot;
  child.span = slot;
  if (slot == 0) return;
  slots_[slot].hop.what = child.endpoint;
  slots_[slot].hop.attempt = caller.attempt;
  ++traces_[slots_[slot].trace].frames;
}

void SpanRecorder::sent(const Frame& caller, Frame& child) {
  called(caller, child);
  if (child.span == 0) return;
  end(hop(child), Outcome::ok);
}

void SpanRecorder::branched(const Frame& frame, Frame& branch) {
  branch.span = add(frame.span, Hop::Kind::branch);
  if (branch.span != 0) ++traces_[slots_[branch.span].trace].frames;
}

void SpanRecorder::arrived(const Frame& frame) {
  hop(frame).arrived = engine_.now();
  hop(frame).instance = frame.instance;
}

void SpanRecorder::responded(const Frame& frame, Outcome outcome) {
  Hop& responded = hop(frame);
  responded.responded = engine_.now();
  responded.responded_with = outcome;
}

void SpanRecorder::timed_out(const Frame& caller) {
  const std::uint32_t awaited = slots_[caller.span].awaited;
  if (awaited != 0) end(slots_[awaited].hop, Outcome::timeout);
}

void SpanRecorder::paused(const Frame& frame, Duration wait) {
  const std::uint32_t slot = add(frame.span, Hop::Kind::pause);
  if (slot == 0) return;
  slots_[slot].hop.what = frame.attempt;
  slots_[slot].hop.answered = saturating_add(engine_.now(), wait);
}

void SpanRecorder::looked_up(const Frame& frame, std::uint32_t cache, bool hit) {
  const std::uint32_t slot = add(frame.span, Hop::Kind::lookup);
  if (slot == 0) return;
  slots_[slot].hop.what = cache;
  slots_[slot].hop.hit = hit;
  slots_[slot].hop.answered = engine_.now();
}

// A frame that ends in the middle: its instance has stopped, and it with all that it waited for.
void SpanRecorder::break_off(const Frame& frame) {
  Slot& slot = slots_[frame.span];
  Hop& hop = slot.hop;
  if (hop.kind == Hop::Kind::call && hop.arrived != Instant::never() &&
      hop.responded == Instant::never()) {
    hop.responded = engine_.now();
    hop.responded_with = Outcome::error;
    hop.answer_lost = true;
  }
  if (hop.kind == Hop::Kind::branch && hop.answered == Instant::never()) end(hop, Outcome::error);
  if (slot.awaited != 0 && slots_[slot.awaited].hop.answered == Instant::never())
    end(slots_[slot.awaited].hop, Outcome::error);
}

void SpanRecorder::on_gone(Frame& frame) {
  const std::uint32_t place = slots_[frame.span].trace;
  break_off(frame);
  frame.span = 0;
  Trace& trace = traces_[place];
  REHEARSE_ASSERT(trace.frames > 0);
  if (--trace.frames > 0) return;
  hand_out(trace, false);
  release(trace);
  free_traces_.push_back(place);
}

void SpanRecorder::hand_out(Trace& trace, bool cut) {
  out_.workload = trace.workload;
  out_.number = trace.number;
  out_.dropped = trace.dropped;
  out_.ended = engine_.now();
  out_.cut = cut;
  out_.hops.clear();
  for (std::uint32_t i = 0, slot = trace.first; i < trace.hops; ++i, slot = slots_[slot].next)
    out_.hops.push_back(slots_[slot].hop);
  sink_.on_trace(out_);
}

void SpanRecorder::release(Trace& trace) {
  slots_[trace.last].next = free_slot_;
  free_slot_ = trace.first;
}

// Frames go on referring to their slots, which stay: the trial may be looked at, not continued.
void SpanRecorder::finish() {
  for (Trace& trace : traces_) {
    const bool answered = slots_[trace.first].hop.answered != Instant::never();
    if (trace.frames > 0 && answered) hand_out(trace, true);
  }
}

}  // namespace rehearse::models
