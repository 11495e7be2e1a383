#pragma once
/// Traces for https://ui.perfetto.dev and chrome://tracing: the Trace Event Format of Chrome (JSON
/// array format with an object around it). Each instance is a process. Its spans are complete
/// events on one track; where requests overlap, on as many as it takes, since events on one track
/// must nest and those of two requests do not. Flow arrows lead from an attempt to its visit.
///
/// Times are microseconds with three decimals: exact to the nanosecond. Events are in order of time
/// on each track, outer ones first.

#include <string>

#include "reports/trace.hpp"

namespace rehearse::reports {

/// Equal sets give equal bytes.
std::string to_perfetto_json(const TraceSet& set);

}  // namespace rehearse::reports
