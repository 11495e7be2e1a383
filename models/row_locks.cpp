#include "models/row_locks.hpp"

namespace rehearse::models {

std::uint32_t RowLocks::take(std::uint32_t set, std::uint32_t row) {
  std::uint32_t number = free_;
  if (number == 0) {
    number = static_cast<std::uint32_t>(locks_.size());
    locks_.emplace_back();
  } else {
    free_ = locks_[number].next;
  }
  locks_[number] = Lock{.set = set, .row = row};
  of_row_[set][row] = number;
  return number;
}

void RowLocks::free(std::uint32_t number) {
  Lock& lock = locks_[number];
  of_row_[lock.set][lock.row] = 0;
  lock.next = free_;
  free_ = number;
}

void RowLocks::clear(std::uint32_t service) {
  for (std::uint32_t number = 1; number < locks_.size(); ++number) {
    const Lock& lock = locks_[number];
    if (sets_[lock.set].service == service && of_row_[lock.set][lock.row] == number) free(number);
  }
}

void RowLocks::join(Lock& lock, Frame& waiter) {
  waiter.next = nullptr;
  waiter.prev = lock.last;
  (lock.last != nullptr ? lock.last->next : lock.first) = &waiter;
  lock.last = &waiter;
}

void RowLocks::leave(Lock& lock, Frame& waiter) {
  (waiter.prev != nullptr ? waiter.prev->next : lock.first) = waiter.next;
  (waiter.next != nullptr ? waiter.next->prev : lock.last) = waiter.prev;
  waiter.next = waiter.prev = nullptr;
}

}  // namespace rehearse::models
