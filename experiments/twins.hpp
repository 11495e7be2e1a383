#pragma once
/// Closed-form twins: where queueing theory has an exact (or, for caches, a proven approximate)
/// answer for a subject, it stands beside the simulated figure. Strict about when it applies: what
/// the theory assumes must be what the scenario says.

#include <string>
#include <vector>

#include "models/compile.hpp"
#include "reports/result.hpp"

namespace rehearse::experiments {

struct Twin {
  std::string subject;
  std::string kind;   ///< of the report
  std::string model;  ///< "M/M/c", "M/G/1", ...
  /// By metric name of the report ("mean_wait", "p99", "utilization", "hit_ratio" ...), and by the
  /// names that objectives use ("p99_wait").
  std::vector<std::pair<std::string, double>> values;
};

std::vector<Twin> closed_form_twins(const models::Scenario& scenario);

}  // namespace rehearse::experiments
