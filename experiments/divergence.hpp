#pragma once
/// Where two runs part: their events, side by side, up to the first that differs. The tool for
/// "this should not have changed anything", and for a run that is not repeatable.
///
/// An event log is a file for this version of Rehearse and this kind of machine to read: numbers of
/// eight bytes, little endian.
///   "RHEVLOG1", length and text of the version, seed, trial, hash of the resolved scenario
///   per event: instant in nanoseconds, place in the order (sim/event.hpp)
///   per source: length and text of its name
///   number of events, number of sources, offset of the names, "RHEVEND1"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/compile.hpp"

namespace rehearse::experiments {

/// What two runs can be compared by: neither addresses nor payloads.
struct EventStamp {
  std::int64_t at_ns = 0;
  std::uint64_t order = 0;  ///< as in sim::Event
};

/// The events of one trial, in the order in which they happen. Not thread-safe.
class EventTrace {
 public:
  virtual ~EventTrace() = default;
  /// The next event, or nothing after the last.
  virtual std::optional<EventStamp> next() = 0;
  /// Names by source number; of a simulation known from the start.
  virtual const std::vector<std::string>& sources() const = 0;
  /// Why next() ended before the trial did; empty where all is well.
  virtual std::string problem() const = 0;
};

/// Simulates `trial` as far as next() asks. REQUIRES: the scenario outlives the trace.
std::unique_ptr<EventTrace> simulate_trace(const models::Scenario& scenario, std::uint64_t trial);

struct EventLogInfo {
  std::string version;
  std::uint64_t seed = 0;
  std::uint64_t trial = 0;
  std::uint64_t scenario_hash = 0;
};

/// Writes the rest of `trace` to `path`, which appears complete or not at all. Returns what went
/// wrong ("cannot write 'x': No space left on device", "interrupted"), or an empty string.
std::string write_event_log(EventTrace& trace, const EventLogInfo& info, const std::string& path,
                            const std::atomic<bool>* interrupt = nullptr);

/// Whether the file at `path` begins like an event log.
bool is_event_log(const std::string& path);

/// An opened event log, or the reason why there is none. Any file gives one or the other.
struct OpenedLog {
  std::unique_ptr<EventTrace> trace;
  EventLogInfo info;
  std::string problem;
};
OpenedLog open_event_log(const std::string& path);

/// An event with the name of its source, for people.
struct NamedEvent {
  double at = 0;  ///< seconds
  std::int64_t at_ns = 0;
  std::string source;
  std::uint64_t count = 0;  ///< how many events its source had scheduled before
  bool cancellable = false;
};

struct Divergence {
  std::uint64_t equal = 0;         ///< events before the first that differs
  std::vector<NamedEvent> common;  ///< the last of them
  /// The first events that differ; nothing where that side has ended. Both: no difference.
  std::optional<NamedEvent> a, b;
  std::string problem;  ///< of one of the traces
  bool differs() const { return a.has_value() || b.has_value(); }
};

/// Goes through both traces in lockstep; keeps the last `keep` common events. Events are equal when
/// instant, name of the source and its count are: numbers of sources may differ.
Divergence find_divergence(EventTrace& a, EventTrace& b, std::size_t keep = 5);

}  // namespace rehearse::experiments
