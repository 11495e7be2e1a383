#pragma once
/// A service: equal instances behind a balancer. Each instance admits requests into slots (a
/// concurrency limit, or c servers), lets the others wait in a bounded line, and has cores that the
/// requests in it share. Databases and remote caches are services with other names: a connection
/// pool is the slots, its wait limit the patience of the line.
///
/// In front of all that may stand a gate (models/gate.hpp): rate limits and the size of bodies.
/// A request holds its slot for the whole plan, calls to others included (a thread per request).
/// An instance may stop (models/instance_stop.hpp), start again after its start-up time, be slowed
/// down, warm up and pause (models/pacer.hpp), and leave the balancer's rotation while its
/// readiness probe fails. Without such a probe the balancer goes on sending to an instance that has
/// stopped. One that needs more memory than it has is killed (models/service_memory.cpp). Of a
/// database with replicas (models/replication.hpp) the balancer spreads the reads; writes go to the
/// primary. Instances of a service that a policy scales come and go (models/instance_set.hpp).
/// Leaves out: what is sent again after a loss holds up nothing that is sent behind it.

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "models/backends.hpp"
#include "models/balancer.hpp"
#include "models/blueprint.hpp"
#include "models/connections.hpp"
#include "models/flow.hpp"
#include "models/gate.hpp"
#include "models/instance_size.hpp"
#include "models/instance_usage.hpp"
#include "models/meter.hpp"
#include "models/processor.hpp"
#include "models/waiting_line.hpp"
#include "sim/engine.hpp"

namespace rehearse::models {

class InstanceSet;
class OutlierHost;

class Service final : public sim::Handler {
 public:
  Service(World& world, const ServiceSpec& spec);

  /// A request sets out from `zone` for the instance that the balancer picks.
  void send(Frame& frame, std::uint32_t zone);
  /// A probe sets out for an instance, in rotation or not.
  void send_to(Frame& frame, std::uint32_t zone, std::uint32_t instance);
  /// The request leaves the line for a slot that is kept for it.
  void start(Frame& frame);
  void use_cpu(Frame& frame, double demand_seconds);
  /// The request is done; answers, and serves the next.
  void complete(Frame& frame, Outcome outcome);
  /// A slot that somebody kept is free.
  void free_slot(std::uint32_t instance);
  /// A queued request has waited for long enough to use a slot of the reserve, if one is free.
  void use_reserve(Frame& frame);
  /// Counts how often everything at an instance was lost.
  std::uint32_t epoch(std::uint32_t instance) const { return instances_[instance].epoch; }
  /// Whether so many more bytes fit on the disk of the service.
  bool store(std::uint64_t bytes);
  /// The instance that changes data.
  std::uint32_t primary() const;
  /// The caller of a queued request has stopped waiting.
  void caller_gone(Frame& frame);
  void on_event(sim::Engine& engine, std::uint64_t data) override;

  // ---- Life of instances
  bool is_down(std::uint32_t instance) const { return instances_[instance].down > 0; }
  /// One more reason not to run. Requests in it are the caller's affair: see instance_stop.hpp.
  void take_down(std::uint32_t instance, bool mute);
  /// One reason less; with the last one the process starts, and serves after its start-up time.
  void bring_up(std::uint32_t instance);
  /// Kills it, with all that it works on, and has it started again after a while. REQUIRES: it
  /// runs; between two events.
  void restart(std::uint32_t instance);
  /// Everything that was queued and served there is gone. REQUIRES: queued frames have left.
  void forget_work(std::uint32_t instance);
  /// A request ends with its instance: `answer` tells its caller.
  void lose(Frame& frame, bool answer);
  void leave_queue(Frame& frame);
  /// The whole factor by which work takes longer on this instance; 1: none.
  double slowness(std::uint32_t instance) const { return instances_[instance].slowness; }
  /// One fault's share in it goes from `before` to `after`.
  void slow_down(std::uint32_t instance, double before, double after);
  void set_ready(std::uint32_t instance, bool ready);
  /// It answers badly and is not asked for now; or is given another chance.
  void set_ejected(std::uint32_t instance, bool ejected);
  /// `outliers` is told what callers get.
  void attach(OutlierHost& outliers) { outliers_ = &outliers; }
  /// Whoever has made the call that `caller` is at does not wait for it any longer.
  void timed_out(const Frame& caller);
  /// Its shared cores stand still from now on, or go on.
  void stand(std::uint32_t instance, bool still);
  std::uint32_t reasons_down(std::uint32_t instance) const { return instances_[instance].down; }

