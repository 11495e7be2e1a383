#pragma once
/// Names of metrics as objectives write them.

#include <optional>
#include <string>
#include <string_view>

#include "scenarios/spec/objective.hpp"

namespace rehearse::spec {

struct NamedMetric {
  Metric metric;
  double quantile = 0;  ///< of the two quantile metrics
};

/// "error_rate", "p95", "p99.9_wait"; nothing where the name is unknown.
std::optional<NamedMetric> find_metric(std::string_view name);

/// "did you mean 'error_rate'? (metrics: ...)", knowing what other tools call them.
std::string metric_suggestion(std::string_view name);

}  // namespace rehearse::spec
