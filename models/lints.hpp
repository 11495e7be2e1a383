#pragma once
/// Lints: what a scenario may say and rarely means. Found from the compiled scenario and its
/// traffic equations, without simulating; a scenario with lints can be run all the same.
///
/// Times in lints are those without queues (models/plan_figures.hpp), rates those of
/// models/traffic.hpp. Loads count open loops only, as a closed one asks for no more than it gets;
/// `users-above-capacity` speaks of the closed ones. Ids are listed in docs/errors.md.

#include <string>
#include <vector>

#include "base/diagnostics.hpp"
#include "base/spec_node.hpp"
#include "models/compile.hpp"

namespace rehearse::models {

struct Lint {
  std::string id;
  std::string subject;  ///< name of a service, endpoint, workload ...; empty: the experiment
  std::string message;  ///< with the figures behind it
  std::string help;
  Mark where;  ///< known for objectives only
};

/// In a fixed order: loads, loss of a zone, calls, queues of brokers, experiment and objectives.
std::vector<Lint> lint(const Scenario& scenario);

/// Reports the lints as warnings, each at the entry of `root` (the tree that the scenario was
/// compiled from) that declares its subject.
void report_lints(const Scenario& scenario, const SpecNode& root, Diagnostics& out);

}  // namespace rehearse::models
