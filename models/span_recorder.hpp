#pragma once
/// Follows a sample of the requests of one trial through the platform, for distributed traces.
///
/// A request is followed or not from its begin to its last consequence, by a draw from a stream of
/// its own ("trace sample" of its workload): who is followed does not depend on what happens, and
/// what happens not on who is followed. Frames of requests that are not followed have span 0, which
/// is all that a hook looks at: tracing that is off costs a predictable branch.
///
/// What is recorded are hops (an attempt of a call, a branch, a pause, a look-up), five instants
/// each; spans, names and ids are made of them when traces are written (experiments/traces.hpp).
/// A trace ends when nothing works for the request any longer, which may be after its answer: a
/// callee is not told that its caller has stopped waiting.
/// Memory: at most kMostHops hops of 88 bytes at once; beyond that, new requests are not followed
/// and further hops of those that are count as dropped, as do those of one trace beyond
/// kMostHopsOfTrace. Not thread-safe, like its World.

#include <cstdint>
#include <vector>

#include "base/time.hpp"
#include "models/blueprint.hpp"
#include "models/frame.hpp"
#include "sim/engine.hpp"
#include "sim/random.hpp"

namespace rehearse::models {

/// Instants that did not come about are Instant::never().
struct Hop {
  enum class Kind : std::uint8_t {
    root,    ///< the client's request: sent .. answered
    call,    ///< an attempt of a call: sent, arrived, started, responded, answered
    branch,  ///< of a parallel step: sent .. answered
    pause,   ///< before the next attempt: sent .. answered, known when it begins
    lookup   ///< of a key in a cache: at `sent`
  };
  Instant sent = Instant::never();       ///< by the caller
  Instant arrived = Instant::never();    ///< at the instance
  Instant started = Instant::never();    ///< left the queue for a slot; `arrived` where none
  Instant responded = Instant::never();  ///< the instance is done with it
  Instant answered = Instant::never();   ///< the caller goes on, with an answer or without
  std::uint32_t parent = 0;              ///< index in the trace; of the root: 0
  std::uint32_t what = 0;                ///< call: endpoint; lookup: cache; pause: ordinal from 1
  std::uint32_t instance = 0;            ///< call: number within its service, once arrived
  std::uint16_t attempt = 0;             ///< call: from 1
  Kind kind = Kind::root;
  Outcome seen = Outcome::ok;            ///< by the caller, once answered
  Outcome responded_with = Outcome::ok;  ///< by the instance, once responded
  bool hit = false;                      ///< lookup
  bool request_lost = false;             ///< on the way there
  bool answer_lost = false;              ///< on the way back
};

struct RequestTrace {
  std::uint32_t workload = 0;
  std::uint64_t number = 0;   ///< of the request within its workload, from 1
  std::vector<Hop> hops;      ///< the root first; parents before their children
  std::uint64_t dropped = 0;  ///< hops for which there was no room
  Instant ended;              ///< nothing worked for it from then on; or the trial was over
  bool cut = false;           ///< something still worked for it when the trial ended
};

/// Gets each trace when it ends.
class TraceSink {
 public:
  virtual ~TraceSink() = default;
  virtual void on_trace(const RequestTrace& trace) = 0;
};

class SpanRecorder final : public FrameWatcher {
 public:
  static constexpr std::size_t kMostHops = std::size_t{1} << 18;
  static constexpr std::uint32_t kMostHopsOfTrace = 2000;

  /// Follows `share` of the requests of each workload. REQUIRES: all references outlive this.
  SpanRecorder(const Blueprint& blueprint, const sim::Engine& engine, double share,
               TraceSink& sink);

  /// Decides about a new request: sets the span of its root, or leaves it 0.
  void begin(Frame& root, std::uint64_t number);

  // What happens to frames that are followed.
  void called(const Frame& caller, Frame& child);
  /// Nobody waits for an answer.
  void sent(const Frame& caller, Frame& child);
  void branched(const Frame& frame, Frame& branch);
  void arrived(const Frame& frame);
  void started(const Frame& frame) { hop(frame).started = engine_.now(); }
  void responded(const Frame& frame, Outcome outcome);
  void request_lost(const Frame& frame) { hop(frame).request_lost = true; }
  void answer_lost(const Frame& frame) { hop(frame).answer_lost = true; }
  /// The caller goes on: with the child's answer; without, by a timeout.
  void answered(const Frame& child) { end(hop(child), child.outcome); }
  void timed_out(const Frame& caller);
  void joined(const Frame& branch, Outcome outcome) { end(hop(branch), outcome); }
  void paused(const Frame& frame, Duration wait);
  void looked_up(const Frame& frame, std::uint32_t cache, bool hit);
  void completed(const Frame& root, Outcome outcome) { end(hop(root), outcome); }
  /// The last of a frame.
  void on_gone(Frame& frame) override;

  /// The trial is over: hands out the traces of answered requests that something still works for.
  void finish();

  std::uint64_t followed() const { return followed_; }
  /// Requests that were drawn but found no room.
  std::uint64_t skipped() const { return skipped_; }
  std::size_t memory_bytes() const { return slots_.capacity() * sizeof(Slot); }

 private:
  // A hop in the pool; the slots of a trace are a list in the order of their making.
  struct Slot {
    Hop hop;
    std::uint32_t next = 0;
    std::uint32_t trace = 0;
    std::uint32_t ordinal = 0;  // index within its trace
    std::uint32_t awaited = 0;  // slot of the last attempt that this one made
  };
  struct Trace {
    std::uint32_t workload = 0;
    std::uint64_t number = 0;
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    std::uint32_t hops = 0;
    std::uint32_t frames = 0;  // alive; 0: this place is free
    std::uint64_t dropped = 0;
  };
  Hop& hop(const Frame& frame) { return slots_[frame.span].hop; }
  void end(Hop& hop, Outcome outcome) {
    hop.answered = engine_.now();
    hop.seen = outcome;
  }
  void break_off(const Frame& frame);
  std::uint32_t take_slot();
  std::uint32_t add(std::uint32_t parent, Hop::Kind kind);
  void hand_out(Trace& trace, bool cut);
  void release(Trace& trace);

  const sim::Engine& engine_;
  const double share_;
  TraceSink& sink_;
  std::vector<sim::Stream> draws_;  // by workload
  std::vector<Slot> slots_;         // the first stands for "none"
  std::uint32_t free_slot_ = 0;
  std::vector<Trace> traces_;
  std::vector<std::uint32_t> free_traces_;
  RequestTrace out_;  // kept for its memory
  std::uint64_t followed_ = 0;
  std::uint64_t skipped_ = 0;
};

}  // namespace rehearse::models
