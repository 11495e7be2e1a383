#include "cli/console.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <system_error>

#include "base/text.hpp"

namespace rehearse::cli {
namespace {

constexpr int kDefaultWidth = 80;

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

int columns_of(int fd) {
  const std::string_view asked = variable("COLUMNS");
  int columns = 0;
  const auto end = asked.data() + asked.size();
  if (const auto read = std::from_chars(asked.data(), end, columns);
      read.ec == std::errc() && read.ptr == end && columns > 0)
    return columns;
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return kDefaultWidth;
}

// The first of these that is set decides, as POSIX has it.
bool locale_is_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string_view value = variable(name);
    if (value.empty()) continue;
    return value.find("UTF-8") != std::string_view::npos ||
           value.find("utf8") != std::string_view::npos;
  }
  return false;
}

reports::TerminalOptions style_of(int fd) {
  reports::TerminalOptions style;
  style.width = columns_of(fd);
  const bool terminal = ::isatty(fd) == 1;
  style.color = terminal && variable("NO_COLOR").empty() && variable("TERM") != "dumb";
  style.ascii = terminal && !locale_is_utf8();
  return style;
}

}  // namespace

Console::Console()
    : out_(style_of(STDOUT_FILENO)),
      error_(style_of(STDERR_FILENO)),
      error_is_terminal_(::isatty(STDERR_FILENO) == 1 && variable("TERM") != "dumb") {}

void Console::print(std::string_view text) {
  end_progress();
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() && failed_ == 0)
    failed_ = errno;
}

void Console::print_now(std::string_view text) {
  print(text);
  errno = 0;
  if (std::fflush(stdout) != 0 && failed_ == 0) failed_ = errno;
}

void Console::print_error(std::string_view text) {
  end_progress();
  std::fflush(stdout);  // so that both streams stay in order on one terminal
  std::fwrite(text.data(), 1, text.size(), stderr);
}

void Console::complain(std::string_view message) {
  print_error(fmt::format("rehearse: {}\n", printable(message)));
}

void Console::show_progress(const reports::Progress& progress) {
  if (!error_is_terminal_) return;
  // One column stays free: some terminals wrap as soon as the last one is written.
  reports::TerminalOptions style = error_;
  --style.width;
  const std::string line = "\r" + reports::render_progress(progress, style) + "\x1b[K";
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fflush(stderr);
  progress_shown_ = true;
}

void Console::end_progress() {
  if (!progress_shown_) return;
  progress_shown_ = false;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
}

std::string Console::finish() {
  end_progress();
  errno = 0;
  if (std::fflush(stdout) != 0 && failed_ == 0) failed_ = errno;
  if (failed_ == 0) return "";
  return "cannot write standard output: " + std::generic_category().message(failed_);
}

}  // namespace rehearse::cli
