#pragma once
/// Locks on rows of databases: which are taken, who waits for each. A row that is not locked costs
/// four bytes; the lock itself comes from a pool that grows to the most rows locked at once.

#include <cstdint>
#include <vector>

#include "models/blueprint.hpp"
#include "models/frame.hpp"

namespace rehearse::models {

class RowLocks {
 public:
  struct Lock {
    std::uint32_t set = 0;
    std::uint32_t row = 0;
    std::uint32_t owner = 0;  ///< connection of the transaction; 0: a query that commits by itself
    std::uint32_t next = 0;   ///< of the same transaction; among the free
    Frame* first = nullptr;   ///< who waits, in order of arrival, linked by Frame::next and prev
    Frame* last = nullptr;
  };

  explicit RowLocks(const std::vector<RowSetSpec>& sets) : sets_(sets) {
    for (const RowSetSpec& set : sets) of_row_.emplace_back(set.rows.size(), 0);
  }
  /// Number of the lock on a row; 0: it is free.
  std::uint32_t find(std::uint32_t set, std::uint32_t row) const { return of_row_[set][row]; }
  /// REQUIRES: the row is free.
  std::uint32_t take(std::uint32_t set, std::uint32_t row);
  /// REQUIRES: nobody waits for it.
  void free(std::uint32_t number);
  /// All locks of a database, whoever waits for them. O(most rows ever locked).
  void clear(std::uint32_t service);
  Lock& operator[](std::uint32_t number) { return locks_[number]; }
  std::size_t size() const { return locks_.size(); }

  static void join(Lock& lock, Frame& waiter);
  static void leave(Lock& lock, Frame& waiter);

 private:
  const std::vector<RowSetSpec>& sets_;
  std::vector<std::vector<std::uint32_t>> of_row_;  // by set
  std::vector<Lock> locks_{Lock{}};                 // number 0 stands for none
  std::uint32_t free_ = 0;
};

}  // namespace rehearse::models
