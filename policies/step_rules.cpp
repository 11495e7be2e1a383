#include "policies/step_rules.hpp"

namespace rehearse::policies {
namespace {}  // namespace

Field targets_field() {
  return {
      .name = "targets",
      .type = FieldType::custom,
      .doc =
          "Targets by metric: a share (`cpu: 70%`) or a number in the metric's unit "
          "(`requests_per_second: 100`). `cpu` and `memory` are shares of what is reserved.",
      .required = true,
      .schema = R"({"type": "object", "additionalProperties": {"type": ["string", "number"]}})"};
}

std::vector<StepRules::Rule> read_targets(FieldReader& reader, std::string_view field) {
  std::vector<StepRules::Rule> rules;
  const SpecNode* node = reader.node(field);
  if (node == nullptr) return rules;
  if (!node->is_map() || node->entries.empty()) {
    reader.error("wrong-type", field, reader.what() + " needs targets by the names of metrics",
                 "write 'targets: {cpu: 70%}'");
    return rules;
  }
  for (const SpecEntry& entry : node->entries) {
    const Parsed<double> share = parse_ratio(entry.value.text);
    const Parsed<double> number = parse_number(entry.value.text);
    const auto target = number.value ? number.value : share.value;
    if (!entry.value.is_scalar() || !target || *target <= 0)
      reader.diagnostics().error("bad-quantity", entry.value.mark,
                                 "'" + entry.value.text + "' is no target",
                                 "write a share such as 70%, or a number above zero");
    else
      rules.push_back({entry.key, *target});
  }
  return rules;
}

const FieldTable& StepRules::fields() {
  static const FieldTable kStepRulesFields{
      "step rules",
      "One instance more when any figure is over its target, one less when all are under half of "
      "theirs.",
      [] {
        std::vector<Field> fields = common_fields("60s", "3m");
        fields.push_back(targets_field());
        fields.push_back({.name = "down_below",
                          .type = FieldType::ratio,
                          .doc = "Share of the target below which a figure allows one less.",
                          .fallback = "50%",
                          .min = 0,
                          .max = 1});
        fields.push_back({.name = "cooldown_up",
                          .type = FieldType::duration,
                          .doc = "Time after a change before the count may rise.",
                          .fallback = "300s",
                          .min = 0,
                          .max = 86400});
        fields.push_back({.name = "cooldown_down",
                          .type = FieldType::duration,
                          .doc = "Time after a change before the count may fall.",
                          .fallback = "600s",
                          .min = 0,
                          .max = 86400});
        return fields;
      }()};
  return kStepRulesFields;
}

std::optional<StepRules::Params> StepRules::read(FieldReader& reader) {
  const int before = reader.diagnostics().error_count();
  Params params{.common = read_common(reader),
                .rules = read_targets(reader, "targets"),
                .down_below = reader.ratio("down_below"),
                .cooldown_up = reader.duration("cooldown_up"),
                .cooldown_down = reader.duration("cooldown_down")};
  if (reader.diagnostics().error_count() != before) return std::nullopt;
  return params;
}

std::vector<MetricNeed> StepRules::needs_of(const std::vector<StepRules::Rule>& rules) {
  std::vector<MetricNeed> needs;
  for (const StepRules::Rule& rule : rules)
    needs.push_back({rule.metric, MetricNeed::Scope::whole, false});
  return needs;
}

StepRules::StepRules(Params params)
    : Scaler(params.common, needs_of(params.rules)), params_(std::move(params)) {}

std::optional<Scaler::Wish> StepRules::decide(Instant now, const ReplicaCount& count) {
  bool all_low = !params_.rules.empty();
  Wish wish;
  for (std::uint32_t i = 0; i < params_.rules.size(); ++i) {
    const double target = params_.rules[i].target;
    const auto figure = value(i, now);
    if (figure && *figure > target && cooled(now, params_.cooldown_up))
      return Wish{count.wanted + 1, "over target", i, *figure, target};
    all_low = all_low && figure && *figure < target * params_.down_below;
    if (all_low) wish = {count.wanted - 1, "all far under target", i, *figure, target};
  }
  if (all_low && cooled(now, params_.cooldown_down)) return wish;
  return std::nullopt;
}

}  // namespace rehearse::policies
