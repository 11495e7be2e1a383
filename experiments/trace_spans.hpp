#pragma once
/// From the hops of a followed request to spans with names, ids and attributes, after the semantic
/// conventions of OpenTelemetry 1.3x where they have a word: service.name, service.instance.id,
/// service.peer.name, cloud.region, cloud.availability_zone, error.type, db.system.name,
/// db.namespace, db.operation.name, messaging.system, messaging.destination.name. What they have no
/// word for begins with "rehearse.".
///
///   request    client, the whole of it                          -> internal span, the root
///   call       each attempt, as its caller sees it              -> client span
///              from arrival to answer, at the instance          -> server span below it
///              from arrival until a slot is free, if it waits   -> internal span, "... queue"
///   pause      between two attempts                             -> internal span, "... back-off"
///   branch     of a parallel step                               -> internal span, "... branch 2"
///   look-up    in a cache                                       -> event of its caller's span
///
/// Ids are derived from (seed, trial, workload, number of the request): equal runs have equal ids.

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "models/blueprint.hpp"
#include "models/span_recorder.hpp"
#include "reports/trace.hpp"
#include "sim/random.hpp"

namespace rehearse::experiments {

class SpanMaker {
 public:
  /// `times`: without attributes and events, where only the times of spans are asked for.
  enum class Detail : std::uint8_t { full, times };

  /// Adds resources to `set` as they come up. REQUIRES: both outlive this.
  SpanMaker(const models::Blueprint& blueprint, sim::StreamSeed seed, reports::TraceSet& set);

  /// `kept` ("slow", "failed", "random") becomes an attribute of the root. Spans are called
  /// "gateway.fraud"; those of an endpoint without a name of its own "ml.request", "db.query" or
  /// "redis.get".
  reports::Trace make(const models::RequestTrace& request, const std::string& kept,
                      Detail detail = Detail::full);

 private:
  class One;
  struct Operation {
    std::string name;  // "fraud"
    std::string full;  // "gateway.fraud"
  };
  std::uint32_t resource_of_workload(std::uint32_t workload);
  std::uint32_t resource_of_instance(std::uint32_t service, std::uint32_t instance);

  const models::Blueprint& blueprint_;
  const sim::StreamSeed seed_;
  reports::TraceSet& set_;
  std::vector<Operation> operations_;  // by endpoint
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> instances_;
  std::map<std::uint32_t, std::uint32_t> workloads_;
};

}  // namespace rehearse::experiments
