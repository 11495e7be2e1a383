#pragma once
/// The sections of report.html, in the order in which they appear. Internal to reports/.
/// Every function returns complete, escaped HTML, or an empty string where there is nothing to say.

#include <string>
#include <string_view>

#include "reports/result.hpp"

namespace rehearse::reports {

/// Bytes of HTML that a page may have, all sections together, beside its script and style.
inline constexpr size_t kPageBudget = 2'500'000;

/// Escaped name in an element that keeps right-to-left text from spilling over; at most 120
/// columns.
std::string html_name(std::string_view name);
/// The sign of a verdict (a shape as well as a colour), and a chip with sign and word.
std::string html_sign(Verdict verdict);
std::string html_chip(Verdict verdict, std::string_view text);
/// "231 ms" and "± 4" as HTML; a dash where nothing was observed.
std::string html_figure(const Estimate& estimate);
/// Anchor of the charts of a subject (of that kind, where given), "s-3"; empty where it has none.
std::string html_anchor(const RunResult& result, std::string_view subject,
                        std::string_view kind = {});

std::string html_objectives(const RunResult& result);
std::string html_subjects_table(const RunResult& result);
/// What changed since the baseline, where there was one.
std::string html_comparison(const RunResult& result);
/// Tables of parts and calls, which the script draws.
std::string html_topology(const RunResult& result);
/// The data behind the charts, a block for each subject. `budget`: bytes that it may take.
std::string html_over_time(const RunResult& result, size_t budget);
std::string html_events(const RunResult& result);
/// Icicles of critical paths.
std::string html_time_spent(const RunResult& result);
std::string html_checks(const RunResult& result);
std::string html_remarks(const RunResult& result);
std::string html_reproduce(const RunResult& result);

}  // namespace rehearse::reports