  // ---- Where a policy scales it
  /// `set` is told of what happens to instances.
  void attach(InstanceSet& set) { set_ = &set; }
  /// nullptr where it has none.
  const InstanceSet* set() const { return set_; }
  /// nullptr where nobody looks at it.
  InstanceUsage* usage() { return usage_.get(); }
  /// Balancers know of it, in rotation or not.
  void set_member(std::uint32_t instance, bool member);
  /// Requests that have been sent to it, and not been answered.
  std::uint32_t outstanding(std::uint32_t instance) const {
    return balancer_.outstanding(instance);
  }
  std::uint64_t queued_at(std::uint32_t instance) const { return instances_[instance].line.size(); }
  std::uint64_t memory_of(std::uint32_t instance) const {
    return spec_.memory.base + instances_[instance].requests_bytes;
  }
  const InstanceSize& size(std::uint32_t instance) const { return sizes_[instance]; }
  /// Whoever begins there is so large. REQUIRES: nobody is there.
  void give_size(std::uint32_t instance, const InstanceSize& size);
  /// One more instance is there, serving or not; or one less (-1).
  void count_present(std::uint32_t instance, std::int64_t sign);
  /// Servers or millicores of the instances that run; 0: without limit.
  std::int64_t running_capacity() const;

  std::size_t instances() const { return instances_.size(); }
  std::uint32_t zone(std::uint32_t instance) const { return instances_[instance].zone; }
  /// It starts anew somewhere else. REQUIRES: it is down.
  void move(std::uint32_t instance, std::uint32_t zone) { instances_[instance].zone = zone; }
  std::uint32_t number() const { return number_; }  ///< in the blueprint

  /// A fault that answers requests of an endpoint with errors; see models/faults.
  struct ErrorSource {
    std::uint32_t endpoint = 0;
    double rate = 0;
    sim::Stream* stream = nullptr;
    std::uint64_t* touched = nullptr;
  };
  std::vector<ErrorSource*>& error_sources() { return error_sources_; }

  Meter& meter() { return meter_; }
  const ServiceSpec& spec() const { return spec_; }
  /// Of all instances, as large as the scenario says.
  std::int64_t capacity() const;

 private:
  struct Instance {
    std::uint32_t zone = 0;
    std::uint32_t busy = 0;
    WaitingLine line;
    std::optional<Processor> cores;
    std::uint32_t down = 0;  // reasons not to run; 0: it serves
    bool mute = false;       // while down nobody refuses its connections: they get no answer
    double slowness = 1;
    std::uint32_t life = 0;                // how often it has stopped
    std::uint32_t epoch = 0;               // how often everything there was lost
    policies::ControlledDelay delay = {};  // where the queue has `codel`
    std::uint64_t requests_bytes = 0;      // what its requests take of memory
    bool killing = false;                  // it has too little of it
    bool ready = true;                     // as far as its probes say
    bool ejected = false;                  // from rotation, for its answers
    policies::RestartBackoff restarts = {};
  };
  std::uint32_t key_of(const Frame& frame) const;
  /// The way of a request takes so much more.
  static void take_longer(Frame& frame, Duration more);
  void turn_away_all(Frame& frame);
  void rotate(std::uint32_t instance);
  static void remember(const Frame& frame, std::uint32_t instance);
  void travel(Frame& frame, std::uint32_t zone, std::uint16_t losses);
  void forget_request(Frame& frame);
  void lose_request(Frame& frame, std::uint32_t zone, std::uint16_t losses);
  inline void answer_at_once(Frame& frame);
  inline void send_answer(Frame& frame, std::uint16_t losses);
  void lose_answer(Frame& frame, std::uint32_t zone, std::uint16_t losses);
  // models/service_connect.cpp
  std::optional<Connections::Pool> pool_of(const Frame& frame) const;
  void connect(Frame& frame, std::uint32_t zone, std::uint16_t losses);
  void go_on_connecting(Frame& frame, bool done);
  std::optional<Duration> set_up(const Frame& frame, std::uint32_t zone);
  void wait_for(Frame& frame, Duration time, Signal signal);
  void keep_connection(const Frame& frame);

