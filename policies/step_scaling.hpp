#pragma once
/// Step scaling, as AWS offers it: how far a figure is beyond its threshold picks a step, which
/// changes the count by a number, by a share, or to a number. Bounds of steps are distances from
/// the threshold; above it the lower one belongs to a step and the upper does not, below it the
/// mirror. A change by a share is rounded towards zero, but to one at least in its direction.
///
/// There is no cooldown: while instances warm up a further breach counts from the count before
/// them, so that only the difference is added, and nothing is taken away.
/// Units: as the metric; ns. Source: AWS, "Step scaling policies for Application Auto Scaling" and
/// EC2 Auto Scaling user guide, 2024.

#include "policies/scaler.hpp"

namespace rehearse::policies {

class StepScaling final : public Scaler {
 public:
  enum class Kind : std::uint8_t { change, percent, exact };
  struct Step {
    double lower = 0;  ///< distances from the threshold; without limit where infinite
    double upper = 0;
    double amount = 0;  ///< instances, or percent of them
  };
  struct Params {
    Common common;
    std::string metric;
    double threshold = 0;
    bool above = true;  ///< the alarm: over the threshold (at or above it), or under it
    std::int32_t periods = 1;
    Kind kind = Kind::change;
    std::vector<Step> steps;
    std::int32_t least_change = 0;  ///< of changes by a share
    Duration warm_up = Duration::seconds(300);
  };
  static const FieldTable& fields();
  static std::optional<Params> read(FieldReader& reader);

  explicit StepScaling(Params params);
  std::unique_ptr<Controller> clone() const override {
    return std::make_unique<StepScaling>(*this);
  }
  /// The count that a step makes of `base`.
  static std::int32_t stepped(std::int32_t base, double amount, Kind kind,
                              std::int32_t least_change);

 private:
  std::optional<Wish> decide(Instant now, const ReplicaCount& count) override;
  void forget() override { run_ = 0; }
  const Step* step_of(double distance) const;

  Params params_;
  std::int32_t run_ = 0;  // looks in a row that breach
};

}  // namespace rehearse::policies
