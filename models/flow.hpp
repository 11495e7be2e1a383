#pragma once
/// Walks frames through their plans: calls with timeouts and retries, parallel branches, cache
/// look-ups, loops. Knows what a step means; the service knows who is served when.
///
/// What has gone on meanwhile is told by tokens: a caller that stops waiting raises its token, and
/// the answer that carries the old one is dropped. The callee is not told and works on for nobody,
/// unless it says otherwise (models/flow_deadline.cpp). What stands around a call beside that, such
/// as a breaker, is in models/call_guard.hpp.

#include <cstdint>
#include <memory>
#include <vector>

#include "models/blueprint.hpp"
#include "models/fetch_table.hpp"
#include "models/frame.hpp"
#include "models/kept_connections.hpp"
#include "models/row_locks.hpp"
#include "sim/engine.hpp"
#include "sim/timeout_lane.hpp"

namespace rehearse::models {

class Pacer;
class World;

/// What an event means to the handler of a frame: packed with the frame's address into its data.
enum class Signal : std::uint8_t {
  arrival,
  work_done,
  answer,
  retry,
  patience,
  cpu,
  client,
  admitted,
  up,
  delivery,  ///< this and the next two: to a queue of a broker
  expiry,
  overdue,
  resend_request,  ///< one that got lost on a link with recovery
  resend_answer,
  connected,
  reconnect,  ///< a message of the set-up got lost
  applied,    ///< this and the next: to the replication of a database
  resend,
  phase_begins,
  phase_ends,
  flush,
  deadline,
  out_of_memory,  ///< this and the next: to a service, of an instance
  restart
};

inline std::uint64_t pack(Signal signal, const Frame* frame) {
  // User-space addresses have 47 bits, which leaves the top byte free. The address is never
  // compared or hashed, so it does not reach the results.
  return (static_cast<std::uint64_t>(signal) << 56) | reinterpret_cast<std::uintptr_t>(frame);
}
inline std::uint64_t pack(Signal signal, std::uint64_t number) {
  return (static_cast<std::uint64_t>(signal) << 56) | number;
}
inline Signal signal_of(std::uint64_t data) {
  return static_cast<Signal>(data >> 56);
}
inline std::uint64_t number_of(std::uint64_t data) {
  return data & ((std::uint64_t{1} << 56) - 1);
}
inline Frame& frame_of(std::uint64_t data) {
  return *reinterpret_cast<Frame*>(static_cast<std::uintptr_t>(number_of(data)));
}

class Flow {
 public:
  explicit Flow(World& world);
  void build_lanes();

  FramePool& pool() { return pool_; }
  const FramePool& pool() const { return pool_; }

  std::size_t memory_bytes() const;

  /// Runs `frame` from its next step until it has to wait.
  void run(Frame& frame);
  /// Has `frame` go on before the current event is over; keeps the stack flat.
  void make_ready(Frame& frame) {
    frame.next = nullptr;
    (last_ready_ != nullptr ? last_ready_->next : first_ready_) = &frame;
    last_ready_ = &frame;
  }
  /// Lets everything go on that is ready. Each handler ends its event with this.
  void pump() {
    while (first_ready_ != nullptr) {
      Frame& frame = *first_ready_;
      first_ready_ = frame.next;
      if (first_ready_ == nullptr) last_ready_ = nullptr;
      resume(frame);
    }
  }
  /// The events that any frame's handler gets: work_done, answer, retry.
  void on_signal(Signal signal, Frame& frame);

  /// An answer of `child` reaches its caller, who may have gone. The child ends here.
  void answer(Frame& child);
  /// `frame` waits no longer for the call that it is at; the answer will find nobody.
  void stop_waiting(Frame& frame);
  // models/flow_guard.cpp
  /// Another instance is asked for the attempt that `frame` is at; `hedge` is set to the request.
  void ask_again(Frame& frame, Frame*& hedge);
  /// REQUIRES: it is at a call with guards. Whether it waits for a place in a bulkhead.
  bool in_line(const Frame& frame) const;
  /// The call that it is at is cut short. REQUIRES: it is guarded.
  void leave_guard(Frame& frame);
  /// The attempt that is awaited does not end in time.
  void give_up(Frame& frame);
  /// The timer of a deadline does not come any more, where there is one.
  void forget_limit(Frame& frame) {
    if (frame.call_deadline != Instant::never()) [[unlikely]]
      engine_.cancel(frame.patience);
  }
  /// Whether the caller of `child` still waits for it.
  static bool awaited(const Frame& child) {
    return child.parent == nullptr || child.parent->token == child.parent_token;
  }

  std::uint32_t zone_of(const Frame& frame) const;
  /// Whether an event of `frame` is to come that cannot be taken back. REQUIRES: between two
  /// events; it is not held back by a pause.
  bool has_event(const Frame& frame) const {
    if (frame.state == Frame::State::pausing || frame.state == Frame::State::held) return true;
    if (frame.state != Frame::State::running) return false;
    const StepKind kind = plans_.steps[frame.pc - 1].kind;
    return kind == StepKind::work || kind == StepKind::commit;
  }

  /// The frame waits no longer for the fetch of another, where it did.
  void leave_fetch(Frame& frame);
  /// Those who wait for fetches of this frame have to do without it.
  void abandon_fetches(Frame& frame);

  /// A frame that nobody waits for begins at a step, on an instance of the service.
  Frame& begin_background(std::uint32_t endpoint, std::uint32_t instance, std::uint32_t pc);

