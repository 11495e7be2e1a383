#pragma once
/// What autoscalers have in common that look at figures of a whole service: the latest value of
/// each metric, the count of instances, minimum and maximum, and a beat. What is derived says only
/// which count is right.
///
/// A change of the count is noticed when it is seen, whoever made it: cooldowns begin then, and a
/// wish that nobody carried out begins none. Figures older than `stale_after` do not exist, and
/// without a fresh count nothing is decided at all. A count outside of minimum and maximum is
/// corrected at once.
/// Units: ns; metrics in their own. No allocation after construction.

#include <optional>

#include "base/fields.hpp"
#include "policies/controller.hpp"

namespace rehearse::policies {

class Scaler : public Controller {
 public:
  struct Common {
    std::int32_t min = 1;
    std::int32_t max = 1;
    Duration period = Duration::seconds(60);
    Duration stale_after = Duration::seconds(180);
  };

  void observe(Instant now, const Observation& seen, std::vector<Decision>& out) override;
  void wake(Instant now, std::vector<Decision>& out) override;
  Instant next_wake() const override { return beat_.next(); }
  std::span<const MetricNeed> needs() const override { return needs_; }
  std::optional<ReplicaBounds> bounds() const override {
    return ReplicaBounds{common_.min, common_.max};
  }

  /// Fields that every block has, with `period` as said.
  static std::vector<Field> common_fields(std::string_view period, std::string_view stale_after);
  static Common read_common(FieldReader& reader);

 protected:
  struct Wish {
    std::int32_t replicas = 0;
    std::string_view because;
    std::uint32_t metric = Decision::kNoMetric;
    double measured = 0;
    double limit = 0;
  };
  struct Change {
    Instant at;
    std::int32_t before = 0;
    std::int32_t after = 0;
  };

  /// REQUIRES: 0 <= min <= max.
  Scaler(const Common& common, std::vector<MetricNeed> needs);

  /// Which count is right at a beat; nothing where it is not known, or as it is.
  virtual std::optional<Wish> decide(Instant now, const ReplicaCount& count) = 0;
  /// The host has been restarted: what is derived forgets as well.
  virtual void forget() {}

  std::optional<double> value(std::uint32_t metric, Instant now) const;
  /// The latest change of the wanted count in either direction, as it was seen.
  const std::optional<Change>& last_change() const { return last_change_; }
  bool cooled(Instant now, Duration cooldown) const {
    return !last_change_ || now - last_change_->at >= cooldown;
  }
  const Common& common() const { return common_; }

 private:
  struct Latest {
    bool present = false;
    double value = 0;
    Instant taken;
  };

  Common common_;
  std::vector<MetricNeed> needs_;
  Beat beat_;
  std::vector<Latest> latest_;  // by metric
  std::optional<ReplicaCount> count_;
  std::optional<Change> last_change_;
};

}  // namespace rehearse::policies
