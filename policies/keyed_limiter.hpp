#pragma once
/// One limiter with a state per key, keys 0 .. n-1: an array, as whoever simulates or configures
/// knows the keys. No allocation and no hashing per decision. Copies are snapshots; equal copies
/// answer alike for ever.

#include <cstddef>
#include <variant>
#include <vector>

#include "policies/rate_limiter.hpp"

namespace rehearse::policies {

class KeyedLimiter {
 public:
  KeyedLimiter(const AnyLimiter& limiter, std::size_t keys)
      : keyed_(std::visit(
            [&](const auto& kind) {
              using Kind = std::decay_t<decltype(kind)>;
              return All(Keyed<Kind>{kind, std::vector<typename Kind::State>(keys, kind.fresh())});
            },
            limiter)) {}
  /// REQUIRES: key < keys.
  Verdict admit(std::size_t key, Instant now) noexcept {
    return std::visit(
        [&](auto& keyed) noexcept { return keyed.limiter.admit(keyed.states[key], now); }, keyed_);
  }
  bool operator==(const KeyedLimiter&) const = default;

 private:
  template <RateLimiter L>
  struct Keyed {
    L limiter;
    std::vector<typename L::State> states;
    bool operator==(const Keyed&) const = default;
  };
  template <class Variant>
  struct Each;
  template <class... L>
  struct Each<std::variant<L...>> {
    using Keys = std::variant<Keyed<L>...>;
  };
  using All = typename Each<AnyLimiter>::Keys;
  All keyed_;
};

}  // namespace rehearse::policies
