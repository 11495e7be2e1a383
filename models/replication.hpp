#pragma once
/// The copies of a database: how its writes reach the replicas, how far those are behind, and what
/// a commit waits for. After PostgreSQL 16: "Log-Shipping Standby Servers" (streaming replication,
/// synchronous replication), "WAL Configuration", `synchronous_commit`.
///
/// A commit writes a record to the log of the primary. Once the record is durable there (`flush`)
/// it is sent to each replica, over the network and after `lag`; one process of the replica applies
/// the records one after the other, each in a time `replay`, in the order of commits. Where writes
/// come faster than that, the replica falls behind without end. A message that is lost, either way,
/// holds up all behind it until it gets through: TCP repeats it after 200 ms (RFC 6298 as Linux has
/// it), twice as much each time, at most 5 s (`wal_retrieve_retry_interval`).
///
/// A commit goes on with `off` at once (what is durable is written every 200 ms:
/// `wal_writer_delay`); with `local` when it is durable on the primary; with `remote_write`, `on`
/// and `remote_apply` when besides `synchronous` replicas (any, as `ANY n (*)`) have confirmed that
/// they received it, made it durable, or applied it. Where fewer of them run, commits wait. Only
/// then others can see the write: a replica may have it sooner than the primary shows it.
///
/// The lag of a replica is the age of the oldest write that can be seen on the primary and not yet
/// there. A read from a replica counts as out of date where that is more than `max_lag`. A replica
/// that stops catches up from where it was once it runs again.
///
/// The meter counts each write once per replica: its response time is the lag that it had.
/// Leaves out: what replay takes from queries and queries from replay
/// (`max_standby_streaming_delay`), the size of writes and the log's bandwidth, cascades, group
/// commit, promotion.

#include <cstdint>
#include <vector>

#include "base/time.hpp"
#include "models/blueprint.hpp"
#include "models/frame.hpp"
#include "models/meter.hpp"
#include "models/ring.hpp"
#include "sim/engine.hpp"

namespace rehearse::models {

class World;

class Replication final : public sim::Handler {
 public:
  Replication(World& world, std::uint32_t number);

  std::uint32_t primary() const { return primary_; }
  /// A query reads what its instance knows by now.
  void snapshot(const Frame& query);
  /// Whether the query goes on at once; else it is woken when the write is safe.
  bool commit(Frame& query);
  /// The write of the query can be seen on the primary.
  void committed(const Frame& query);
  void on_event(sim::Engine& engine, std::uint64_t data) override;

  void stopped(std::uint32_t instance);
  void started(std::uint32_t instance);
  Duration lag(std::uint32_t replica) const;
  Meter& meter() { return meter_; }
  /// A write will reach a replica by itself.
  bool stirring() const;
  /// Of a write that a replica has not applied yet.
  static constexpr std::size_t record_bytes() { return sizeof(Record); }

 private:
  struct Record {
    Instant durable;  // on the primary
    Instant received = Instant::never();
    Instant applied = Instant::never();
    Instant confirmed = Instant::never();  // the primary knows
    Instant visible = Instant::never();    // on the primary
  };
  struct Replica {
    Ring<Record> log;                      // not yet applied
    std::uint32_t first = 0;               // number of its first record
    std::size_t sent = 0;                  // of them, from the first on
    Instant received, applied, confirmed;  // of the last record sent
    Instant planned = Instant::never();    // for which an event is in the queue
    Duration pause;                        // until a lost message is repeated
    bool stalled = false;                  // until then nothing is sent
    bool down = false;
  };
  struct Blocked {
    Frame* query;
    std::uint32_t token;
    std::uint32_t number;
  };
  Instant durable_at(Instant now, const Frame& query);
  Duration draw(std::uint32_t law, double factor);
  void send(std::uint32_t replica);
  bool transmit(std::uint32_t replica, Record& record);
  void apply(std::uint32_t replica);
  void plan(std::uint32_t replica);
  /// When enough replicas have confirmed this commit; never where some have yet to be sent it.
  Instant confirmed_at(std::uint32_t number);
  void wake_at(Frame& query, Instant at);
  void wake_blocked();

  World& world_;
  const ReplicationSpec& spec_;
  std::uint32_t primary_ = 0;
  std::uint32_t next_ = 0;         // number of the next commit, modulo 2^32
  Instant durable_;                // of the last record
  std::vector<Replica> replicas_;  // by instance; that of the primary is idle
  std::vector<Instant> confirmations_;
  std::vector<Blocked> blocked_;
  Meter meter_;
  Frame message_;  // of no size
};

}  // namespace rehearse::models
