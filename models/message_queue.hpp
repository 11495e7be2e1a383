#pragma once
/// A queue of a broker with its consumers, after AMQP 0-9-1 as RabbitMQ 4.0 documents it ("Queue
/// Length Limit", "Time-To-Live", "Priority Support in Queues", "Dead Letter Exchanges", "Consumer
/// Acknowledgements", "Consumers", "Consumer Prefetch").
///
/// Messages wait in a line per priority, first in first out. Consumers that have room take turns:
/// each takes up to `prefetch` messages that it has not acknowledged and hands them one by one to
/// the handler, a visit of a service endpoint. Success acknowledges; failure returns the message to
/// its old place, until its deliveries are used up. A consumer that has held a delivery for longer
/// than the timeout loses its channel: all that it holds goes back, while the handler works on for
/// nobody. With automatic acknowledgement the broker forgets a message when it sends it: prefetch
/// and timeout do not apply, and what fails is lost.
///
/// Messages over the length limit (only those not yet sent to a consumer count) are dropped at the
/// head, the highest priority first, or refused. Messages expire at the head only: behind a fresh
/// one of higher priority an old one waits on. What was dropped, expired or used up its deliveries
/// goes to the dead-letter queue, where it begins anew.
///
/// Outcomes of messages: `ok` acknowledged, `error` gave up after the last delivery, `timeout`
/// expired, `rejected` refused, `abandoned` dropped. A message waits until a consumer begins with
/// it; what lies in a consumer's buffer waits, and delivery takes time meanwhile.
/// Leaves out: exchanges and bindings, replicas and their leaders, disks, consumer priorities,
/// limits in bytes, acknowledgement of several messages at once, streams; what a message would
/// carry along of the client that caused it.

#include <cstdint>
#include <vector>

#include "models/blueprint.hpp"
#include "models/flow.hpp"
#include "models/meter.hpp"
#include "sim/engine.hpp"

namespace rehearse::models {

class ConsumerSet;
class World;

class MessageQueue final : public sim::Handler {
 public:
  MessageQueue(World& world, std::uint32_t number);

  /// A message comes in; false where it is refused.
  bool publish(std::uint8_t priority);
  /// The handler is done with what a consumer gave it.
  void complete(Frame& delivery, Outcome outcome);
  void on_event(sim::Engine& engine, std::uint64_t data) override;

  Meter& meter() { return meter_; }
  /// For consumers: as many as there are, unless a policy scales them.
  std::int64_t places() const { return static_cast<std::int64_t>(consumers_.size()); }
  /// Messages that no consumer has been sent.
  std::uint64_t ready() const { return ready_; }
  /// Messages so far: that came in, and that left in whatever way.
  std::uint64_t stored() const { return published_; }
  std::uint64_t left() const {
    return published_ - static_cast<std::uint64_t>(meter_.in_system_now());
  }

  // ---- Where a policy scales the consumers
  void attach(ConsumerSet& set) { set_ = &set; }
  /// A consumer begins to take its turn. REQUIRES: it is in the hands of nobody.
  void open(std::uint32_t consumer);
  /// A consumer takes no more: its set hears once it has finished what it works on.
  void retire(std::uint32_t consumer);
  /// One that was retired stops at once.
  void cut_off(std::uint32_t consumer);

  /// Something will happen by itself: a message is on its way to a consumer, or will expire, or a
  /// policy will see it.
  bool stirring() const { return on_the_way_ > 0 || expiring() || (set_ != nullptr && ready_ > 0); }
  std::size_t memory_bytes() const { return messages_.capacity() * sizeof(Message); }
  static constexpr std::size_t message_bytes() { return sizeof(Message); }

 private:
  struct Message {
    Instant arrived;
    Instant delivered;            // to the consumer that has it
    std::uint64_t number = 0;     // in order of arrival
    std::uint32_t next = kNone;   // in its line, in its consumer's buffer, among the free
    std::uint32_t older = kNone;  // among the unacknowledged, by time of delivery
    std::uint32_t newer = kNone;
    std::uint32_t consumer = kNone;
    std::uint32_t token = 0;  // counts deliveries of this slot: one on its way may be outdated
    std::uint16_t deliveries = 0;
    std::uint8_t priority = 0;
    bool begun = false;  // was handled before
  };
  struct Line {
    std::uint32_t first = kNone;
    std::uint32_t last = kNone;
  };
  struct Consumer {
    Frame* handling = nullptr;
    std::uint32_t message = kNone;  // that it handles
    Line buffer;                    // delivered, not yet begun
    std::uint32_t unacked = 0;
    std::uint32_t next = kNone;  // among those that wait for their turn
    bool waits_for_turn = false;
    bool open = true;  // takes deliveries
  };

  std::uint32_t new_message(std::uint8_t priority);
  void push(Line& line, std::uint32_t m);
  std::uint32_t pop(Line& line);
  Line& head_line();
  void dispatch();
  void deliver(std::uint32_t m, std::uint32_t c);
  void reach(std::uint32_t m);
  void handle(std::uint32_t c);
  void return_message(std::uint32_t m);
  void end(std::uint32_t m, Outcome outcome, bool dead);
  void drop_head(Outcome outcome);
  bool expiring() const { return ready_ > 0 && spec_.ttl > Duration::zero(); }
  void expire();
  void plan_expiry();
  void remember(std::uint32_t m);
  void forget(std::uint32_t m);
  void plan_overdue();
  void close_overdue();
  void close_channel(std::uint32_t c);
  void return_all(std::uint32_t c);
  void lose_all(std::uint32_t c);
  void leave_turn(std::uint32_t c);
  void await_turn(std::uint32_t c);
  void dead_letter(std::uint8_t priority);

  World& world_;
  const QueueSpec& spec_;
  const std::uint32_t number_;
  Meter meter_;
  std::vector<Message> messages_;
  std::uint32_t free_ = kNone;
  std::uint64_t published_ = 0;
  std::vector<Line> lines_;       // by priority, the lowest first
  std::uint64_t ready_ = 0;       // in all lines
  std::uint64_t on_the_way_ = 0;  // to consumers
  std::vector<Consumer> consumers_;
  ConsumerSet* set_ = nullptr;        // of the consumers, where a policy scales them
  std::uint32_t first_turn_ = kNone;  // consumers with room, in turn
  std::uint32_t last_turn_ = kNone;
  std::uint32_t oldest_ = kNone;  // unacknowledged deliveries
  std::uint32_t newest_ = kNone;
  Instant expiry_planned_ = Instant::never();
  Instant overdue_planned_ = Instant::never();
};

}  // namespace rehearse::models
