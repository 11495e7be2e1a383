#include "policies/predictive.hpp"

#include <algorithm>
#include <cmath>

#include "policies/field_shapes.hpp"

namespace rehearse::policies {
namespace {

std::size_t steps_in(Duration time, Duration step) {
  const std::int64_t whole = (time.ns() + step.ns() - 1) / step.ns();
  return static_cast<std::size_t>(std::max<std::int64_t>(1, whole));
}

Seasons seasons_of(const Predictive::Params& params) {
  return {steps_in(Duration::seconds(86400), params.step)};
}

BlendForecaster::Params blend_of(const Predictive::Params& params) {
  const std::size_t ahead = steps_in(params.lead, params.step);
  std::vector<std::size_t> distances{1};
  for (const std::size_t steps : {ahead, ahead + 1})
    if (steps > distances.back()) distances.push_back(steps);
  return {.seasons = seasons_of(params), .distances = distances};
}

}  // namespace

const FieldTable& Predictive::fields() {
  static const FieldTable kPredictiveFields{
      "predictive scaling",
      "Starts instances before the load comes: a forecast as a floor under a reactive rule.",
      {{.name = "reactive",
        .type = FieldType::block,
        .doc = "The rule that it never goes below, with minimum and maximum.",
        .required = true,
        .child = &Hpa::fields()},
       {.name = "load",
        .type = FieldType::text,
        .doc = "Metric of the whole load, such as `requests_per_second`.",
        .required = true},
       {.name = "per_instance",
        .type = FieldType::number,
        .doc = "How much of it an instance takes when it is used as it should be.",
        .required = true,
        .min = 1e-9,
        .max = 1e15,
        .example = "100"},
       duration_field("step", "The load is averaged over it.", "5m", 10, 86400),
       duration_field("lead", "Time until a new instance is useful.", "5m", 1, 86400),
       duration_field("history", "How long the load is watched before it is foreseen.", "24h", 60,
                      365 * 86400.0),
       {.name = "trust",
        .type = FieldType::ratio,
        .doc = "Mean error of late, as a share of the load, above which forecasts are not heeded.",
        .fallback = "50%",
        .min = 0,
        .max = 10},
       {.name = "cautious",
        .type = FieldType::flag,
        .doc = "Raise forecasts so far that they have been enough in 19 of 20 recent cases.",
        .fallback = "true"}}};
  return kPredictiveFields;
}

std::optional<Predictive::Params> Predictive::read(FieldReader& reader) {
  const int before = reader.diagnostics().error_count();
  Params params{.load = reader.text("load"),
                .per_instance = reader.number("per_instance"),
                .step = reader.duration("step"),
                .lead = reader.duration("lead"),
                .history = reader.duration("history"),
                .trust = reader.ratio("trust"),
                .cautious = reader.flag("cautious")};
  if (const SpecNode* node = reader.node("reactive")) {
    FieldReader fields(*node, Hpa::fields(), reader.diagnostics(),
                       "reactive rule of " + reader.what());
    if (auto reactive = Hpa::read(fields)) params.reactive = *std::move(reactive);
  }
  if (reader.diagnostics().error_count() != before) return std::nullopt;
  return params;
}

Predictive::Predictive(Params params)
    : params_(std::move(params)),
      beat_(params_.step),
      reactive_(params_.reactive),
      history_(seasons_of(params_)),
      blend_(blend_of(params_)),
      ahead_(steps_in(params_.lead, params_.step)) {
  REHEARSE_ASSERT(params_.per_instance > 0);
  needs_.assign(reactive_.needs().begin(), reactive_.needs().end());
  needs_.push_back({params_.load, MetricNeed::Scope::whole, false});
}

Predictive::Predictive(const Predictive& other) = default;

void Predictive::observe(Instant now, const Observation& seen, std::vector<Decision>& out) {
  if (const auto* done = std::get_if<ActionDone>(&seen)) {
    if (done->action == reactive_latest_)
      reactive_.observe(now, ActionDone{reactive_actions_ - 1, done->succeeded}, out);
    return;
  }
  const auto* sample = std::get_if<MetricSample>(&seen);
  if (sample != nullptr && sample->metric + 1 == needs_.size()) {
    if (sample->instance != kWhole || !std::isfinite(sample->value)) return;
    sum_ += sample->value;
    ++samples_;
    latest_ = sample->taken;
    return;
  }
  if (const auto* count = std::get_if<ReplicaCount>(&seen)) count_ = *count;
  reactive_.observe(now, seen, out);  // what it does not know it leaves alone
}

void Predictive::learn(Instant now) {
  if (samples_ == 0) {  // a gap: what was foreseen is as good as what would be made up
    outlook_.heeded = false;
    return;
  }
  history_.append(sum_ / static_cast<double>(samples_));
  sum_ = 0;
  samples_ = 0;
  blend_.learn(history_);
  ++learnt_;
  double expected = 0;
  double enough = 0;
  for (const std::size_t steps : {ahead_, ahead_ + 1}) {
    const double value = blend_.ahead(history_, steps);
    expected = std::max(expected, value);
    enough = std::max(enough, value * (1 + blend_.shortfall(steps)));
  }
  outlook_.expected = expected;
  outlook_.cautious = enough;
  outlook_.error = blend_.error(ahead_);
  const double least = params_.cautious ? enough : expected;
  outlook_.instances = hpa::saturating_ceil(least / params_.per_instance - 1e-9);
  outlook_.heeded = learnt_ >= steps_in(params_.history, params_.step) &&
                    outlook_.error <= params_.trust &&
                    now - latest_ <= params_.step + params_.reactive.stale_after;
}

void Predictive::wake(Instant now, std::vector<Decision>& out) {
  if (beat_.due(now)) learn(now);
  if (reactive_.next_wake() > now) return;
  const std::size_t before = out.size();
  reactive_.wake(now, out);
  const bool reacts = out.size() > before;
  if (reacts) ++reactive_actions_;
  const bool fresh = count_ && now - count_->taken <= params_.reactive.stale_after;
  const std::int32_t max = params_.reactive.bounds.max;
  const std::int32_t floor =
      outlook_.heeded && fresh && count_->wanted > 0 ? std::min(outlook_.instances, max) : 0;
  if (!reacts) {
    if (!fresh || floor <= count_->wanted) return;
  } else {
    const std::int32_t asked = std::get<ScaleTo>(out.back().action).replicas;
    if (floor <= asked) {
      reactive_latest_ = actions_++;
      return;
    }
    out.pop_back();
    if (floor == count_->wanted) return;
  }
  out.push_back({.action = ScaleTo{floor},
                 .because = "load is expected that this many can take",
                 .metric = static_cast<std::uint32_t>(needs_.size() - 1),
                 .measured = params_.cautious ? outlook_.cautious : outlook_.expected,
                 .limit = params_.per_instance});
  ++actions_;
}

}  // namespace rehearse::policies
