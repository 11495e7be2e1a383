#pragma once
/// A series in one line of text.

#include <span>
#include <string>
#include <vector>

namespace rehearse::reports {

/// `cells` values for as many stretches of the series, at most one per value. Each is the value of
/// its stretch that lies farthest from the median of the whole, so that neither a short peak nor a
/// short dip is lost; NaN where a stretch has none.
std::vector<double> extremes(std::span<const double> values, std::size_t cells);

/// A bar of eight heights per value, from 0 to `top`; blank where there is none. ASCII: eight
/// characters from light to heavy.
std::vector<std::string> spark_cells(std::span<const double> values, double top, bool ascii);

}  // namespace rehearse::reports
