#pragma once
/// What the charts of report.html share: series in windows that fit a page, axes with labels,
/// bounds of objectives. Internal to reports/. Every returned string is complete, escaped HTML.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/result.hpp"
#include "reports/svg_chart.hpp"

namespace rehearse::reports {

/// The windows of a page: those of the result, or several of them in one.
struct Windows {
  std::vector<double> at;
  double interval = 0;
  size_t merged = 1;  ///< windows of the result in one of the page
  double begin() const { return at.empty() ? 0 : at.front(); }
  double end() const { return at.empty() ? 1 : at.back() + interval; }
  double place(double time) const { return (time - begin()) / std::max(end() - begin(), 1e-9); }
};

/// At most 400 windows.
Windows merge_windows(const RunResult& result);
/// The series in those windows. Rates and ratios average, times keep the worst: a spike must not
/// vanish on a long run's page. Columns of another length than the windows are dropped.
Series merge_series(const Series& series, const Windows& windows);
/// The values of a column; nullptr where it has no finite one.
const std::vector<double>* values_of(const Series& series, std::string_view column);

/// Charts of a subject, by the quantity that their objectives bound.
enum class Quantity { response_time, rate, errors, utilization };

/// A bound of an objective, as a line in a chart of its subject.
struct Bound {
  double value;
  std::string label;
  Verdict verdict;
  std::optional<std::pair<double, double>> during;  ///< part of the run it is about, seconds
};

/// Bounds that objectives of this subject set for a quantity; three at most.
std::vector<Bound> bounds_of(const RunResult& result, const Series& series, Quantity quantity);

/// At most `most` ticks; on a log axis powers of ten stay.
void thin_ticks(Axis& axis, size_t most);

inline constexpr char kPlotOpen[] =
    "<svg viewBox=\"0 0 1000 1000\" preserveAspectRatio=none aria-hidden=true>";
std::string grid_lines(const Axis& axis);
std::string y_labels(const Axis& axis, std::string_view unit);
/// `time`: simulated time, else durations.
std::string x_labels(const Axis& axis, bool time);
/// A dashed line between two points of the plot, in places 0..1 from its top left corner.
std::string bound_line(Verdict verdict, double x1, double y1, double x2, double y2);

/// The charts of one subject over time, one below the other on one time axis, with their table.
/// Empty where no window saw anything.
std::string html_time_charts(const RunResult& result, const Series& series, const Windows& windows);
/// Response times of one subject, and how its requests ended.
std::string html_distribution(const RunResult& result, const Series& series,
                              const SubjectResult& subject);
std::string html_outcomes(const SubjectResult& subject);

}  // namespace rehearse::reports
