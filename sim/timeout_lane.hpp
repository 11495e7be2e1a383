#pragma once
/// Timeouts of one length. They expire in the order in which they were set, so a ring holds them
/// and only its head is in the event queue; a timeout that is no longer meant costs no removal, but
/// is passed over when the head moves on. Most timeouts never fire: setting one is an append.
///
/// Each entry took its place in the total order when it was set, so a lane gives the same order of
/// events as a queue would.

#include <cstdint>
#include <vector>

#include "base/time.hpp"
#include "sim/engine.hpp"

namespace rehearse::sim {

/// `Waiter` is what waits, and `token` tells whether it still waits for this:
/// `owner.waits(waiter, token)`; if so, `owner.on_timeout(waiter, token)` when the time is up.
template <class Owner, class Waiter>
class TimeoutLane final : public Handler {
 public:
  TimeoutLane(Owner& owner, Duration length) : owner_(owner), length_(length) {}

  void set(Engine& engine, Waiter* waiter, std::uint32_t token) {
    const Instant at = saturating_add(engine.now(), length_);
    if (at == Instant::never()) return;
    if (size_ == ring_.size()) [[unlikely]]
      grow();
    ring_[(head_ + size_++) & (ring_.size() - 1)] = {at, engine.take_place(*this), waiter, token};
    if (size_ == 1) arm(engine);
  }

  void on_event(Engine& engine, std::uint64_t) override {
    const Entry entry = ring_[head_];
    drop_head();
    while (size_ > 0 && !owner_.waits(ring_[head_].waiter, ring_[head_].token)) drop_head();
    if (size_ > 0) arm(engine);
    if (owner_.waits(entry.waiter, entry.token)) owner_.on_timeout(entry.waiter, entry.token);
  }

  std::size_t size() const { return size_; }
  std::size_t memory_bytes() const { return ring_.capacity() * sizeof(Entry); }

 private:
  struct Entry {
    Instant at;
    std::uint64_t place;
    Waiter* waiter;
    std::uint32_t token;
  };
  void arm(Engine& engine) {
    engine.schedule_at_place(*this, ring_[head_].at, ring_[head_].place, 0);
  }
  void drop_head() {
    head_ = (head_ + 1) & (ring_.size() - 1);
    --size_;
  }
  void grow() {
    std::vector<Entry> larger(2 * ring_.size());
    for (std::size_t i = 0; i < size_; ++i) larger[i] = ring_[(head_ + i) & (ring_.size() - 1)];
    ring_ = std::move(larger);
    head_ = 0;
  }

  Owner& owner_;
  Duration length_;
  std::vector<Entry> ring_ = std::vector<Entry>(64);  // a power of two
  std::size_t head_ = 0;
  std::size_t size_ = 0;
};

}  // namespace rehearse::sim
