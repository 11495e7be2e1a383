#pragma once
/// A comparison on a terminal: a sentence per change, what mattered last.

#include <string>

#include "reports/comparison.hpp"
#include "reports/terminal.hpp"

namespace rehearse::reports {

class Page;

/// What `rehearse diff` prints. Lines as render_terminal().
std::string render_terminal(const Comparison& comparison, const TerminalOptions& options = {});

/// The lines of a result that was given a baseline: what changed since, and how much.
void write_since(Page& page, const Comparison& comparison);

}  // namespace rehearse::reports
