#pragma once
/// What matters over time, a line each, on a terminal: the objective that decides, what clients saw
/// and got, the busiest part, the longest queue, instances that were missing, and faults. After the
/// warm-up, where there is one. Internal to reports/.

#include "reports/result.hpp"
#include "reports/terminal_page.hpp"

namespace rehearse::reports {

/// Nothing where there are fewer than eight windows.
void write_over_time(Page& page, const RunResult& result);

}  // namespace rehearse::reports
