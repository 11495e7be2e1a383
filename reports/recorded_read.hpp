#pragma once
/// Reads recorded series: CSV, or the answer of Prometheus to a range query.
///
/// CSV (commas, RFC 4180 quotes, lines that begin with # left out): the first column is the time, a
/// header names the others "SUBJECT:METRIC", "clients:p95" or with a unit "clients:p95[ms]".
/// Without a header, or with a column called "value", there is one series, and the caller names it.
/// Empty cells are gaps.
///
/// JSON: {"status": "success", "data": {"resultType": "matrix", "result": [{"metric": {...},
/// "values": [[seconds, "1.5"], ...]}]}}. The caller names the metric; the subject as well, or it
/// is taken from the labels: job and handler, else name, queue, server_address or deployment.
///
/// Units: s (unless another is given), ms, us, min, %; what the metric does not have is a problem.
/// Time: seconds, or RFC 3339 in UTC. Instants after 1973 are those of the real world: simulated
/// time 0 is `start`, else the first sample of the file. Smaller numbers are simulated seconds,
/// `start` taken off.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/recorded.hpp"

namespace rehearse::reports {

struct RecordedName {
  std::string subject;  ///< may be empty: from the labels
  std::string metric;
  std::string unit;  ///< "ms"; empty: that of the metric
};
/// "clients:p95[ms]", "p95"; the last colon counts.
RecordedName recorded_name(std::string_view text);

struct ReadRecorded {
  std::vector<RecordedSeries> series;
  std::string problem;  ///< empty where all is well
};
ReadRecorded read_recorded(std::string_view text, const std::optional<RecordedName>& name,
                           const std::optional<double>& start);

/// Seconds of a number or of an instant in UTC.
std::optional<double> parse_seconds(std::string_view text);

}  // namespace rehearse::reports
