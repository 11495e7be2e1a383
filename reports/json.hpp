#pragma once
/// result.json: the whole result as one document for machines, and the way back. Its shape is
/// described by reports/schema/result.schema.json and kept compatible within one `format` number:
/// keys are added, never renamed.
///
///   verdict, fingerprint, seed, trials, ...   facts of the run; times in seconds
///   objectives[]                              id, metric, target, estimate, ci, unit, verdict, ...
///   services, endpoints, workloads, caches, databases, regions
///                                             objects by name: metrics as {estimate, ci, unit},
///                                             closed_forms, outcomes, distribution [[upper,
///                                             count]]
///   topology, time_spent                      who calls whom; where answers were waited for
///   series                                    one list per metric, one value per entry of `at`
///   timing                                    all that may differ between two equal runs
///
/// Equal results give equal bytes: keys in fixed order, numbers in the shortest form that reads
/// back to the same bits, null for what is infinite or missing.

#include <optional>
#include <string>
#include <string_view>

#include "reports/result.hpp"

namespace rehearse::reports {

/// Two spaces of indentation, lists of numbers on one line, a line feed at the end.
/// The resolved scenario is not part of it: it is a file of its own.
std::string to_json(const RunResult& result);

/// A JSON document in the layout of to_json(), which diffs well: small objects and lists of plain
/// values on one line, everything else a line per entry. REQUIRES: `document` is JSON.
std::string lay_out_json(std::string_view document);

/// A result, or the reason why there is none.
struct ReadResult {
  std::optional<RunResult> result;
  std::string problem;   ///< "objectives[2].verdict: expected holds, fails, ...; found \"maybe\""
  bool readable = true;  ///< false: there is a problem with the file, not with what it says
};

/// Reads what to_json() wrote. Made for files of unknown origin: any text gives a result or a
/// problem, nothing is thrown. Limits: 256 MiB, 32 levels, 20,000 keys in one object. Unknown keys
/// are ignored, so that a newer minor version can be read; another `format` is a problem.
ReadResult from_json(std::string_view text);

}  // namespace rehearse::reports
