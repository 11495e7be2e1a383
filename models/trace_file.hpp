#pragma once
/// Columns of trace files (CSV, RFC 4180): counts per interval, or instants of single arrivals.

#include <string>
#include <string_view>
#include <vector>

namespace rehearse::models {

/// The numbers, or what is wrong with the file and what would be right.
struct TraceColumn {
  std::vector<double> values;
  std::string problem;
  std::string help;
};

/// Counts >= 0. Without a name the last column.
TraceColumn read_counts(std::string_view text, const std::string& column);

/// Seconds after the first instant, ascending. Plain seconds, or a date and time of day
/// (`YYYY-MM-DD HH:MM[:SS[.fraction]]`, a `T` in place of the space and a final `Z` allowed).
/// Without a name the first column.
TraceColumn read_instants(std::string_view text, const std::string& column);

}  // namespace rehearse::models
