#pragma once
/// An entry of the `policies:` block, as far as a simulated and a live host share it: which
/// controller scales which service (or sizes the pools of nodes), how often it is shown something,
/// how soon it may wish again. The controller's own block is read by the controller's own table.
///
/// What only a simulation has use for (delays and losses of what it sees, failures of what it
/// wishes) is read here as well, since the fields stand in one table; laws of delays are left as
/// nodes, for those who know distributions. Live, the real world has its own.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/change_limits.hpp"
#include "base/fields.hpp"
#include "policies/controller.hpp"

namespace rehearse::policies {

struct PolicyBlock {
  std::string name;
  std::string_view kind;                         ///< "hpa"; empty where none was given
  std::shared_ptr<const Controller> controller;  ///< null where it has errors
  const SpecNode* block = nullptr;               ///< of the controller
  bool scales = true;                            ///< it says how many instances the target has
  bool nodes = false;                            ///< it sizes pools of nodes, and has no target
  std::string target;                            ///< the service
  Mark target_mark;
  Mark mark;
  // What it sees
  Duration scrape = Duration::seconds(15);
  Duration window = Duration::seconds(30);
  double lost = 0;
  const SpecNode* delay = nullptr;  ///< a distribution; null: none
  // What becomes of its wishes
  const SpecNode* after = nullptr;  ///< a distribution; null: none
  double fails = 0;
  double unconfirmed = 0;
  Duration spacing;  ///< least time between two; zero: none
  Duration grace = Duration::seconds(30);
  std::optional<ChangeLimits> rails;  ///< that its wishes are held to; with `spacing`
  Mark rails_mark;

  /// Where the controller's block names a metric; the entry where it does not.
  Mark mark_of(std::string_view metric) const;
};

extern const FieldTable kPolicyFields;

/// Reads one entry. Nodes of the result point into it. Errors: contradiction (no controller or two,
/// a window that never holds two scrapes) and those of fields and of the controller.
PolicyBlock read_policy(const SpecEntry& entry, Diagnostics& out);

}  // namespace rehearse::policies
