#include <fmt/format.h>

#include "base/fields.hpp"

namespace rehearse {
namespace {

constexpr double kUnbounded = 1e299;  // beyond this a bound is the default of Field

std::string bound_text(FieldType type, double bound) {
  switch (type) {
    case FieldType::duration:
    case FieldType::distribution:
      return format_duration(bound, 12);
    case FieldType::rate:
      return format_rate(bound, 12);
    case FieldType::ratio:
      return format_ratio(bound, 12);
    case FieldType::bytes:
      return format_bytes(bound, 12);
    default:
      return format_number(bound, 12);
  }
}

std::string_view noun(FieldType type, bool plural) {
  switch (type) {
    case FieldType::duration:
      return plural ? "durations" : "a duration";
    case FieldType::rate:
      return plural ? "rates" : "a rate";
    case FieldType::ratio:
      return plural ? "ratios" : "a ratio";
    case FieldType::bytes:
      return plural ? "amounts of bytes" : "an amount of bytes";
    case FieldType::cpu:
      return plural ? "amounts of CPU" : "an amount of CPU";
    case FieldType::count:
      return plural ? "whole numbers" : "a whole number";
    case FieldType::number:
      return plural ? "numbers" : "a number";
    case FieldType::flag:
      return plural ? "true or false" : "true or false";
    case FieldType::distribution:
      return plural ? "durations or distributions" : "a duration or a distribution";
    case FieldType::text:
      return plural ? "texts" : "a text";
    case FieldType::choice:
      return plural ? "words" : "a word";
    case FieldType::block:
      return plural ? "maps" : "a map";
    case FieldType::list:
      return plural ? "lists" : "a list";
    case FieldType::named:
      return plural ? "maps" : "a map";
    case FieldType::custom:
      return plural ? "values" : "a value";
  }
  return "a value";
}

}  // namespace

const Field* FieldTable::find(std::string_view field) const {
  for (const Field& f : fields)
    if (f.name == field) return &f;
  return nullptr;
}

std::string type_phrase(const Field& field) {
  std::string phrase;
  if (field.type == FieldType::choice)
    phrase = fmt::format("one of {}", fmt::join(field.choices, ", "));
  else if (field.type == FieldType::list && field.child != nullptr)
    phrase = fmt::format("a list of {} blocks", field.child->name);
  else if (field.type == FieldType::list)
    phrase = fmt::format("a list of {}", noun(field.item, true));
  else if (field.type == FieldType::named && field.child != nullptr)
    phrase = fmt::format("a map from names to {} blocks", field.child->name);
  else if (field.type == FieldType::named)
    phrase = fmt::format("a map from names to {}", noun(field.item, true));
  else if (field.type == FieldType::block && field.child != nullptr)
    phrase = fmt::format("a map of {} fields", field.child->name);
  else
    phrase = noun(field.type, false);
  for (const std::string_view word : field.words) phrase += fmt::format(", or {}", word);
  return phrase;
}

std::string type_example(const Field& field) {
  if (!field.example.empty()) return std::string(field.example);
  switch (field.type) {
    case FieldType::duration:
    case FieldType::distribution:
      return "250ms";
    case FieldType::rate:
      return "100rps";
    case FieldType::ratio:
      return "5%";
    case FieldType::bytes:
      return "256Mi";
    case FieldType::cpu:
      return "500m";
    case FieldType::count:
      return "3";
    case FieldType::number:
      return "0.5";
    case FieldType::flag:
      return "true";
    case FieldType::choice:
      return field.choices.empty() ? "" : std::string(field.choices.front());
    default:
      return {};
  }
}

std::string range_phrase(const Field& field) {
  const bool has_min = field.min > -kUnbounded;
  const bool has_max = field.max < kUnbounded;
  const std::string min = has_min ? bound_text(field.type, field.min) : "";
  const std::string max = has_max ? bound_text(field.type, field.max) : "";
  if (has_min && has_max && !field.above_min) return fmt::format("from {} to {}", min, max);
  if (has_min && has_max) return fmt::format("more than {} and at most {}", min, max);
  if (has_min) return fmt::format("{} {}", field.above_min ? "more than" : "at least", min);
  if (has_max) return fmt::format("at most {}", max);
  return {};
}

std::string_view kind_phrase(const SpecNode& node) {
  switch (node.kind) {
    case SpecNode::Kind::null:
      return "nothing";
    case SpecNode::Kind::scalar:
      return "a single value";
    case SpecNode::Kind::list:
      return "a list";
    case SpecNode::Kind::map:
      return "a map";
  }
  return "nothing";
}

}  // namespace rehearse
