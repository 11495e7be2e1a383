#pragma once
/// Where results go.

#include <string>
#include <vector>

namespace rehearse::cli {

/// A folder per scenario file. `out` empty: results/<stem>; given, and one file: `out` itself;
/// given, and several: out/<stem>. Files of one stem are told apart by -2, -3 ...
std::vector<std::string> output_folders(const std::vector<std::string>& files,
                                        const std::string& out);

/// Why nothing could be written to `dir`, found before a long run instead of after it; empty where
/// nothing speaks against it. Creates nothing.
std::string folder_problem(const std::string& dir);

}  // namespace rehearse::cli
