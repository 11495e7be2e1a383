#pragma once
/// JSON text for writers that build no tree of it.

#include <string>
#include <string_view>

namespace rehearse::reports {

/// Appends `text` as a JSON string with its quotes. What is no UTF-8 becomes U+FFFD.
void append_json(std::string& out, std::string_view text);

}  // namespace rehearse::reports
