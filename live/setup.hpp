#pragma once
/// What a live run needs of a scenario: its policies, and the real services that they see and
/// scale. The same file is simulated; nothing is read twice in two ways.

#include <optional>
#include <string>
#include <vector>

#include "policies/guard_rails.hpp"
#include "policies/policy_block.hpp"
#include "scenarios/spec/live.hpp"

namespace rehearse::live {

struct Setup {
  std::string name;  ///< of the scenario
  spec::LivePlatform platform;
  std::vector<policies::PolicyBlock> policies;
  std::vector<std::size_t> targets;  ///< of each policy, among platform.targets

  const spec::LiveTarget& target_of(std::size_t policy) const {
    return platform.targets[targets[policy]];
  }
  policies::GuardRails::Params guards_of(std::size_t policy) const;
};

/// Reads the blocks `policies` and `live`; nothing where they have errors, which are reported.
/// Nodes of the result point into `root`. Errors: missing-field (there is no `live` block, or no
/// policy), unknown-target, unknown-metric (the target does not say how to ask for it),
/// contradiction (two policies for one service; a metric of single instances asked for as one of
/// all; a policy that looks so seldom that what it sees is stale), and those of the blocks.
std::optional<Setup> read_setup(const SpecNode& root, Diagnostics& out);

}  // namespace rehearse::live
