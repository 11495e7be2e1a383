#pragma once
/// Which scenarios `rehearse compare` compares, and what they are called.

#include <string>
#include <vector>

#include "cli/scenario_arguments.hpp"

namespace rehearse::cli {

struct VariantPlan {
  std::string name;
  std::string file;
  spec::ReadOptions options;
};

/// Several files are variants of the names of the files ("-2" tells apart what has one name). One
/// file is the baseline, and `texts` vary it: "NAME=OVERLAY" lays a file over it, "NAME:PATH=VALUE"
/// sets a value; texts of one name add up. Overlays and values that all have come before those of
/// a variant.
struct VariantPlans {
  std::vector<VariantPlan> plans;  ///< the baseline first
  std::string problem;             ///< why there are none
};
VariantPlans plan_variants(const ScenarioArguments& arguments,
                           const std::vector<std::string>& texts);

}  // namespace rehearse::cli
