#pragma once
/// So many at once, the others in the order of their coming, and not more than so many of those.

#include <cstddef>
#include <deque>
#include <mutex>
#include <semaphore>

namespace rehearse::testbed {

class FifoGate {
 public:
  FifoGate(std::size_t at_once, std::size_t most_waiting)
      : free_(at_once), most_waiting_(most_waiting) {}

  /// Waits for its turn. False, at once, where too many wait already.
  bool enter() {
    std::binary_semaphore turn(0);
    {
      const std::lock_guard lock(mutex_);
      if (free_ > 0) {
        --free_;
        return true;
      }
      if (waiting_.size() >= most_waiting_) return false;
      waiting_.push_back(&turn);
    }
    turn.acquire();
    return true;
  }
  /// The next one has its turn.
  void leave() {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) {
      ++free_;
      return;
    }
    waiting_.front()->release();
    waiting_.pop_front();
  }
  std::size_t waiting() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::size_t free_;
  const std::size_t most_waiting_;
  std::deque<std::binary_semaphore*> waiting_;
};

}  // namespace rehearse::testbed
