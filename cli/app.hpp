#pragma once
/// The command as a whole.

namespace rehearse::cli {

/// Reads the arguments, does what they ask for, and returns the exit code. Nothing is thrown.
int run_command(int argc, const char* const* argv);

}  // namespace rehearse::cli
