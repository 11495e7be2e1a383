#pragma once
/// Expected latency of one backend, by peak EWMA: a slower answer counts at once and in full, a
/// faster one only as time passes; the estimate decays towards what was seen with exp(-t / decay),
/// and towards zero while nothing is seen, so that a backend that was slow is tried again. What the
/// next request would cost is the estimate times the requests under way, itself included.
///
/// A backend of which nothing is known costs nothing, until it has a request under way: then it
/// costs more than any that is known. A look is an observation of zero, as in the original.
/// Units: costs in seconds. State: 16 bytes.
/// Source: Twitter Finagle 22, com.twitter.finagle.loadbalancer.PeakEwma; the same in Linkerd 2
/// (tower::load::peak_ewma), which knows a latency in the beginning.
/// Leaves out: what came of a request. An instance that fails fast is attractive.

#include <cmath>
#include <cstdint>

#include "base/time.hpp"

namespace rehearse::policies {

class PeakEwma {
 public:
  static constexpr double kPenalty = 1e9;  ///< s

  /// REQUIRES here and below: `now` does not decrease, decay > 0.
  void observe(Instant now, Duration latency, Duration decay) {
    update(now, latency.to_seconds(), decay);
  }
  double cost(Instant now, std::uint32_t pending, Duration decay) {
    update(now, 0, decay);
    if (latency_ <= 0 && pending > 0) return kPenalty + pending;
    return latency_ * (pending + 1.0);
  }
  double latency() const { return latency_; }  ///< as of the last look

 private:
  void update(Instant now, double latency, Duration decay) {
    if (latency > latency_) {
      latency_ = latency;
    } else {
      const double kept = std::exp(-((now - at_).to_seconds() / decay.to_seconds()));
      latency_ = latency_ * kept + latency * (1 - kept);
    }
    at_ = now;
  }

  double latency_ = 0;
  Instant at_;
};

}  // namespace rehearse::policies
