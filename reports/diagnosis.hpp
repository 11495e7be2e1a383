#pragma once
/// What broke first, when and why, in sentences that a person on call can act on. Everything is
/// read off the result: windows of the time series against the bounds of objectives, utilisation
/// and queues of stations, faults, and the critical paths of followed requests. A lead to a cause,
/// not a proof of one.

#include <optional>
#include <string>

#include "reports/result.hpp"

namespace rehearse::reports {

/// The series column that an objective bounds window by window ("p95", "error_ratio"), and the
/// bound in the terms of that column: an availability of 99 % is an error ratio of 1 %. nullopt for
/// objectives that no column speaks of (mean_wait, p99.9) and for shares of windows.
struct ColumnBound {
  const char* column;
  double value;
  bool upper;  ///< larger values break it
};
std::optional<ColumnBound> column_bound(const ObjectiveResult& objective);

/// Windows in which a series is beyond the bound of an objective, inside the part of the run that
/// is measured for it.
struct Breach {
  const ObjectiveResult* objective = nullptr;
  double at = 0;  ///< begin of the first such window, s
  double value = 0;
  std::size_t windows = 0;  ///< beyond the bound
  std::size_t of = 0;       ///< that saw anything
};
/// The earliest among the objectives that fail; where none fails, among all. nullopt where no
/// window is beyond its bound.
std::optional<Breach> first_breach(const RunResult& result);

/// "p95(gateway/fraud) at 12 min 20 s: 231 ms, above 200 ms; so in 37 of 112 windows"; of an
/// objective that does not fail "nothing; p95(a) was above 200 ms in 3 of 112 windows, first at 12
/// min (231 ms)". Empty without a breach.
std::string breach_sentence(const RunResult& result);

/// Why: the fault under way then, the part that was busiest then, what most of the time is spent
/// on: "fault zone b lost (zone.outage) began 20 s before; api was 97 % used then, with 12 waiting
/// (71 % and 0.4 on average); 57 % of gateway/ml's time is work of ml.predict". Without a breach of
/// the run as a whole. Empty where nothing is known.
std::string cause_sentence(const RunResult& result);

}  // namespace rehearse::reports
