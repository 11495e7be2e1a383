#pragma once
/// Locks on rows of databases: which are taken, who waits for each. A row that is not locked costs
/// four bytes; the lock itself comes from a pool that grows to the most rows locked at once. Rows
/// that queries read have a version as well, four bytes more.

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
    std::uint32_t changes = 0;  ///< of the row, not yet committed
    Frame* first = nullptr;     ///< who waits, in order of arrival, linked by Frame::next and prev
    Frame* last = nullptr;
  };

  explicit RowLocks(const std::vector<RowSetSpec>& sets) : sets_(sets) {
    for (const RowSetSpec& set : sets) {
      of_row_.emplace_back(set.rows.size(), 0);
      versions_.emplace_back(set.versions ? set.rows.size() : 0, 0);
    }
  }
  /// Number of the lock on a row; 0: it is free.
  std::uint32_t find(std::uint32_t set, std::uint32_t row) const { return of_row_[set][row]; }
  /// REQUIRES: the row is free.
  std::uint32_t take(std::uint32_t set, std::uint32_t row);
  /// Changes of a row that have been committed, modulo 2^32. REQUIRES: queries read the set.
  std::uint32_t version(std::uint32_t set, std::uint32_t row) const { return versions_[set][row]; }
  /// What was done to the row becomes its next version, or nothing comes of it.
  void settle(Lock& lock, bool committed) {
    if (committed && lock.changes > 0) versions_[lock.set][lock.row] += lock.changes;
    lock.changes = 0;
  }
  /// REQUIRES: nobody waits for it.
  void free(std::uint32_t number);
  /// All locks of a database, whoever waits for them. O(most rows ever locked).
  void clear(std::uint32_t service);
  Lock& operator[](std::uint32_t number) { return locks_[number]; }
  const Lock& operator[](std::uint32_t number) const { return locks_[number]; }
  std::size_t size() const { return locks_.size(); }

  static void join(Lock& lock, Frame& waiter);
  static void leave(Lock& lock, Frame& waiter);

 private:
  const std::vector<RowSetSpec>& sets_;
  std::vector<std::vector<std::uint32_t>> of_row_;    // by set
  std::vector<std::vector<std::uint32_t>> versions_;  // by set
  std::vector<Lock> locks_{Lock{}};                   // number 0 stands for none
  std::uint32_t free_ = 0;
};

}  // namespace rehearse::models
