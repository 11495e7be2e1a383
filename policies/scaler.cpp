#include "policies/scaler.hpp"

#include <algorithm>

namespace rehearse::policies {

Scaler::Scaler(const Common& common, std::vector<MetricNeed> needs)
    : common_(common), needs_(std::move(needs)), beat_(common.period), latest_(needs_.size()) {
  REHEARSE_ASSERT(common.min >= 0 && common.min <= common.max);
}

std::optional<double> Scaler::value(std::uint32_t metric, Instant now) const {
  const Latest& latest = latest_[metric];
  if (!latest.present || now - latest.taken > common_.stale_after) return std::nullopt;
  return latest.value;
}

void Scaler::observe(Instant /*now*/, const Observation& seen, std::vector<Decision>& /*out*/) {
  if (const auto* sample = std::get_if<MetricSample>(&seen)) {
    if (sample->instance == kWhole && sample->metric < latest_.size())
      latest_[sample->metric] = {true, sample->value, sample->taken};
  } else if (const auto* lost = std::get_if<MetricLost>(&seen)) {
    if (lost->metric < latest_.size()) latest_[lost->metric].present = false;
  } else if (const auto* count = std::get_if<ReplicaCount>(&seen)) {
    if (count_ && count_->wanted != count->wanted)
      last_change_ = {count->taken, count_->wanted, count->wanted};
    count_ = *count;
  } else if (std::holds_alternative<HostRestarted>(seen)) {
    last_change_.reset();
    forget();
  }
}

void Scaler::wake(Instant now, std::vector<Decision>& out) {
  if (!beat_.due(now) || !count_ || now - count_->taken > common_.stale_after) return;
  const auto wish = [&](const Wish& is) {
    out.push_back({ScaleTo{is.replicas}, is.because, is.metric, is.measured, is.limit});
  };
  if (count_->wanted > common_.max) return wish({common_.max, "more than the maximum"});
  if (count_->wanted < common_.min) return wish({common_.min, "fewer than the minimum"});
  std::optional<Wish> right = decide(now, *count_);
  if (!right) return;
  right->replicas = std::clamp(right->replicas, common_.min, common_.max);
  if (right->replicas != count_->wanted) wish(*right);
}

std::vector<Field> Scaler::common_fields(std::string_view period, std::string_view stale_after) {
  return {{.name = "min",
           .type = FieldType::count,
           .doc = "Fewest instances.",
           .fallback = "1",
           .min = 0,
           .max = 100'000},
          {.name = "max",
           .type = FieldType::count,
           .doc = "Most instances.",
           .required = true,
           .min = 1,
           .max = 100'000},
          {.name = "period",
           .type = FieldType::duration,
           .doc = "Time between two looks.",
           .fallback = period,
           .min = 0.1,
           .max = 3600},
          {.name = "stale_after",
           .type = FieldType::duration,
           .doc = "Older figures are not acted upon.",
           .fallback = stale_after,
           .min = 1,
           .max = 86400}};
}

Scaler::Common Scaler::read_common(FieldReader& reader) {
  Common common{.min = static_cast<std::int32_t>(reader.count("min")),
                .max = static_cast<std::int32_t>(reader.count("max")),
                .period = reader.duration("period"),
                .stale_after = reader.duration("stale_after")};
  if (common.min > common.max)
    reader.error("contradiction", "min",
                 reader.what() + " has more instances at least than at most");
  return common;
}

}  // namespace rehearse::policies
