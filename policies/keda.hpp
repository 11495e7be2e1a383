#pragma once
/// Event-driven scaling to zero and back, as KEDA does it: two controllers with clocks of their own
/// act on one count. Every polling interval KEDA looks at its triggers: with none there are `min`
/// instances once nothing has been active for the cooldown (or `idle`, where that is fewer); with
/// any, and no instances, max(1, min) at once. In between a Horizontal Pod Autoscaler holds the
/// average per instance at each trigger's threshold.
///
/// A trigger that cannot be asked `failures` times in a row reports what asks the autoscaler for
/// the `fallback` count instead; from zero it does not wake anything, as upstream. Units: of the
/// metrics; ns. Defaults: polling 30 s, cooldown 300 s, min 0, max 100. Source: KEDA 2.1x,
/// pkg/scaling/executor/scale_scaledobjects.go, apis/keda/v1alpha1; fallback: static behaviour.
/// Leaves out: initialCooldownPeriod, pausing by annotation, jobs.

#include "policies/hpa.hpp"

namespace rehearse::policies {

class Keda final : public Controller {
 public:
  struct Trigger {
    std::string metric;
    double threshold = 0;   ///< value per instance; more than 0
    double activation = 0;  ///< active above it
  };
  struct Params {
    std::int32_t min = 0;
    std::int32_t max = 100;
    std::optional<std::int32_t> idle;  ///< fewer than min
    std::vector<Trigger> triggers;
    Duration polling = Duration::seconds(30);
    Duration cooldown = Duration::seconds(300);
    Duration sync_period = Duration::seconds(15);
    Duration stale_after = Duration::seconds(90);
    std::int32_t failures = 0;  ///< 0: no fallback
    std::int32_t fallback = 0;
  };
  static const FieldTable& fields();
  static std::optional<Params> read(FieldReader& reader);

  explicit Keda(Params params);

  void observe(Instant now, const Observation& seen, std::vector<Decision>& out) override;
  void wake(Instant now, std::vector<Decision>& out) override;
  Instant next_wake() const override { return std::min(beat_.next(), hpa_.next_wake()); }
  std::span<const MetricNeed> needs() const override { return hpa_.needs(); }
  std::optional<ReplicaBounds> bounds() const override {
    return ReplicaBounds{params_.idle.value_or(params_.min), params_.max};
  }
  std::unique_ptr<Controller> clone() const override { return std::make_unique<Keda>(*this); }

 private:
  struct Latest {
    bool present = false;
    double value = 0;
    Instant taken;
    std::int32_t failures = 0;  // in a row
  };
  void poll(Instant now, std::vector<Decision>& out);
  void fall_back(Instant now);
  void scale(std::int32_t replicas, std::string_view because, std::uint32_t trigger,
             std::vector<Decision>& out);

  Params params_;
  Beat beat_;
  Hpa hpa_;
  std::vector<Latest> latest_;  // by trigger
  std::optional<ReplicaCount> count_;
  std::optional<Instant> last_active_;
  std::uint64_t actions_ = 0;                     // of both controllers together
  std::uint64_t hpa_actions_ = 0;                 // of these, of the autoscaler
  std::uint64_t hpa_latest_ = ~std::uint64_t{0};  // number among all of its latest one
};

}  // namespace rehearse::policies
