#include "sim/event_queue.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace rehearse::sim {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

bool later(const Event& a, const Event& b) {
  return earlier(b, a);
}

}  // namespace

EventQueue::EventQueue() : near_end_(kNever) {}

TimerId EventQueue::push_cancellable(Event event) {
  REHEARSE_ASSERT(event.cancellable());
  std::uint64_t slot = free_slot_;
  if (slot == kNone) {
    slot = slots_.size();
    REHEARSE_ASSERT(slot < (std::uint64_t{1} << TimerId::kSlotBits));
    slots_.push_back({});
  } else {
    free_slot_ = slots_[slot].data;
  }
  slots_[slot].data = event.data;
  const TimerId timer = TimerId::of(slot, slots_[slot].generation);
  event.data = timer.value;
  push(event);
  return timer;
}

bool EventQueue::cancel(TimerId timer) {
  if (timer.slot() >= slots_.size() || slots_[timer.slot()].generation != timer.generation())
    return false;
  release_slot(timer.slot());
  ++cancelled_;
  // Half dead and large: worth one pass over everything, paid for by the cancellations before it.
  if (cancelled_ > 4096 && cancelled_ > count_ - cancelled_) sweep();
  return true;
}

void EventQueue::release_slot(std::uint64_t slot) {
  ++slots_[slot].generation;
  slots_[slot].data = free_slot_;
  free_slot_ = slot;
}

bool EventQueue::dead(const Event& event) const {
  const TimerId timer{event.data};
  return event.cancellable() && slots_[timer.slot()].generation != timer.generation();
}

bool EventQueue::fire(Event& event) {
  if (dead(event)) {
    --cancelled_;
    return false;
  }
  const std::uint64_t slot = TimerId{event.data}.slot();
  event.data = slots_[slot].data;
  release_slot(slot);
  return true;
}

std::int64_t EventQueue::next_at() {
  // Dead events in front would make the answer too early.
  for (;;) {
    if (run_.empty() && heap_.empty() && !open_next()) return kNever;
    const bool from_heap = run_.empty() || (!heap_.empty() && earlier(heap_.top(), run_.back()));
    const Event& first = from_heap ? heap_.top() : run_.back();
    if (!dead(first)) return first.at_ns;
    if (from_heap) {
      heap_.pop();
    } else {
      run_.pop_back();
    }
    --count_;
    --cancelled_;
  }
}

void EventQueue::extend(Bucket& bucket) {
  std::uint32_t chunk = free_chunk_;
  if (chunk == kNone) {
    chunk = static_cast<std::uint32_t>(chunks_.size());
    chunks_.emplace_back();
  } else {
    free_chunk_ = chunks_[chunk].next;
  }
  chunks_[chunk].next = bucket.chunk;
  bucket.chunk = chunk;
  bucket.used = 0;
}

// Moves the live events of a bucket to the end of `into` and frees its chunks.
void EventQueue::drain(Bucket& bucket, std::vector<Event>& into) {
  std::uint32_t used = bucket.used;
  for (std::uint32_t c = bucket.chunk; c != kNone;) {
    Chunk& chunk = chunks_[c];
    for (std::uint32_t i = 0; i < used; ++i) {
      if (!dead(chunk.events[i])) {
        into.push_back(chunk.events[i]);
      } else {
        --count_;
        --cancelled_;
      }
    }
    const std::uint32_t next = chunk.next;
    chunk.next = free_chunk_;
    free_chunk_ = c;
    c = next;
    used = kChunkEvents;
  }
  bucket = Bucket{};
}

// Fills the run from a few events that are not worth a rung.
void EventQueue::take_alive(const std::vector<Event>& events) {
  for (const Event& event : events) {
    if (!dead(event)) {
      run_.push_back(event);
    } else {
      --count_;
      --cancelled_;
    }
  }
  sort_run();
}

void EventQueue::sort_run() {
  // Insertion sort: a run mostly holds about a dozen events; std::sort beyond.
  if (run_.size() > 32) {
    std::sort(run_.begin(), run_.end(), later);
    return;
  }
  for (size_t i = 1; i < run_.size(); ++i) {
    const Event event = run_[i];
    size_t k = i;
    for (; k > 0 && later(event, run_[k - 1]); --k) run_[k] = run_[k - 1];
    run_[k] = event;
  }
}

