#pragma once
/// Client-side throttling: a client that is refused too often refuses itself, so that refusing does
/// not become the work of the one who is overloaded. Of the requests of the last two minutes so
/// many may be made as K times those that were accepted; beyond, one is refused with probability
///   max(0, (requests - K × accepts) / (requests + 1)).
/// Units: requests; ns. K 2, window 2 min. `uniform` is the caller's draw from [0, 1). O(1), no
/// allocation. Source: Google, "Site Reliability Engineering", 2016, chapter 21.

#include "policies/retry_budget.hpp"

namespace rehearse::policies {

class AdaptiveThrottle {
 public:
  struct Params {
    double k = 2;
    Duration window = Duration::seconds(120);
  };
  explicit AdaptiveThrottle(const Params& params, Instant now = Instant::start())
      : k_(params.k), requests_(params.window, now), accepts_(params.window, now) {}

  double refusal_probability(Instant now) noexcept {
    const auto requests = static_cast<double>(requests_.sum(now));
    const auto accepts = static_cast<double>(accepts_.sum(now));
    return std::max(0.0, (requests - k_ * accepts) / (requests + 1));
  }
  /// Whether to make a request; it counts either way.
  bool admit(Instant now, double uniform) noexcept {
    const bool admitted = uniform >= refusal_probability(now);
    requests_.add(now, 1);
    return admitted;
  }
  /// The other side has taken it, whatever came of it then.
  void accepted(Instant now) noexcept { accepts_.add(now, 1); }
  bool operator==(const AdaptiveThrottle&) const = default;

 private:
  double k_;
  SlicedSum requests_;
  SlicedSum accepts_;
};

}  // namespace rehearse::policies
