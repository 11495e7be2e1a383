#pragma once
/// Diagnostics for machines: the document of `check --json`, and of `run --json` where a scenario
/// cannot be run.

#include <string>
#include <utility>
#include <vector>

#include "base/diagnostics.hpp"

namespace rehearse::cli {

/// {"ok", "errors", "warnings", "files": [{"file", "errors", "warnings", "diagnostics":
/// [{"severity", "id", "file", "line", "column", "length", "message", "help"}]}]}; line and column
/// are 0 where a diagnostic has no place. Ends with a line feed.
std::string diagnostics_json(const std::vector<std::pair<std::string, const Diagnostics*>>& files);

}  // namespace rehearse::cli
