#pragma once
/// Vertical scaling, as the Kubernetes Vertical Pod Autoscaler does it: how much CPU and memory an
/// instance should reserve, from what its likes have used, and when to make it so.
///
/// Usage goes into histograms that forget by half a day's time (half-life 24 h): CPU every sample,
/// weighted by the request; memory the peak of each instance in each 24 h. The target is the 90th
/// percentile, the bounds are the 50th and 95th, all with a margin of 15 %; bounds are wider while
/// little is known: upper × (1 + 1/c), lower × (1 + 0.001/c)^-2 with c the days of history, or
/// samples / 1440, whichever is less. An instance that runs out of memory counts as having used 20
/// % or 100 MiB more, whichever is more.
///
/// Every minute: act where the request is outside of the bounds, or off the target by 10 % with
/// instances older than 12 h, or where an instance ran out of memory within 10 min of its start.
/// How: `advise` tells, `start` gives it to new instances, `replace` replaces running ones, at most
/// half of them at once and never the only one.
///
/// Units: cores, bytes; ns. Source: kubernetes/autoscaler, vertical-pod-autoscaler (recommender and
/// updater, 1.x): interval, history, OOM bump and floors from its sources and documents;
/// percentiles and confidence from its design proposal. Do not let it act on what an HPA scales by.
/// Leaves out: several containers, in-place resizing, checkpoints (HostRestarted forgets all).

#include <optional>

#include "base/fields.hpp"
#include "policies/controller.hpp"
#include "policies/decaying_histogram.hpp"

namespace rehearse::policies {

class Vertical final : public Controller {
 public:
  static constexpr std::uint32_t kCpu = 0;     ///< metrics: "cpu" in cores,
  static constexpr std::uint32_t kMemory = 1;  ///< "memory" in bytes
  struct Range {
    double least = 0;
    double most = 1e300;
  };
  struct Params {
    Resize::When mode = Resize::When::never;
    Range cpu{0.025, 1e300};
    Range memory{250.0 * 1024 * 1024, 1e300};
    double target = 0.9;
    double lower = 0.5;
    double upper = 0.95;
    double margin = 0.15;
    Duration half_life = Duration::seconds(86400);
    Duration period = Duration::seconds(60);
    Duration stale_after = Duration::seconds(300);
    Duration settled = Duration::seconds(12 * 3600);  ///< age before small changes are made
    double small_change = 0.1;
  };
  struct Recommendation {
    double lower = 0;
    double target = 0;  ///< zero: nothing is known
    double upper = 0;
  };

  static const FieldTable& fields();
  static std::optional<Params> read(FieldReader& reader);

  explicit Vertical(const Params& params);

  void observe(Instant now, const Observation& seen, std::vector<Decision>& out) override;
  void wake(Instant now, std::vector<Decision>& out) override;
  Instant next_wake() const override { return beat_.next(); }
  std::span<const MetricNeed> needs() const override { return needs_; }
  std::unique_ptr<Controller> clone() const override { return std::make_unique<Vertical>(*this); }

  const Params& params() const { return params_; }
  /// `metric`: kCpu or kMemory.
  Recommendation recommendation(std::uint32_t metric, Instant now) const;

 private:
  struct Instance {
    InstanceId id = 0;
    Instant started;
    double cpu_request = 0;  // zero: not known
    double memory_request = 0;
    double memory = 0;  // the latest
    double peak = 0;    // of memory, in this interval of 24 h
    Instant peak_end;
    bool ran_out_early = false;
  };
  struct Seen {  // of a metric
    bool any = false;
    Instant first;
    Instant latest;
    double samples = 0;
  };
  Instance& instance(InstanceId id);
  void take(const MetricSample& sample);
  void remember_peak(Instance& of, double memory, Instant at);
  void consider(std::uint32_t metric, Instant now, std::vector<Decision>& out);

  Params params_;
  std::vector<MetricNeed> needs_;
  Beat beat_;
  DecayingHistogram cpu_;
  DecayingHistogram memory_;
  Seen seen_[2];
  double told_[2] = {0, 0};          // the target that was last decided for; zero: none
  std::vector<Instance> instances_;  // by id
};

}  // namespace rehearse::policies
