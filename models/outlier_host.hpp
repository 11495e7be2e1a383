#pragma once
/// Watches how the instances of a service answer, and has those that answer badly leave the
/// balancer for a while: hosts policies/outlier_detector.hpp. What a caller got is told as the
/// status that a proxy would have seen: 200, 500 (error), 503 (turned away, or left the queue),
/// 429, 403, 504 (timeout). A readiness probe that passes counts as a passed health check.
///
/// One balancer sees all callers. Leaves out: proxies that each see a part of the traffic; failures
/// to connect as a kind of their own.

#include <cstdint>
#include <vector>

#include "models/outcome.hpp"
#include "policies/outlier_detector.hpp"
#include "sim/engine.hpp"

namespace rehearse::models {

class Service;
class World;

class OutlierHost final : public sim::Handler {
 public:
  OutlierHost(World& world, Service& service, const policies::OutlierDetector::Params& params,
              std::uint32_t stream);

  void begin();
  void result(std::uint32_t instance, Outcome outcome);
  void health_check_passed(std::uint32_t instance);
  /// The instance is one of those that are balanced, or is no longer.
  void set_member(std::uint32_t instance, bool member);
  void on_event(sim::Engine& engine, std::uint64_t data) override;

 private:
  void carry_out();

  World& world_;
  Service& service_;
  const std::uint32_t stream_;
  policies::OutlierDetector detector_;
  std::vector<policies::Decision> decisions_;
};

}  // namespace rehearse::models
