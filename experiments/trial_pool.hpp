#pragma once
/// Runs trials on several threads and hands their records out in order of trial number, so that
/// whoever adds them up gets the same bits for any number of threads.
///
/// Of several scenarios trial i of each is one trial: they are begun one after the other and handed
/// out together, so that a run that ends early has as many of one as of another.

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "models/compile.hpp"
#include "models/world.hpp"

namespace rehearse::experiments {

struct Progress {
  std::size_t trials_done = 0;     ///< of all scenarios
  std::size_t trials_planned = 0;  ///< as far as is known; `auto` may add to it
  double running = 0;              ///< trials' worth of simulated time done by unfinished ones
  std::uint64_t events = 0;
  double seconds = 0;  ///< of wall time since the start
};

/// Which requests of the first trial to follow, and who wants to know. The sink is called from the
/// thread of that trial.
struct Follow {
  double share = 0;
  models::TraceSink* sink = nullptr;  ///< nullptr: none
};

struct Arm {
  const models::Scenario* scenario = nullptr;
  Follow follow;
};

struct PoolOptions {
  int jobs = 1;
  const std::atomic<bool>* interrupt = nullptr;   ///< set: unfinished trials are given up
  std::function<void(const Progress&)> progress;  ///< from the calling thread, five times a second
  std::size_t memory_limit = SIZE_MAX;  ///< bytes of requests in flight and events, all threads
};

enum class PoolEnd { done, interrupted, out_of_memory, stuck };

class TrialPool {
 public:
  /// REQUIRES: arms is not empty; `boundaries` are windows of each of them, and outlive this.
  TrialPool(std::vector<Arm> arms, const std::vector<Instant>& boundaries, PoolOptions options);
  /// Runs trials first .. last - 1; `take` gets each finished one in order, a record of each arm,
  /// from the calling thread. Ends early where interrupted; what was finished has then been taken.
  PoolEnd run(std::uint64_t first, std::uint64_t last,
              const std::function<void(std::vector<models::TrialRecord>)>& take);

 private:
  struct Shared;
  void work(Shared& shared) const;
  models::TrialRecord simulate(std::uint64_t task, Shared& shared, bool& finished) const;
  void report(Shared& shared) const;

  std::vector<Arm> arms_;
  const std::vector<Instant>& boundaries_;
  PoolOptions options_;
  double started_;
  std::uint64_t events_before_ = 0;
};

/// Monotonic wall time in seconds.
double wall_seconds();

}  // namespace rehearse::experiments
