#pragma once
/// Implicit 4-ary min-heap of events: the part of the event queue around the current instant.
/// A group of four siblings spans two cache lines. Cost: O(log n), no allocation after reserve().

#include <cstddef>
#include <new>
#include <vector>

#include "sim/event.hpp"

namespace rehearse::sim {

class EventHeap {
 public:
  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  const Event& top() const { return data()[0]; }
  const Event& operator[](size_t i) const { return data()[i]; }

  void push(const Event& event) {
    if (size_ + kShift == store_.size()) [[unlikely]]
      store_.resize(2 * store_.size());
    lift(size_++, event);
  }
  void pop() {
    const Event last = data()[--size_];
    if (size_ > 0) sink(last);
  }
  /// pop() and push(event) in one walk down: for events that schedule their successor.
  void replace_top(const Event& event) { sink(event); }
  void clear() { size_ = 0; }

 private:
  // The first sibling group, at index 1, starts on a multiple of 128 bytes.
  static constexpr size_t kShift = 3;
  Event* data() { return store_.data() + kShift; }
  const Event* data() const { return store_.data() + kShift; }

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
  size_t size_ = 0;
};

}  // namespace rehearse::sim
