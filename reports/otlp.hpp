#pragma once
/// Traces in the format that tracing tools read: OTLP JSON, an ExportTraceServiceRequest of
/// opentelemetry-proto 1.x (its JSON mapping: ids as hex digits, 64-bit numbers as text, enums as
/// numbers). A line per document, which is also what the OTLP file exporter writes.
///
/// OTLP knows wall time only. Simulated time begins at 2000-01-01T00:00:00Z there, so that equal
/// runs give equal bytes; the reader takes it off again where the scope is "rehearse".

#include <optional>
#include <string>
#include <string_view>

#include "reports/trace.hpp"

namespace rehearse::reports {

/// Nanoseconds from 1970 to the begin of simulated time.
inline constexpr std::int64_t kTraceOrigin = 946'684'800'000'000'000;

/// Equal sets give equal bytes. Names may hold anything; what is no UTF-8 becomes U+FFFD.
std::string to_otlp_json(const TraceSet& set);

struct ReadTraces {
  std::optional<TraceSet> set;
  std::string problem;  ///< "resourceSpans[0].scopeSpans[0].spans[3].traceId: ..."
};

/// Reads OTLP JSON: one document, or one per line. Made for files of unknown origin: any text gives
/// a set or a problem, nothing is thrown. What Rehearse has no use for is left out (links, states,
/// attribute values that are lists or maps).
ReadTraces from_otlp_json(std::string_view text);

}  // namespace rehearse::reports
