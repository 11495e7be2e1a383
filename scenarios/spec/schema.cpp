#include "scenarios/spec/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/assert.hpp"

namespace rehearse::spec {
namespace {

using Json = nlohmann::ordered_json;  // keeps the order of the tables

constexpr double kUnbounded = 1e299;

Json text_pattern(const char* pattern) {
  return {{"type", "string"}, {"pattern", pattern}};
}

/// What stands in $defs for every scenario.
Json quantity_definitions() {
  const char* kDuration = "^([0-9]+(\\.[0-9]+)? ?(ns|us|ms|s|m|h|d))+$";
  const char* kRate = "^[0-9]+(\\.[0-9]+)? ?(rps|/s|rpm|/m|/min|/h)$";
  const char* kPercentage = "^[0-9]+(\\.[0-9]+)? ?%$";
  const char* kBytes = "^[0-9]+(\\.[0-9]+)? ?([KMGT]i?B?|B)$";
  const char* kMillicores = "^[0-9]+(\\.[0-9]+)? ?m$";
  const char* kThousands = "^[0-9]+(\\.[0-9]+)? ?[kMG]$";
  Json defs;
  defs["duration"] = text_pattern(kDuration);
  defs["duration"]["examples"] = {"250ms", "1.5s", "2h30m"};
  defs["rate"] = text_pattern(kRate);
  defs["rate"]["examples"] = {"1200rps", "90/min"};
  defs["percentage"] = text_pattern(kPercentage);
  defs["bytes"] = text_pattern(kBytes);
  defs["bytes"]["examples"] = {"256Mi", "1.5G"};
  defs["millicores"] = text_pattern(kMillicores);
  defs["thousands"] = text_pattern(kThousands);
  return defs;
}

Json reference(const std::string& name) {
  return {{"$ref", "#/$defs/" + name}};
}

Json any_of(std::vector<Json> forms) {
  if (forms.size() == 1) return forms.front();
  return {{"anyOf", forms}};
}

/// A number in JSON with the bounds of the field.
Json bounded(const char* type, const Field& field) {
  Json schema{{"type", type}};
  const bool whole = std::string_view(type) == "integer";
  const auto number = [whole](double bound) {
    return whole ? Json(static_cast<std::int64_t>(bound)) : Json(bound);
  };
  if (field.min > -kUnbounded)
    schema[field.above_min ? "exclusiveMinimum" : "minimum"] = number(field.min);
  else if (field.type != FieldType::number)
    schema["minimum"] = number(0);
  if (field.max < kUnbounded) schema["maximum"] = number(field.max);
  return schema;
}

/// The form of a quantity in text, without zero where the field excludes it. Other bounds of
/// quantities with units are for the reader: a pattern cannot compare.
Json quantity_text(const char* definition, const Field& field) {
  Json schema = reference(definition);
  if (field.above_min && field.min == 0)
    schema["not"] = {{"type", "string"}, {"pattern", "^0+(\\.0+)? ?[^0-9.]*$"}};
  return schema;
}

class SchemaBuilder {
 public:
  explicit SchemaBuilder(const FieldTable* distribution) {
    defs_ = quantity_definitions();
    add_distribution(distribution);
  }

  Json document(const FieldTable& root) {
    const Json whole = table(root, Part::whole);
    const Json part = table(root, Part::part);
    Json schema;
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
    schema["title"] = root.name;
    schema["description"] = root.doc;
    schema["type"] = "object";
    schema["if"] = {{"required", {"extends"}}};
    schema["then"] = part;
    schema["else"] = whole;
    schema["$defs"] = defs_;
    return schema;
  }

 private:
  /// A part may leave out and remove what other files give.
  enum class Part { whole, part };

  Json table(const FieldTable& table, Part part);
  Json fields(const FieldTable& table, Part part);
  Json value(const Field& field, Part part);
  Json scalar(const Field& field);
  Json element(const Field& field, Part part);
  void add_distribution(const FieldTable* distribution);
  std::string unused(std::string name) const;

