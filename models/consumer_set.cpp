#include "models/consumer_set.hpp"

#include "models/world.hpp"

namespace rehearse::models {
namespace {

constexpr std::uint64_t kConsumerIds = 0xffffff;  // told apart in the data of an event

}  // namespace

ConsumerSet::ConsumerSet(World& world, std::uint32_t queue, Duration grace)
    : world_(world), queue_(queue), grace_(grace) {
  const QueueSpec& spec = world.blueprint().queues[queue];
  wanted_ = static_cast<std::int32_t>(spec.consumers);
  members_.resize(spec.places);
  for (std::uint32_t c = 0; c < spec.consumers; ++c) add_at_start(c);
  this->queue().meter().present(Instant::start(), wanted_);
  this->queue().meter().allowed(Instant::start(), wanted_, 0);
}

MessageQueue& ConsumerSet::queue() const {
  return world_.queue(queue_);
}

const std::string& ConsumerSet::name() const {
  return world_.blueprint().queues[queue_].name;
}

void ConsumerSet::admit(std::uint32_t consumer) {
  const Instant now = world_.engine().now();
  members_[consumer] = {State::starting, next_id_++, now, false, false, now};
  queue().meter().present(now, 1);
  queue().meter().allowed(now, 1, 0);
  const std::uint32_t startup = world_.blueprint().queues[queue_].startup;
  if (startup == kNone) return start(consumer);
  const Law& law = world_.blueprint().plans.laws[startup];
  plan(What::start, consumer,
       saturating_add(now, law.law.sample_duration(world_.stream(law.stream))));
}

void ConsumerSet::start(std::uint32_t consumer) {
  Member& member = members_[consumer];
  const Instant now = world_.engine().now();
  member = {State::serving, member.id, member.since, true, true, now};
  world_.log("consumer.started", name(), consumer, "");
  queue().open(consumer);
}

void ConsumerSet::dismiss(std::uint32_t consumer) {
  Member& member = members_[consumer];
  if (member.state == State::starting) return leave(consumer);
  REHEARSE_ASSERT(member.state == State::serving);
  const Instant now = world_.engine().now();
  member.state = State::draining;
  member.in_rotation = member.ready = false;
  member.ready_changed = now;
  world_.log("consumer.draining", name(), consumer, "");
  plan(What::grace, consumer, saturating_add(now, grace_));
  queue().retire(consumer);
}

void ConsumerSet::gone(std::uint32_t consumer) {
  REHEARSE_ASSERT(members_[consumer].state == State::draining);
  world_.log("consumer.stopped", name(), consumer, "");
  leave(consumer);
  fill();  // one that was wanted may have lacked a place
}

void ConsumerSet::leave(std::uint32_t consumer) {
  members_[consumer].state = State::absent;
  queue().meter().present(world_.engine().now(), -1);
  queue().meter().allowed(world_.engine().now(), -1, 0);
}

void ConsumerSet::plan(What what, std::uint32_t consumer, Instant at) {
  const std::uint64_t id = members_[consumer].id & kConsumerIds;
  world_.engine().schedule(*this, at,
                           (static_cast<std::uint64_t>(what) << 56) | (id << 32) | consumer);
}

void ConsumerSet::on_event(sim::Engine&, std::uint64_t data) {
  const auto consumer = static_cast<std::uint32_t>(data);
  const Member& member = members_[consumer];
  if ((member.id & kConsumerIds) != ((data >> 32) & kConsumerIds)) return;
  if (static_cast<What>(data >> 56) == What::start) {
    if (member.state == State::starting) start(consumer);
  } else if (member.state == State::draining) {
    world_.log("consumer.grace_over", name(), consumer, "");
    queue().cut_off(consumer);
  }
  world_.flow().pump();
}

}  // namespace rehearse::models
