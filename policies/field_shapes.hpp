#pragma once
/// Shapes of the fields that the tables of policies consist of, with the ranges that most of them
/// have. Units: seconds; counts; shares of one.

#include <string_view>

#include "base/fields.hpp"

namespace rehearse::policies {

inline Field shaped_field(FieldType type, std::string_view name, std::string_view doc,
                          std::string_view fallback, double min, double max) {
  return {.name = name, .type = type, .doc = doc, .fallback = fallback, .min = min, .max = max};
}
inline Field duration_field(std::string_view name, std::string_view doc, std::string_view fallback,
                            double min = 0, double max = 86400) {
  return shaped_field(FieldType::duration, name, doc, fallback, min, max);
}
inline Field count_field(std::string_view name, std::string_view doc, std::string_view fallback,
                         double min = 0, double max = 1e6) {
  return shaped_field(FieldType::count, name, doc, fallback, min, max);
}
inline Field ratio_field(std::string_view name, std::string_view doc, std::string_view fallback,
                         double max = 1) {
  return shaped_field(FieldType::ratio, name, doc, fallback, 0, max);
}
inline Field number_field(std::string_view name, std::string_view doc, std::string_view fallback,
                          double min, double max) {
  return shaped_field(FieldType::number, name, doc, fallback, min, max);
}

}  // namespace rehearse::policies
