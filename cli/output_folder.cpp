#include "cli/output_folder.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "reports/folder.hpp"

namespace rehearse::cli {
namespace {

namespace fs = std::filesystem;

std::string problem(const fs::path& path, std::errc why) {
  return fmt::format("cannot write '{}': {}", path.string(), std::make_error_code(why).message());
}

}  // namespace

std::vector<std::string> output_folders(const std::vector<std::string>& files,
                                        const std::string& out) {
  std::vector<std::string> folders;
  for (const std::string& file : files) {
    if (!out.empty() && files.size() == 1) return {out};
    const std::string stem = fs::path(file).stem().string();
    const std::string base = (fs::path(out.empty() ? "results" : out) / stem).string();
    std::string folder = base;
    for (int n = 2; std::find(folders.begin(), folders.end(), folder) != folders.end(); ++n)
      folder = fmt::format("{}-{}", base, n);
    folders.push_back(folder);
  }
  return folders;
}

std::string folder_problem(const std::string& dir) {
  fs::path at = fs::absolute(dir).lexically_normal();
  std::error_code error;
  while (!fs::exists(at, error) && at.has_relative_path()) {
    // "file/below" reports the file, not that there is nothing below it.
    if (error && error != std::errc::not_a_directory) break;
    at = at.parent_path();
  }
  if (error && error != std::errc::not_a_directory)
    return fmt::format("cannot write '{}': {}", dir, error.message());
  if (!fs::is_directory(at, error)) return problem(at, std::errc::not_a_directory);
  if (::access(at.c_str(), W_OK | X_OK) != 0) return problem(dir, static_cast<std::errc>(errno));
  return "";
}

std::string write_input(const std::string& path, std::string_view text) {
  std::error_code error;
  fs::create_directories(fs::path(path).parent_path(), error);
  if (error) return fmt::format("cannot write '{}': {}", path, error.message());
  return reports::write_file(path, text);
}

}  // namespace rehearse::cli
