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

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reports/result.hpp"

namespace rehearse::reports {

struct RecordedSeries {
  std::string subject;  ///< "gateway/fraud"; as in the result
  std::string metric;   ///< a column of the time series: "p95", "throughput"
  /// Seconds of simulated time, and values in the unit of the column.
  std::vector<std::pair<double, double>> samples;
};

struct RecordedError {
  std::uint64_t windows = 0;  ///< compared
  std::optional<double> mape;
  std::optional<double> bias;
  std::optional<double> rmse;
  std::optional<double> correlation;
};

/// One value per window of the result; NaN where there is none.
struct RecordedComparison {
  std::string subject;
  std::string kind;
  std::string metric;
  std::string unit;
  std::vector<double> at;
  std::vector<double> simulated;
  std::vector<double> recorded;
  RecordedError error;
};

/// nullopt, and why in `problem`, where the result has no such series.
std::optional<RecordedComparison> compare_recorded(const RunResult& result,
                                                   const RecordedSeries& recorded,
                                                   std::string& problem);

/// "clients p95: off by 12 % on average (MAPE), 3 % too low in all, r = 0.93, over 280 windows".
std::string recorded_sentence(const RecordedComparison& comparison);

/// recorded.json (reports/schema/recorded.schema.json) and recorded.csv
/// (kind,subject,metric,unit,at,simulated,recorded) of a result folder.
std::string recorded_json(const std::vector<RecordedComparison>& all);
std::string recorded_csv(const std::vector<RecordedComparison>& all);

}  // namespace rehearse::reports
