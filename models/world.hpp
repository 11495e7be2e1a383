#pragma once
/// The mutable side of one trial: engine, random streams, services, caches, clients, meters. Made
/// from a Blueprint and a seed, runs once, hands out its records. Many may run on many threads.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "models/blueprint.hpp"
#include "models/broker.hpp"
#include "models/cache_store.hpp"
#include "models/call_guard.hpp"
#include "models/cluster.hpp"
#include "models/consumer_set.hpp"
#include "models/fault_driver.hpp"
#include "models/flow.hpp"
#include "models/instance_set.hpp"
#include "models/message_queue.hpp"
#include "models/meter.hpp"
#include "models/name_cache.hpp"
#include "models/node_fleet.hpp"
#include "models/outlier_host.hpp"
#include "models/pacer.hpp"
#include "models/phases.hpp"
#include "models/policy_driver.hpp"
#include "models/prober.hpp"
#include "models/replication.hpp"
#include "models/service.hpp"
#include "models/span_recorder.hpp"
#include "models/workload.hpp"
#include "models/write_behind.hpp"
#include "sim/engine.hpp"
#include "sim/random.hpp"

namespace rehearse::models {

/// What one subject recorded in one trial: a window per interval between boundaries.
struct SubjectRecord {
  std::string name;
  /// "workload", "station" (queue and servers of a service), "endpoint" (its requests), "store"
  /// (look-ups of a cache), "queue" (messages), "replica" (writes on their way to the replicas of a
  /// database), "region", "pool" (nodes that are paid for).
  std::string kind;
  std::vector<WindowRecord> windows;
  std::int64_t in_system_at_end = 0;
  std::uint64_t age_at_end = 0;  ///< time spent by those so far, request-nanoseconds
  /// Servers or millicores in all, 0 where unlimited: what `busy` is measured against.
  std::int64_t capacity = 0;
};

/// Something that happened to the platform rather than to a request.
struct PlatformEvent {
  Instant at;
  std::string what;  ///< "fault.began", "fault.ended", "instance.stopped", "instance.ready" ...
  std::string subject;
  std::uint32_t instance = kNone;
  std::string detail;
};

struct TrialRecord {
  std::uint64_t trial = 0;
  std::vector<Instant> boundaries;  ///< starts of windows, and the end of the last
  std::vector<SubjectRecord> subjects;
  std::uint64_t events = 0;
  std::uint64_t requests = 0;  ///< begun by clients
  std::uint64_t fingerprint = 0;
  bool stuck = false;               ///< time did not advance
  std::vector<FaultRecord> faults;  ///< by fault of the blueprint
  std::vector<PlatformEvent> log;   ///< the first kMostLogged
  std::uint64_t log_left_out = 0;
  std::vector<PolicyDecision> decisions;  ///< of all policies, in order of time; the first ones
  std::uint64_t decisions_left_out = 0;
  std::vector<GuardRecord> guards;  ///< by guard of the plans
};

/// What becomes of a message between two zones.
struct Delivery {
  bool at_once = true;
  bool lost = false;
  Instant at;
};

/// Requests travel with their frames to the instance, answers back; handshakes come before.
enum class Way : std::uint8_t { request, answer, handshake };

/// A fault on a link, in force: see models/faults.
struct LinkEffect {
  const sim::Distribution* delay = nullptr;  ///< added to each message; nullptr: messages are lost
  double strength = 1;                       ///< times the delay; or the share that is lost
  sim::Stream* stream = nullptr;
  std::uint64_t* touched = nullptr;
};

class World {
 public:
  /// `boundaries`: instants at which windows begin, ascending, the first 0, the last the horizon.
  World(const Blueprint& blueprint, sim::StreamSeed seed, std::vector<Instant> boundaries,
        bool drain);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// Follows `share` of the requests and tells `sink`, without changing what happens. REQUIRES:
  /// called before advance(), at most once; `sink` lives until the trial is over.
  void follow(double share, TraceSink& sink);
  /// nullptr where nothing is followed.
  const SpanRecorder* spans() const { return spans_.get(); }

  /// Goes on to the next boundary; false once the trial is over. Between calls the caller may look
  /// at a clock, report progress or give up.
  bool advance();
  TrialRecord take_record();

