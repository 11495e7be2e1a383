#include "scenarios/spec/objective.hpp"

#include <fmt/format.h>

#include <map>

#include "base/text.hpp"
#include "scenarios/spec/objective_line.hpp"

namespace rehearse::spec {

const FieldTable kObjectiveFields{
    "objective",
    "The long form of an objective, for one that needs a name of its own.",
    {
        {.name = "id",
         .type = FieldType::text,
         .doc = "Name in reports; the line itself unless given.",
         .example = "fast-checkout"},
        {.name = "objective",
         .type = FieldType::text,
         .doc = "The line, such as `p95(gateway) < 200ms`.",
         .required = true,
         .example = "p95(gateway) < 200ms"},
    }};

namespace {

constexpr std::string_view kItemHelp = "write a line such as p95(gateway) < 200ms";

/// "- p95(gateway): < 200ms" is a map to YAML.
bool is_line_with_colon(const SpecNode& item) {
  return item.is_map() && item.entries.size() == 1 &&
         item.entries.front().key.find('(') != std::string::npos;
}

std::optional<Objective> read_item(const SpecNode& item, Diagnostics& out) {
  if (item.is_scalar()) {
    std::optional<Objective> objective = parse_objective(item, out);
    if (objective) objective->id = objective->text;
    return objective;
  }
  if (is_line_with_colon(item)) {
    out.error("bad-objective", item.entries.front().key_mark,
              "an objective is one line of text, without a colon", std::string(kItemHelp));
    return std::nullopt;
  }
  if (!item.is_map()) {
    out.error("wrong-type", item.mark,
              fmt::format("an objective must be a line of text, not {}", kind_phrase(item)),
              std::string(kItemHelp));
    return std::nullopt;
  }
  FieldReader reader(item, kObjectiveFields, out, "objective");
  const std::string id = reader.text("id");
  reader.text("objective");  // reports what is no scalar
  const SpecNode* line = reader.node("objective");
  if (line == nullptr || !line->is_scalar()) return std::nullopt;
  std::optional<Objective> objective = parse_objective(*line, out);
  if (objective) objective->id = id.empty() ? objective->text : id;
  return objective;
}

}  // namespace

std::vector<Objective> read_objectives(const SpecNode* node, Diagnostics& out) {
  std::vector<Objective> objectives;
  if (node == nullptr || node->is_null()) return objectives;
  if (!node->is_list()) {
    out.error("wrong-type", node->mark,
              fmt::format("objectives must be a list, not {}", kind_phrase(*node)),
              "write each on a line of its own, as in - p95(gateway) < 200ms");
    return objectives;
  }
  std::map<std::string, Mark> seen;
  for (const SpecNode& item : node->items) {
    std::optional<Objective> objective = read_item(item, out);
    if (!objective) continue;
    const auto [first, is_new] = seen.emplace(objective->id, objective->mark);
    if (!is_new) {
      out.error(
          "duplicate-objective", objective->mark,
          fmt::format("the objective '{}' is there twice", shortened(objective->id)),
          fmt::format("the first is at {}; give one of them another id", out.place(first->second)));
      continue;
    }
    objectives.push_back(std::move(*objective));
  }
  return objectives;
}

}  // namespace rehearse::spec
