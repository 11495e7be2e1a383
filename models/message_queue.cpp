#include "models/message_queue.hpp"

#include <algorithm>

#include "models/world.hpp"

namespace rehearse::models {
namespace {

constexpr std::uint32_t kTokenBits = 24;  // of a message, beside its slot in an event
constexpr std::uint32_t kTokenMask = (1U << kTokenBits) - 1;

}  // namespace

MessageQueue::MessageQueue(World& world, std::uint32_t number)
    : world_(world),
      spec_(world.blueprint_.queues[number]),
      number_(number),
      lines_(spec_.priorities),
      consumers_(std::max(spec_.consumers, spec_.places)) {
  for (std::uint32_t c = spec_.consumers; c < consumers_.size(); ++c) consumers_[c].open = false;
  for (std::uint32_t c = 0; c < spec_.consumers; ++c) await_turn(c);
}

std::uint32_t MessageQueue::new_message(std::uint8_t priority) {
  std::uint32_t m = free_;
  if (m == kNone) {
    m = static_cast<std::uint32_t>(messages_.size());
    messages_.emplace_back();
  } else {
    free_ = messages_[m].next;
  }
  Message& message = messages_[m];
  message.arrived = world_.engine_.now();
  message.number = published_++;
  message.deliveries = 0;
  message.priority = static_cast<std::uint8_t>(std::min<std::size_t>(priority, lines_.size() - 1));
  message.begun = false;
  return m;
}

void MessageQueue::push(Line& line, std::uint32_t m) {
  messages_[m].next = kNone;
  (line.last != kNone ? messages_[line.last].next : line.first) = m;
  line.last = m;
}

std::uint32_t MessageQueue::pop(Line& line) {
  const std::uint32_t m = line.first;
  line.first = messages_[m].next;
  if (line.first == kNone) line.last = kNone;
  return m;
}

// REQUIRES: a message is ready.
MessageQueue::Line& MessageQueue::head_line() {
  std::size_t i = lines_.size() - 1;
  while (lines_[i].first == kNone) --i;
  return lines_[i];
}

bool MessageQueue::publish(std::uint8_t priority) {
  const Instant now = world_.engine_.now();
  meter_.arrived(now);
  // Whenever a consumer has room, nothing is ready: the message will be taken at once.
  const bool full = ready_ >= spec_.max_length && first_turn_ == kNone;
  if (full && spec_.overflow != Overflow::drop_head) {
    meter_.ended(now, now, Outcome::rejected);
    if (spec_.overflow == Overflow::reject_publish_dlx) dead_letter(priority);
    return false;
  }
  const std::uint32_t m = new_message(priority);
  push(lines_[messages_[m].priority], m);
  ++ready_;
  meter_.queued(now, 1);
  world_.brokers_[spec_.broker].keep(spec_.message_bytes);
  dispatch();
  while (ready_ > spec_.max_length) drop_head(Outcome::abandoned);
  return true;
}

void MessageQueue::dead_letter(std::uint8_t priority) {
  if (spec_.dead_letter == kNone) return;
  meter_.dead_lettered();
  world_.queues_[spec_.dead_letter]->publish(priority);
}

// The message leaves the queue for good. REQUIRES: it is in no list.
void MessageQueue::end(std::uint32_t m, Outcome outcome, bool dead) {
  Message& message = messages_[m];
  meter_.ended(world_.engine_.now(), message.arrived, outcome);
  const std::uint8_t priority = message.priority;
  ++message.token;
  message.consumer = kNone;
  message.next = free_;
  free_ = m;
  if (dead) dead_letter(priority);
}

void MessageQueue::drop_head(Outcome outcome) {
  const std::uint32_t m = pop(head_line());
  --ready_;
  meter_.queued(world_.engine_.now(), -1);
  world_.brokers_[spec_.broker].release(spec_.message_bytes);
  end(m, outcome, true);
}

void MessageQueue::expire() {
  if (spec_.ttl <= Duration::zero()) return;
  const Instant now = world_.engine_.now();
  while (ready_ > 0 && saturating_add(messages_[head_line().first].arrived, spec_.ttl) <= now)
    drop_head(Outcome::timeout);
}

// One event at a time, for the head: if another message has become the head until then, the event
// finds nothing due and plans again.
void MessageQueue::plan_expiry() {
  if (!expiring()) return;
  const Instant due = saturating_add(messages_[head_line().first].arrived, spec_.ttl);
  if (due >= expiry_planned_) return;
  expiry_planned_ = due;
  world_.engine_.schedule(*this, due, pack(Signal::expiry, std::uint64_t{0}));
}

void MessageQueue::await_turn(std::uint32_t c) {
  Consumer& consumer = consumers_[c];
  if (consumer.waits_for_turn || !consumer.open) return;
  if (!spec_.auto_ack && spec_.prefetch > 0 && consumer.unacked >= spec_.prefetch) return;
  consumer.waits_for_turn = true;
  consumer.next = kNone;
  (last_turn_ != kNone ? consumers_[last_turn_].next : first_turn_) = c;
  last_turn_ = c;
}

void MessageQueue::dispatch() {
  expire();
  while (ready_ > 0 && first_turn_ != kNone) {
    const std::uint32_t c = first_turn_;
    first_turn_ = consumers_[c].next;
    if (first_turn_ == kNone) last_turn_ = kNone;
    consumers_[c].waits_for_turn = false;
    const std::uint32_t m = pop(head_line());
    --ready_;
    deliver(m, c);
    await_turn(c);
    expire();
  }
  plan_expiry();
}

void MessageQueue::deliver(std::uint32_t m, std::uint32_t c) {
  Message& message = messages_[m];
  message.consumer = c;
  message.delivered = world_.engine_.now();
  message.deliveries = static_cast<std::uint16_t>(std::min(message.deliveries + 1, 65535));
  if (spec_.auto_ack) {
    world_.brokers_[spec_.broker].release(spec_.message_bytes);
  } else {
    ++consumers_[c].unacked;
    remember(m);
  }
  if (spec_.delivery == kNone) return reach(m);
  const Law& law = world_.blueprint_.plans.laws[spec_.delivery];
  const Duration time = law.law.sample_duration(world_.streams_[law.stream]);
  ++on_the_way_;
  world_.engine_.schedule(
      *this, saturating_add(message.delivered, time),
      pack(Signal::delivery, (std::uint64_t{message.token & kTokenMask} << 32) | m));
}

// The message has come to its consumer.
void MessageQueue::reach(std::uint32_t m) {
  Consumer& consumer = consumers_[messages_[m].consumer];
  push(consumer.buffer, m);
  if (consumer.handling == nullptr) handle(messages_[m].consumer);
}

// REQUIRES: the consumer is idle and has a message.
void MessageQueue::handle(std::uint32_t c) {
  Consumer& consumer = consumers_[c];
  consumer.message = pop(consumer.buffer);
  Message& message = messages_[consumer.message];
  const Instant now = world_.engine_.now();
  meter_.queued(now, -1);
  meter_.busied(now, 1);
  if (message.begun) {
    meter_.redelivered();
  } else {
    meter_.waited(now - message.arrived);
  }
  message.begun = true;
  Frame& frame = world_.flow_.pool().take();
  frame.parent = nullptr;
  frame.kind = Frame::Kind::delivery;
  frame.state = Frame::State::running;
  frame.endpoint = spec_.first_endpoint;  // the broker's: this is where the consumer calls from
  frame.instance = 0;
  frame.workload = number_;
  frame.origin = {};
  frame.user = c;
  frame.arrived = now;
  frame.pc = spec_.start;
  consumer.handling = &frame;
  world_.flow_.make_ready(frame);
}

void MessageQueue::complete(Frame& delivery, Outcome outcome) {
  const std::uint32_t c = delivery.user;
  Consumer& consumer = consumers_[c];
  REHEARSE_ASSERT(consumer.handling == &delivery);
  world_.flow_.pool().give_back(delivery);
  const std::uint32_t m = consumer.message;
  const Instant now = world_.engine_.now();
  consumer.handling = nullptr;
  meter_.busied(now, -1);
  if (spec_.auto_ack) {
    end(m, outcome == Outcome::ok ? Outcome::ok : Outcome::error, false);
  } else {
    --consumer.unacked;
    forget(m);
    if (outcome == Outcome::ok) {
      world_.brokers_[spec_.broker].release(spec_.message_bytes);
      end(m, Outcome::ok, false);
    } else {
      meter_.queued(now, 1);
      return_message(m);
    }
  }
  if (!consumer.open) [[unlikely]] {
    close_channel(c);
    return dispatch();
  }
  await_turn(c);
  if (consumer.buffer.first != kNone) handle(c);
  dispatch();
}

// Back to its old place, or to the dead letters. REQUIRES: it is counted as waiting.
void MessageQueue::return_message(std::uint32_t m) {
  Message& message = messages_[m];
  ++message.token;
  message.consumer = kNone;
  if (message.deliveries >= spec_.max_deliveries) {
    meter_.queued(world_.engine_.now(), -1);
    world_.brokers_[spec_.broker].release(spec_.message_bytes);
    return end(m, Outcome::error, true);
  }
  // Only other messages that came back can be older: the place is near the head.
  Line& line = lines_[message.priority];
  std::uint32_t before = kNone;
  std::uint32_t after = line.first;
  while (after != kNone && messages_[after].number < message.number) {
    before = after;
    after = messages_[after].next;
  }
  message.next = after;
  (before != kNone ? messages_[before].next : line.first) = m;
  if (after == kNone) line.last = m;
  ++ready_;
}

void MessageQueue::remember(std::uint32_t m) {
  messages_[m].older = newest_;
  messages_[m].newer = kNone;
  (newest_ != kNone ? messages_[newest_].newer : oldest_) = m;
  newest_ = m;
  plan_overdue();
}

void MessageQueue::forget(std::uint32_t m) {
  const Message& message = messages_[m];
  (message.older != kNone ? messages_[message.older].newer : oldest_) = message.newer;
  (message.newer != kNone ? messages_[message.newer].older : newest_) = message.older;
}

void MessageQueue::plan_overdue() {
  if (oldest_ == kNone) return;
  const Instant due = saturating_add(messages_[oldest_].delivered, spec_.ack_timeout);
  if (due >= overdue_planned_) return;
  overdue_planned_ = due;
  world_.engine_.schedule(*this, due, pack(Signal::overdue, std::uint64_t{0}));
}

void MessageQueue::close_overdue() {
  const Instant now = world_.engine_.now();
  while (oldest_ != kNone && saturating_add(messages_[oldest_].delivered, spec_.ack_timeout) <= now)
    close_channel(messages_[oldest_].consumer);
  plan_overdue();
  dispatch();
}

// The consumer connects again at once, with nothing in its hands; or goes, if it takes no more.
void MessageQueue::close_channel(std::uint32_t c) {
  Consumer& consumer = consumers_[c];
  if (consumer.handling != nullptr) {
    world_.flow_.stop_waiting(*consumer.handling);
    world_.flow_.pool().give_back(*consumer.handling);
    consumer.handling = nullptr;
    meter_.busied(world_.engine_.now(), -1);
    meter_.queued(world_.engine_.now(), 1);
  }
  consumer.buffer = {};
  consumer.unacked = 0;
  if (spec_.auto_ack) {
    lose_all(c);
  } else {
    return_all(c);
  }
  if (consumer.open) return await_turn(c);
  set_->gone(c);
}

void MessageQueue::return_all(std::uint32_t c) {
  // The newest first: each then goes before the one that went before it.
  for (std::uint32_t m = newest_; m != kNone;) {
    const std::uint32_t older = messages_[m].older;
    if (messages_[m].consumer == c) {
      forget(m);
      return_message(m);
    }
    m = older;
  }
}

// What the broker has forgotten goes with its consumer, on its way to it or there already.
void MessageQueue::lose_all(std::uint32_t c) {
  for (std::uint32_t m = 0; m < messages_.size(); ++m) {
    if (messages_[m].consumer != c) continue;
    meter_.queued(world_.engine_.now(), -1);
    end(m, Outcome::error, false);
  }
}

void MessageQueue::open(std::uint32_t c) {
  REHEARSE_ASSERT(!consumers_[c].open && consumers_[c].handling == nullptr);
  consumers_[c].open = true;
  await_turn(c);
  dispatch();
}

void MessageQueue::retire(std::uint32_t c) {
  consumers_[c].open = false;
  leave_turn(c);
  if (consumers_[c].handling != nullptr) return;  // complete() goes on
  close_channel(c);
  dispatch();
}

void MessageQueue::cut_off(std::uint32_t c) {
  REHEARSE_ASSERT(!consumers_[c].open);
  close_channel(c);
  dispatch();
}

void MessageQueue::leave_turn(std::uint32_t c) {
  if (!consumers_[c].waits_for_turn) return;
  std::uint32_t before = kNone;
  for (std::uint32_t at = first_turn_; at != c; at = consumers_[at].next) before = at;
  (before != kNone ? consumers_[before].next : first_turn_) = consumers_[c].next;
  if (last_turn_ == c) last_turn_ = before;
  consumers_[c].waits_for_turn = false;
}

void MessageQueue::on_event(sim::Engine&, std::uint64_t data) {
  switch (signal_of(data)) {
    case Signal::delivery: {
      const std::uint64_t what = number_of(data);
      const auto m = static_cast<std::uint32_t>(what);
      --on_the_way_;
      if ((messages_[m].token & kTokenMask) == what >> 32) reach(m);
      break;
    }
    case Signal::expiry:
      expiry_planned_ = Instant::never();
      expire();
      plan_expiry();
      break;
    case Signal::overdue:
      overdue_planned_ = Instant::never();
      close_overdue();
      break;
    default:
      REHEARSE_ASSERT(false);
  }
  world_.flow_.pump();
}

}  // namespace rehearse::models
