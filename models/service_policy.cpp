#include "models/service_policy.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/quantity.hpp"
#include "models/world.hpp"

/// What a policy is told of instances, and what it does to them; what it sees of their work:
/// policy_scrape.cpp.

namespace rehearse::models {

ServicePolicy::ServicePolicy(World& world, std::uint32_t policy)
    : PolicyDriver(world, policy),
      set_(world.scale_target(spec_)),
      service_(spec_.queue == kNone ? &world.service(spec_.service) : nullptr),
      usage_(service_ != nullptr ? service_->usage() : nullptr),
      histories_(set_.members().size()),
      counts_(spec_.metrics.size()) {}

void ServicePolicy::begin() {
  const double phase = world_.stream(spec_.scrape_stream).uniform();
  plan(What::scrape, 0,
       Instant::start() + Duration::from_seconds(spec_.scrape.to_seconds() * phase));
  PolicyDriver::begin();
}

void ServicePolicy::on_look(What what, std::uint64_t number) {
  if (what == What::learn) return learn(number);
  scrape();
  plan(What::scrape, 0, saturating_add(world_.engine().now(), spec_.scrape));
}

PolicyDriver::Change ServicePolicy::change_of(const policies::Action& action) const {
  const auto* scale = std::get_if<policies::ScaleTo>(&action);
  return {set_.name(), set_.wanted(), scale != nullptr ? scale->replicas : set_.wanted()};
}

std::string ServicePolicy::describe(const policies::Decision& wish) const {
  const auto* resize = std::get_if<policies::Resize>(&wish.action);
  if (resize == nullptr) return PolicyDriver::describe(wish);
  const bool memory = spec_.metrics[resize->metric].what == PolicyMetric::What::memory;
  const auto amount = [memory](double value) {
    return memory ? format_bytes(value) : format_number(value);
  };
  return fmt::format("{} {} -> {}: {}", memory ? "memory" : "cpu", amount(wish.measured),
                     amount(resize->amount), wish.because);
}

bool ServicePolicy::carry_out(const policies::Action& action) {
  if (const auto* resize = std::get_if<policies::Resize>(&action)) {
    change_size(*resize);
  } else {
    set_.scale_to(std::get<policies::ScaleTo>(action).replicas);
  }
  return true;
}

void ServicePolicy::change_size(const policies::Resize& resize) {
  InstanceSet& set = world_.instance_set(spec_.service);
  const ServiceSpec& of = service_->spec();
  const bool memory = spec_.metrics[resize.metric].what == PolicyMetric::What::memory;
  set.resize(memory ? with_bytes(of, set.next_size(), resize.amount)
                    : with_cores(of, set.next_size(), resize.amount));
  if (resize.when == policies::Resize::When::now) set.replace(resize.at_once, resize.older_than);
}

void ServicePolicy::learn(std::uint64_t number) {
  const auto batch = static_cast<std::uint32_t>(number);
  for (const policies::Observation& seen : batches_[batch]) observe(seen);
  batches_[batch].clear();
  free_batches_.push_back(batch);
  take_wishes();
}

void ServicePolicy::tell_state() {
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
  for (const std::uint32_t id : set_.take_killed())
    for (std::uint32_t m = 0; m < spec_.metrics.size(); ++m)
      if (spec_.metrics[m].each && spec_.metrics[m].what == PolicyMetric::What::memory)
        observe(policies::OutOfMemory{m, id});
  observe(
      policies::ReplicaCount{set_.wanted(), set_.present(), world_.engine().now(), set_.useful()});
}

void ServicePolicy::tell_instance(std::uint32_t instance) {
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
      observe(policies::ResourceRequest{m, member.id, reserved(spec_.metrics[m].what, instance)});
}

}  // namespace rehearse::models