  // models/flow_session.cpp
  /// A query that has to do with connections, transactions or locks is done. Whether its slot stays
  /// with its caller.
  bool end_query(Frame& query, std::uint32_t service, std::uint32_t epoch);
  /// Nobody has a row of this database any more.
  void forget_locks(std::uint32_t service) { row_locks_.clear(service); }
  /// Gives back all connections that the frame keeps.
  void release_connections(Frame& frame);

  // For the lanes of timeouts.
  bool waits(const Frame* frame, std::uint32_t token) const { return frame->token == token; }
  void on_timeout(Frame* frame, std::uint32_t token);
  void set_timeout(Frame& frame, std::uint32_t lane) {
    lanes_[lane]->set(engine_, &frame, frame.token);
  }

 private:
  using Lane = sim::TimeoutLane<Flow, Frame>;

  void resume(Frame& frame);
  // models/flow_deadline.cpp
  bool in_time(Frame& frame);
  void set_limit(Frame& frame, const CallSpec& call);
  bool cancelled(const Frame& frame) const;
  void cancel(Frame& frame);
  /// False where its caller has gone, which ends it, or where its instance stands still.
  bool may_go_on(Frame& frame);

  // models/flow_pause.cpp
  /// Of an instance that may pause; nullptr elsewhere.
  const Pacer* pauser_of(const Frame& frame) const;
  /// Whether its instance stands still; it goes on by itself then.
  bool held(Frame& frame);
  void note_pauses(Frame& frame);
  bool works_on(Frame& frame);
  bool retries_later(Frame& frame);

  /// What `time` becomes on an instance that is slowed down.
  Duration stretched(const Frame& frame, Duration time) const;
  bool store_step(Frame& frame, const Step& step);
  std::uint32_t shard_of_key(const Frame& frame, const Step& step) const;
  inline bool work(Frame& frame, const Law& law);
  void use_cpu(Frame& frame, const Law& law);
  inline void begin_call(Frame& frame, const CallSpec& call);
  inline void attempt(Frame& frame, const CallSpec& call);
  inline void ask(Frame& frame, const CallSpec& call);
  inline Frame& child_of(Frame& frame, const CallSpec& call);
  void attempt_after(Duration wait, Frame& frame, const CallSpec& call);
  inline void after_attempt(Frame& frame);
  Duration pause(Frame& frame, const CallSpec& call);

  // models/flow_guard.cpp
  bool admitted(Frame& frame, const CallSpec& call);
  void go_ahead(Frame& frame, const CallSpec& call);
  bool settled(Frame& frame, const Frame& child);
  void settle(Frame& frame, Outcome outcome);
  bool may_retry(const Frame& frame, const CallSpec& call);
  void send(Frame& frame, const CallSpec& call);
  void fork(Frame& frame, const ForkSpec& fork);
  void join(Frame& branch, Outcome outcome);
  void finish(Frame& frame, Outcome outcome);
  inline void choose(Frame& frame, const BranchSpec& branch);

  // models/flow_session.cpp
  void ask_on_connection(Frame& frame, Frame& query, const CallSpec& call);
  std::uint32_t kept_by(const Frame& frame, std::uint32_t service, bool primary) const;
  void release(Frame& frame, std::uint32_t service);
  void give_back(std::uint32_t connection);

  // models/flow_locks.cpp
  bool lock_row(Frame& query, const Step& step);
  void unlock(std::uint32_t lock, bool committed);
  void unlock_all(std::uint32_t connection, bool committed);
  void pass_locks_on(const Frame& query);
  bool deadlocked(const Frame& query);
  void waited_for_lock(Frame& query);
  std::uint32_t transaction_of(const Frame& query) const;

  // models/flow_versions.cpp
  std::uint32_t draw_row(const RowSetSpec& set, std::uint32_t stream);
  void see_row(Frame& query, const Step& step);
  bool unchanged(const Frame& query, std::uint32_t set) const;
  void change_row(Frame& query);
  std::uint32_t version_of(const Frame& query, std::uint32_t set) const;
  void carry_version(Frame& caller, Frame& query);
  void learn_version(const Frame& query);

  // models/flow_cache.cpp
  std::uint32_t key_of(Frame& frame, const LookupSpec& lookup, const CacheSpec& cache,
                       std::uint32_t depth);
  bool look_up(Frame& frame, const Step& step);
  bool look_up_tracked(Frame& frame, const Step& step, bool hit);
  void count_look_up(const Frame& frame, const LookupSpec& lookup, bool hit);
  Fetch& begin_fetch(Frame& frame, std::uint32_t lookup);
  void refresh(Frame& frame, const Step& step);
  bool fill(Frame& frame, const Step& step);
  void write(Frame& frame, const Step& step);
  Instant& changed(const LookupSpec& lookup, std::uint32_t key);
  Instant read_at(const Frame& frame, const Step& fill);
  void wake(Fetch& fetch);
  void go_on(Frame& waiter);
  bool shares_failure(const Fetch& fetch) const;
  void waited_enough(Frame& frame);

  void begin_loop(Frame& frame, const Step& step);
  bool passes(const Frame& frame, const FilterSpec& filter);
  /// Whether the frame can go on at once.
  bool resolve(Frame& frame, const ResolveSpec& resolve);
  sim::Handler& handler_of(const Frame& frame);

  World& world_;
  sim::Engine& engine_;
  const Plans& plans_;
  FramePool pool_;
  Frame nobody_;  // the caller of what is sent without waiting for an answer
  FetchTable fetches_;
  KeptConnections connections_;
  RowLocks row_locks_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  Frame* first_ready_ = nullptr;
  Frame* last_ready_ = nullptr;
};

}  // namespace rehearse::models