  inline void arrive(Frame& frame);
  void turn_away(Frame& frame, Instance& instance);
  bool injected_error(const Frame& frame);
  void reply(Frame& frame, Outcome outcome);
  void on_up(std::uint32_t number);
  void pass_gate(Frame& frame);
  bool sheds(Frame& frame);
  void on_admitted(Frame& frame);
  void be_received(Frame& frame);
  void be_left(Frame& frame, Outcome outcome);
  void enter(Frame& frame);
  void queue_up(Frame& frame, Instance& instance);
  inline void take_slot(Instance& instance);
  inline void pass_slot_on(Instance& instance);
  /// An instance is busier by so much.
  void busied(Instant now, std::uint32_t instance, std::int64_t delta) {
    meter_.busied(now, delta);
    if (usage_ != nullptr) [[unlikely]]
      usage_->busied(instance, now, delta);
  }
  std::uint32_t number_of(const Instance& instance) const {
    return static_cast<std::uint32_t>(&instance - instances_.data());
  }
  /// An instance has to do with one request less.
  void answered(std::uint32_t instance) {
    balancer_.answered(instance);
    if (set_ != nullptr) [[unlikely]]
      note_idle(instance);
  }
  void note_idle(std::uint32_t instance);
  void take_absent_down();
  std::int64_t capacity_of(std::uint32_t instance) const;
  void fill_disk(std::uint64_t bytes);
  void take_memory(Frame& frame, Instance& instance);
  void free_memory(Frame& frame);
  void hold_base(std::int64_t instances);
  void on_out_of_memory(std::uint32_t number);
  void limit_wait(Frame& frame, Instance& instance);
  bool newest_first(const Instance& instance) const;
  std::uint8_t tenant_of(const Frame& frame) const;
  void leave_line(Frame& frame);
  void respond(Frame& frame, Outcome outcome);
  void plan_cpu(Instance& instance, std::uint32_t number);
  void on_cpu(std::uint32_t number);
  Meter* region_meter(const Frame& frame);

  World& world_;
  const ServiceSpec& spec_;
  const std::uint32_t number_;
  /// Nothing stands between a request and its slot: most services, which need not ask for each
  /// thing that could.
  bool plain_ = false;
  std::unique_ptr<Gate> gate_;                // where the service has one
  std::vector<AdaptiveLimit> adaptive_;       // by instance; empty where none sheds load
  std::unique_ptr<Connections> connections_;  // where their set-up takes time
  Balancer balancer_;
  std::unique_ptr<Backends> backends_;  // who picks, where the balancer is not a plain one
  std::vector<Instance> instances_;
  std::vector<InstanceSize> sizes_;  // by instance
  Meter meter_;  // of the stations: queue and servers; requests are counted by endpoint
  std::uint64_t stored_ = 0;  // bytes on disk
  bool disk_full_ = false;    // a write has failed
  std::vector<Frame*> done_;
  std::vector<ErrorSource*> error_sources_;
  std::unique_ptr<InstanceUsage> usage_;  // where a policy looks at it
  InstanceSet* set_ = nullptr;            // and scales it
  OutlierHost* outliers_ = nullptr;       // where somebody judges its answers
};

}  // namespace rehearse::models
