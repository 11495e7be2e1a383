#pragma once
/// Connections to databases that requests keep beyond a single query, as a pool hands them out for
/// a transaction or a session (PgBouncer 1.22, `pool_mode`). A connection is a slot of an instance
/// of the database: it stays taken while the request computes, waits or calls others in between.
///
/// The first query takes it, from a pool that may be empty; later ones use it without waiting. It
/// is given back at the end of the transaction or of the request, however that ends; a query that
/// still runs then runs on. Where the instance stops, the next query finds the connection closed.
/// Leaves out: what it costs to open a connection, and the message that ends a session.
///
/// Beside them a request keeps which version of a row it has read (models/flow_versions.cpp).

#include <cstdint>
#include <vector>

#include "models/plan.hpp"

namespace rehearse::models {

/// Those of all frames, each frame's in a list. Number 0 stands for none.
class KeptConnections {
 public:
  struct Connection {
    std::uint32_t service = 0;  ///< kNone: no connection but a row, of `set`, in `version`
    union {
      std::uint32_t instance = 0;
      std::uint32_t set;
    };
    union {
      std::uint32_t epoch = 0;  ///< of the instance: closed where that has moved on
      std::uint32_t row;
    };
    std::uint32_t next = 0;  ///< of the same frame; among the free
    union {
      std::uint32_t locks = 0;  ///< first of its transaction (models/row_locks.hpp); 0: none
      std::uint32_t version;
    };
    std::uint32_t waits_for = 0;  ///< a lock; 0: none
  };

  const Connection& operator[](std::uint32_t number) const { return all_[number]; }
  Connection& at(std::uint32_t number) { return all_[number]; }
  /// What was read of these rows; 0: nothing.
  std::uint32_t row_of(std::uint32_t first, std::uint32_t set) const {
    std::uint32_t number = first;
    while (number != 0 && (all_[number].service != kNone || all_[number].set != set))
      number = all_[number].next;
    return number;
  }
  /// Adds one before `first` and returns its number, the new first.
  std::uint32_t add(std::uint32_t first, Connection connection) {
    std::uint32_t number = free_;
    if (number == 0) {
      number = static_cast<std::uint32_t>(all_.size());
      all_.emplace_back();
    } else {
      free_ = all_[number].next;
    }
    connection.next = first;
    all_[number] = connection;
    return number;
  }
  /// Removes one from the list that begins with `first`; returns the new first.
  std::uint32_t remove(std::uint32_t first, std::uint32_t number) {
    std::uint32_t* link = &first;
    while (*link != number) link = &all_[*link].next;
    *link = all_[number].next;
    all_[number].next = free_;
    free_ = number;
    return first;
  }
  std::size_t memory_bytes() const { return all_.capacity() * sizeof(Connection); }

 private:
  std::vector<Connection> all_{Connection{}};
  std::uint32_t free_ = 0;
};

}  // namespace rehearse::models
