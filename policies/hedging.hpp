#pragma once
/// Hedging: when an answer is late, ask another one as well, and take the first that comes. How
/// late is a quantile of recent latencies (or a fixed delay), and the share of calls that are
/// hedged is bounded, so that a slow system does not get twice the load.
///
/// Also the timeout that adapts: a quantile times a factor, between a least and a most.
/// Units: ns. Defaults: 95th percentile, one hedge, 5 % of calls more at most, nothing before 100
/// answers are known. O(1) but for the quantile; no allocation.
/// Source: J. Dean and L. Barroso, "The Tail at Scale", CACM 56(2), 2013; budget: as gRPC's
/// (gRFC A6: hedgingDelay) and Finagle's (BackupRequestFilter, maxExtraLoad).

#include <algorithm>

#include "policies/latency_quantile.hpp"

namespace rehearse::policies {

class Hedging {
 public:
  struct Params {
    double quantile = 0.95;
    Duration fixed;             ///< else, where above zero
    std::uint32_t hedges = 1;   ///< of one call
    double extra_load = 0.05;   ///< hedges per call, at most
    double burst = 10;          ///< hedges that may be saved up
    std::uint32_t known = 100;  ///< answers before the quantile is trusted
  };

  /// A call is made: credit for its share of a hedge.
  void called(const Params& params) noexcept {
    credit_ = std::min(params.burst, credit_ + params.extra_load);
  }
  void answered(Duration latency) noexcept { latencies_.add(latency); }
  /// How long to wait before the next hedge; Duration::max(): never.
  Duration delay(const Params& params) const noexcept {
    if (params.fixed > Duration::zero()) return params.fixed;
    return latencies_.known() < params.known ? Duration::max() : latencies_.at(params.quantile);
  }
  /// The delay is over: whether to ask another one, where so many have been asked in addition.
  bool try_hedge(const Params& params, std::uint32_t hedged) noexcept {
    if (hedged >= params.hedges || credit_ < 1) return false;
    credit_ -= 1;
    return true;
  }
  bool operator==(const Hedging&) const = default;

 private:
  LatencyQuantile latencies_;
  double credit_ = 0;
};

class AdaptiveTimeout {
 public:
  struct Params {
    double quantile = 0.99;
    double factor = 2;
    Duration least = Duration::milliseconds(10);
    Duration most = Duration::seconds(30);  ///< and while little is known
    std::uint32_t known = 100;
  };
  /// An answer, or the timeout itself where none came: a floor of what it would have taken.
  void answered(Duration latency) noexcept { latencies_.add(latency); }
  Duration timeout(const Params& params) const noexcept {
    if (latencies_.known() < params.known) return params.most;
    const double seconds = latencies_.at(params.quantile).to_seconds() * params.factor;
    return std::clamp(Duration::from_seconds(seconds), params.least, params.most);
  }
  bool operator==(const AdaptiveTimeout&) const = default;

 private:
  LatencyQuantile latencies_;
};

}  // namespace rehearse::policies
