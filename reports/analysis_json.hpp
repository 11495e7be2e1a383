#pragma once
/// The analysis as one document for machines. Its shape is described by
/// reports/schema/analysis.schema.json and kept compatible within one `format` number: keys are
/// added, never renamed. Equal analyses give equal bytes; null for what is infinite or missing.

#include <string>

#include "reports/analysis.hpp"

namespace rehearse::reports {

/// In the layout of lay_out_json().
std::string to_json(const Analysis& analysis);

}  // namespace rehearse::reports
