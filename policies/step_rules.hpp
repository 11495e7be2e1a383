#pragma once
/// The simplest autoscaler there is: one instance more when any figure is over its target, one less
/// when all are under a share of theirs, else none. After a change in either direction it waits, by
/// the cooldown of the direction that it would go next.
///
/// Units: utilisation as a share of what the instances have reserved, averaged over them; ns.
/// Defaults: cooldown up 300 s, down 600 s, down below half of the target (founding document S0.5);
/// a look a minute, which it leaves open. A figure that is missing keeps the way down closed.
/// Leaves out: anything that depends on how far over target a figure is.

#include "policies/scaler.hpp"

namespace rehearse::policies {

class StepRules final : public Scaler {
 public:
  struct Rule {
    std::string metric;
    double target = 0;  ///< more than 0
  };
  struct Params {
    Common common;
    std::vector<Rule> rules;
    double down_below = 0.5;  ///< of the target
    Duration cooldown_up = Duration::seconds(300);
    Duration cooldown_down = Duration::seconds(600);
  };
  /// A need for each rule, of all instances together.
  static std::vector<MetricNeed> needs_of(const std::vector<Rule>& rules);
  static const FieldTable& fields();
  static std::optional<Params> read(FieldReader& reader);

  explicit StepRules(Params params);
  std::unique_ptr<Controller> clone() const override { return std::make_unique<StepRules>(*this); }

 private:
  std::optional<Wish> decide(Instant now, const ReplicaCount& count) override;
  Params params_;
};

/// Targets by the names of metrics: `cpu: 70%`, `requests_per_second: 100`. A ratio or a plain
/// number; reported where it is neither or not above zero.
std::vector<StepRules::Rule> read_targets(FieldReader& reader, std::string_view field);
/// The field that read_targets() reads.
Field targets_field();

}  // namespace rehearse::policies
