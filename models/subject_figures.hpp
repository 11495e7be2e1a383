#pragma once
/// Which figures there are of which subject: hits of caches, messages that are handled again of
/// queues, hours of what comes and goes. Others are not counted, and nothing could be said of them.

#include <string_view>

#include "models/blueprint.hpp"
#include "models/compile.hpp"
#include "scenarios/spec/objective.hpp"

namespace rehearse::models {

/// Empty where `subject` has a figure for `metric`; otherwise whose figure it is, or what the
/// subject would need to have one: "caches have it".
std::string_view lacks_figure(const Blueprint& blueprint, const Subject& subject,
                              spec::Metric metric);

}  // namespace rehearse::models
