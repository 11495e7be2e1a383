#pragma once
/// Implicit 4-ary min-heap of events: the part of the event queue around the current instant.
/// A group of four siblings spans two cache lines. Cost: O(log n), no allocation once it has grown.
///
/// A handler mostly schedules something, so that nearly every pop() is followed by a push(): the
/// place at the top stays vacant until then, and both take one walk down.

#include <cstddef>
#include <new>
#include <vector>

#include "sim/event.hpp"

namespace rehearse::sim {

class EventHeap {
 public:
  bool empty() const { return size() == 0; }
  size_t size() const { return size_ - static_cast<size_t>(vacant_); }
  /// REQUIRES: not empty.
  const Event& top() {
    settle();
    return data()[0];
  }
  void push(const Event& event) {
    if (vacant_) {
      vacant_ = false;
      return sink(event);
    }
    if (size_ + kShift == store_.size()) [[unlikely]]
      store_.resize(2 * store_.size());
    lift(size_++, event);
  }
  /// REQUIRES: not empty.
  void pop() {
    settle();
    vacant_ = true;
  }
  /// Calls visit(event) for all, in no particular order.
  template <class Visit>
  void for_each(Visit visit) const {
    for (size_t i = static_cast<size_t>(vacant_); i < size_; ++i) visit(data()[i]);
  }
  void clear() {
    size_ = 0;
    vacant_ = false;
  }

 private:
  // The first sibling group, at index 1, starts on a multiple of 128 bytes.
  static constexpr size_t kShift = 3;
  Event* data() { return store_.data() + kShift; }
  const Event* data() const { return store_.data() + kShift; }

  void settle() {
    if (!vacant_) return;
    vacant_ = false;
    const Event last = data()[--size_];
    if (size_ > 0) sink(last);
  }
  void lift(size_t i, const Event& event) {
    Event* const a = data();
    while (i > 0) {
      const size_t parent = (i - 1) / 4;
      if (!earlier(event, a[parent])) break;
      a[i] = a[parent];
      i = parent;
    }
    a[i] = event;
  }
  // Walks the path of earliest children to a leaf without looking at `event`, then lifts it from
  // there: the last element of a heap nearly always belongs near the bottom.
  void sink(const Event& event) {
    Event* const a = data();
    size_t i = 0;
    for (;;) {
      const size_t child = 4 * i + 1;
      if (child + 3 < size_) [[likely]] {
        const size_t left = child + static_cast<size_t>(earlier(a[child + 1], a[child]));
        const size_t right = child + 2 + static_cast<size_t>(earlier(a[child + 3], a[child + 2]));
        const size_t best = earlier(a[right], a[left]) ? right : left;
        a[i] = a[best];
        i = best;
        continue;
      }
      if (child >= size_) break;
      size_t best = child;
      for (size_t k = child + 1; k < size_; ++k)
        if (earlier(a[k], a[best])) best = k;
      a[i] = a[best];
      i = best;
    }
    lift(i, event);
  }

  template <class T>
  struct Aligned {
    using value_type = T;
    Aligned() = default;
    template <class U>
    Aligned(const Aligned<U>&) {}
    T* allocate(size_t n) {
      return static_cast<T*>(::operator new (n * sizeof(T), std::align_val_t{128}));
    }
    void deallocate(T* p, size_t) { ::operator delete (p, std::align_val_t{128}); }
    bool operator==(const Aligned&) const { return true; }
  };
  std::vector<Event, Aligned<Event>> store_ = std::vector<Event, Aligned<Event>>(64);
  size_t size_ = 0;      // the vacant place included
  bool vacant_ = false;  // the place at the top
};

}  // namespace rehearse::sim
