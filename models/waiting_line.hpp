#pragma once
/// Requests that wait for admission to an instance: first come first served, last come first
/// served, or by priority (first come first served within one). `adaptive_lifo` is one of the first
/// two, as the caller says. O(1) to join, leave and give up.

#include <array>
#include <cstdint>

#include "base/assert.hpp"
#include "models/blueprint.hpp"
#include "models/frame.hpp"

namespace rehearse::models {

class WaitingLine {
 public:
  static constexpr std::uint8_t kPriorities = 8;

  explicit WaitingLine(Discipline discipline) : discipline_(discipline) {}
  std::uint32_t size() const { return size_; }

  void join(Frame& frame) {
    List& list = list_of(frame);
    frame.next = nullptr;
    frame.prev = list.last;
    (list.last != nullptr ? list.last->next : list.first) = &frame;
    list.last = &frame;
    ++size_;
  }
  /// The request to serve next; nullptr where nobody waits. `newest`: the last one that came.
  Frame* take(bool newest = false) {
    for (List& list : lists_) {
      if (list.first == nullptr) continue;
      Frame* frame = discipline_ == Discipline::lifo || newest ? list.last : list.first;
      unlink(list, *frame);
      return frame;
    }
    return nullptr;
  }
  /// REQUIRES: the frame waits in this line.
  void leave(Frame& frame) { unlink(list_of(frame), frame); }

 private:
  struct List {
    Frame* first = nullptr;
    Frame* last = nullptr;
  };
  List& list_of(const Frame& frame) {
    return lists_[discipline_ == Discipline::priority ? frame.priority : 0];
  }
  void unlink(List& list, Frame& frame) {
    (frame.prev != nullptr ? frame.prev->next : list.first) = frame.next;
    (frame.next != nullptr ? frame.next->prev : list.last) = frame.prev;
    frame.next = frame.prev = nullptr;
    --size_;
  }
  Discipline discipline_;
  std::uint32_t size_ = 0;
  std::array<List, kPriorities> lists_;
};

}  // namespace rehearse::models
