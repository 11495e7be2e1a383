#include "models/service.hpp"
#include "models/world.hpp"

/// Requests to a service that need a connection before they can set out.

namespace rehearse::models {
namespace {

constexpr Duration kInitialRto = Duration::seconds(1);  // RFC 6298, section 2.1

}  // namespace

// Whose connection a request goes by that is waited for; nothing where that does not matter.
std::optional<Connections::Pool> Service::pool_of(const Frame& frame) const {
  if (!Flow::awaited(frame)) return std::nullopt;
  const Frame* caller = frame.parent;
  if (caller->kind == Frame::Kind::probe) return std::nullopt;
  Connections::Pool pool;
  pool.callee = frame.instance;
  if (caller->kind == Frame::Kind::root) {
    pool.client = true;
    pool.caller = frame.origin.client;
    return pool;
  }
  const Service& service = *world_.services_[world_.blueprint_.endpoints[caller->endpoint].service];
  pool.caller = service.number();
  pool.instance = caller->instance;
  pool.callers = static_cast<std::uint32_t>(service.instances());
  pool.life = instances_[frame.instance].life + service.instances_[caller->instance].life;
  return pool;
}

void Service::connect(Frame& frame, std::uint32_t zone, std::uint16_t losses) {
  const Instance& instance = instances_[frame.instance];
  const bool refused = instance.down > 0 && !instance.mute;  // by the answer to the first message
  const std::optional<Connections::Pool> pool = pool_of(frame);
  if (refused || !pool || connections_->take(*pool, world_.engine_.now()))
    return travel(frame, zone, 0);
  const std::optional<Duration> time = set_up(frame, zone);
  frame.pc = zone;
  if (!time) {
    const bool recovers =
        world_.resend_after(zone, this->zone(frame.instance), ++losses) > Duration::zero();
    if (!recovers) return forget_request(frame);
    frame.attempt = losses;
    return wait_for(frame, resend_after(kInitialRto, losses), Signal::reconnect);
  }
  if (*time <= Duration::zero()) return travel(frame, zone, 0);
  wait_for(frame, *time, Signal::connected);
}

// Who has stopped waiting meanwhile sends nothing over the new connection.
void Service::go_on_connecting(Frame& frame, bool done) {
  if (!Flow::awaited(frame)) return forget_request(frame);
  if (done) return travel(frame, frame.pc, 0);
  connect(frame, frame.pc, frame.attempt);
}

void Service::wait_for(Frame& frame, Duration time, Signal signal) {
  take_longer(frame, time);
  world_.engine_.schedule(*this, saturating_add(world_.engine_.now(), time), pack(signal, &frame));
}

// Time of the round trips; nothing where a message of them got lost.
std::optional<Duration> Service::set_up(const Frame& frame, std::uint32_t zone) {
  const std::uint32_t there = this->zone(frame.instance);
  Instant at = world_.engine_.now();
  for (std::uint32_t leg = 0; leg < 2 * spec_.connections.round_trips; ++leg) {
    const bool forth = leg % 2 == 0;
    const Delivery delivery =
        world_.deliver(frame, Way::handshake, forth ? zone : there, forth ? there : zone);
    if (delivery.lost) return std::nullopt;
    if (!delivery.at_once) at = saturating_add(at, delivery.at - world_.engine_.now());
  }
  return at - world_.engine_.now();
}

// The answer is back, and its connection free for another request.
void Service::keep_connection(const Frame& frame) {
  if (instances_[frame.instance].down > 0) return;
  if (const std::optional<Connections::Pool> pool = pool_of(frame))
    connections_->give(*pool, world_.engine_.now());
}

}  // namespace rehearse::models
