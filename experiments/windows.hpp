#pragma once
/// The grid of windows over a trial: fine enough for the time series, and with an edge wherever an
/// objective, the warm-up or the horizon needs one.

#include <vector>

#include "base/diagnostics.hpp"
#include "base/time.hpp"
#include "models/compile.hpp"

namespace rehearse::experiments {

/// Most windows a trial may have; each costs memory for every subject.
inline constexpr std::size_t kMostWindows = 20'000;

struct WindowGrid {
  std::vector<Instant> boundaries;  ///< first 0, last the horizon
  Duration series;                  ///< interval of the time series: about 300 per horizon
};

/// Errors: too-many-windows, outside-horizon (an objective or the warm-up beyond the horizon).
WindowGrid plan_windows(const models::Scenario& scenario, Diagnostics& out);

}  // namespace rehearse::experiments