// Brings the next events into the near tier; false where the queue is empty.
bool EventQueue::open_next() {
  for (;;) {
    while (depth_ > 0) {
      Rung& rung = rungs_[depth_ - 1];
      while (rung.cursor < rung.buckets.size() && rung.buckets[rung.cursor].size == 0)
        ++rung.cursor;
      if (rung.cursor == rung.buckets.size()) {
        near_end_ = rung.end;
        --depth_;
        continue;
      }
      if (open_bucket(rung, rung.buckets[rung.cursor])) return true;
    }
    spill_at_ = kSpill;
    if (top_.empty()) {
      near_end_ = kNever;
      return false;
    }
    scratch_.clear();
    std::swap(scratch_, top_);
    const auto [first, last] =
        std::minmax_element(scratch_.begin(), scratch_.end(),
                            [](const Event& a, const Event& b) { return a.at_ns < b.at_ns; });
    if (scratch_.size() > kSplit) {
      make_rung(first->at_ns, last->at_ns + 1, scratch_);
      continue;
    }
    near_end_ = kNever;
    take_alive(scratch_);
    if (!run_.empty()) return true;
  }
}

// Opens the bucket under the cursor: sorted into the run, or split into a rung. True where the run
// has events now.
bool EventQueue::open_bucket(Rung& rung, Bucket& bucket) {
  const std::int64_t start = rung.start + (static_cast<std::int64_t>(rung.cursor) << rung.shift);
  const std::int64_t width = std::int64_t{1} << rung.shift;
  const std::int64_t end = rung.end - start < width ? rung.end : start + width;
  const bool split = bucket.size > kSplit && rung.shift > 0;
  ++rung.cursor;
  if (!split) {
    drain(bucket, run_);
    near_end_ = end;
    sort_run();
    return !run_.empty();
  }
  scratch_.clear();
  drain(bucket, scratch_);
  ++counters_.splits;
  make_rung(start, end, scratch_);
  return false;
}

// Pushes a rung over [start, end) that holds `events`; near_end_ becomes its start.
void EventQueue::make_rung(std::int64_t start, std::int64_t end, std::vector<Event>& events) {
  const size_t wanted =
      std::clamp(std::bit_ceil(events.size() / kPerBucket + 1), size_t{64}, kMaxBuckets);
  const auto range = static_cast<std::uint64_t>(end - start);
  int shift = 0;
  while ((range >> shift) >= wanted) ++shift;
  const auto buckets = static_cast<size_t>(((range - 1) >> shift) + 1);
  if (depth_ == rungs_.size()) rungs_.emplace_back();
  Rung& rung = rungs_[depth_++];
  rung.start = start;
  rung.end = end;
  rung.shift = shift;
  rung.cursor = 0;
  rung.buckets.assign(buckets, Bucket{});
  near_end_ = start;
  for (const Event& event : events) {
    if (dead(event)) {
      --count_;
      --cancelled_;
      continue;
    }
    append(rung.buckets[static_cast<size_t>((event.at_ns - start) >> shift)], event);
  }
}

// Pours the near tier into a new innermost rung.
void EventQueue::spill() {
  scratch_.assign(run_.begin(), run_.end());
  heap_.for_each([this](const Event& event) { scratch_.push_back(event); });
  std::int64_t first = kNever;
  std::int64_t last = 0;
  for (const Event& event : scratch_) {
    first = std::min(first, event.at_ns);
    last = std::max(last, event.at_ns);
  }
  if (first == last) {  // one instant: nothing to spread; try again when it has doubled
    spill_at_ = 2 * heap_.size();
    return;
  }
  const std::int64_t end = near_end_ != kNever ? near_end_ : last + 1;
  run_.clear();
  heap_.clear();
  spill_at_ = kSpill;
  ++counters_.spills;
  make_rung(first, end, scratch_);
}

void EventQueue::sweep() {
  ++counters_.sweeps;
  std::vector<Event> alive;
  alive.reserve(count_ - cancelled_);
  const auto keep = [&](const Event& event) {
    if (!dead(event)) alive.push_back(event);
  };
  for (const Event& event : run_) keep(event);
  heap_.for_each(keep);
  for (const Event& event : top_) keep(event);
  for (size_t r = 0; r < depth_; ++r) {
    for (Bucket& bucket : rungs_[r].buckets) {
      if (bucket.size > 0) drain(bucket, alive);
    }
  }
  run_.clear();
  heap_.clear();
  depth_ = 0;
  count_ = alive.size();
  cancelled_ = 0;
  spill_at_ = kSpill;
  near_end_ = 0;
  top_ = std::move(alive);
  if (top_.empty()) near_end_ = kNever;
}

size_t EventQueue::memory_bytes() const {
  size_t bytes = chunks_.capacity() * sizeof(Chunk) + slots_.capacity() * sizeof(Slot) +
                 (top_.capacity() + run_.capacity() + scratch_.capacity()) * sizeof(Event);
  for (const Rung& rung : rungs_) bytes += rung.buckets.capacity() * sizeof(Bucket);
  return bytes;
}

}  // namespace rehearse::sim