  sim::Engine& engine() { return engine_; }
  std::size_t memory_bytes() const;

  // ---- For faults and probes
  const Blueprint& blueprint() const { return blueprint_; }
  Flow& flow() { return flow_; }
  Service& service(std::uint32_t number) { return *services_[number]; }
  Workload& workload(std::uint32_t number) { return *workloads_[number]; }
  MessageQueue& queue(std::uint32_t number) { return *queues_[number]; }
  /// REQUIRES: a policy scales the service.
  InstanceSet& instance_set(std::uint32_t service) { return *sets_[service]; }
  ScaleTarget& scale_target(const PolicySpec& policy);
  /// Empties a cache, with all of its layers; returns the entries that were there.
  std::uint64_t flush(std::uint32_t cache);
  /// A batch of writes ends with the instance that writes it, where `frame` is one.
  void lose_batch(const Frame& frame) {
    if ((frame.hold & Frame::kBatch) != 0) behinds_[frame.keys[kBatchNumber]]->lose(frame);
  }
  /// Empties the caches in the memory of an instance, and writes that it has put off.
  void flush_memory_of(std::uint32_t service, std::uint32_t instance);
  /// nullptr without nodes, or where there are neither faults nor policies.
  Cluster* cluster() { return cluster_.get(); }
  /// nullptr where no policy sizes pools of nodes.
  NodeFleet* fleet() { return fleet_.get(); }
  Meter& pool_meter(std::uint32_t pool) { return pool_meters_[pool]; }
  sim::Stream& stream(std::uint32_t number) { return streams_[number]; }
  const Meter& endpoint_meter(std::uint32_t number) const { return endpoint_meters_[number]; }
  /// Effects on a link while faults last; the first call makes room for all links.
  std::vector<LinkEffect*>& link_effects(std::uint32_t link);
  /// Whether readiness probes decide on the rotation of this service.
  bool watches(std::uint32_t service) const {
    return probers_[service] != nullptr && probers_[service]->judges_readiness();
  }
  void instance_started(std::uint32_t service, std::uint32_t instance) {
    if (probers_[service] != nullptr) probers_[service]->started(instance);
    if (const std::uint32_t number = blueprint_.services[service].replication; number != kNone)
      replications_[number]->started(instance);
    if (pacers_[service] != nullptr) pacers_[service]->started(instance);
    for (const auto& guard : guards_)
      if (guard->spec().service == service) guard->restarted(instance);
  }
  void instance_stopped(std::uint32_t service, std::uint32_t instance) {
    if (const std::uint32_t number = blueprint_.services[service].replication; number != kNone)
      replications_[number]->stopped(instance);
  }
  void instance_died(std::uint32_t service, std::uint32_t instance) {
    if (pacers_[service] != nullptr) pacers_[service]->stopped(instance);
  }
  /// So many instances more, or less, stand still.
  void pause_changed(int by) { standing_ += by; }
  void log(std::string_view what, std::string_view subject, std::uint32_t instance,
           std::string_view detail);
  static constexpr std::size_t kMostLogged = 2000;

  Delivery deliver(const Frame& frame, Way way, std::uint32_t from, std::uint32_t to) {
    const std::uint32_t number = blueprint_.network.link(from, to);
    if (number == kNone) [[likely]]
      return {};
    const Link& link = blueprint_.network.links[number];
    if (link.way != kNone) [[unlikely]]
      return deliver_over(link, frame, way);
    Duration sending;
    if (link.bandwidth > 0) [[unlikely]]
      sending = transmit(from, to, size_of(frame, way), engine_.now());
    if (!link_effects_.empty()) [[unlikely]]
      return hinder(number, link, sending);
    if (link.loss > 0 && streams_[link.loss_stream].chance(link.loss)) return {false, true, {}};
    return travel(link, sending);
  }
  /// After which time a message is sent again that has got lost for the n-th time; zero: never.
  Duration resend_after(std::uint32_t from, std::uint32_t to, std::uint32_t n) const {
    const std::uint32_t number = blueprint_.network.link(from, to);
    if (number == kNone) return Duration::zero();
    return models::resend_after(blueprint_.network.links[number].rto, n);
  }

