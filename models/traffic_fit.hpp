#pragma once
/// Synthetic traffic like that of a trace: rate, season and bursts of counts per interval.
///
/// The model is that of `arrivals: {season: {hours, weekend, bursts}}`: Poisson arrivals at the
/// rate mean * hours(time of day) * weekend(day) * factor(t), where the factor jumps between two
/// states at random. Its parts are found one after the other, by moments:
/// 1. Season: counts are proportional to hour and kind of day; both by turns, until they settle.
/// 2. What the season leaves over: the counts X of stretches of k intervals, with expected counts
/// e,
///    have A(k) = sum((X - e)^2 - e) / sum(e^2), the squared coefficient of variation of the
///    factor, averaged over a stretch. Of a factor that forgets exponentially with time constant T,
///    A(k) is c^2 * 2 (u - 1 + exp(-u)) / u^2 with u = stretch / T. A of one interval and of an
///    hour give c and T.
/// 3. Two states with that c and T: equally long for c <= 1; else one state without any traffic.
/// Left out: trends, holidays, the day of the week beyond its weekend, memory on several scales at
/// once (self-similar traffic), bursts shorter than an interval.

#include <array>
#include <string>
#include <vector>

#include "base/spec_node.hpp"
#include "models/arrivals.hpp"

namespace rehearse::models {

struct TraceCounts {
  std::vector<double> counts;  ///< of intervals that follow each other
  double interval = 60;        ///< s
  double begin = 0;            ///< of the first, s from Monday 00:00
};

/// Variance over mean of what counts have beyond the season, in stretches of so many intervals;
/// 1 for Poisson arrivals.
struct Dispersion {
  std::size_t intervals = 0;
  double index = 1;
};

struct TrafficFit {
  double rate = 0;                 ///< over the whole trace, 1/s
  double mean = 0;                 ///< of a working day, 1/s
  bool has_hours = false;          ///< the trace is long enough to tell: a day
  std::array<double, 24> hours{};  ///< factors, 1 on average
  double weekend = 1;              ///< factor; 1 where the trace has no weekend, or nothing else
  std::vector<BurstState> bursts;  ///< factors; none where counts vary no more than Poisson's
  std::array<Dispersion, 2> dispersion;  ///< of one interval, and of about an hour
};

/// REQUIRES: two counts or more, not all of them 0; interval from 1 us to a day.
TrafficFit fit_traffic(const TraceCounts& trace);

/// The fit as the `workload` block of a scenario.
SpecNode workload_of(const TrafficFit& fit, double begin, const std::string& name,
                     const std::string& to);

}  // namespace rehearse::models
