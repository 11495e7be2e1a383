#pragma once
/// A frame is one thread of control of a simulated request: a visit at an instance, a branch of a
/// parallel step, the client's own request at the root, or
/// what a consumer does with a message. Pooled; addresses stay valid, so that an
/// event or a child may hold a pointer and tell by the token whether it is still meant.

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/time.hpp"
#include "models/outcome.hpp"
#include "sim/event.hpp"

namespace rehearse::models {

struct Fetch;

/// What a request carries along on its whole way, as headers and addresses do.
struct Origin {
  static constexpr std::uint32_t kNobody = 0xffffffff;
  std::uint32_t client = kNobody;  ///< among all clients of all workloads; kNobody: a probe
  std::uint32_t body = 0;          ///< bytes; what is larger than 4 GiB counts as that
};

/// Place in Frame::keys of what a query carries along.
enum QueryKey : std::uint8_t {
  kCommitNumber,
  kRowLock,             ///< that it has, or waits for
  kVersion,             ///< that its caller knows of the row, or is told (models/flow_versions.cpp)
  kRow,                 ///< that it reads, or checks; kNone: its caller has read none
  kBatchNumber = kRow,  ///< of a batch of writes: whose it is (models/write_behind.hpp)
};

/// A little over two cache lines, which matters to speed.
struct Frame {
  Frame* parent = nullptr;  ///< waits for this one; nullptr at the root
  Frame* next = nullptr;    ///< in the free list, a waiting line or the ready list
  Fetch* fetch = nullptr;   ///< innermost one for a cache that this frame has under way
  union {
    Frame* prev = nullptr;  ///< in a waiting line
    Frame* child;           ///< the attempt that is awaited; meaningful while its token matches
  };
  /// Counts what this frame waited for, over all its reuses: an answer or a timer that carries an
  /// older token comes too late and is dropped.
  std::uint32_t token = 0;
  std::uint32_t parent_token = 0;  ///< parent's token when this was issued
  std::uint32_t pc = 0;            ///< next step of the plan
  std::uint32_t endpoint = 0;
  std::uint32_t instance = 0;  ///< number of the instance within its service
  std::uint32_t workload = 0;  ///< that the request comes from, where it comes from a client;
                               ///< of a delivery its queue
  std::uint32_t user = 0;      ///< root: which user of it; of a delivery its consumer; of a visit
                               ///< what its way here took, ns, where a balancer measures that; of
                               ///< a batch of writes how many
  Origin origin;
  std::uint32_t span = 0;  ///< of the SpanRecorder; 0: this request is not followed
  /// Of cache look-ups that missed, by nesting. Of a query, which looks up none: see QueryKey.
  std::array<std::uint32_t, 4> keys{};
  std::array<std::uint16_t, 4> turns{};  ///< left in loops, by nesting
  std::uint16_t attempt = 0;             ///< of the outgoing call, from 1
  std::uint16_t pending = 0;             ///< branches not yet joined
  std::uint16_t needed = 0;              ///< successes still needed to join
  /// `probe`: a root whose client is a prober; it asks the instance in `instance`.
  enum class Kind : std::uint8_t { visit, branch, root, probe, delivery } kind = Kind::visit;
  /// `held`: back by a rate limit. `waiting`: for the answer of a call or for branches to join.
  /// `pausing`: before it calls again, or may publish.
  /// `dead`: its instance has stopped, and an event that cannot be taken back is still to come.
  enum class State : std::uint8_t {
    free,
    travelling,
    held,
    queued,
    running,
    waiting,
    pausing,
    dead
  } state = State::travelling;
  Outcome outcome = Outcome::ok;
  std::uint8_t priority = 0;  ///< 0 is served first; the tenant, in a line that is fair to them
  /// Of a query: whose connection it uses, in bits; 0: one of its own, for as long as it lasts.
  enum Hold : std::uint8_t {
    kTakes = 1,
    kHeld = 2,
    kInTransaction = 4,
    kCommits = 8,   ///< ends the transaction
    kLocks = 16,    ///< has locked a row
    kBatch = 64,    ///< writes a batch that has not reached the origin yet
    kChecked = 32,  ///< has looked, while waiting for a row, whether that is in vain
    kTells = 128,   ///< its answer tells the version of a row
  };
  std::uint8_t hold = 0;
  bool limited = false;  ///< counts as one of those that its instance works on (adaptive limits)
  std::uint32_t connection = 0;  ///< first of what it keeps (models/kept_connections.hpp); 0: none
  std::uint32_t memory = 0;      ///< bytes that it takes at its instance
  std::uint32_t guard = 0;  ///< attempt of a guarded call that it is at (models/call_guard.hpp)
  Instant arrived;          ///< at the instance; at the root: when the request began
  /// Previous pause, for decorrelated jitter; while it works: how long its instance had stood still
  /// when that began.
  Duration backoff;
  sim::TimerId patience;  ///< while queued; of a call, while it is awaited, the deadline
  Instant deadline = Instant::never();       ///< that came with the request
  Instant call_deadline = Instant::never();  ///< of the call under way
};

/// Sees the end of each frame that has a span.
class FrameWatcher {
 public:
  virtual ~FrameWatcher() = default;
  /// Sets the span back to 0.
  virtual void on_gone(Frame& frame) = 0;
};

/// Slabs of frames with a free list. Grows to the largest number of requests in flight and stays.
class FramePool {
 public:
  Frame& take() {
    if (free_ == nullptr) [[unlikely]]
      grow();
    Frame* frame = free_;
    free_ = frame->next;
    ++live_;
    return *frame;
  }
  /// The token survives, so that whatever still refers to the frame finds itself outdated.
  void give_back(Frame& frame) {
    if (frame.span != 0) [[unlikely]]
      watcher_->on_gone(frame);
    ++frame.token;
    frame.state = Frame::State::free;
    frame.hold = 0;
    frame.limited = false;
    frame.origin.client = Origin::kNobody;  // until whoever takes it says otherwise
    frame.deadline = Instant::never();
    frame.next = free_;
    free_ = &frame;
    --live_;
  }
  void watch(FrameWatcher* watcher) { watcher_ = watcher; }
  std::uint64_t live() const { return live_; }
  /// Calls visit(frame) for all frames in use. O(frames ever used): for what happens seldom.
  template <class Visit>
  void for_each_live(Visit visit) {
    for (const auto& slab : slabs_)
      for (Frame& frame : *slab)
        if (frame.state != Frame::State::free) visit(frame);
  }
  std::size_t memory_bytes() const { return slabs_.size() * kSlab * sizeof(Frame); }

 private:
  static constexpr std::size_t kSlab = 1024;
  void grow() {
    slabs_.push_back(std::make_unique<std::array<Frame, kSlab>>());
    for (std::size_t i = kSlab; i-- > 0;) {
      Frame& frame = (*slabs_.back())[i];
      frame.state = Frame::State::free;
      frame.next = free_;
      free_ = &frame;
    }
  }
  Frame* free_ = nullptr;
  FrameWatcher* watcher_ = nullptr;
  std::uint64_t live_ = 0;
  std::vector<std::unique_ptr<std::array<Frame, kSlab>>> slabs_;
};

}  // namespace rehearse::models
