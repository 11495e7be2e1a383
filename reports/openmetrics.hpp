#pragma once
/// A result as time series in OpenMetrics text (version 1.0.0,
/// https://github.com/prometheus/OpenMetrics, draft-richih-opsawg-openmetrics-00), under the names
/// and labels that production has, so that one dashboard shows both. docs/metrics.md lists them.
///
/// Counters and histograms are those of the mean trial, counts of buckets rounded to whole numbers;
/// they start at 0. A sample stands at the end of its window. Buckets are those of the heat maps:
/// half octaves, of successes only, at most 120 samples. What depends on single instances (`up`,
/// replicas) is that of the first trial.
///
/// The run ends when it was started (`timing.started`): its samples lie in the past, where a
/// database of time series accepts them. Without that instant, time begins at 0.
///
/// Leaves out: regions (they are sums of services) and percentiles (they are questions to
/// histograms). `up` of services with more than 50 instances is that of instances which something
/// happened to. After the last entry that is kept of the timeline (timeline_left_out > 0) nothing
/// is said about instances.

#include <string>

#include "reports/result.hpp"

namespace rehearse::reports {

/// Ends with "# EOF". Families in a fixed order, samples of a series in order of time.
std::string to_openmetrics(const RunResult& result);

/// A value between quotes: made visible(), then backslash and quote escaped.
std::string openmetrics_label(std::string_view text);

}  // namespace rehearse::reports
