#include "cli/plots.hpp"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <vector>

extern char** environ;

namespace rehearse::cli {
namespace {

namespace fs = std::filesystem;

/// Empty where there is none.
std::string find_script() {
  std::error_code error;
  const fs::path command = fs::read_symlink("/proc/self/exe", error);
  if (error) return "";
  for (const char* share : {"share", "../share"}) {
    const fs::path script = command.parent_path() / share / "rehearse" / "plots" / "draw.py";
    if (fs::exists(script, error)) return script.lexically_normal().string();
  }
  return "";
}

std::string find_python() {
  if (const char* named = std::getenv("REHEARSE_PYTHON"); named != nullptr && *named != '\0')
    return named;
  constexpr const char* kUsual = "/usr/bin/python3";
  return ::access(kUsual, X_OK) == 0 ? kUsual : "python3";
}

/// The exit code of a command; -1 and errno where it cannot be started or was killed.
int run(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  if (const int error =
          ::posix_spawnp(&child, arguments[0], nullptr, nullptr, arguments.data(), environ)) {
    errno = error;
    return -1;
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return -1;
  errno = EINTR;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

ExitCode draw_plots(const std::string& result, const std::string& folder,
                    const std::string& formats, Console& console) {
  const std::string script = find_script();
  if (script.empty()) {
    console.complain("cannot draw plots: share/rehearse/plots is not beside the command");
    return ExitCode::environment;
  }
  const std::string python = find_python();
  const int code = run({python, "-B", script, result, folder, formats});
  if (code < 0)
    console.complain(fmt::format("cannot draw plots: cannot run '{}': {}", python,
                                 std::generic_category().message(errno)));
  return code == 0 ? ExitCode::holds : ExitCode::environment;  // the script has said why
}

}  // namespace rehearse::cli
