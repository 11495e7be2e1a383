#pragma once
/// Results that others are compared with.

#include <optional>
#include <string>
#include <vector>

#include "cli/exit_code.hpp"
#include "reports/result.hpp"

namespace rehearse::cli {

/// A result, or why there is none: the file cannot be read (environment) or is no result
/// (bad_input).
struct Baseline {
  std::optional<reports::RunResult> result;
  std::string problem;
  ExitCode code = ExitCode::holds;
};
/// `path`: a result folder or a result.json.
Baseline read_baseline(const std::string& path);

/// Where the baseline of each result folder is: one folder, `baseline` itself; several, a folder in
/// it of the same name as theirs. Empty paths where there is no baseline.
std::vector<std::string> baseline_paths(const std::vector<std::string>& folders,
                                        const std::string& baseline);

}  // namespace rehearse::cli