  Json defs_;
  std::map<std::pair<const FieldTable*, Part>, std::string> names_;
};

std::string SchemaBuilder::unused(std::string name) const {
  std::replace(name.begin(), name.end(), ' ', '-');
  std::string candidate = name;
  for (int i = 2; defs_.contains(candidate); ++i) candidate = fmt::format("{}-{}", name, i);
  return candidate;
}

/// A reference to the definition of a table, which is made at the first call. Tables may contain
/// themselves: the name is taken before the fields are read.
Json SchemaBuilder::table(const FieldTable& t, Part part) {
  const auto key = std::make_pair(&t, part);
  const auto found = names_.find(key);
  if (found != names_.end()) return reference(found->second);
  const std::string name = unused(std::string(t.name) + (part == Part::part ? "-part" : ""));
  names_[key] = name;
  defs_[name] = nullptr;
  defs_[name] = fields(t, part);
  return reference(name);
}

Json SchemaBuilder::fields(const FieldTable& t, Part part) {
  Json schema{{"type", "object"}, {"description", t.doc}};
  Json required = Json::array();
  Json properties = Json::object();
  for (const Field& field : t.fields) {
    Json property = value(field, part);
    if (part == Part::part) property = any_of({property, Json{{"type", "null"}}});
    const std::string range = range_phrase(field);
    property["description"] =
        std::string(field.doc) + (range.empty() ? "" : fmt::format(" ({})", range));
    if (!field.fallback.empty()) property["default"] = field.fallback;
    properties[std::string(field.name)] = std::move(property);
    if (field.required) required.push_back(field.name);
  }
  schema["properties"] = std::move(properties);
  if (part == Part::whole && !required.empty()) schema["required"] = std::move(required);
  schema["additionalProperties"] = false;
  return schema;
}

Json SchemaBuilder::scalar(const Field& field) {
  switch (field.type) {
    case FieldType::duration:
      return quantity_text("duration", field);
    case FieldType::rate:
      return quantity_text("rate", field);
    case FieldType::bytes:
      return quantity_text("bytes", field);
    case FieldType::ratio:
      return any_of({bounded("number", field), quantity_text("percentage", field)});
    case FieldType::cpu:
      return any_of({bounded("number", field), quantity_text("millicores", field)});
    case FieldType::count:
      return any_of({bounded("integer", field), reference("thousands")});
    case FieldType::number:
      return bounded("number", field);
    case FieldType::flag:
      return {{"type", "boolean"}};
    case FieldType::choice:
      return {{"enum", field.choices}};
    case FieldType::distribution:
      return reference("distribution");
    default:
      return {{"type", {"string", "number", "boolean"}}};
  }
}

/// A block, an item of a list or a value of a named field.
Json SchemaBuilder::element(const Field& field, Part part) {
  std::vector<Json> forms;
  if (!field.schema.empty()) {
    forms.push_back(Json::parse(field.schema, nullptr, false));
    REHEARSE_ASSERT(!forms.back().is_discarded());
  }
  if (field.child != nullptr) {
    forms.push_back(table(*field.child, part));
    const auto& inner = field.child->fields;
    const bool may_be_empty =
        std::none_of(inner.begin(), inner.end(), [](const Field& f) { return f.required; });
    if (part == Part::part || (may_be_empty && field.type != FieldType::list))
      forms.push_back({{"type", "null"}});
  }
  if (forms.empty()) {
    const bool collection = field.type == FieldType::list || field.type == FieldType::named;
    Field item = field;
    item.type = field.item;
    forms.push_back(collection ? scalar(item) : Json::object());
  }
  return any_of(std::move(forms));
}

Json SchemaBuilder::value(const Field& field, Part part) {
  Json schema;
  switch (field.type) {
    case FieldType::block:
    case FieldType::custom:
      schema = element(field, part);
      break;
    case FieldType::list: {
      // Lists are replaced whole, so that their items are complete in any file.
      const Json item = element(field, Part::whole);
      schema = {{"type", "array"}, {"items", item}};
      if (field.child == nullptr) schema = any_of({schema, item});
      break;
    }
    case FieldType::named:
      schema = {{"type", "object"}, {"additionalProperties", element(field, part)}};
      break;
    default:
      schema = scalar(field);
  }
  if (!field.words.empty()) schema = any_of({Json{{"enum", field.words}}, schema});
  return schema;
}

void SchemaBuilder::add_distribution(const FieldTable* distribution) {
  defs_["distribution"] = nullptr;  // mixtures refer to it
  Json map{{"type", "object"}, {"minProperties", 1}, {"maxProperties", 1}};
  if (distribution != nullptr) {
    map = fields(*distribution, Part::whole);
    map["minProperties"] = 1;
    map["maxProperties"] = 1;
  }
  defs_["distribution"] = any_of({reference("duration"), map});
}

}  // namespace

std::string json_schema(const FieldTable& root, const FieldTable* distribution) {
  return SchemaBuilder(distribution).document(root).dump(2) + "\n";
}

}  // namespace rehearse::spec
