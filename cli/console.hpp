#pragma once
/// Standard output and standard error: who reads them, and how wide, colourful and Unicode they may
/// be. Results go to standard output; messages and progress to standard error. Not thread-safe.
///
/// Colour: on a terminal only, and not where NO_COLOR is set (https://no-color.org) or TERM is
/// "dumb". Width: COLUMNS where it is a number, else that of the terminal, else 80. ASCII: on a
/// terminal whose locale is not UTF-8.

#include <string>
#include <string_view>

#include "reports/terminal.hpp"

namespace rehearse::cli {

class Console {
 public:
  /// Looks at the terminal and the environment, once.
  Console();

  /// To standard output. A failure is kept for finish().
  void print(std::string_view text);
  /// The same, and at once: for what is read as it happens.
  void print_now(std::string_view text);
  /// To standard error as it is.
  void print_error(std::string_view text);
  /// "rehearse: MESSAGE" to standard error.
  void complain(std::string_view message);

  /// How to render for standard output, and for standard error.
  const reports::TerminalOptions& style() const { return out_; }
  const reports::TerminalOptions& error_style() const { return error_; }

  /// Overwrites the progress line; nothing where standard error is no terminal.
  void show_progress(const reports::Progress& progress);
  /// Erases it. print() and print_error() do so by themselves.
  void end_progress();

  /// Flushes standard output; what went wrong ("cannot write standard output: No space left on
  /// device"), or an empty string.
  std::string finish();

 private:
  reports::TerminalOptions out_;
  reports::TerminalOptions error_;
  bool error_is_terminal_ = false;
  bool progress_shown_ = false;
  int failed_ = 0;  // errno of the first failure
};

}  // namespace rehearse::cli
