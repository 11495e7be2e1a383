#include "models/flow.hpp"
#include "models/world.hpp"

/// Steps that lock rows. After PostgreSQL 16, "Explicit Locking": a row that a write has changed is
/// locked until its transaction ends; others wait in order of arrival, up to `lock_timeout`. Who
/// has waited for a second (`deadlock_timeout`) looks whether it waits for itself, through others
/// that wait; if so its query fails, and with it the transaction. Leaves out: shared locks, locks
/// of tables. Writes that check whether the row has changed: models/flow_versions.cpp.

namespace rehearse::models {

// The connection whose transaction the query belongs to, where it has taken it before; else 0.
std::uint32_t Flow::transaction_of(const Frame& query) const {
  if ((query.hold & Frame::kHeld) == 0 || (query.hold & Frame::kInTransaction) == 0 ||
      !awaited(query))
    return 0;
  return kept_by(*query.parent, world_.blueprint_.endpoints[query.endpoint].service, true);
}

// Whether the query goes on at once.
bool Flow::lock_row(Frame& query, const Step& step) {
  const RowSetSpec& set = world_.blueprint_.row_sets[step.a];
  const std::uint32_t row = step.b == kNone ? query.keys[kRow] : draw_row(set, step.b);
  const std::uint32_t number = row_locks_.find(step.a, row);
  const std::uint32_t transaction = transaction_of(query);
  if (number == 0) {
    query.keys[kRowLock] = row_locks_.take(step.a, row);
    query.hold |= Frame::kLocks;
  } else if (transaction != 0 && row_locks_[number].owner == transaction) {
    query.keys[kRowLock] = number;
  } else {
    query.keys[kRowLock] = number;
    ++query.token;
    query.state = Frame::State::waiting;
    RowLocks::join(row_locks_[number], query);
    if (transaction != 0) connections_.at(transaction).waits_for = number;
    if (set.lane != 0) set_timeout(query, set.lane);
    return false;
  }
  ++query.pc;
  return true;
}

void Flow::unlock(std::uint32_t number, bool committed) {
  RowLocks::Lock& lock = row_locks_[number];
  row_locks_.settle(lock, committed);
  Frame* const next = lock.first;
  if (next == nullptr) return row_locks_.free(number);
  RowLocks::leave(lock, *next);
  lock.owner = 0;
  lock.next = 0;
  if (const std::uint32_t transaction = transaction_of(*next); transaction != 0)
    connections_.at(transaction).waits_for = 0;
  next->hold |= Frame::kLocks;
  ++next->pc;
  go_on(*next);
}

void Flow::unlock_all(std::uint32_t connection, bool committed) {
  std::uint32_t number = connections_[connection].locks;
  connections_.at(connection).locks = 0;
  while (number != 0) {
    const std::uint32_t next = row_locks_[number].next;
    unlock(number, committed);
    number = next;
  }
}

// Of a transaction the locks stay until it ends; else they end with the query. One whose caller has
// gone is rolled back.
void Flow::pass_locks_on(const Frame& query) {
  const std::uint32_t service = world_.blueprint_.endpoints[query.endpoint].service;
  const bool stays = (query.hold & Frame::kInTransaction) != 0 && awaited(query);
  const std::uint32_t connection = stays ? kept_by(*query.parent, service, true) : 0;
  if ((query.hold & Frame::kLocks) != 0) {
    const std::uint32_t number = query.keys[kRowLock];
    if (connection == 0) return unlock(number, (query.hold & Frame::kInTransaction) == 0);
    row_locks_[number].owner = connection;
    row_locks_[number].next = connections_[connection].locks;
    connections_.at(connection).locks = number;
  }
  if ((query.hold & Frame::kCommits) != 0 && connection != 0) unlock_all(connection, true);
}

bool Flow::deadlocked(const Frame& query) {
  const std::uint32_t own = transaction_of(query);
  if (own == 0) return false;
  std::uint32_t number = query.keys[kRowLock];
  for (std::size_t n = 0; n < row_locks_.size() && number != 0; ++n) {
    const std::uint32_t owner = row_locks_[number].owner;
    if (owner == own) return true;
    if (owner == 0) return false;
    number = connections_[owner].waits_for;
  }
  return false;
}

void Flow::waited_for_lock(Frame& query) {
  const RowSetSpec& set = world_.blueprint_.row_sets[plans_.steps[query.pc].a];
  const bool first = (query.hold & Frame::kChecked) == 0;
  query.hold |= Frame::kChecked;
  const bool over = !first || set.lane_ends;
  if (!over && !deadlocked(query)) {
    if (set.second_lane != 0) set_timeout(query, set.second_lane);
    return;
  }
  RowLocks::leave(row_locks_[query.keys[kRowLock]], query);
  if (const std::uint32_t transaction = transaction_of(query); transaction != 0)
    connections_.at(transaction).waits_for = 0;
  ++query.token;
  query.state = Frame::State::running;
  finish(query, Outcome::error);
  pump();
}

}  // namespace rehearse::models
