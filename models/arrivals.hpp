#pragma once
/// Arrival processes of the open loop, as a rate over time or as given instants.
///
/// A Poisson process of varying rate is made by inverting its cumulative rate at the arrival times
/// of a unit-rate process (E. Cinlar, "Introduction to Stochastic Processes", 1975): one draw per
/// arrival, so that common random numbers stay paired when a rate changes.
/// Bursts: a Markov-modulated Poisson process, whose rate jumps between states at random (W.
/// Fischer, K. Meier-Hellstern, "The Markov-modulated Poisson process (MMPP) cookbook", 1993). On
/// top of a rate that varies anyhow: by thinning arrivals at the highest factor (P. A. W. Lewis, G.
/// S. Shedler, Naval Research Logistics 26, 1979).
/// Leaves out: heavy-tailed bursts (self-similar traffic), correlation between workloads.

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "sim/random.hpp"

namespace rehearse::models {

/// The rate goes linearly from `rate_from` to `rate_to` between `from` and `to` (seconds, 1/s).
struct RateSegment {
  double from = 0;
  double to = 0;
  double rate_from = 0;
  double rate_to = 0;
};

/// At `at` the number of users becomes `users` (steps of one).
struct UserChange {
  Instant at;
  std::uint32_t users = 0;
};

/// Poisson arrivals at `rate` while in this state; it lasts exponentially long.
struct BurstState {
  double rate = 0;  ///< 1/s; where another rate varies beneath it, a factor on that
  double stay = 0;  ///< s, mean
};

struct ArrivalSpec {
  enum class Kind : std::uint8_t { poisson, renewal, rates, instants, mmpp } kind = Kind::poisson;
  double mean_gap = 0;             ///< poisson: 1 / rate, as a product is cheaper than a quotient
  double rate = 0;                 ///< poisson: 1/s
  std::uint32_t law = 0xffffffff;  ///< renewal: law of the gaps
  std::vector<RateSegment> segments;   ///< rates: contiguous, in order; nothing after the last
  std::vector<std::int64_t> instants;  ///< instants: ns, ascending
  /// mmpp: one after the other, in a ring. rates: factors on the rate, 1 on average; or none.
  std::vector<BurstState> states;
  /// Mean rate over the first `horizon` seconds, 1/s; of a renewal process: `renewal_rate`.
  double renewal_rate = 0;
  double mean_rate(double horizon) const;
  /// Of the states; 1 where there are none.
  double highest_factor() const;
};

/// Walks a piecewise linear rate. State: the segment and what of it is used up.
class RateWalk {
 public:
  /// Next arrival after the cumulative rate has grown by `unit_exponential`; never where the rate
  /// ends first. O(1) amortised over the segments.
  Instant next(const std::vector<RateSegment>& segments, double unit_exponential);

 private:
  std::size_t segment_ = 0;
  double used_ = 0;  // cumulative rate used up in the segment
};

/// Walks an MMPP. State: which one, and until when.
class BurstWalk {
 public:
  /// Next arrival after `now`. The first call draws the state to begin with, each as likely as the
  /// share of time that is spent in it. Cost: O(states left until then).
  Instant next(const std::vector<BurstState>& states, Instant now, sim::Stream& stream);
  /// Rate (or factor) of the state at `at`, which is not before what was asked for last.
  double rate_at(const std::vector<BurstState>& states, Instant at, sim::Stream& stream);

 private:
  void begin(const std::vector<BurstState>& states, sim::Stream& stream);
  void leave(const std::vector<BurstState>& states, double at, sim::Stream& stream);
  std::size_t state_ = 0;
  double until_ = -1;  // s; negative: not begun
};

/// Users as a function of time, piecewise linear, as single steps up and down at the instants at
/// which the line passes a whole number (as the ramping users of k6 do).
struct UserStage {
  Duration length;
  std::uint32_t to = 0;
};
std::vector<UserChange> user_changes(std::uint32_t start, const std::vector<UserStage>& stages);

}  // namespace rehearse::models
