#pragma once
/// report.html: one page that needs nothing else. It loads nothing, works offline and from a mail
/// attachment, in light and dark, at 400 and at 2560 pixels, on paper, and without scripts; a
/// security policy forbids everything but its own style and its own small script (reports/page/).
///
/// Charts are SVG drawn here. Each stands above the table it was drawn from. To stay below 1 MB the
/// page draws the subjects that matter first (those of failing objectives, then the busiest) and
/// names the rest; series of more than 400 windows are summed up window by window, and the page
/// says so.

#include <string>

#include "reports/result.hpp"

namespace rehearse::reports {

std::string to_html(const RunResult& result);

}  // namespace rehearse::reports
