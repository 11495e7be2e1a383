#pragma once
/// The grammar of one objective: a small parser written by hand, so that every complaint knows its
/// column and what was expected there.

#include <optional>
#include <string_view>

#include "base/spec_node.hpp"
#include "scenarios/spec/objective.hpp"

namespace rehearse::spec {

/// The objective in `line`, a scalar; nothing where it does not parse, which is then reported.
/// Sets everything but the id.
std::optional<Objective> parse_objective(const SpecNode& line, Diagnostics& out);

}  // namespace rehearse::spec
