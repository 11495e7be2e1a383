#pragma once
/// One trace on a terminal: a line per hop with its start, its time, its status and a bar; which of
/// them the answer waited for; and where the time went. Plain ASCII bars, so that a pipe and a
/// terminal show the same; colour only emphasizes what the marks say as well.

#include <string>

#include "reports/terminal.hpp"
#include "reports/trace.hpp"

namespace rehearse::reports {

struct WaterfallOptions {
  TerminalOptions terminal;
  bool all = false;  ///< every hop, also where there are many that nothing waited for
};

/// Ends with a line feed; no line is wider than the terminal (at least 72 columns, at most 120). An
/// attempt and its visit share a line. Beyond 40 lines, hops that the answer did not wait for are
/// left out and counted.
std::string render_waterfall(const TraceSet& set, const Trace& trace,
                             const WaterfallOptions& options = {});

/// A line per trace: the first digits of its id, begin, time, status and kind of request.
std::string render_trace_list(const TraceSet& set, const TerminalOptions& options = {});

/// The trace that took longest from begin to end of its root; nullptr where there is none.
const Trace* slowest_trace(const TraceSet& set);
/// The slowest of those whose root has failed.
const Trace* slowest_failed_trace(const TraceSet& set);

}  // namespace rehearse::reports
