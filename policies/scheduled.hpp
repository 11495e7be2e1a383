#pragma once
/// Scaling by the clock: within each of its windows a service has so many instances at least, and
/// outside of all of them the fewest that `min` says. Where windows overlap the largest wins.
///
/// Windows repeat `every` day, week or other time, counted from the clock's zero (the start of a
/// simulation; midnight UTC where a clock counts from an epoch at midnight). `early` says how long
/// before its window a change is made, so that instances are useful when it begins.
/// Units: ns. No metrics. Leaves out: calendars, time zones, daylight saving.

#include "policies/scaler.hpp"

namespace rehearse::policies {

class Scheduled final : public Scaler {
 public:
  struct Window {
    Duration from;
    Duration to;  ///< not included; may be before `from`: over the end of the period
    std::int32_t replicas = 1;
  };
  struct Params {
    Common common;
    Duration every = Duration::seconds(86400);
    Duration early;
    std::vector<Window> windows;
  };
  static const FieldTable& fields();
  static std::optional<Params> read(FieldReader& reader);

  explicit Scheduled(Params params);
  std::unique_ptr<Controller> clone() const override { return std::make_unique<Scheduled>(*this); }
  /// What the clock asks for.
  std::int32_t asked_at(Instant now) const;

 private:
  std::optional<Wish> decide(Instant now, const ReplicaCount& count) override;
  Params params_;
};

}  // namespace rehearse::policies
