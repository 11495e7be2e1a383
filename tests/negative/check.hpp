#pragma once
/// What `rehearse check` does with a file, as far as it reports mistakes.

#include <string>

#include "scenarios/spec/reader.hpp"

namespace rehearse::negative {

using Check = void (*)(const std::string& path, const spec::ReadOptions& options, Diagnostics& out);

/// Reads the file from disk and compiles it; no simulation.
void check_scenario(const std::string& path, const spec::ReadOptions& options, Diagnostics& out);

}  // namespace rehearse::negative
