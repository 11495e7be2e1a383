#include "models/policy_driver.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "models/world.hpp"

namespace rehearse::models {

std::string_view outcome_name(PolicyDecision::Outcome outcome) {
  constexpr std::string_view kNames[] = {"under way",   "done",    "failed", "throttled",
                                         "unconfirmed", "limited", "vetoed", "advised"};
  return kNames[static_cast<std::size_t>(outcome)];
}

PolicyDriver::PolicyDriver(World& world, std::uint32_t policy)
    : world_(world),
      spec_(world.blueprint().policies[policy]),
      number_(policy),
      controller_(spec_.controller->clone()) {
  if (spec_.rails) rails_.emplace(*spec_.rails, controller_->needs());
}

void PolicyDriver::plan(What what, std::uint64_t number, Instant at) {
  world_.engine().schedule(*this, at, (static_cast<std::uint64_t>(what) << 56) | number);
}

void PolicyDriver::on_event(sim::Engine& engine, std::uint64_t data) {
  const auto what = static_cast<What>(data >> 56);
  switch (what) {
    case What::wake:
      if (engine.now() == planned_wake_) wake();
      break;
    case What::act:
      act();
      take_wishes();
      break;
    default:
      on_look(what, data & 0xffffffff);
  }
  world_.flow().pump();
}

void PolicyDriver::on_look(What /*what*/, std::uint64_t /*number*/) {
  REHEARSE_ASSERT(false);
}

std::string PolicyDriver::describe(const policies::Decision& wish) const {
  const Change change = change_of(wish.action);
  return fmt::format("{} -> {}: {}", change.from, change.to, wish.because);
}

void PolicyDriver::observe(const policies::Observation& seen) {
  if (rails_) rails_->observe(seen);
  controller_->observe(world_.engine().now(), seen, wishes_);
}

void PolicyDriver::wake() {
  planned_wake_ = Instant::never();
  tell_state();
  controller_->wake(world_.engine().now(), wishes_);
  take_wishes();
}

// One that was planned for another instant is none any more.
void PolicyDriver::plan_wake() {
  const Instant next = std::max(controller_->next_wake(), world_.engine().now());
  if (next == planned_wake_) return;
  planned_wake_ = next;
  plan(What::wake, 0, next);
}

void PolicyDriver::take_wishes() {
  for (std::size_t i = 0; i < wishes_.size(); ++i) {
    const policies::Decision wish = wishes_[i];  // what it hears of it may make it wish again
    ask(wish);
  }
  wishes_.clear();
  plan_wake();
}

void PolicyDriver::ask(const policies::Decision& wished) {
  policies::Decision wish = wished;
  const Instant now = world_.engine().now();
  const std::uint64_t number = actions_++;
  const std::size_t entry = log_.size() + left_out_;
  const Change change = change_of(wish.action);
  if (log_.size() < kMostDecisions) {
    log_.push_back({now, number_, change.from, change.to, wish.because, wish.metric, wish.measured,
                    wish.limit});
    log_.back().subject = change.subject;
  } else {
    ++left_out_;
  }
  world_.log("policy.decided", change.subject, kNone, describe(wish));
  const auto* resize = std::get_if<policies::Resize>(&wish.action);
  if (resize != nullptr && resize->when == policies::Resize::When::never)
    return settle(entry, change.subject, PolicyDecision::Outcome::advised);
  bool limited = false;
  if (!lets_through(wish, entry, limited)) return observe(policies::ActionDone{number, false});
  Instant at = now;
  if (spec_.after != kNone) {
    const Law& law = world_.blueprint().plans.laws[spec_.after];
    at = saturating_add(now, law.law.sample_duration(world_.stream(law.stream)));
  }
  const bool fails = spec_.fails > 0 && world_.stream(spec_.action_stream).chance(spec_.fails);
  last_action_ = std::max(at, last_action_);
  under_way_.push_back({number, wish.action, fails, limited, entry});
  if (last_action_ == now) return act();
  plan(What::act, 0, last_action_);
}

// Guard rails may limit the wish.
bool PolicyDriver::lets_through(policies::Decision& wish, std::size_t entry, bool& limited) {
  using Verdict = policies::GuardRails::Verdict;
  const std::string_view subject = change_of(wish.action).subject;
  const Instant now = world_.engine().now();
  if (!rails_) {
    if (!too_soon(now)) return true;
    settle(entry, subject, PolicyDecision::Outcome::throttled);
    return false;
  }
  const policies::GuardRails::Ruling ruling = rails_->judge(now, wish);
  if (ruling.verdict == Verdict::allowed) return true;
  limited = ruling.verdict == Verdict::limited;
  const std::string sentence =
      limited ? fmt::format("only to {}: {}", ruling.replicas, ruling.because) : ruling.because;
  world_.log(limited ? "policy.limited" : "policy.vetoed", subject, kNone, sentence);
  if (entry < log_.size()) log_[entry].ruling = sentence;
  if (!limited) {
    settle(entry, subject, PolicyDecision::Outcome::vetoed);
    return false;
  }
  wish.action = policies::ScaleTo{ruling.replicas};
  return true;
}

// After the last wish that did not come too soon itself.
bool PolicyDriver::too_soon(Instant now) {
  if (spec_.spacing > Duration::zero() && last_asked_ && now - *last_asked_ < spec_.spacing)
    return true;
  last_asked_ = now;
  return false;
}

// The first of those under way: they are due in order.
void PolicyDriver::act() {
  using Came = PolicyDecision::Outcome;
  const Action action = under_way_.front();
  under_way_.pop_front();
  const bool unconfirmed = !action.fails && spec_.unconfirmed > 0 &&
                           world_.stream(spec_.action_stream).chance(spec_.unconfirmed);
  const std::string_view subject = change_of(action.what).subject;
  const bool fails = action.fails || !carry_out(action.what);
  const Came outcome = fails            ? Came::failed
                       : unconfirmed    ? Came::unconfirmed
                       : action.limited ? Came::limited
                                        : Came::done;
  settle(action.entry, subject, outcome);
  if (outcome == Came::unconfirmed) return;
  observe(policies::ActionDone{action.number, outcome == Came::done});
}

void PolicyDriver::settle(std::size_t entry, std::string_view subject,
                          PolicyDecision::Outcome outcome) {
  if (outcome == PolicyDecision::Outcome::failed || outcome == PolicyDecision::Outcome::throttled)
    world_.log("policy.failed", subject, kNone, outcome_name(outcome));
  if (entry >= log_.size()) return;
  log_[entry].outcome = outcome;
  log_[entry].settled = world_.engine().now();
}

}  // namespace rehearse::models
