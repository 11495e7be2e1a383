#pragma once
/// The future event list: a total order, amortised O(1) where times are spread, O(log n) at worst.
///
/// A ladder queue (W. T. Tang, R. S. M. Goh, I. L.-J. Thng, "Ladder queue: an O(1) priority queue
/// structure for large-scale discrete event simulation", ACM TOMACS 15(3), 2005), changed in what
/// made it fragile: around the current instant lies a heap instead of a sorted list, and widths
/// are powers of two. Three tiers, in order of time:
///
///   near   events before near_end_: one sorted run (an opened bucket) and a 4-ary heap of what
///          was scheduled since. Small simulations live in the heap alone.
///   rungs  buckets of equal width, unsorted; the innermost rung splits one bucket of the next.
///          A bucket with more than kSplit events is split into a rung of its own.
///   top    everything later, unsorted.
///
/// A heap that outgrows kSpill is poured into a new rung; what cannot be split (one instant) stays
/// sorted or in the heap, so no distribution of times makes an operation worse than O(log n)
/// amortised. Cancelled events are dropped when their bucket is opened, mostly unseen by the near
/// tier, and everything is swept when they are the majority: memory stays within a factor of what
/// is alive.
///
/// Invariants: (1) pop() returns events in increasing (at, order); (2) a cancelled event is never
/// returned; (3) size() counts live events. REQUIRES of push: at_ns >= that of the last pop(),
/// below INT64_MAX ("never" is not scheduled). Not thread-safe. Allocates nothing once its tiers
/// have grown to the simulation's size.

#include <cstdint>
#include <vector>

#include "base/assert.hpp"
#include "sim/event.hpp"
#include "sim/event_heap.hpp"

namespace rehearse::sim {

class EventQueue {
 public:
  EventQueue();

  size_t size() const { return count_ - cancelled_; }
  bool empty() const { return size() == 0; }

  void push(const Event& event) {
    ++count_;
    if (event.at_ns < near_end_) {
      heap_.push(event);
      if (heap_.size() > spill_at_) [[unlikely]]
        spill();
      return;
    }
    push_far(event);
  }

  /// `event.order` must have the cancellable bit set. O(1) more than push().
  TimerId push_cancellable(Event event);
  /// True where the event was still to come. O(1).
  bool cancel(TimerId timer);

  /// Removes the earliest event into `event`; false where there is none. A cancellable event comes
  /// out with the data it was pushed with.
  bool pop(Event& event) {
    for (;;) {
      if (!take_near(event)) return false;
      --count_;
      if (!event.cancellable()) [[likely]]
        return true;
      if (fire(event)) return true;
    }
  }

  /// Instant of the earliest event; INT64_MAX where there is none.
  std::int64_t next_at();

  size_t memory_bytes() const;
  /// How often a bucket was split, the heap poured out, everything swept: for tests and tuning.
  struct Counters {
    std::uint64_t splits = 0, spills = 0, sweeps = 0;
  };
  const Counters& counters() const { return counters_; }

 private:
  static constexpr size_t kSplit = 48;         // larger buckets are split
  static constexpr size_t kPerBucket = 12;     // aimed at when a rung is made
  static constexpr size_t kMaxBuckets = 1024;  // as many tails as the first cache level holds
  static constexpr size_t kSpill = 192;        // a heap larger than this is poured into a rung
  static constexpr std::uint32_t kNone = 0xffffffff;

  static constexpr std::uint32_t kChunkEvents = 7;
  struct Chunk {
    Event events[kChunkEvents];
    std::uint32_t next;
  };
  struct Bucket {
    std::uint32_t chunk = kNone;  // newest chunk; older ones are full
    std::uint32_t used = 0;       // events in the newest chunk
    std::uint32_t size = 0;
  };
  struct Rung {
    std::int64_t start = 0;
    std::int64_t end = 0;  // of the last bucket, exclusive; never beyond INT64_MAX
    int shift = 0;         // width of a bucket: 1 << shift ns
    size_t cursor = 0;     // first bucket that is not yet opened
    std::vector<Bucket> buckets;
  };
  struct Slot {
    std::uint64_t data = 0;  // while free: the next free slot
    std::uint64_t generation = 0;
  };

  bool take_near(Event& event) {
    if (run_.empty()) {
      if (heap_.empty()) [[unlikely]] {
        if (!open_next()) return false;
        return take_near(event);
      }
      event = heap_.top();
      heap_.pop();
      return true;
    }
    if (!heap_.empty() && earlier(heap_.top(), run_.back())) {
      event = heap_.top();
      heap_.pop();
    } else {
      event = run_.back();
      run_.pop_back();
    }
    return true;
  }
  void push_far(const Event& event) {
    for (size_t r = depth_; r-- > 0;) {
      Rung& rung = rungs_[r];
      if (event.at_ns < rung.end) {
        append(rung.buckets[static_cast<size_t>((event.at_ns - rung.start) >> rung.shift)], event);
        return;
      }
    }
    top_.push_back(event);
  }
  void append(Bucket& bucket, const Event& event) {
    if (bucket.used == kChunkEvents || bucket.chunk == kNone) [[unlikely]]
      extend(bucket);
    chunks_[bucket.chunk].events[bucket.used++] = event;
    ++bucket.size;
  }
  void extend(Bucket& bucket);
  bool dead(const Event& event) const;
  bool fire(Event& event);
  bool open_next();
  bool open_bucket(Rung& rung, Bucket& bucket);
  void drain(Bucket& bucket, std::vector<Event>& into);
  void take_alive(const std::vector<Event>& events);
  void sort_run();
  void spill();
  void make_rung(std::int64_t start, std::int64_t end, std::vector<Event>& events);
  void sweep();
  void release_slot(std::uint64_t slot);

  EventHeap heap_;
  std::vector<Event> run_;  // latest first
  std::int64_t near_end_;
  size_t spill_at_ = kSpill;
  size_t count_ = 0;  // live and cancelled
  size_t cancelled_ = 0;
  size_t depth_ = 0;  // rungs in use; later entries keep their memory for reuse
  std::vector<Rung> rungs_;
  std::vector<Event> top_;
  std::vector<Chunk> chunks_;
  std::uint32_t free_chunk_ = kNone;
  std::vector<Event> scratch_;
  std::vector<Slot> slots_;
  std::uint64_t free_slot_ = kNone;
  Counters counters_;
};

}  // namespace rehearse::sim
