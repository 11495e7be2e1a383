#pragma once
/// From a scenario's tree to what can be simulated. Every mistake is reported in one pass.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fields.hpp"
#include "base/spec_node.hpp"
#include "models/blueprint.hpp"
#include "scenarios/spec/experiment.hpp"
#include "scenarios/spec/objective.hpp"
#include "scenarios/spec/reader.hpp"

namespace rehearse::models {

/// What an objective or a result speaks of.
enum class SubjectKind : std::uint8_t {
  workload,
  service,
  endpoint,
  cache,
  database,
  region,
  broker,
  queue,
  replica,
  shard,
  pool
};
std::string_view subject_kind_name(SubjectKind kind);

struct Subject {
  SubjectKind kind = SubjectKind::service;
  /// Of workloads, services (caches with a station, databases, brokers, shards), endpoints,
  /// regions, queues, replications (replica), pools of nodes; of a cache: its index among caches.
  std::uint32_t index = 0;
};

struct Scenario {
  std::string name;
  Blueprint blueprint;
  spec::Experiment experiment;
  std::vector<spec::Objective> objectives;
  std::vector<Subject> targets;  ///< of each objective
  bool stationary = true;        ///< the traffic does not change over time
};

/// Keys of a scenario file: the root of the reference page and of the JSON Schema.
const FieldTable& scenario_fields();

/// The scenario, or nullopt where `out` has errors. `files` loads traces and sample files.
std::optional<Scenario> compile(const SpecNode& root, const spec::FileSource& files,
                                Diagnostics& out);

}  // namespace rehearse::models
