#pragma once
/// How far and how often a count of instances may be changed, as written in a scenario: the block
/// `guard_rails` of a policy and the block `guards` of the real platform. One table and one reader,
/// so that both worlds mean the same; policies/guard_rails.hpp holds wishes to it.

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "base/fields.hpp"
#include "base/time.hpp"

namespace rehearse {

struct ChangeLimits {
  std::int32_t most_at_once = 4;                 ///< instances that one change may start or stop
  std::int32_t changes = 6;                      ///< within any stretch of time as long as ...
  Duration within = Duration::seconds(60);       ///< ... this one
  Duration stale_after = Duration::seconds(60);  ///< what is older is not acted upon
  std::int32_t floor = 1;                        ///< fewest instances that may be asked for
  std::int32_t ceiling = std::numeric_limits<std::int32_t>::max();  ///< most
  Duration spacing;  ///< least time between two changes; not of the block: `act` of the policy
};

extern const FieldTable kChangeLimitsFields;

/// `what` names the block in messages. Errors: contradiction, and those of fields.
ChangeLimits read_change_limits(const SpecNode& node, Diagnostics& out, const std::string& what);

/// The first field in which `limits` allows what `outer` does not; empty where there is none.
std::string_view looser_field(const ChangeLimits& limits, const ChangeLimits& outer);

}  // namespace rehearse
