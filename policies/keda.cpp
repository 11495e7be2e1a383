#include "policies/keda.hpp"

#include <algorithm>

#include "policies/field_shapes.hpp"

namespace rehearse::policies {
namespace {

Hpa::Params autoscaler_of(const Keda::Params& params) {
  Hpa::Params hpa;
  hpa.bounds = {std::max(1, params.min), std::max(1, params.max)};
  for (const Keda::Trigger& trigger : params.triggers)
    hpa.metrics.push_back(
        {.name = trigger.metric,
         .source = Hpa::Metric::Source::external,
         .type = Hpa::Metric::Target::average,
         .target = std::max<std::int64_t>(1, hpa::thousandths(trigger.threshold))});
  hpa.sync_period = params.sync_period;
  hpa.stale_after = params.stale_after;
  return hpa;
}

const FieldTable kTriggerFields{
    "keda trigger",
    "Something to do, and how much of it an instance can take.",
    {{.name = "metric", .type = FieldType::text, .doc = "The figure.", .required = true},
     {.name = "threshold",
      .type = FieldType::number,
      .doc = "Value per instance that the autoscaler aims at.",
      .required = true,
      .min = 0.001,
      .max = 1e15,
      .example = "100"},
     {.name = "activation",
      .type = FieldType::number,
      .doc = "Above it the trigger is active.",
      .fallback = "0",
      .min = 0,
      .max = 1e15}}};

}  // namespace

const FieldTable& Keda::fields() {
  static const FieldTable kKedaFields{
      "keda",
      "Event-driven scaling: to zero when nothing is to be done, back at once when something is, "
      "and by a Horizontal Pod Autoscaler in between.",
      {count_field("min", "Fewest instances.", "0", 0, 100'000),
       count_field("max", "Most instances.", "100", 1, 100'000),
       count_field("idle", "Instances while no trigger is active; fewer than `min`.", "", 0,
                   100'000),
       {.name = "triggers",
        .type = FieldType::list,
        .doc = "What to scale by; the largest count wins.",
        .required = true,
        .child = &kTriggerFields},
       duration_field("polling", "Time between two looks at the triggers.", "30s", 1),
       duration_field("cooldown", "Time without an active trigger before going to the fewest.",
                      "300s", 0),
       duration_field("sync_period", "Time between two looks of the autoscaler.", "15s", 0.1),
       duration_field("stale_after", "Older figures are not acted upon.", "90s", 1),
       count_field("failures", "Failures in a row before the fallback; 0: there is none.", "0", 0,
                   100'000),
       count_field("fallback", "Instances asked for while a trigger cannot be asked.", "0", 0,
                   100'000)}};
  return kKedaFields;
}

std::optional<Keda::Params> Keda::read(FieldReader& reader) {
  const int before = reader.diagnostics().error_count();
  const auto whole = [&](std::string_view name) {
    return static_cast<std::int32_t>(reader.count(name));
  };
  Params params{.min = whole("min"),
                .max = whole("max"),
                .polling = reader.duration("polling"),
                .cooldown = reader.duration("cooldown"),
                .sync_period = reader.duration("sync_period"),
                .stale_after = reader.duration("stale_after"),
                .failures = whole("failures"),
                .fallback = whole("fallback")};
  if (const auto idle = reader.optional_count("idle")) params.idle = static_cast<int>(*idle);
  for (const SpecNode& item : reader.items("triggers")) {
    FieldReader fields(item, kTriggerFields, reader.diagnostics(), "trigger of " + reader.what());
    params.triggers.push_back(
        {fields.text("metric"), fields.number("threshold"), fields.number("activation")});
  }
  if (params.min > params.max)
    reader.error("contradiction", "min",
                 reader.what() + " has more instances at least than at most");
  if (params.idle && *params.idle >= params.min)
    reader.error("contradiction", "idle", reader.what() + " is not to rest with fewer instances",
                 "give fewer than 'min', or leave it out");
  if (reader.diagnostics().error_count() != before) return std::nullopt;
  return params;
}

Keda::Keda(Params params)
    : params_(std::move(params)),
      beat_(params_.polling),
      hpa_(autoscaler_of(params_)),
      latest_(params_.triggers.size()) {}

void Keda::observe(Instant now, const Observation& seen, std::vector<Decision>& out) {
  if (const auto* done = std::get_if<ActionDone>(&seen)) {
    if (done->action == hpa_latest_)
      hpa_.observe(now, ActionDone{hpa_actions_ - 1, done->succeeded}, out);
    return;
  }
  if (const auto* sample = std::get_if<MetricSample>(&seen)) {
    if (sample->metric < latest_.size())
      latest_[sample->metric] = {true, sample->value, sample->taken, 0};
  }
  if (const auto* lost = std::get_if<MetricLost>(&seen)) {
    if (lost->metric < latest_.size()) {
      Latest& latest = latest_[lost->metric];
      latest.present = false;
      ++latest.failures;
    }
  }
  if (const auto* count = std::get_if<ReplicaCount>(&seen)) count_ = *count;
  hpa_.observe(now, seen, out);
}

void Keda::wake(Instant now, std::vector<Decision>& out) {
  const std::size_t before = out.size();
  if (beat_.due(now)) poll(now, out);
  if (hpa_.next_wake() > now) return;
  fall_back(now);
  const std::size_t own = out.size();
  hpa_.wake(now, out);
  if (out.size() == own) return;
  ++hpa_actions_;
  if (own > before) {  // it has just been sent to another count: what is known is out of date
    out.pop_back();
    return;
  }
  hpa_latest_ = actions_++;
}

// A trigger that has failed too often reports what the fallback count would mean.
void Keda::fall_back(Instant now) {
  if (params_.failures == 0) return;
  std::vector<Decision> none;
  for (std::uint32_t i = 0; i < latest_.size(); ++i)
    if (latest_[i].failures >= params_.failures)
      hpa_.observe(now,
                   MetricSample{i, kWhole, params_.triggers[i].threshold * params_.fallback, now,
                                Duration::zero()},
                   none);
}

void Keda::poll(Instant now, std::vector<Decision>& out) {
  if (!count_ || now - count_->taken > params_.stale_after) return;
  std::uint32_t active = Decision::kNoMetric;
  bool all_known = true;
  for (std::uint32_t i = 0; i < latest_.size(); ++i) {
    const Latest& latest = latest_[i];
    const bool known = latest.present && now - latest.taken <= params_.stale_after;
    all_known = all_known && known;
    if (known && latest.value > params_.triggers[i].activation && active == Decision::kNoMetric)
      active = i;
  }
  if (active != Decision::kNoMetric) {
    last_active_ = now;
    const std::int32_t least = std::max(1, params_.min);
    if (count_->wanted < least && (count_->wanted == 0 || params_.idle))
      scale(least, "a trigger is active", active, out);
    return;
  }
  if (!all_known) return;  // silence is no sign of rest
  const std::int32_t rest = params_.idle ? *params_.idle : params_.min;
  const bool rests = params_.idle || params_.min == 0;
  if (!rests || count_->wanted <= rest) return;
  if (!last_active_) last_active_ = now;
  if (now - *last_active_ >= params_.cooldown)
    scale(rest, "no trigger has been active for the cooldown", Decision::kNoMetric, out);
}

void Keda::scale(std::int32_t replicas, std::string_view because, std::uint32_t trigger,
                 std::vector<Decision>& out) {
  Decision decision{.action = ScaleTo{replicas}, .because = because, .metric = trigger};
  if (trigger != Decision::kNoMetric) {
    decision.measured = latest_[trigger].value;
    decision.limit = params_.triggers[trigger].activation;
  }
  out.push_back(decision);
  ++actions_;
}

}  // namespace rehearse::policies
