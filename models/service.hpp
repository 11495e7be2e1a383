#pragma once
/// A service: equal instances behind a balancer. Each instance admits requests into slots (a
/// concurrency limit, or c servers), lets the others wait in a bounded line, and has cores that the
/// requests in it share. Databases and remote caches are services with other names: a connection
/// pool is the slots, its wait limit the patience of the line.
///
/// A request holds its slot for the whole plan, calls to others included (a thread per request).
/// Leaves out: memory, start-up, failures of instances, health checks, connection set-up, nodes.

#include <cstdint>
#include <optional>
#include <vector>

#include "models/balancer.hpp"
#include "models/blueprint.hpp"
#include "models/flow.hpp"
#include "models/meter.hpp"
#include "models/processor.hpp"
#include "models/waiting_line.hpp"
#include "sim/engine.hpp"

namespace rehearse::models {

class Service final : public sim::Handler {
 public:
  Service(World& world, const ServiceSpec& spec);

  /// A request sets out from `zone` for the instance that the balancer picks.
  void send(Frame& frame, std::uint32_t zone);
  /// The request leaves the line for a slot that is kept for it.
  void start(Frame& frame);
  void use_cpu(Frame& frame, double demand_seconds);
  /// The request is done; answers, and serves the next.
  void complete(Frame& frame, Outcome outcome);
  /// The caller of a queued request has stopped waiting.
  void caller_gone(Frame& frame);
  void on_event(sim::Engine& engine, std::uint64_t data) override;

  Meter& meter() { return meter_; }
  const ServiceSpec& spec() const { return spec_; }
  std::int64_t capacity() const;

 private:
  struct Instance {
    std::uint32_t busy = 0;
    WaitingLine line;
    std::optional<Processor> cores;
  };
  void arrive(Frame& frame);
  void take_slot(Instance& instance);
  void leave_line(Frame& frame);
  void respond(Frame& frame, Outcome outcome);
  void plan_cpu(Instance& instance, std::uint32_t number);
  void on_cpu(std::uint32_t number);
  Meter* region_meter(const Frame& frame);

  World& world_;
  const ServiceSpec& spec_;
  Balancer balancer_;
  std::vector<Instance> instances_;
  Meter meter_;  // of the stations: queue and servers; requests are counted by endpoint
  std::vector<Frame*> done_;
};

}  // namespace rehearse::models
