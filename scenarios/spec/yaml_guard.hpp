#pragma once
/// What a text must be before a YAML parser may see it: bounded, UTF-8, free of characters that
/// hide or obey, indented with spaces, and not nested beyond all sense. The parser's own limits
/// come too late (its scanner queues a whole flow collection) or are none at all.

#include <cstddef>
#include <string_view>

#include "base/diagnostics.hpp"

namespace rehearse::spec {

inline constexpr size_t kMaxFileBytes = size_t{8} << 20;
inline constexpr int kMaxLevels = 64;

/// Where a text begins in the file that diagnostics show.
struct Origin {
  int file = -1;
  int line = 1;
  int column = 1;
};

/// Reports what forbids to parse `text`; true where nothing does. Errors: too-large, bad-encoding,
/// control-character, tab-indentation, odd-space, too-deep.
bool guard_text(std::string_view text, Origin origin, Diagnostics& out);

/// Position of the first character that may not stand in a text even as an escape: malformed, or
/// unprintable other than line feed, tab and the joiners of some scripts; npos where there is none.
size_t first_forbidden(std::string_view text);

}  // namespace rehearse::spec
