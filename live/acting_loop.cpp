#include "live/acting_loop.hpp"

#include <fmt/format.h>

#include "live/log_entry.hpp"

namespace rehearse::live {

bool ActingLoop::Trail::about_to(std::string_view what) {
  loop_.journal().append(act_entry(loop_.clock().now(), policy_, action_, what));
  return loop_.journal().sync();
}

void ActingLoop::Trail::happened(std::string_view what) {
  const Instant now = loop_.clock().now();
  loop_.journal().append(note_entry(now, policy_, what));
  loop_.listener_.noted(policy_, now, std::string(what));
}

void ActingLoop::add(std::unique_ptr<Host> host, Actuator& actuator) {
  Loop::add(std::move(host));
  actuators_.push_back(&actuator);
}

void ActingLoop::carry_out(Host& host, const Judged& judged) {
  const std::int32_t to = judged.ruling.replicas;
  Trail trail(*this, host.policy(), judged.action);
  if (!trail.about_to(fmt::format("scale from {} to {}", judged.from, to))) return;
  const ActOutcome outcome = actuators_[host.policy()]->scale_to(clock().now(), to, trail);
  const Instant now = clock().now();
  journal().append(
      outcome_entry(now, host.policy(), judged.action, outcome.succeeded, outcome.detail));
  listener_.acted(host.policy(), now, judged, outcome.succeeded, outcome.detail);
  const bool whole = judged.ruling.verdict == policies::GuardRails::Verdict::allowed;
  host.settle(judged.action, outcome.succeeded && whole);
}

void ActingLoop::tend() {
  for (std::uint32_t policy = 0; policy < actuators_.size(); ++policy) {
    Trail trail(*this, policy, std::nullopt);
    actuators_[policy]->tend(clock().now(), trail);
  }
}

}  // namespace rehearse::live
