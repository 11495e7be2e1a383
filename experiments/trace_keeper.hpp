#pragma once
/// Chooses, of the requests of a trial that are followed, those whose traces are kept: by kind of
/// request (workload and what it asks for) the slowest and some that failed, and a uniform sample
/// of all (reservoir sampling: J. Vitter, "Random sampling with a reservoir", 1985, algorithm R).
/// Chosen by streams and response times alone: equal runs keep the same ones.
///
/// Requests that began in the warm-up are passed over where there are others.
/// Memory: 8 slow and 8 failed ones for each kind and 500 at random, of those together at most
/// kMostHopsKept hops of 88 bytes; where that is not enough the sample gets smaller.

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "models/compile.hpp"
#include "models/span_recorder.hpp"
#include "reports/folder.hpp"
#include "sim/random.hpp"

namespace rehearse::experiments {

class TraceKeeper final : public models::TraceSink {
 public:
  static constexpr std::size_t kSample = 500;
  static constexpr std::size_t kOfKind = 8;
  static constexpr std::size_t kMostHopsKept = 200'000;
  /// Of the traces in the set; the sample gives way.
  static constexpr std::size_t kMostHopsWritten = 10'000;

  explicit TraceKeeper(sim::StreamSeed seed)
      : seed_(seed),
        sample_draws_(seed, "traces", "sample"),
        failed_draws_(seed, "traces", "failed") {}

  void on_trace(const models::RequestTrace& trace) override;

  /// In order of begin at most `keep` traces, of each kind of request the slowest first, then
  /// failed ones, then the sample. The profile is that of all of the sample. `warmup` in seconds.
  reports::Traces kept(const models::Scenario& scenario, double warmup, std::size_t keep) const;

  std::uint64_t seen() const { return seen_; }

 private:
  using Requests = std::vector<models::RequestTrace>;
  struct OfKind {
    Requests slowest;  // a heap, the fastest of them in front
    Requests failed;
    std::uint64_t failures = 0;
  };
  struct Choice;
  void sample(const models::RequestTrace& trace);
  std::vector<Choice> choose(Instant warm, std::size_t keep) const;

  const sim::StreamSeed seed_;
  sim::Stream sample_draws_;
  sim::Stream failed_draws_;
  std::uint64_t seen_ = 0;
  std::size_t room_ = kSample;
  std::size_t hops_ = 0;  // in the sample
  Requests sample_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, OfKind> kinds_;  // workload, endpoint
};

}  // namespace rehearse::experiments
