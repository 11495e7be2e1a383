#include "models/flow.hpp"
#include "models/world.hpp"

/// Calls that keep the connection they were made on.

namespace rehearse::models {

// What needs the primary needs a connection to it; a read is served by any.
std::uint32_t Flow::kept_by(const Frame& frame, std::uint32_t service, bool primary) const {
  const std::uint32_t wanted = world_.services_[service]->primary();
  std::uint32_t number = frame.connection;
  while (number != 0) {
    const KeptConnections::Connection& one = connections_[number];
    if (one.service == service && (!primary || one.instance == wanted)) break;
    number = one.next;
  }
  return number;
}

void Flow::ask_on_connection(Frame& frame, Frame& query, const CallSpec& call) {
  Service& service = *world_.services_[call.service];
  const bool primary =
      call.primary || world_.blueprint_.endpoints[call.endpoint].access != Access::read;
  if (call.transaction) query.hold = Frame::kInTransaction;
  if (call.commits) query.hold |= Frame::kCommits;
  const std::uint32_t number = kept_by(frame, call.service, primary);
  if (number == 0) {
    query.hold |= Frame::kTakes;
    if (primary) return service.send_to(query, zone_of(frame), service.primary());
    return service.send(query, zone_of(frame));
  }
  const KeptConnections::Connection connection = connections_[number];
  if (connection.epoch == service.epoch(connection.instance)) {
    query.hold |= Frame::kHeld;
    return service.send_to(query, zone_of(frame), connection.instance);
  }
  frame.connection = connections_.remove(frame.connection, number);
  query.outcome = Outcome::error;
  answer(query);
}

bool Flow::end_query(Frame& query, std::uint32_t service, std::uint32_t epoch) {
  const bool takes = (query.hold & Frame::kTakes) != 0 && awaited(query);
  if (takes) {
    Frame& caller = *query.parent;
    caller.connection = connections_.add(
        caller.connection, {.service = service, .instance = query.instance, .epoch = epoch});
  }
  if ((query.hold & (Frame::kLocks | Frame::kCommits)) != 0) pass_locks_on(query);
  // What uses the connection of its caller has no slot of its own.
  return takes || (query.hold & Frame::kHeld) != 0;
}

// REQUIRES: it is in no list any more, but has not been reused.
void Flow::give_back(std::uint32_t number) {
  const KeptConnections::Connection one = connections_[number];
  if (one.service == kNone) return;  // a row
  Service& service = *world_.services_[one.service];
  if (one.epoch != service.epoch(one.instance)) return;  // closed, its locks are gone
  unlock_all(number, false);
  service.free_slot(one.instance);
}

void Flow::release(Frame& frame, std::uint32_t service) {
  std::uint32_t number = frame.connection;
  while (number != 0) {
    const std::uint32_t next = connections_[number].next;
    if (connections_[number].service == service) {
      frame.connection = connections_.remove(frame.connection, number);
      give_back(number);
    }
    number = next;
  }
}

void Flow::release_connections(Frame& frame) {
  while (frame.connection != 0) {
    const std::uint32_t number = frame.connection;
    frame.connection = connections_.remove(number, number);
    give_back(number);
  }
}

}  // namespace rehearse::models
