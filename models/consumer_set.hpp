#pragma once
/// The consumers of a queue that a policy scales: which are there, which come, which go. What a
/// Deployment of one consumer per pod is to KEDA, seen from the broker.
///
/// A consumer that comes takes its turn after the queue's start-up time. One that goes takes no
/// more deliveries (basic.cancel), finishes the one that it works on, and then closes its channel:
/// what lies in its buffer or is on its way to it goes back to its old place in the queue and will
/// be delivered again, which counts as a further delivery. With automatic acknowledgement the
/// broker knows nothing of it any more, and it is lost. After the grace period the channel closes
/// with the delivery still worked on: it goes back as well, while the handler works on for nobody.
/// Sources: RabbitMQ 4.0 documentation, "Consumer Acknowledgements" (automatic requeueing),
/// "Consumers" (cancellation); Spring AMQP 3, `forceStop` (pre-fetched messages are requeued after
/// the current one). Leaves out: nodes that consumers would need room on; faults that stop single
/// consumers (the service that handles their messages can be hit).

#include <cstdint>
#include <string>

#include "models/scale_target.hpp"
#include "sim/engine.hpp"

namespace rehearse::models {

class MessageQueue;
class World;

class ConsumerSet final : public ScaleTarget, public sim::Handler {
 public:
  /// Those of the beginning consume already.
  ConsumerSet(World& world, std::uint32_t queue, Duration grace);

  const std::string& name() const override;
  /// From the queue: one that takes no more has nothing left to do.
  void gone(std::uint32_t consumer);
  void on_event(sim::Engine& engine, std::uint64_t data) override;

 private:
  enum class What : std::uint8_t { start, grace };
  void plan(What what, std::uint32_t consumer, Instant at);
  void admit(std::uint32_t consumer) override;
  void start(std::uint32_t consumer);
  void dismiss(std::uint32_t consumer) override;
  void leave(std::uint32_t consumer);
  MessageQueue& queue() const;

  World& world_;
  const std::uint32_t queue_;
  const Duration grace_;
};

}  // namespace rehearse::models
