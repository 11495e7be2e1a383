#pragma once
/// What results speak of, and their metrics computed from what trials recorded.

#include <cstdint>
#include <string>
#include <vector>

#include "models/compile.hpp"
#include "models/world.hpp"
#include "scenarios/spec/objective.hpp"

namespace rehearse::experiments {

/// One line of results: the records that make it up.
struct SubjectView {
  std::string name;
  std::string kind;  ///< of the report: "service", "endpoint", ...
  models::Subject subject;
  std::vector<std::uint32_t> parts;  ///< indices into TrialRecord::subjects
  std::int64_t capacity = 0;         ///< servers or millicores; 0: without limit
  bool waits = false;                ///< it has a queue
  double memory = 0;                 ///< limit of all instances, bytes; 0: nobody counts
  bool scaled = false;  ///< instances or consumers come and go: what they may use is counted
  bool sized = false;   ///< a policy says how large its instances are to be
  double cores = 0;     ///< reserved for each unit of capacity
  double bytes = 0;     ///< reserved for each byte of the limit
  double price = 0;     ///< of a pool of nodes, for a node and hour; NaN: not known
};

/// In the order of reports::subject_kinds(). `record` is any trial's.
std::vector<SubjectView> subject_views(const models::Scenario& scenario,
                                       const models::TrialRecord& record);

/// Sum of the windows [first, last) of the parts.
models::WindowRecord collect(const SubjectView& view, const models::TrialRecord& record,
                             std::size_t first, std::size_t last);

/// The metric over `seconds` of time; NaN where it is not defined (no request, no capacity).
double metric_value(spec::Metric metric, double quantile, const models::WindowRecord& record,
                    const SubjectView& view, double seconds);

/// Successes and total behind a metric that is a share of requests; total 0 for other metrics.
struct Proportion {
  double successes = 0;
  double total = 0;
};
Proportion proportion_of(spec::Metric metric, const models::WindowRecord& record);

/// Index of the window that begins at `at`. REQUIRES: there is one (asserted).
std::size_t window_at(const models::TrialRecord& record, Instant at);

}  // namespace rehearse::experiments
