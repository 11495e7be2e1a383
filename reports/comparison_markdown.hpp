#pragma once
/// A comparison for a pull request. Escaping and limits as reports/markdown.hpp.

#include <string>

#include "reports/comparison.hpp"

namespace rehearse::reports {

/// What `rehearse diff --markdown` prints.
std::string to_markdown(const Comparison& comparison);

/// The part of a result that was given a baseline: a table of objectives that changed, and folded
/// lists of figures and settings.
std::string since_markdown(const Comparison& comparison);

}  // namespace rehearse::reports
