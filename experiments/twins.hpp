#pragma once
/// Closed-form twins: where queueing theory has an exact (or, for caches, a proven approximate)
/// answer for a subject, it stands beside the simulated figure. Strict about when it applies: what
/// the theory assumes must be what the scenario says.
///
/// Open: stations that free streams reach (experiments/twin_flow.hpp): M/M/c, M/M/c/K, Erlang-A,
/// M/G/1 (also with priorities), M/G/c/c, M/G/inf, processor sharing; services made of calls and
/// delays, and clients, by adding up means; two parallel exponential servers (fork-join). Closed:
/// a single workload with a constant number of users in a product-form network, by mean value
/// analysis. Caches: Che's approximation, and expiry. Where nothing else applies but nothing can
/// fail, rates and utilization by the traffic equations.
///
/// Twins speak of the steady state: warm-up and the end of a trial are not in them. With `drain`
/// averages over time are left out.

#include <string>
#include <utility>
#include <vector>

#include "models/compile.hpp"
#include "reports/result.hpp"

namespace rehearse::experiments {

struct Twin {
  std::string subject;
  std::string kind;   ///< of the report
  std::string model;  ///< "M/M/c", "M/G/1", ...
  /// By metric name of the report ("mean_wait", "p99", "utilization", "hit_ratio" ...), and by the
  /// names that objectives use ("p99_wait").
  std::vector<std::pair<std::string, double>> values;
  /// Relative error of the theory itself, to allow for in comparisons: 0 where it is exact.
  double tolerance = 0;
};

/// In the order workloads, services, endpoints, hit ratios. One per subject, but two where a cache
/// is a station as well.
/// Empty for scenarios with more than a thousand services or so. O(services x endpoints).
std::vector<Twin> closed_form_twins(const models::Scenario& scenario);

/// Relative difference from a simulated figure that is no disagreement, beyond the figure's own
/// interval: the error of the theory, and for quantiles a bin of the histogram they are read from,
/// which matters where a law ends inside one.
double tolerance_of(const Twin& twin, const std::string& metric);

}  // namespace rehearse::experiments
