#pragma once
/// Sends health probes to the instances of a service and draws the consequences: an instance whose
/// readiness probe fails leaves the balancer, one whose liveness or startup probe fails is
/// restarted. Probes are requests: they queue, take the instance's time, time out and get lost, so
/// that detection times and false alarms come out of the model.
///
/// At the start of a trial all instances have been running and ready for a while; the first probes
/// are spread at random over one period, and this beat is kept over restarts (as by the kubelet). A
/// probe is left out while its predecessor is unanswered or the initial delay is not over.
/// What is made of the answers is the kubelet's (policies/probe_worker.hpp). Source:
/// Kubernetes 1.29 documentation, "Configure Liveness, Readiness and Startup Probes". Leaves out:
/// the time that endpoint updates take to reach balancers; what the kubelet hears of a container
/// from its runtime: a process that is gone shows by probes that fail.

#include <cstdint>
#include <vector>

#include "models/frame.hpp"
#include "models/probe_spec.hpp"
#include "policies/probe_worker.hpp"
#include "sim/engine.hpp"

namespace rehearse::models {

class World;
struct ServiceSpec;

class Prober final : public sim::Handler {
 public:
  Prober(World& world, std::uint32_t service);

  void begin();
  /// No more probes: the trial drains.
  void close() { closed_ = true; }
  /// The process of an instance has started anew.
  void started(std::uint32_t instance);
  void complete(Frame& probe, Outcome outcome);
  void on_event(sim::Engine& engine, std::uint64_t data) override;

  bool judges_readiness() const { return judges_readiness_; }

 private:
  /// One probe of one instance.
  struct Watch {
    policies::ProbeWorker worker;
    bool asking = false;
    std::uint32_t life = 0;  // of the process: answers for an earlier one do not count
  };
  Watch& watch(std::uint32_t probe, std::uint32_t instance) {
    return watches_[probe * instances_ + instance];
  }
  void plan(std::uint32_t probe, std::uint32_t instance, Duration after);
  void ask(std::uint32_t probe, std::uint32_t instance);
  /// A beat of the worker. Whether it wants an answer.
  bool tick(std::uint32_t probe, std::uint32_t instance, Duration age);
  void judge(std::uint32_t probe, std::uint32_t instance, bool success);
  void restart(std::uint32_t instance);
  /// Whether the startup probe, if any, has passed.
  bool has_started(std::uint32_t instance);

  World& world_;
  const ServiceSpec& spec_;
  const std::uint32_t service_;
  const std::uint32_t instances_;
  bool judges_readiness_ = false;
  bool closed_ = false;
  std::vector<policies::ProbeWorker::Params> params_;  // by probe
  std::vector<Watch> watches_;
  std::vector<Instant> started_at_;  // by instance; before the trial, all of them long ago
};

}  // namespace rehearse::models
