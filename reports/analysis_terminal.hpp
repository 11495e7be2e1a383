#pragma once
/// The analysis on a terminal: loads first, then what can go wrong, last the sentence that matters.
/// As render_terminal() does it: no line is wider than the terminal, and what colour says, words
/// say as well.

#include <string>

#include "reports/analysis.hpp"
#include "reports/terminal.hpp"

namespace rehearse::reports {

/// Ends with a line feed.
std::string render_terminal(const Analysis& analysis, const TerminalOptions& options = {});

/// The one sentence: "overloaded: orders is asked for 120 % of its 10 servers", or how far traffic
/// can grow.
std::string analysis_sentence(const Analysis& analysis);

}  // namespace rehearse::reports
