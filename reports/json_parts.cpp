#include "reports/json_parts.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

namespace rehearse::reports {

using Json = nlohmann::ordered_json;

Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json number(const std::optional<double>& value) {
  return value ? number(*value) : Json(nullptr);
}

Json numbers(const std::vector<double>& values) {
  Json out = Json::array();
  for (const double v : values) out.push_back(number(v));
  return out;
}

Json interval(const Estimate& e) {
  if (!e.value) return Json::array({nullptr, nullptr});
  return Json::array({number(e.low), number(e.high)});
}

Json estimate_json(const Estimate& e) {
  return {{"estimate", e.value ? number(*e.value) : Json(nullptr)},
          {"ci", interval(e)},
          {"unit", e.unit}};
}

}  // namespace rehearse::reports
