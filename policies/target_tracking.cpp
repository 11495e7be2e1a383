#include "policies/target_tracking.hpp"

#include <algorithm>
#include <cmath>

#include "policies/field_shapes.hpp"
#include "policies/hpa_calculator.hpp"

namespace rehearse::policies {

const FieldTable& TargetTracking::fields() {
  static const FieldTable kTargetTrackingFields{
      "target tracking",
      "Keeps figures at their targets: the count in proportion to how far they are off.", [] {
        std::vector<Field> fields = common_fields("60s", "3m");
        fields.push_back(targets_field());
        fields.push_back(
            count_field("periods_high", "Looks in a row over the target to go out.", "3", 1));
        fields.push_back(
            count_field("periods_low", "Looks in a row under `low` to go in.", "15", 1));
        fields.push_back({.name = "low",
                          .type = FieldType::ratio,
                          .doc = "Share of the target under which a figure is low.",
                          .fallback = "90%",
                          .min = 0,
                          .max = 1});
        fields.push_back(
            duration_field("cooldown_out", "After going out only more is added.", "300s"));
        fields.push_back(
            duration_field("cooldown_in", "After any change nothing is taken away.", "300s"));
        fields.push_back(duration_field("window", "The largest proposal within it counts.", "0s"));
        fields.push_back(count_field("step_in", "Most instances taken away at once.", "1M", 1));
        fields.push_back({.name = "scale_in",
                          .type = FieldType::flag,
                          .doc = "Whether to take instances away at all.",
                          .fallback = "true"});
        return fields;
      }()};
  return kTargetTrackingFields;
}

std::optional<TargetTracking::Params> TargetTracking::read(FieldReader& reader) {
  const int before = reader.diagnostics().error_count();
  const auto count = [&](std::string_view name) {
    return static_cast<std::int32_t>(reader.count(name));
  };
  Params params{.common = read_common(reader),
                .rules = read_targets(reader, "targets"),
                .periods_high = count("periods_high"),
                .periods_low = count("periods_low"),
                .low = reader.ratio("low"),
                .cooldown_out = reader.duration("cooldown_out"),
                .cooldown_in = reader.duration("cooldown_in"),
                .window = reader.duration("window"),
                .step_in = count("step_in"),
                .scale_in = reader.flag("scale_in")};
  if (reader.diagnostics().error_count() != before) return std::nullopt;
  return params;
}

TargetTracking::TargetTracking(Params params)
    : Scaler(params.common, StepRules::needs_of(params.rules)),
      params_(std::move(params)),
      runs_(params_.rules.size()) {
  proposals_.reserve(static_cast<std::size_t>(
      std::min<std::int64_t>(65536, params_.window / params_.common.period + 8)));
}

void TargetTracking::forget() {
  std::fill(runs_.begin(), runs_.end(), Runs{});
  proposals_.clear();
}

std::int32_t TargetTracking::held_back(Instant now, std::int32_t proposed) {
  if (params_.window == Duration::zero()) return proposed;
  std::erase_if(proposals_, [&](const Proposal& was) { return now - was.at > params_.window; });
  proposals_.push_back({proposed, now});
  for (const Proposal& was : proposals_) proposed = std::max(proposed, was.replicas);
  return proposed;
}

std::optional<Scaler::Wish> TargetTracking::decide(Instant now, const ReplicaCount& count) {
  const std::int32_t useful = count.useful >= 0 ? count.useful : count.present;
  bool all_low = true;
  bool any_known = false;
  Wish most;
  for (std::uint32_t i = 0; i < params_.rules.size(); ++i) {
    const double target = params_.rules[i].target;
    const auto figure = value(i, now);
    Runs& runs = runs_[i];
    runs.high = figure && *figure > target ? runs.high + 1 : 0;
    runs.low = figure && *figure < params_.low * target ? runs.low + 1 : 0;
    const bool high = runs.high >= params_.periods_high;
    const bool low = runs.low >= params_.periods_low;
    all_low = all_low && low;
    if (!figure) continue;
    const double ratio = *figure / target;
    std::int32_t right = count.wanted;
    if (high) right = std::max(right, hpa::saturating_ceil(useful * ratio));
    if (low) right = std::min(right, hpa::saturating_ceil(count.wanted * ratio));
    if (!any_known || right > most.replicas) most = {right, "", i, *figure, target};
    any_known = true;
  }
  if (!any_known) return std::nullopt;
  if (!all_low) most.replicas = std::max(most.replicas, count.wanted);
  most.replicas = held_back(now, most.replicas);
  if (most.replicas > count.wanted) {
    const auto& change = last_change();
    const bool cooling = change && now - change->at < params_.cooldown_out;
    if (cooling && most.replicas <= change->after) return std::nullopt;
    most.because = "over target";
    return most;
  }
  if (!params_.scale_in || !cooled(now, params_.cooldown_in)) return std::nullopt;
  most.replicas = std::max(most.replicas, count.wanted - params_.step_in);
  most.because = "all under target";
  return most;
}

}  // namespace rehearse::policies
