#include "cli/baseline.hpp"

#include <filesystem>

#include "reports/folder.hpp"

namespace rehearse::cli {

Baseline read_baseline(const std::string& path) {
  reports::ReadResult read = reports::read_result(path);
  if (read.result) return {std::move(read.result), "", ExitCode::holds};
  return {std::nullopt, std::move(read.problem),
          read.readable ? ExitCode::bad_input : ExitCode::environment};
}

std::vector<std::string> baseline_paths(const std::vector<std::string>& folders,
                                        const std::string& baseline) {
  namespace fs = std::filesystem;
  std::vector<std::string> out;
  for (const std::string& folder : folders) {
    const bool own = folders.size() > 1 && !baseline.empty();
    out.push_back(own ? (fs::path(baseline) / fs::path(folder).filename()).string() : baseline);
  }
  return out;
}

}  // namespace rehearse::cli
