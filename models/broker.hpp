#pragma once
/// What a broker keeps in memory, over all of its queues, and the alarm that goes with it: above
/// the high watermark nobody may publish any more, confirmed or not, until enough has been consumed
/// (RabbitMQ 4.0, "Memory Threshold and Limit": all connections that publish are blocked and
/// unblocked together). What is on its way already still comes in, which is what the room above the
/// watermark is for. The work of routing and storing messages is a station (models/service.hpp).
/// Leaves out: the memory of everything but messages, disks and their alarm, credit flow between
/// the broker's own processes, heartbeats of connections that are blocked for long.
/// While the instance of a broker is down nobody can publish, but its queues go on delivering.

#include <cstdint>
#include <vector>

#include "models/blueprint.hpp"
#include "models/flow.hpp"

namespace rehearse::models {

class Broker {
 public:
  Broker(Flow& flow, const BrokerSpec& spec) : flow_(flow), watermark_(spec.watermark) {}

  /// Whether a publisher may go on. One that may not is kept, and goes on with the same step once
  /// the alarm is over.
  bool admit(Frame& publisher) {
    if (kept_ <= watermark_) return true;
    publisher.state = Frame::State::pausing;
    blocked_.push_back(&publisher);
    return false;
  }
  void keep(std::uint64_t bytes) { kept_ += bytes; }
  void release(std::uint64_t bytes) {
    kept_ -= bytes;
    if (blocked_.empty() || kept_ > watermark_) [[likely]]
      return;
    for (Frame* publisher : blocked_) {
      if (publisher->state == Frame::State::dead) {
        flow_.pool().give_back(*publisher);  // its instance has stopped meanwhile
        continue;
      }
      publisher->state = Frame::State::running;
      flow_.make_ready(*publisher);
    }
    blocked_.clear();
  }

 private:
  Flow& flow_;
  const std::uint64_t watermark_;
  std::uint64_t kept_ = 0;
  std::vector<Frame*> blocked_;
};

}  // namespace rehearse::models
