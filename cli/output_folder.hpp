#pragma once
/// Where results go.

#include <string>
#include <string_view>
#include <vector>

namespace rehearse::cli {

/// A folder per scenario file. `out` empty: results/<stem>; given, and one file: `out` itself;
/// given, and several: out/<stem>. Files of one stem are told apart by -2, -3 ...
std::vector<std::string> output_folders(const std::vector<std::string>& files,
                                        const std::string& out);

/// Why nothing could be written to `dir`, found before a long run instead of after it; empty where
/// nothing speaks against it. Creates nothing.
std::string folder_problem(const std::string& dir);

/// Writes `text` to `path`, and its folders where there are none. Returns what went wrong ("cannot
/// write 'x': Permission denied"), or an empty string.
std::string write_input(const std::string& path, std::string_view text);

}  // namespace rehearse::cli
