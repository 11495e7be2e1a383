#include "models/flow.hpp"
#include "models/world.hpp"

/// Optimistic locking: a write that fails where its row has changed since the request has read it.
/// The application reads a row with its version, and later writes it on condition that it still has
/// that version: `UPDATE ... WHERE id = ? AND version = ?` (`@Version` of Jakarta Persistence 3.1,
/// section 3.5), a conditional write of DynamoDB, `compare` of etcd.
///
/// A read sees the version that was committed last, or that of its own transaction. The write looks
/// at the version before it waits for the lock of the row and again when it has it, as PostgreSQL
/// 16 does at READ COMMITTED ("Transaction Isolation"); whoever has no version fails. Every write
/// that locks a row changes its version, once committed. Versions travel with answers: one that
/// comes too late for its caller tells it nothing, and a request knows that of its own last write.
/// Whoever tries again has to read again first. Branches of a request know what it knows.
/// Leaves out: versions that are read from replicas or caches, or handed on to other services.

namespace rehearse::models {
namespace {

// The request that a caller of queries belongs to, or the branch that nobody waits for any more.
Frame& request_of(Frame& caller) {
  Frame* frame = &caller;
  while (frame->kind == Frame::Kind::branch && Flow::awaited(*frame)) frame = frame->parent;
  return *frame;
}

}  // namespace

std::uint32_t Flow::draw_row(const RowSetSpec& set, std::uint32_t stream) {
  return static_cast<std::uint32_t>(set.rows.sample(world_.streams_[stream]));
}

// Of its row, as the query sees it.
std::uint32_t Flow::version_of(const Frame& query, std::uint32_t set) const {
  const std::uint32_t row = query.keys[kRow];
  const std::uint32_t committed = row_locks_.version(set, row);
  const std::uint32_t number = row_locks_.find(set, row);
  if (number == 0 || row_locks_[number].changes == 0) return committed;
  const std::uint32_t owner = row_locks_[number].owner;
  const bool own = owner != 0 && owner == transaction_of(query);
  return own ? committed + row_locks_[number].changes : committed;
}

void Flow::see_row(Frame& query, const Step& step) {
  query.keys[kRow] = draw_row(world_.blueprint_.row_sets[step.a], step.b);
  query.keys[kVersion] = version_of(query, step.a);
  query.hold |= Frame::kTells;
}

bool Flow::unchanged(const Frame& query, std::uint32_t set) const {
  return query.keys[kRow] != kNone && query.keys[kVersion] == version_of(query, set);
}

// Where its transaction has the row, that may have ended meanwhile.
void Flow::change_row(Frame& query) {
  RowLocks::Lock& lock = row_locks_[query.keys[kRowLock]];
  const bool has =
      (query.hold & Frame::kLocks) != 0 || (lock.owner != 0 && lock.owner == transaction_of(query));
  if (!has) return;
  ++lock.changes;
  if (world_.blueprint_.endpoints[query.endpoint].rows == kNone) return;
  query.keys[kVersion] = row_locks_.version(lock.set, lock.row) + lock.changes;
  query.hold |= Frame::kTells;
}

// What the caller knows goes along with the query.
void Flow::carry_version(Frame& caller, Frame& query) {
  const std::uint32_t set = world_.blueprint_.endpoints[query.endpoint].rows;
  const std::uint32_t number = connections_.row_of(request_of(caller).connection, set);
  query.keys[kRow] = number == 0 ? kNone : connections_[number].row;
  if (number != 0) query.keys[kVersion] = connections_[number].version;
}

// REQUIRES: the query is awaited.
void Flow::learn_version(const Frame& query) {
  if (query.outcome != Outcome::ok) return;
  Frame& request = request_of(*query.parent);
  const std::uint32_t set = world_.blueprint_.endpoints[query.endpoint].rows;
  std::uint32_t number = connections_.row_of(request.connection, set);
  if (number == 0) {
    number = connections_.add(request.connection, {.service = kNone});
    request.connection = number;
    connections_.at(number).set = set;
  }
  connections_.at(number).row = query.keys[kRow];
  connections_.at(number).version = query.keys[kVersion];
}

}  // namespace rehearse::models
