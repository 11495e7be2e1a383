#pragma once
/// What is counted at one subject (endpoint, service, cache, database, workload, region), per
/// window of time. All in whole numbers: windows and trials add up to the same bits in any order.

#include <array>
#include <cstdint>
#include <vector>

#include "base/time.hpp"
#include "models/outcome.hpp"
#include "sim/statistics.hpp"
#include "sim/wide.hpp"

namespace rehearse::models {

/// One window of one subject. Requests count in the window in which they arrive (`arrivals`) and
/// in which they end (everything else).
struct WindowRecord {
  std::uint64_t arrivals = 0;
  std::array<std::uint64_t, kOutcomes> outcomes{};
  sim::Histogram response;  ///< of successes
  sim::Histogram wait;      ///< in the admission queue, of requests that were admitted
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t stale = 0;        ///< hits on entries that were due for a refresh
  std::uint64_t outdated = 0;     ///< hits on entries that the origin has changed since
  std::uint64_t coalesced = 0;    ///< misses that waited for the fetch of another
  std::uint64_t evictions = 0;    ///< entries that made room for others
  std::uint64_t expirations = 0;  ///< entries whose end was noticed, on a look-up or at a sweep
  std::uint64_t gone = 0;  ///< requests that were finished for a caller that had stopped waiting
  std::uint64_t work = 0;  ///< demand on shared cores that was asked for, core-nanoseconds
  std::uint64_t redelivered = 0;    ///< times that a message was handled again
  std::uint64_t dead_lettered = 0;  ///< messages that went on to a dead-letter queue
  std::uint64_t deferred = 0;       ///< writes that a cache has put off
  std::uint64_t lost = 0;           ///< of them, those that were lost
  std::uint64_t disk = 0;           ///< largest share of the disk in use, in billionths
  std::uint64_t killed = 0;         ///< instances, for want of memory
  std::uint64_t started = 0;        ///< instances that serve again after having been down
  /// Integrals over time, in request-nanoseconds; `busy` in server- or millicore-nanoseconds.
  sim::UInt128 in_system = 0;
  sim::UInt128 in_queue = 0;
  sim::UInt128 busy = 0;
  sim::UInt128 memory = 0;     ///< byte-nanoseconds
  sim::UInt128 instances = 0;  ///< instance-nanoseconds: of those that are there, serving or not
  /// What those that are there may use, where they come and go: as `busy` and `memory` are counted.
  sim::UInt128 capacity = 0;
  sim::UInt128 memory_limit = 0;
  /// Time spent by requests that ended in this window, all outcomes: the other side of Little's
  /// law.
  sim::UInt128 sojourn = 0;

  std::uint64_t ended() const;
  void merge(const WindowRecord& other);
};

/// The running window of a subject and the windows before it.
class Meter {
 public:
  void arrived(Instant now) {
    ++current_.arrivals;
    since_ += static_cast<std::uint64_t>(now.ns());
    in_system_.add(now, 1);
  }
  void ended(Instant now, Instant arrived, Outcome outcome) {
    const Duration sojourn = now - arrived;
    ++current_.outcomes[static_cast<std::size_t>(outcome)];
    current_.sojourn += static_cast<sim::UInt128>(sojourn.ns());
    if (outcome == Outcome::ok) current_.response.record(sojourn);
    since_ -= static_cast<std::uint64_t>(arrived.ns());
    in_system_.add(now, -1);
  }
  void waited(Duration wait) { current_.wait.record(wait); }
  void queued(Instant now, std::int64_t delta) { in_queue_.add(now, delta); }
  void busied(Instant now, std::int64_t delta) { busy_.add(now, delta); }
  void looked_up(bool hit) { ++(hit ? current_.hits : current_.misses); }
  void served_outdated() { ++current_.outdated; }
  void served_stale() { ++current_.stale; }
  void waited_for_fetch() { ++current_.coalesced; }
  /// Of a cache: totals so far, of which what is new belongs to the running window.
  void removed(std::uint64_t evictions, std::uint64_t expirations) {
    current_.evictions += evictions - evictions_;
    current_.expirations += expirations - expirations_;
    evictions_ = evictions;
    expirations_ = expirations;
  }
  void worked(Duration demand) { current_.work += static_cast<std::uint64_t>(demand.ns()); }
  void remembered(Instant now, std::int64_t delta) { memory_.add(now, delta); }
  void present(Instant now, std::int64_t delta) { instances_.add(now, delta); }
  /// They may use so many servers or millicores, and bytes, more.
  void allowed(Instant now, std::int64_t capacity, std::int64_t bytes) {
    capacity_.add(now, capacity);
    memory_limit_.add(now, bytes);
  }
  void killed() { ++current_.killed; }
  void started() { ++current_.started; }
  void finished_for_nobody() { ++current_.gone; }
  void redelivered() { ++current_.redelivered; }
  void dead_lettered() { ++current_.dead_lettered; }
  void deferred() { ++current_.deferred; }
  void lost(std::uint64_t writes) { current_.lost += writes; }
  void stored(std::uint64_t billionths) { current_.disk = billionths; }  ///< never less

  /// Closes the window that ends at `now` and begins the next.
  void close_window(Instant now);
  const std::vector<WindowRecord>& windows() const { return windows_; }
  std::vector<WindowRecord> take_windows() { return std::move(windows_); }
  std::int64_t in_system_now() const { return in_system_.value(); }
  std::int64_t instances_now() const { return instances_.value(); }
  std::int64_t busy_now() const { return busy_.value(); }
  std::int64_t in_queue_now() const { return in_queue_.value(); }
  /// Time spent so far by the requests that are still here, in request-nanoseconds.
  std::uint64_t age_now(Instant now) const {
    return static_cast<std::uint64_t>(in_system_.value()) * static_cast<std::uint64_t>(now.ns()) -
           since_;
  }

 private:
  WindowRecord current_;
  std::uint64_t evictions_ = 0;
  std::uint64_t expirations_ = 0;
  std::uint64_t since_ = 0;  // sum of the arrival instants of those still here, modulo 2^64
  sim::TimeIntegral in_system_;
  sim::TimeIntegral in_queue_;
  sim::TimeIntegral busy_;
  sim::TimeIntegral memory_;
  sim::TimeIntegral instances_;
  sim::TimeIntegral capacity_;
  sim::TimeIntegral memory_limit_;
  std::vector<WindowRecord> windows_;
};

}  // namespace rehearse::models
