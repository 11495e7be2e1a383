#pragma once
/// Target tracking, as cloud providers offer it: the count that would bring each figure to its
/// target if it were in inverse proportion to the count. Two alarms per metric: high, when it has
/// been over the target for `periods_high` looks in a row, and low, when it has been under 90 % of
/// it for `periods_low`. The largest count that any metric asks for wins; fewer only if all agree.
///
/// Out: from the instances that take load, as those under way are not in the figure yet, and do not
/// count again; while a cooldown runs only for more than before. In: not within the cooldown of any
/// change. With a `window` the largest proposal within it counts, as Google's autoscaler does.
///
/// Units: as the metric; ns. Defaults: AWS (3 and 15 looks of a minute, cooldown 300 s); Google:
/// periods 1 and 1, window 10 min. Source: AWS, "Target tracking scaling policies for Application
/// Auto Scaling" and EC2 user guide, 2024; Google Cloud, "Understanding autoscaler decisions",
/// 2024. AWS does not say how far it goes in at once: here to the proportion, by no more than
/// `step_in`.

#include "policies/step_rules.hpp"

namespace rehearse::policies {

class TargetTracking final : public Scaler {
 public:
  using Rule = StepRules::Rule;
  struct Params {
    Common common;
    std::vector<Rule> rules;
    std::int32_t periods_high = 3;
    std::int32_t periods_low = 15;
    double low = 0.9;  ///< of the target
    Duration cooldown_out = Duration::seconds(300);
    Duration cooldown_in = Duration::seconds(300);
    Duration window;  ///< zero: none
    std::int32_t step_in = 1'000'000;
    bool scale_in = true;
  };
  static const FieldTable& fields();
  static std::optional<Params> read(FieldReader& reader);

  explicit TargetTracking(Params params);
  std::unique_ptr<Controller> clone() const override {
    return std::make_unique<TargetTracking>(*this);
  }

 private:
  struct Runs {  // looks in a row
    std::int32_t high = 0;
    std::int32_t low = 0;
  };
  struct Proposal {
    std::int32_t replicas = 0;
    Instant at;
  };
  std::optional<Wish> decide(Instant now, const ReplicaCount& count) override;
  void forget() override;
  std::int32_t held_back(Instant now, std::int32_t proposed);

  Params params_;
  std::vector<Runs> runs_;           // by metric
  std::vector<Proposal> proposals_;  // within the window
};

}  // namespace rehearse::policies
