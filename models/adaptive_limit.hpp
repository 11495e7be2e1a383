#pragma once
/// Sheds load of one instance: it takes no more requests at once than its own times to answer say
/// that it can do (policies/adaptive_concurrency.hpp, by gradient or AIMD), and turns the others
/// away before they wait for anything. What ends without an answer of the work itself (turned away
/// further in, or left the queue) counts as neither fast nor slow; for AIMD it is a bad answer.

#include <variant>

#include "models/outcome.hpp"
#include "policies/adaptive_concurrency.hpp"

namespace rehearse::models {

using AdaptiveLimitSpec =
    std::variant<std::monostate, policies::GradientLimit::Params, policies::AimdLimit::Params>;

class AdaptiveLimit {
 public:
  /// REQUIRES: not monostate.
  explicit AdaptiveLimit(const AdaptiveLimitSpec& spec) : limit_(made(spec)) {}

  bool try_start(Instant now) {
    if (auto* gradient = std::get_if<policies::GradientLimit>(&limit_))
      return gradient->try_start(now);
    return std::get<policies::AimdLimit>(limit_).try_start();
  }
  void finished(Instant now, Duration took, Outcome outcome) {
    const bool answered = outcome == Outcome::ok || outcome == Outcome::error;
    if (auto* gradient = std::get_if<policies::GradientLimit>(&limit_))
      return answered ? gradient->finished(now, took) : gradient->ignored();
    std::get<policies::AimdLimit>(limit_).finished(now, took, outcome != Outcome::ok);
  }
  std::uint32_t limit() const {
    return std::visit([](const auto& of) { return of.limit(); }, limit_);
  }

 private:
  using Limit = std::variant<policies::GradientLimit, policies::AimdLimit>;
  static Limit made(const AdaptiveLimitSpec& spec) {
    if (const auto* gradient = std::get_if<policies::GradientLimit::Params>(&spec))
      return policies::GradientLimit(*gradient);
    return policies::AimdLimit(std::get<policies::AimdLimit::Params>(spec));
  }
  Limit limit_;
};

}  // namespace rehearse::models
