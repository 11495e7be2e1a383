#include "models/policy_driver.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "models/world.hpp"

/// What becomes of a policy's wishes, and when it is woken; what it sees: policy_scrape.cpp.

namespace rehearse::models {

std::string_view outcome_name(PolicyDecision::Outcome outcome) {
  constexpr std::string_view kNames[] = {"under way",   "done",    "failed", "throttled",
                                         "unconfirmed", "limited", "vetoed"};
  return kNames[static_cast<std::size_t>(outcome)];
}

PolicyDriver::PolicyDriver(World& world, std::uint32_t policy)
    : world_(world),
      spec_(world.blueprint().policies[policy]),
      number_(policy),
      set_(world.scale_target(spec_)),
      service_(spec_.queue == kNone ? &world.service(spec_.service) : nullptr),
      usage_(service_ != nullptr ? service_->usage() : nullptr),
      controller_(spec_.controller->clone()),
      histories_(set_.members().size()),
      counts_(spec_.metrics.size()) {
  if (spec_.rails) rails_.emplace(*spec_.rails, controller_->needs());
}

void PolicyDriver::begin() {
  const double phase = world_.stream(spec_.scrape_stream).uniform();
  plan(What::scrape, 0,
       Instant::start() + Duration::from_seconds(spec_.scrape.to_seconds() * phase));
  plan_wake();
}

void PolicyDriver::plan(What what, std::uint64_t number, Instant at) {
  world_.engine().schedule(*this, at, (static_cast<std::uint64_t>(what) << 56) | number);
}

void PolicyDriver::on_event(sim::Engine& engine, std::uint64_t data) {
  switch (static_cast<What>(data >> 56)) {
    case What::scrape:
      scrape();
      plan(What::scrape, 0, saturating_add(engine.now(), spec_.scrape));
      break;
    case What::learn:
      learn(data & 0xffffffff);
      break;
    case What::wake:
      if (engine.now() == planned_wake_) wake();
      break;
    case What::act:
      act();
      carry_out();
      plan_wake();
      break;
  }
  world_.flow().pump();
}

void PolicyDriver::observe(const policies::Observation& seen) {
  if (rails_) rails_->observe(seen);
  controller_->observe(world_.engine().now(), seen, wishes_);
}

void PolicyDriver::learn(std::uint64_t number) {
  const auto batch = static_cast<std::uint32_t>(number);
  for (const policies::Observation& seen : batches_[batch]) observe(seen);
  batches_[batch].clear();
  free_batches_.push_back(batch);
  carry_out();
  plan_wake();
}

void PolicyDriver::wake() {
  planned_wake_ = Instant::never();
  tell_state();
  controller_->wake(world_.engine().now(), wishes_);
  carry_out();
  plan_wake();
}

// One that was planned for another instant is none any more.
void PolicyDriver::plan_wake() {
  const Instant next = std::max(controller_->next_wake(), world_.engine().now());
  if (next == planned_wake_) return;
  planned_wake_ = next;
  plan(What::wake, 0, next);
}

void PolicyDriver::tell_state() {
  for (Told& told : told_) told.seen = false;
  for (std::uint32_t i = 0; i < set_.members().size(); ++i) tell_instance(i);
  for (std::size_t k = 0; k < told_.size(); ++k) {
    if (!told_[k].known || told_[k].seen) continue;
    told_[k].known = false;
    observe(policies::InstanceGone{first_told_ + static_cast<std::uint32_t>(k)});
  }
  const auto kept =
      std::find_if(told_.begin(), told_.end(), [](const Told& told) { return told.known; });
  first_told_ += static_cast<std::uint32_t>(kept - told_.begin());
  told_.erase(told_.begin(), kept);
  observe(
      policies::ReplicaCount{set_.wanted(), set_.present(), world_.engine().now(), set_.useful()});
}

void PolicyDriver::tell_instance(std::uint32_t instance) {
  using State = ScaleTarget::State;
  const ScaleTarget::Member& member = set_.members()[instance];
  if (member.state == State::absent || member.state == State::leaving) return;
  REHEARSE_ASSERT(member.id >= first_told_);  // ids rise
  const std::size_t place = member.id - first_told_;
  if (place >= told_.size()) told_.resize(place + 1);
  Told& told = told_[place];
  const policies::InstanceStatus status{
      .instance = member.id,
      .phase = member.state == State::pending ? policies::Phase::pending : policies::Phase::running,
      .deleting = member.state == State::draining,
      .has_started = member.state != State::pending,
      .has_readiness = true,
      .ready = member.ready,
      .started = member.since,
      .ready_changed = member.ready_changed};
  const bool fresh = !told.known;
  const bool changed =
      fresh || status.phase != told.status.phase || status.deleting != told.status.deleting ||
      status.ready != told.status.ready || status.ready_changed != told.status.ready_changed;
  told = {true, true, status};
  if (changed) observe(status);
  if (!fresh) return;
  for (std::uint32_t m = 0; m < spec_.metrics.size(); ++m)
    if (spec_.metrics[m].reserved)
      observe(policies::ResourceRequest{m, member.id, reserved(spec_.metrics[m])});
}

void PolicyDriver::carry_out() {
  for (std::size_t i = 0; i < wishes_.size(); ++i) {
    const policies::Decision wish = wishes_[i];  // what it hears of it may make it wish again
    ask(wish);
  }
  wishes_.clear();
}

void PolicyDriver::ask(const policies::Decision& wish) {
  using Verdict = policies::GuardRails::Verdict;
  const auto* scale = std::get_if<policies::ScaleTo>(&wish.action);
  REHEARSE_ASSERT(scale != nullptr);
  const Instant now = world_.engine().now();
  const std::uint64_t number = actions_++;
  const std::size_t entry = log_.size() + left_out_;
  if (log_.size() < kMostDecisions) {
    log_.push_back({now, number_, set_.wanted(), scale->replicas, wish.because, wish.metric,
                    wish.measured, wish.limit});
  } else {
    ++left_out_;
  }
  world_.log("policy.decided", set_.name(), kNone,
             fmt::format("{} -> {}: {}", set_.wanted(), scale->replicas, wish.because));
  policies::GuardRails::Ruling ruling{Verdict::allowed, scale->replicas, {}};
  if (rails_) {
    ruling = judge(wish, entry);
  } else if (too_soon(now)) {
    settle(entry, PolicyDecision::Outcome::throttled);
    return observe(policies::ActionDone{number, false});
  }
  if (ruling.verdict == Verdict::vetoed) {
    settle(entry, PolicyDecision::Outcome::vetoed);
    return observe(policies::ActionDone{number, false});
  }
  Instant at = now;
  if (spec_.after != kNone) {
    const Law& law = world_.blueprint().plans.laws[spec_.after];
    at = saturating_add(now, law.law.sample_duration(world_.stream(law.stream)));
  }
  const bool fails = spec_.fails > 0 && world_.stream(spec_.action_stream).chance(spec_.fails);
  last_action_ = std::max(at, last_action_);
  under_way_.push_back({number, ruling.replicas, fails, ruling.verdict == Verdict::limited, entry});
  if (last_action_ == now) return act();
  plan(What::act, 0, last_action_);
}

policies::GuardRails::Ruling PolicyDriver::judge(const policies::Decision& wish,
                                                 std::size_t entry) {
  policies::GuardRails::Ruling ruling = rails_->judge(world_.engine().now(), wish);
  if (ruling.verdict == policies::GuardRails::Verdict::allowed) return ruling;
  const bool limited = ruling.verdict == policies::GuardRails::Verdict::limited;
  const std::string sentence =
      limited ? fmt::format("only to {}: {}", ruling.replicas, ruling.because) : ruling.because;
  world_.log(limited ? "policy.limited" : "policy.vetoed", set_.name(), kNone, sentence);
  if (entry < log_.size()) log_[entry].ruling = sentence;
  return ruling;
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
  if (!action.fails) set_.scale_to(action.to);
  const Came outcome = action.fails     ? Came::failed
                       : unconfirmed    ? Came::unconfirmed
                       : action.limited ? Came::limited
                                        : Came::done;
  settle(action.entry, outcome);
  if (unconfirmed) return;
  observe(policies::ActionDone{action.number, outcome == Came::done});
}

void PolicyDriver::settle(std::size_t entry, PolicyDecision::Outcome outcome) {
  if (outcome == PolicyDecision::Outcome::failed || outcome == PolicyDecision::Outcome::throttled)
    world_.log("policy.failed", set_.name(), kNone, outcome_name(outcome));
  if (entry >= log_.size()) return;
  log_[entry].outcome = outcome;
  log_[entry].settled = world_.engine().now();
}

}  // namespace rehearse::models
