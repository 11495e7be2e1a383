#pragma once
/// The result on a terminal: verdicts first, then a line per service, last the sentence that
/// matters. Plain text unless colour is asked for; what colour says, words say as well.

#include <cstdint>
#include <string>

#include "reports/result.hpp"

namespace rehearse::reports {

struct TerminalOptions {
  int width = 80;  ///< columns; below 40 counts as 40, above 120 as 120: long lines read badly
  bool color = false;
  bool ascii = false;  ///< for terminals that are not UTF-8
};

/// Ends with a line feed; no line is wider than `width` and none has trailing spaces. Long names
/// give way in the middle; below 64 columns an objective takes two lines.
std::string render_terminal(const RunResult& result, const TerminalOptions& options = {});

/// Where a run stands.
struct Progress {
  std::string label;  ///< "trial"
  std::uint64_t done = 0;
  std::uint64_t total = 0;  ///< 0: unknown, then there is no bar and no percentage
  double rate = 0;          ///< events per second; 0 hides it
  double eta_seconds = -1;  ///< below 0: unknown
  std::string note;         ///< "3 of 5 decided"; the first part to go where room is short
};

/// One line without a line feed, at most `width` columns, for a terminal to overwrite:
/// "trial 12/40  ████████░░░░░░░░  30 %  8.2M events/s  14 s left  3 of 5 decided".
std::string render_progress(const Progress& progress, const TerminalOptions& options = {});

}  // namespace rehearse::reports
