#pragma once
/// What the resolver of each client believes a DNS name to stand for: the answer it got last, for
/// as long as the TTL says (RFC 1035), or several times as long where it pays no heed (resolvers
/// and language runtimes that cache for ever are why failover by DNS has a long tail). After a
/// change of the record, busy clients leave the old target evenly over one TTL: the rest of its
/// traffic is 1 - t / TTL after t, and a client is wrong for TTL / 2 on average. In the beginning
/// every resolver holds an answer of random age, as if it had run for long. State: 24 bytes per
/// client and name. Leaves out: resolvers that many clients share, negative answers, several
/// addresses in one answer, the spreading of a change over name servers.

#include <cstdint>
#include <vector>

#include "base/time.hpp"
#include "models/blueprint.hpp"
#include "sim/random.hpp"

namespace rehearse::models {

class NameCache {
 public:
  struct Answer {
    std::uint32_t target = 0;
    bool asked = false;  ///< the resolver had to ask
  };

  NameCache(const NameSpec& spec, std::uint32_t clients, sim::Stream& stream)
      : spec_(spec), target_(spec.changes.front().target), believed_(clients) {
    for (Belief& belief : believed_) {
      const bool ignores = spec.ignoring > 0 && stream.chance(spec.ignoring);
      const double life = spec.ttl.to_seconds() * (ignores ? spec.factor : 1);
      belief = {saturating_add(Instant::start(), Duration::from_seconds(life * stream.uniform())),
                Duration::from_seconds(life), target_};
    }
  }

  /// `now` never decreases.
  Answer ask(Instant now, std::uint32_t client) {
    while (next_ < spec_.changes.size() && spec_.changes[next_].at <= now)
      target_ = spec_.changes[next_++].target;
    Belief& belief = believed_[client];
    if (now < belief.expires) return {belief.target, false};
    belief.expires = saturating_add(now, belief.life);
    belief.target = target_;
    return {target_, true};
  }

 private:
  struct Belief {
    Instant expires;
    Duration life;
    std::uint32_t target = 0;
  };
  const NameSpec& spec_;
  std::uint32_t target_;  // of the record
  std::size_t next_ = 1;  // change
  std::vector<Belief> believed_;
};

}  // namespace rehearse::models
