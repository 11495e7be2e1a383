#pragma once
/// The data behind the charts of report.html: one block per subject, of tables only. The script of
/// the page draws charts from these tables and shows them beside; without it the tables are what
/// there is. Internal to reports/.

#include <string>
#include <string_view>
#include <vector>

#include "reports/result.hpp"

namespace rehearse::reports {

/// The windows of a page: those of the result, or several of them in one.
struct Windows {
  std::vector<double> at;
  double interval = 0;
  size_t merged = 1;  ///< windows of the result in one of the page
};

/// At most 400 windows.
Windows merge_windows(const RunResult& result);
/// A column of a series in those windows. Rates average; times, ratios and levels keep the largest:
/// a spike must not vanish on a long run's page. Empty where the column has no finite value or
/// another length than the windows.
std::vector<double> merge_column(const Series& series, const SeriesColumn& column,
                                 const Windows& windows);

std::vector<double> merge_values(const std::vector<double>& values, std::string_view unit,
                                 const Windows& windows);

/// "1:05:30", with hundredths where windows are shorter than a second.
std::string clock_text(double seconds);
/// A number with four significant digits, never with an exponent: "0.01234", "12345".
std::string cell_text(double value);

/// The fewest instances of the first trial that are up in each window; empty where none is known to
/// have stopped or started, or not all of it is known.
std::vector<double> instances_up(const RunResult& result, const Series& series,
                                 const Windows& windows);

}  // namespace rehearse::reports
