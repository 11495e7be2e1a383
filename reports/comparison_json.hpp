#pragma once
/// A comparison as JSON (#/$defs/comparison of reports/schema/result.schema.json): the key
/// `baseline` of result.json, and what `rehearse diff --json` prints.

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "reports/comparison.hpp"
#include "reports/json_walker.hpp"

namespace rehearse::reports {

nlohmann::ordered_json run_json(const ComparedRun& run);
nlohmann::ordered_json comparison_json(const Comparison& comparison);
/// Sentences are not read: they are made of the rest.
Comparison read_comparison(Walker& walker, const nlohmann::ordered_json& object,
                           const std::string& path);

/// The document of its own, in the layout of to_json().
std::string to_json(const Comparison& comparison);

}  // namespace rehearse::reports
