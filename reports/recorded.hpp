#pragma once
/// Recorded series of a real platform beside simulated ones, window by window, and how far they lie
/// apart.
///
/// A recorded value stands for the window of the result that its instant lies in; of several in one
/// window their mean is taken. Errors are over the windows after the warm-up that have both:
///   mape         mean of |simulated - recorded| / |recorded|, where something was recorded but 0
///   bias         (sum of simulated - sum of recorded) / sum of recorded
///   rmse         root of the mean squared difference, in the unit of the series
///   correlation  Pearson's r
/// They say how well the shape and the level are met, and nothing about chance: a recording is one
/// draw, and has noise that no simulation can follow.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/recorded_comparison.hpp"
#include "reports/result.hpp"

namespace rehearse::reports {

struct RecordedSeries {
  std::string subject;  ///< "gateway/fraud"; as in the result
  std::string metric;   ///< a column of the time series: "p95", "throughput"
  /// Seconds of simulated time, and values in the unit of the column.
  std::vector<std::pair<double, double>> samples;
};

/// nullopt, and why in `problem`, where the result has no such series.
std::optional<RecordedComparison> compare_recorded(const RunResult& result,
                                                   const RecordedSeries& recorded,
                                                   std::string& problem);

/// Reads recorded.json back beside its result: what was recorded is taken from it, all else from
/// the result. Anything that is no such document, or of another result, is a problem.
struct ReadBeside {
  std::vector<RecordedComparison> all;
  std::string problem;
};
ReadBeside read_beside(const RunResult& result, std::string_view text);

/// "clients p95: off by 12 % on average (MAPE), 3 % too low in all, r = 0.93, over 280 windows".
std::string recorded_sentence(const RecordedComparison& comparison);

/// recorded.json (reports/schema/recorded.schema.json) and recorded.csv
/// (kind,subject,metric,unit,at,simulated,recorded) of a result folder.
std::string recorded_json(const std::vector<RecordedComparison>& all);
std::string recorded_csv(const std::vector<RecordedComparison>& all);

}  // namespace rehearse::reports
