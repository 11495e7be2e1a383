#pragma once
/// The gate of a service: turns requests away before they wait or use anything, for the size of
/// their body or by rate limits (policies/rate_limiter.hpp). Keys are numbers: an array of states
/// per limit, no hashing. Limits are asked in order; the first that says no ends it, and what the
/// earlier ones counted stays counted, as in a chain of middleware. Requests that come from no
/// client (probes) pass.

#include <cstddef>
#include <vector>

#include "models/blueprint.hpp"
#include "models/frame.hpp"
#include "policies/keyed_limiter.hpp"

namespace rehearse::models {

/// Keys that this limit of the service counts apart.
std::size_t keys_of(const RateLimitSpec& limit, const ServiceSpec& service,
                    const Blueprint& blueprint);

class Gate {
 public:
  struct Answer {
    Outcome outcome = Outcome::ok;  ///< ok: it may go in
    Duration delay;                 ///< once it has been held back for so long
  };

  /// Both outlive the gate.
  Gate(const ServiceSpec& service, const Blueprint& blueprint);
  Answer ask(Instant now, const Frame& frame);

 private:
  struct Limit {
    const RateLimitSpec* spec;
    std::size_t keys_per_instance;
    policies::KeyedLimiter limiter;
  };
  static std::size_t key_of(const Limit& limit, const Frame& frame, std::uint32_t endpoint);

  const ServiceSpec& service_;
  std::vector<Limit> limits_;
};

}  // namespace rehearse::models
