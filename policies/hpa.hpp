#pragma once
/// The Kubernetes Horizontal Pod Autoscaler, version 2: every sync period it asks each metric for a
/// replica count (hpa_calculator.hpp), takes the largest, holds it back by windows and rate limits
/// (hpa_behavior.hpp), and keeps it within minimum and maximum.
///
/// A metric without an answer blocks the way down, not the way up; without any answer nothing is
/// done. A count outside of minimum and maximum is corrected at once, without windows. A count of
/// zero is somebody's pause and left alone, unless the autoscaler went there itself (`to_zero`).
/// What the windows and rate limits remember is lost when the host restarts: the log then begins
/// with the count that is found.
///
/// Units: ns; metrics in their own unit, utilisation in percent. Defaults: those of the controller
/// manager; sync period 15 s, tolerance 10 %, down window 300 s. One default is ours: samples older
/// than 90 s count as missing (metrics-server serves nothing older than one and a half
/// resolutions). Source: Kubernetes 1.29 .. 1.37, pkg/controller/podautoscaler/horizontal.go;
/// HPAScaleToZero as in 1.37. Conformance: tests/conformance, hpa_*.json. Leaves out: selectors of
/// metrics, which belong to the observer; the work queue and its back-off after errors.

#include <optional>

#include "base/fields.hpp"
#include "policies/hpa_behavior.hpp"
#include "policies/pod_table.hpp"

namespace rehearse::policies {

class Hpa final : public Controller {
 public:
  struct Metric {
    enum class Source : std::uint8_t { resource, container, pods, object, external, unknown };
    enum class Target : std::uint8_t { utilization, average, value };
    std::string name;  ///< of a container: "container/resource"
    Source source = Source::resource;
    Target type = Target::utilization;
    std::int64_t target = 80;  ///< percent, or thousandths of the unit; more than 0
    bool cpu = false;          ///< the pod's start matters to its samples
  };
  struct Behavior {
    hpa::Rules up = hpa::Rules::up();
    hpa::Rules down = hpa::Rules::down(Duration::seconds(300));
  };
  struct Params {
    hpa::Bounds bounds;
    std::vector<Metric> metrics;
    hpa::Tolerance tolerance;
    std::optional<Behavior> behavior;
    Duration sync_period = Duration::seconds(15);
    hpa::Readiness readiness;
    Duration downscale_stabilization = Duration::seconds(300);
    hpa::UpLimit up_limit;
    bool to_zero = false;
    Duration stale_after = Duration::seconds(90);
  };
  /// A status condition of the Kubernetes object: whether it holds, and why.
  struct Condition {
    bool status = false;
    std::string_view reason;  ///< empty: not set yet
  };
  struct Conditions {
    Condition able_to_scale;
    Condition scaling_active;
    Condition scaling_limited;
    Condition scaled_to_zero;  ///< kept over restarts: it is written in the object
  };

  static const FieldTable& fields();
  static std::optional<Params> read(FieldReader& reader);

  /// REQUIRES: 0 <= min <= max, targets above zero.
  explicit Hpa(Params params);

  void observe(Instant now, const Observation& seen, std::vector<Decision>& out) override;
  void wake(Instant now, std::vector<Decision>& out) override;
  Instant next_wake() const override { return beat_.next(); }
  std::span<const MetricNeed> needs() const override { return needs_; }
  std::optional<ReplicaBounds> bounds() const override {
    return ReplicaBounds{params_.bounds.min, params_.bounds.max};
  }
  std::unique_ptr<Controller> clone() const override { return std::make_unique<Hpa>(*this); }

  const Conditions& conditions() const { return conditions_; }
  hpa::Memory& memory() { return memory_; }
  void set_scaled_to_zero(bool held) { conditions_.scaled_to_zero.status = held; }
  /// What metric `index` asked for last time.
  const hpa::Proposal& proposal(std::size_t index) const { return proposals_[index]; }

 private:
  struct Total {  // of a metric without instances
    bool present = false;
    std::int64_t value = 0;
    Instant taken;
  };
  struct Wish {  // under way, asked for by actions first .. last
    bool pending = false;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::int32_t before = 0;
    std::int32_t after = 0;
  };
  struct Verdict {  // of all metrics together
    bool valid = false;
    std::int32_t replicas = 0;
    std::uint32_t metric = Decision::kNoMetric;
  };

  void take(const MetricSample& sample);
  void settle(Instant now, const ActionDone& done);
  void restart();
  void reconcile(Instant now, std::vector<Decision>& out);
  void by_metrics(Instant now, std::vector<Decision>& out);
  Verdict judge(Instant now);
  hpa::Proposal propose(std::size_t index, Instant now) const;
  std::int32_t normalized(std::int32_t proposed, Instant now);
  void wish(std::int32_t replicas, std::string_view because, std::uint32_t metric,
            std::vector<Decision>& out);
  bool has_outside_metric() const;
  Instant oldest(Instant now) const;

  Params params_;
  std::vector<MetricNeed> needs_;
  Beat beat_;
  hpa::PodTable pods_;
  std::vector<Total> totals_;             // by metric
  std::vector<bool> lost_;                // by metric
  std::vector<hpa::Proposal> proposals_;  // by metric
  std::optional<ReplicaCount> scale_;
  bool conflict_ = false;
  hpa::Memory memory_;
  Conditions conditions_;
  Wish wish_;
  std::uint64_t actions_ = 0;
};

}  // namespace rehearse::policies
