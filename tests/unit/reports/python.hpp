#pragma once
/// Runs a checker written in Python: a reader of our output that shares no code with its writer.

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

/// Skips the test, visibly, where /usr/bin/python3 or one of its modules is missing.
#define REHEARSE_NEEDS_PYTHON(module)                                              \
  if (std::system("/usr/bin/python3 -c 'import " module "' >/dev/null 2>&1") != 0) \
  GTEST_SKIP() << "needs /usr/bin/python3 with the module " module

namespace rehearse::reports {

/// What the script prints when given a file with `input` and then `argument`.
inline std::string run_python(const std::string& script, const std::string& input,
                              const std::string& argument = "") {
  const std::string path = testing::TempDir() + "rehearse-check-" + std::to_string(::getpid());
  std::ofstream(path, std::ios::binary) << input;
  const std::string root = REHEARSE_SOURCE_DIR;
  const std::string command = "cd '" + root + "' && /usr/bin/python3 tests/unit/reports/" + script +
                              " '" + path + "' " + argument + " 2>&1";
  std::string out;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (!pipe) return "cannot run " + command;
  std::array<char, 4096> buffer{};
  while (std::fgets(buffer.data(), static_cast<int>(buffer.size()), pipe)) out += buffer.data();
  if (::pclose(pipe) != 0) out += "\n(failed)";
  std::remove(path.c_str());
  return out;
}

}  // namespace rehearse::reports
