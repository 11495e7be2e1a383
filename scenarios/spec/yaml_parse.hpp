#pragma once
/// One YAML text as a SpecNode tree. The only file that knows yaml-cpp; its exceptions end here.

#include <optional>
#include <string_view>

#include "base/spec_node.hpp"
#include "scenarios/spec/yaml_guard.hpp"

namespace rehearse::spec {

inline constexpr size_t kMaxNodes = 1'000'000;  ///< aliases expanded
inline constexpr size_t kMaxTreeBytes = size_t{64}
                                        << 20;  ///< of scalars and keys, aliases expanded
inline constexpr size_t kMaxScalarBytes = size_t{64} << 10;
inline constexpr size_t kMaxKeyBytes = 256;

/// The one document in `text`. Nothing where the text is no YAML or beyond a limit: the error is
/// then reported, and whatever could be said about the rest would be noise. Mistakes that leave the
/// rest readable (duplicate keys, merge keys, keys that are no text, tags, a second document) are
/// reported too, and the tree is returned without them. An empty text is a null node.
/// REQUIRES: `text` starts at `origin` in a file registered with `out`.
std::optional<SpecNode> parse_yaml(std::string_view text, Origin origin, Diagnostics& out);

}  // namespace rehearse::spec
