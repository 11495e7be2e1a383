#include "policies/step_scaling.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "policies/hpa_calculator.hpp"

namespace rehearse::policies {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

const FieldTable kStepFields{
    "scaling step",
    "What to do at some distance from the threshold.",
    {{.name = "from",
      .type = FieldType::number,
      .doc = "Least distance from the threshold, above it positive; none: from minus infinity.",
      .example = "0"},
     {.name = "to",
      .type = FieldType::number,
      .doc = "Greatest distance; none: to infinity.",
      .example = "20"},
     {.name = "by",
      .type = FieldType::number,
      .doc = "Instances, or percent of them, to add; negative takes away.",
      .required = true,
      .min = -1e6,
      .max = 1e6,
      .example = "2"}}};

}  // namespace

const FieldTable& StepScaling::fields() {
  static const FieldTable kStepScalingFields{
      "step scaling", "How far a figure is beyond its threshold picks how much the count changes.",
      [] {
        std::vector<Field> fields = common_fields("60s", "3m");
        fields.push_back(
            {.name = "metric", .type = FieldType::text, .doc = "The figure.", .required = true});
        fields.push_back({.name = "threshold",
                          .type = FieldType::number,
                          .doc = "In the metric's unit.",
                          .required = true});
        fields.push_back({.name = "alarm",
                          .type = FieldType::choice,
                          .doc = "Whether it is raised at or above the threshold, or at or below.",
                          .fallback = "above",
                          .choices = {"above", "below"}});
        fields.push_back({.name = "periods",
                          .type = FieldType::count,
                          .doc = "Looks in a row that raise the alarm.",
                          .fallback = "1",
                          .min = 1,
                          .max = 1000});
        fields.push_back({.name = "adjustment",
                          .type = FieldType::choice,
                          .doc = "What `by` of a step means: instances to add, percent to add, or "
                                 "instances to have.",
                          .fallback = "change",
                          .choices = {"change", "percent", "exact"}});
        fields.push_back({.name = "least_change",
                          .type = FieldType::count,
                          .doc = "Least change by percent.",
                          .fallback = "0",
                          .min = 0,
                          .max = 1e6});
        fields.push_back({.name = "warm_up",
                          .type = FieldType::duration,
                          .doc = "Time until a new instance counts for the metric.",
                          .fallback = "300s",
                          .min = 0,
                          .max = 86400});
        fields.push_back({.name = "steps",
                          .type = FieldType::list,
                          .doc = "Steps, which must not overlap.",
                          .required = true,
                          .child = &kStepFields});
        return fields;
      }()};
  return kStepScalingFields;
}

std::optional<StepScaling::Params> StepScaling::read(FieldReader& reader) {
  const int before = reader.diagnostics().error_count();
  Params params{.common = read_common(reader),
                .metric = reader.text("metric"),
                .threshold = reader.number("threshold"),
                .above = reader.choice("alarm") == 0,
                .periods = static_cast<std::int32_t>(reader.count("periods")),
                .kind = static_cast<Kind>(reader.choice("adjustment")),
                .least_change = static_cast<std::int32_t>(reader.count("least_change")),
                .warm_up = reader.duration("warm_up")};
  for (const SpecNode& item : reader.items("steps")) {
    FieldReader fields(item, kStepFields, reader.diagnostics(), "step of " + reader.what());
    const Step step{fields.optional_number("from").value_or(-kInfinite),
                    fields.optional_number("to").value_or(kInfinite), fields.number("by")};
    const bool overlaps = std::any_of(
        params.steps.begin(), params.steps.end(),
        [&](const Step& other) { return step.lower < other.upper && other.lower < step.upper; });
    if (step.lower >= step.upper || overlaps)
      reader.diagnostics().error("contradiction", fields.mark(),
                                 fields.what() + " is empty or overlaps with another");
    params.steps.push_back(step);
  }
  if (reader.diagnostics().error_count() != before) return std::nullopt;
  return params;
}

StepScaling::StepScaling(Params params)
    : Scaler(params.common, {{params.metric, MetricNeed::Scope::whole, false}}),
      params_(std::move(params)) {}

const StepScaling::Step* StepScaling::step_of(double distance) const {
  for (const Step& step : params_.steps) {
    const bool inside = params_.above ? step.lower <= distance && distance < step.upper
                                      : step.lower < distance && distance <= step.upper;
    if (inside) return &step;
  }
  return nullptr;
}

std::int32_t StepScaling::stepped(std::int32_t base, double amount, Kind kind,
                                  std::int32_t least_change) {
  if (kind == Kind::exact) return hpa::saturating_ceil(std::trunc(amount));
  double change = std::trunc(amount);
  if (kind == Kind::percent) {
    const double exact = base * amount / 100;
    change = std::abs(exact) >= 1 ? std::trunc(exact) : (exact > 0 ? 1 : (exact < 0 ? -1 : 0));
    if (change != 0 && std::abs(change) < least_change)
      change = change > 0 ? least_change : -least_change;
  }
  return hpa::saturating_ceil(base + change);
}

std::optional<Scaler::Wish> StepScaling::decide(Instant now, const ReplicaCount& count) {
  const auto figure = value(0, now);
  const double distance = figure ? *figure - params_.threshold : 0;
  const bool breaches = figure && (params_.above ? distance >= 0 : distance <= 0);
  run_ = breaches ? run_ + 1 : 0;
  if (run_ < params_.periods) return std::nullopt;
  const Step* step = step_of(distance);
  if (step == nullptr) return std::nullopt;
  const auto& change = last_change();
  const bool warming =
      change && change->after > change->before && now - change->at < params_.warm_up;
  const std::int32_t base = warming ? change->before : count.wanted;
  const std::int32_t right = stepped(base, step->amount, params_.kind, params_.least_change);
  if (warming && right <= count.wanted) return std::nullopt;
  return Wish{right, params_.above ? "over threshold" : "under threshold", 0, *figure,
              params_.threshold};
}

}  // namespace rehearse::policies
