#pragma once
/// Acts on a target of the `live:` block: processes behind an HAProxy (live/service_set.hpp).

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "live/actuator.hpp"
#include "scenarios/spec/live.hpp"

namespace rehearse::live {

/// `initial`: instances to begin with, where nobody has asked for any yet. `folder`: where relative
/// paths start. Null, and a sentence in `problem`, where the state folder cannot be used or
/// somebody else acts on the target.
std::unique_ptr<Actuator> actuate_service(const spec::LiveTarget& target, std::int32_t initial,
                                          const std::string& folder, std::string& problem);

/// Ends all instances of the target that are in its table, and forgets how many were wanted: out of
/// rotation, SIGTERM, and SIGKILL after the time to drain. Returns how many there were, when they
/// are gone; -1 and a sentence in `problem` where that could not be done. `said`: a line for each.
int stop_service(const spec::LiveTarget& target, const std::string& folder,
                 std::vector<std::string>& said, std::string& problem);

}  // namespace rehearse::live
