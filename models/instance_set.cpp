#include "models/instance_set.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "models/instance_stop.hpp"
#include "models/world.hpp"

namespace rehearse::models {
namespace {

constexpr std::uint64_t kIds = 0xffffff;  // told apart in the data of an event

}  // namespace

InstanceSet::InstanceSet(World& world, std::uint32_t service, Duration grace)
    : world_(world),
      service_(service),
      grace_(grace),
      next_size_(size_of(world.blueprint().services[service])) {
  const ServiceSpec& spec = world.blueprint().services[service];
  wanted_ = static_cast<std::int32_t>(spec.initial);
  members_.resize(spec.placement.size());
  for (std::uint32_t i = 0; i < members_.size(); ++i) {
    if (spec.begins_up(i)) add_at_start(i);
  }
}

const std::string& InstanceSet::name() const {
  return service().spec().name;
}

Service& InstanceSet::service() const {
  return world_.service(service_);
}

bool InstanceSet::has_nodes() const {
  return !service().spec().nodes.empty();
}

void InstanceSet::begin() {
  fill();
}

void InstanceSet::admit(std::uint32_t instance) {
  const Instant now = world_.engine().now();
  members_[instance] = {State::pending, next_id_++, now, false, false, now};
  if (service().size(instance) != next_size_) service().give_size(instance, next_size_);
  if (has_nodes()) {
    world_.cluster()->admit({service_, instance});
  } else {
    service().bring_up(instance);
  }
}

void InstanceSet::starts(std::uint32_t instance) {
  Member& member = members_[instance];
  if (member.state != State::pending) return;
  member.state = State::starting;
  service().count_present(instance, 1);
}

void InstanceSet::changed(std::uint32_t instance) {
  Member& member = members_[instance];
  const bool down = service().is_down(instance);
  if (member.state == State::starting && !down) {
    member.state = State::serving;
    service().set_member(instance, true);
    if (!world_.watches(service_)) service().set_ready(instance, true);
  } else if (member.state == State::leaving && service().reasons_down(instance) == 1) {
    member.state = State::absent;
    plan(What::fill, instance, world_.engine().now());
  }
  judge_ready(instance);
}

void InstanceSet::rotated(std::uint32_t instance, bool in_rotation) {
  members_[instance].in_rotation = in_rotation;
  judge_ready(instance);
}

void InstanceSet::judge_ready(std::uint32_t instance) {
  Member& member = members_[instance];
  const bool ready = member.in_rotation && !service().is_down(instance);
  if (ready == member.ready) return;
  member.ready = ready;
  member.ready_changed = world_.engine().now();
  if (ready && at_once_ > 0) plan(What::replace, instance, member.ready_changed);
}

// Kubernetes 1.29, "Specifying a Disruption Budget for your Application".
std::int32_t InstanceSet::disruptions_allowed() const {
  const ServiceSpec& spec = service().spec();
  if (!spec.max_unavailable && !spec.min_available) return std::numeric_limits<std::int32_t>::max();
  const std::int32_t needed =
      spec.min_available.value_or(wanted_ - spec.max_unavailable.value_or(0));
  return std::max(0, useful() - needed);
}

void InstanceSet::replace(std::int32_t at_once, Duration older_than) {
  const Instant now = world_.engine().now();
  const Instant before = Instant::at_ns(now.ns() - older_than.ns());
  replaced_before_ = at_once_ > 0 ? std::max(before, replaced_before_) : before;
  at_once_ = at_once;
  plan(What::replace, 0, now);
}

void InstanceSet::replace_some() {
  bool more = false;
  for (std::uint32_t i = 0; i < members_.size(); ++i) {
    const Member& member = members_[i];
    if (!is_present(member.state) || member.since >= replaced_before_) continue;
    if (service().size(i) == next_size_) continue;
    const bool too_many = wanted_ - useful() >= at_once_ || disruptions_allowed() == 0;
    if (member.ready && too_many) {
      more = true;
      continue;
    }
    dismiss(i);
  }
  if (!more) at_once_ = 0;
  fill();
}

void InstanceSet::dismiss(std::uint32_t instance) {
  Member& member = members_[instance];
  Service& service = this->service();
  switch (member.state) {
    case State::pending:
      member.state = State::absent;
      if (has_nodes()) world_.cluster()->dismiss({service_, instance});
      break;
    case State::starting:
      service.take_down(instance, false);
      leave(instance);
      break;
    case State::serving: {
      const Instant now = world_.engine().now();
      retire(instance);
      plan(What::grace, instance, saturating_add(now, grace_));
      if (service.is_down(instance) || service.outstanding(instance) == 0)
        plan(What::idle, instance, now);
      break;
    }
    default:
      REHEARSE_ASSERT(false);
  }
}

// It takes no new work.
void InstanceSet::retire(std::uint32_t instance) {
  members_[instance].state = State::draining;
  world_.log("instance.draining", service().spec().name, instance, "");
  service().set_ready(instance, false);
  service().set_member(instance, false);
}

void InstanceSet::evict(std::uint32_t instance) {
  const State state = members_[instance].state;
  if (state != State::starting && state != State::serving) return;
  dismiss(instance);
  fill();
}

void InstanceSet::lose(std::uint32_t instance) {
  const State state = members_[instance].state;
  if (state == State::starting) return evict(instance);
  if (state != State::serving && state != State::draining) return;
  if (state == State::serving) retire(instance);
  stop(instance, spec::InFlight::lost);
  fill();
}

void InstanceSet::idle(std::uint32_t instance) {
  // An event of its own: this one has not unwound yet.
  if (members_[instance].state == State::draining)
    plan(What::idle, instance, world_.engine().now());
}

void InstanceSet::stop(std::uint32_t instance, spec::InFlight in_flight) {
  members_[instance].state = State::leaving;
  const InstanceRef ref{service_, instance};
  const std::uint64_t lost = stop_instances(world_, {&ref, 1}, in_flight);
  if (lost > 0)
    world_.log(in_flight == spec::InFlight::error ? "instance.grace_over" : "instance.lost",
               service().spec().name, instance, std::to_string(lost) + " requests lost");
  leave(instance);
}

// What runs there no longer is wanted. REQUIRES: there is a reason not to run.
void InstanceSet::leave(std::uint32_t instance) {
  Member& member = members_[instance];
  service().count_present(instance, -1);
  member.state = State::leaving;
  if (has_nodes()) world_.cluster()->dismiss({service_, instance});
  if (service().reasons_down(instance) == 1) member.state = State::absent;
  judge_ready(instance);
  plan(What::fill, instance, world_.engine().now());
}

void InstanceSet::plan(What what, std::uint32_t instance, Instant at) {
  const std::uint64_t id = members_[instance].id & kIds;
  world_.engine().schedule(*this, at,
                           (static_cast<std::uint64_t>(what) << 56) | (id << 32) | instance);
}

void InstanceSet::on_event(sim::Engine&, std::uint64_t data) {
  const auto instance = static_cast<std::uint32_t>(data);
  const Member& member = members_[instance];
  const auto what = static_cast<What>(data >> 56);
  if (what == What::fill) {
    fill();
  } else if (what == What::replace) {
    if (at_once_ > 0) replace_some();
  } else if (member.state == State::draining && (member.id & kIds) == ((data >> 32) & kIds)) {
    stop(instance, spec::InFlight::error);
  }
  world_.flow().pump();
}

}  // namespace rehearse::models
