#pragma once
/// The mutable side of one trial: engine, random streams, services, caches, clients, meters. Made
/// from a Blueprint and a seed, runs once, hands out its records. Many may run on many threads.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "models/blueprint.hpp"
#include "models/cache_store.hpp"
#include "models/flow.hpp"
#include "models/meter.hpp"
#include "models/service.hpp"
#include "models/workload.hpp"
#include "sim/engine.hpp"
#include "sim/random.hpp"

namespace rehearse::models {

/// What one subject recorded in one trial: a window per interval between boundaries.
struct SubjectRecord {
  std::string name;
  /// "workload", "station" (queue and servers of a service), "endpoint" (its requests), "store"
  /// (look-ups of a cache), "region".
  std::string kind;
  std::vector<WindowRecord> windows;
  std::int64_t in_system_at_end = 0;
  std::uint64_t age_at_end = 0;  ///< time spent by those so far, request-nanoseconds
  /// Servers or millicores in all, 0 where unlimited: what `busy` is measured against.
  std::int64_t capacity = 0;
};

struct TrialRecord {
  std::uint64_t trial = 0;
  std::vector<Instant> boundaries;  ///< starts of windows, and the end of the last
  std::vector<SubjectRecord> subjects;
  std::uint64_t events = 0;
  std::uint64_t requests = 0;  ///< begun by clients
  std::uint64_t fingerprint = 0;
  bool stuck = false;  ///< time did not advance
};

class World {
 public:
  /// `boundaries`: instants at which windows begin, ascending, the first 0, the last the horizon.
  World(const Blueprint& blueprint, sim::StreamSeed seed, std::vector<Instant> boundaries,
        bool drain);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// Goes on to the next boundary; false once the trial is over. Between calls the caller may look
  /// at a clock, report progress or give up.
  bool advance();
  TrialRecord take_record();

  sim::Engine& engine() { return engine_; }
  std::size_t memory_bytes() const;

 private:
  friend class Flow;
  friend class Service;
  friend class Workload;

  void close_windows(Instant now);

  const Blueprint& blueprint_;
  sim::Engine engine_;
  std::vector<Instant> boundaries_;
  std::size_t next_boundary_ = 1;
  bool drain_;
  std::vector<sim::Stream> streams_;
  std::vector<Meter> endpoint_meters_;
  std::vector<Meter> region_meters_;  // empty with fewer than two regions
  std::vector<CacheStore> stores_;
  std::vector<Meter> cache_meters_;
  Flow flow_;
  std::vector<std::unique_ptr<Service>> services_;
  std::vector<std::unique_ptr<Workload>> workloads_;
};

}  // namespace rehearse::models