 private:
  friend class Flow;
  friend class MessageQueue;
  friend class Service;
  friend class Workload;
  friend class Prober;
  friend class WriteBehind;
  friend class Replication;
  friend class FaultDriver;

  /// Probers, paces of instances, nodes and faults.
  void add_what_happens();
  void add_policies();
  void add_set(std::uint32_t service, Duration grace);
  void add_fleet(Duration grace);
  /// A policy says how many instances it has.
  bool scaled(std::uint32_t service) const;
  bool drained() const;
  void close_windows(Instant now);
  Delivery hinder(std::uint32_t number, const Link& link, Duration sending);
  Delivery deliver_over(const Link& link, const Frame& frame, Way way);
  double size_of(const Frame& frame, Way way);
  Duration transmit(std::uint32_t from, std::uint32_t to, double bytes, Instant at);
  Delivery travel(const Link& link, Duration more) {
    if (link.law == kNone && more == Duration::zero()) return {};
    Instant at = saturating_add(engine_.now(), more);
    if (link.law != kNone) {
      const Law& law = blueprint_.plans.laws[link.law];
      at = saturating_add(at, law.law.sample_duration(streams_[law.stream]));
    }
    return {false, false, at};
  }
  /// Where to tell what happens to `frame`; nullptr where nobody follows it.
  SpanRecorder* spans_of(const Frame& frame) const {
    if (frame.span == 0) [[likely]]
      return nullptr;
    return spans_.get();
  }

  const Blueprint& blueprint_;
  const bool instant_;  // messages take no time anywhere
  sim::Engine engine_;
  std::vector<Instant> boundaries_;
  std::size_t next_boundary_ = 1;
  bool drain_;
  std::vector<sim::Stream> streams_;
  std::vector<Instant> lines_free_;  // by zones from and to; empty where no link has a bandwidth
  std::vector<Meter> endpoint_meters_;
  std::vector<Meter> region_meters_;  // empty with fewer than two regions
  std::vector<CacheStore> stores_;
  std::vector<std::vector<Instant>> changed_;  // by cache and key: last change at the origin
  std::vector<Meter> cache_meters_;
  std::vector<NameCache> names_;
  Flow flow_;
  std::unique_ptr<SpanRecorder> spans_;
  std::vector<std::unique_ptr<Service>> services_;
  std::vector<std::unique_ptr<Workload>> workloads_;
  std::vector<std::unique_ptr<CallGuard>> guards_;      // by guard of the plans
  std::vector<std::unique_ptr<OutlierHost>> outliers_;  // where balancers have one
  std::vector<std::unique_ptr<Prober>> probers_;        // by service; nullptr without probes
  std::vector<std::unique_ptr<Pacer>> pacers_;          // by service; nullptr with an even pace
  std::unique_ptr<Cluster> cluster_;
  std::unique_ptr<NodeFleet> fleet_;
  std::vector<Meter> pool_meters_;                           // by pool of nodes
  std::vector<std::unique_ptr<InstanceSet>> sets_;           // by service; nullptr: all stay
  std::vector<std::unique_ptr<ConsumerSet>> consumer_sets_;  // by queue; nullptr without a policy
  std::vector<std::unique_ptr<PolicyDriver>> drivers_;       // by policy
  std::unique_ptr<FaultDriver> faults_;                      // nullptr without faults
  std::vector<std::vector<LinkEffect*>> link_effects_;       // empty until a fault hits a link
  std::int64_t slow_instances_ = 0;
  bool pauses_ = false;        // some instances stand still at times
  bool cancels_ = false;       // some services end what nobody waits for
  bool watchful_ = false;      // either of these
  std::int64_t standing_ = 0;  // so many of them now
  std::vector<PlatformEvent> log_;
  std::uint64_t log_left_out_ = 0;
  std::vector<Broker> brokers_;
  std::vector<std::unique_ptr<MessageQueue>> queues_;
  std::vector<std::unique_ptr<Replication>> replications_;
  std::vector<std::unique_ptr<WriteBehind>> behinds_;
  std::unique_ptr<Phases> phases_;  // nullptr without any
};

}  // namespace rehearse::models
