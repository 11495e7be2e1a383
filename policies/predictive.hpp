#pragma once
/// Predictive scaling: instances are started so early that they are useful when the load comes. A
/// forecast of the whole load, as far ahead as an instance takes to become useful, divided by what
/// one can take, is a floor under what a Horizontal Pod Autoscaler asks for: never fewer than that.
///
/// The load is averaged over steps; each step teaches a blend of forecasters, which weighs them by
/// their errors in the recent past (forecast_blend.hpp). What is foreseen is raised by what has
/// been short in all but one of twenty recent cases. It is heeded only once there is enough
/// history, and while the mean error of late is below `trust` of the load; both can be asked for
/// (outlook()).
///
/// Units: load in its own; ns. Defaults: lead 5 min in steps of 5 min (founding document S1.3),
/// history of a day before anything is foreseen (as AWS Predictive Scaling), trust 50 %.
/// Source: AWS, "Predictive scaling for Amazon EC2 Auto Scaling", 2024, for the manner (a floor
/// that only raises). Leaves out: capacity that differs between instances; which type to buy.

#include "policies/forecast_blend.hpp"
#include "policies/hpa.hpp"

namespace rehearse::policies {

class Predictive final : public Controller {
 public:
  struct Params {
    Hpa::Params reactive;     ///< the rule that it is never below
    std::string load;         ///< metric of the whole
    double per_instance = 1;  ///< load that one instance takes at its target
    Duration step = Duration::seconds(300);
    Duration lead = Duration::seconds(300);  ///< until a new instance is useful
    Duration history = Duration::seconds(86400);
    double trust = 0.5;
    bool cautious = true;  ///< raise what is foreseen by what has been short
  };
  /// What is thought of the load at `lead` from now.
  struct Outlook {
    bool heeded = false;
    double expected = 0;
    double cautious = 0;  ///< enough in all but one of twenty recent cases
    double error = 0;     ///< mean absolute, of late, as a share of the load
    std::int32_t instances = 0;
  };

  static const FieldTable& fields();
  static std::optional<Params> read(FieldReader& reader);

  explicit Predictive(Params params);
  Predictive(const Predictive& other);
  Predictive& operator=(const Predictive& other) = delete;

  void observe(Instant now, const Observation& seen, std::vector<Decision>& out) override;
  void wake(Instant now, std::vector<Decision>& out) override;
  Instant next_wake() const override { return std::min(beat_.next(), reactive_.next_wake()); }
  std::span<const MetricNeed> needs() const override { return needs_; }
  std::optional<ReplicaBounds> bounds() const override { return reactive_.bounds(); }
  std::unique_ptr<Controller> clone() const override { return std::make_unique<Predictive>(*this); }

  const Outlook& outlook() const { return outlook_; }

 private:
  void learn(Instant now);

  Params params_;
  std::vector<MetricNeed> needs_;  // of the reactive rule; the load is the last
  Beat beat_;                      // of steps
  Hpa reactive_;
  History history_;
  BlendForecaster blend_;
  std::size_t ahead_ = 1;  // steps
  double sum_ = 0;         // of the samples in this step
  std::int64_t samples_ = 0;
  Instant latest_;  // when the load was last seen
  std::size_t learnt_ = 0;
  Outlook outlook_;
  std::optional<ReplicaCount> count_;
  std::uint64_t actions_ = 0;
  std::uint64_t reactive_actions_ = 0;
  std::uint64_t reactive_latest_ = ~std::uint64_t{0};  // number of our action that was its wish
};

}  // namespace rehearse::policies
