#pragma once
/// Figures for people: "3.2 ms ± 0.1", "71 %", "12.3k/s". As many digits as the interval supports
/// and no more; both figures of a pair share one unit. Machines read result.json instead.

#include <string>
#include <string_view>

#include "reports/result.hpp"

namespace rehearse::reports {

/// A figure taken apart, for tables that align or colour its parts.
struct Figure {
  std::string number;    ///< "231"; empty where nothing was observed
  std::string unit;      ///< " ms", " %", "/s", "" - with the space that belongs before it
  std::string interval;  ///< "± 4", "[227, 240]" where lopsided, "" where there is none
  /// "231 ms ± 4"; "no data" without a number.
  std::string text() const;
};

/// The half-width shows one significant digit (two where the first is 1), the number ends at the
/// same place. An interval whose arms differ by more than a fifth is written as its ends. Scaling:
/// seconds to ns, µs, ms, s, min (from 2 min), h (from 2 h); ratios to percent; rates and counts to
/// k, M, G from 10,000.
Figure figure(const Estimate& estimate);

/// A difference, with its sign, and its interval as ends: "-41 ms [-52, -30]"; those of ratios are
/// percentage points: "+0.2 pp [0.1, 0.3]". "0" where there is none for sure. No digit is finer
/// than a ten-thousandth of `size`, the figure that changed (0: unknown).
Figure difference_figure(const Estimate& change, double size = 0);

/// A lone number in the unit of estimates ("s", "1/s", "ratio", "1"), with at most `digits`
/// significant digits and no trailing zeros: "200 ms", "99.95 %". Ratios just below 1 keep the
/// digits that tell them from 1. "∞" and "no data" (NaN) where there is nothing finite to write.
std::string format_figure(double value, std::string_view unit, int digits = 4);

/// Simulated or wall time as people say it: "30 min", "1 h 30 min", "45 s", "2 d 3 h".
std::string format_span(double seconds);
/// "1,234,567".
std::string format_count(std::uint64_t count);
/// "8.2M", "950": for rates on a progress line, three significant digits.
std::string format_short(double number);

/// ASCII in place of ±, µ, …, ∞ and dashes, for terminals that are not UTF-8.
std::string to_ascii(std::string_view text);

}  // namespace rehearse::reports
