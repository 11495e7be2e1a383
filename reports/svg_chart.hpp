#pragma once
/// Axes and SVG shapes of the page's charts, computed without a library.
///
/// A plot is an <svg> that stretches to the room it gets (viewBox 0 0 1000 1000, no aspect ratio
/// kept, strokes that do not scale); its labels are HTML placed in percent around it. So text keeps
/// its size at every width, and the page needs no script to lay itself out.

#include <string>
#include <string_view>
#include <vector>

namespace rehearse::reports {

/// Maps values to 0 (low end) .. 1 (high end). REQUIRES: low < high, and low > 0 where log.
struct Axis {
  double low = 0;
  double high = 1;
  bool log = false;
  std::vector<double> ticks;  ///< inside [low, high], rising
  /// NaN for NaN; clamped to [0, 1] otherwise.
  double place(double value) const;
};

/// From 0 to a round number at or above `high`, with at most `most_ticks` ticks beside 0.
Axis linear_axis(double high, int most_ticks = 4);
/// From `low` down to a round number, to `high` up: ticks at powers of ten, and at 2 and 5 between
/// them where there are few. REQUIRES: 0 < low.
Axis log_axis(double low, double high);
/// From `from` to `to` exactly, ticks at round times: seconds, minutes, hours, days.
Axis time_axis(double from, double to, int most_ticks = 6);

/// "5 min", "1 h": tick labels of a time axis; "0" for zero.
std::string time_label(double seconds);

/// Values over evenly spaced windows, drawn at the middle of each. Gaps (NaN) interrupt the line; a
/// value between two gaps becomes a dot. Empty where nothing is finite.
/// A path's data: "M0 12 3 45".
std::string line_path(const std::vector<double>& values, const Axis& axis);
/// The same, closed down to the low end.
std::string area_path(const std::vector<double>& values, const Axis& axis);

/// Bars from `left[i]` to `right[i]` (places 0..1) as one path; heights are places on `axis`.
std::string bars_path(const std::vector<double>& left, const std::vector<double>& right,
                      const std::vector<double>& heights, const Axis& axis);

/// A place 0..1 as a CSS percentage with at most two decimals: "57.25%".
std::string percent(double place);

}  // namespace rehearse::reports
