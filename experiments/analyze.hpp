#pragma once
/// The closed-form picture of a scenario, without simulating it: loads and growth
/// (models/capacity.hpp), stress, critical paths, impact of each part, composed availability,
/// lints.
/// Of the steady state: planned faults are left out. Services that a policy scales have the
/// instances of the beginning; lints and open saturations are of the most that there may be.

#include <string>
#include <utility>
#include <vector>

#include "models/compile.hpp"
#include "models/dependencies.hpp"
#include "reports/analysis.hpp"

namespace rehearse::experiments {

struct AnalyzeOptions {
  /// By name of a service, database, cache or zone.
  std::vector<std::pair<std::string, double>> availabilities;
};

/// The parts of `scenario` that options.availabilities may name: those with traffic.
std::vector<std::string> part_names(const models::Scenario& scenario);

/// "orders=99.9%" as name and availability. What is wrong with it goes to `problem`: no "=", no
/// ratio from 0 to 1, a name that part_names() does not have, or one that was given before.
bool add_availability(const std::string& text, const std::vector<std::string>& names,
                      AnalyzeOptions& options, std::string& problem);

/// Leaves out impacts (and so availability) where parts times endpoints exceed a million.
/// REQUIRES: names of options are part_names(). O(parts x plans).
reports::Analysis analyze(const models::Scenario& scenario, const AnalyzeOptions& options = {});

}  // namespace rehearse::experiments
