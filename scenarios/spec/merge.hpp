#pragma once
/// How one tree varies another: maps merge by key, deeply; anything else replaces; `null` removes.

#include <string>

#include "base/spec_node.hpp"

namespace rehearse::spec {

/// Lays `over` on `base`. Marks follow the text that wrote a value, so that a mistake is reported
/// where it was made. A key with nothing behind it over an existing one is an error
/// (empty-override): it could mean "keep" or "remove". Removing what is not there is a warning
/// (nothing-to-remove). REQUIRES: at most kMaxLevels levels.
void merge_over(SpecNode& base, SpecNode over, Diagnostics& out);

/// Applies one `--set` option "path.to.key=value" to `root`. The option is line `line` of the
/// registered file `file`. Errors: bad-set, and those of parse_yaml; false after the latter.
bool apply_set(SpecNode& root, const std::string& option, int file, int line, Diagnostics& out);

}  // namespace rehearse::spec
