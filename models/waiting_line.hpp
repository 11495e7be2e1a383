#pragma once
/// Requests that wait for admission to an instance: first come first served, last come first
/// served, or by priority (first come first served within one). `adaptive_lifo` is one of the first
/// two, as the caller says. `fair` serves tenants by their weights, first come first served within
/// one (policies/fair_shares.hpp). O(1) to join, leave and give up; `fair` takes O(tenants) to
/// take.

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/assert.hpp"
#include "models/blueprint.hpp"
#include "models/frame.hpp"
#include "policies/fair_shares.hpp"

namespace rehearse::models {

class WaitingLine {
 public:
  static constexpr std::uint8_t kPriorities = 8;

  /// `weights`: of tenants, where the discipline is `fair`; a frame's priority is its tenant then.
  explicit WaitingLine(Discipline discipline, const std::vector<double>& weights = {})
      : discipline_(discipline) {
    if (discipline == Discipline::fair) fair_ = std::make_unique<Fair>(weights);
  }
  std::uint32_t size() const { return size_; }
  /// Those whom `frame` would have to share a limit with: all, or of its tenant where it is `fair`.
  std::uint32_t size_for(const Frame& frame) const {
    return fair_ == nullptr ? size_ : fair_->shares.waiting(frame.priority);
  }

  void join(Frame& frame) {
    if (fair_ != nullptr) fair_->shares.joined(frame.priority);
    List& list = list_of(frame);
    frame.next = nullptr;
    frame.prev = list.last;
    (list.last != nullptr ? list.last->next : list.first) = &frame;
    list.last = &frame;
    ++size_;
  }
  /// The request to serve next; nullptr where nobody waits. `newest`: the last one that came.
  Frame* take(bool newest = false) {
    if (size_ == 0) return nullptr;
    if (fair_ != nullptr) [[unlikely]]
      return take_fairly();
    for (List& list : lists_) {
      if (list.first == nullptr) continue;
      Frame* frame = discipline_ == Discipline::lifo || newest ? list.last : list.first;
      unlink(list, *frame);
      return frame;
    }
    return nullptr;
  }
  /// REQUIRES: the frame waits in this line.
  void leave(Frame& frame) {
    if (fair_ != nullptr) fair_->shares.left(frame.priority);
    unlink(list_of(frame), frame);
  }
  /// The frame is served without having to wait. REQUIRES: the discipline is `fair`; nobody waits.
  void passed(const Frame& frame) { fair_->shares.passed(frame.priority); }

 private:
  struct List {
    Frame* first = nullptr;
    Frame* last = nullptr;
  };
  struct Fair {
    explicit Fair(const std::vector<double>& weights) : shares(weights), lists(weights.size()) {}
    policies::FairShares shares;
    std::vector<List> lists;  // by tenant
  };
  Frame* take_fairly() {
    List& list = fair_->lists[fair_->shares.next()];
    Frame* frame = list.first;
    unlink(list, *frame);
    return frame;
  }
  List& list_of(const Frame& frame) {
    if (fair_ != nullptr) [[unlikely]]
      return fair_->lists[frame.priority];
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
  std::unique_ptr<Fair> fair_;
};

}  // namespace rehearse::models
