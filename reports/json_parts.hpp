#pragma once
/// Parts that documents for machines share. Internal to reports/.

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <vector>

#include "reports/estimate.hpp"

namespace rehearse::reports {

/// Null where it is infinite or missing: JSON knows no such number.
nlohmann::ordered_json number(double value);
nlohmann::ordered_json number(const std::optional<double>& value);
nlohmann::ordered_json numbers(const std::vector<double>& values);
/// [low, high].
nlohmann::ordered_json interval(const Estimate& estimate);
/// {estimate, ci, unit}.
nlohmann::ordered_json estimate_json(const Estimate& estimate);

}  // namespace rehearse::reports
