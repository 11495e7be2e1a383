#pragma once
/// A tree of input with positions: what policies and models read their parameters from, so that
/// they know no YAML. Plain value type; maps keep the order of the file.

#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.hpp"

namespace rehearse {

struct SpecEntry;

struct SpecNode {
  enum class Kind { null, scalar, list, map };
  Kind kind = Kind::null;
  std::string text;                ///< scalar: the text as written, without quotes
  bool quoted = false;             ///< scalar: written in quotes, so never a number
  Mark mark;                       ///< place of the value
  std::vector<SpecNode> items;     ///< list
  std::vector<SpecEntry> entries;  ///< map

  bool is_null() const { return kind == Kind::null; }
  bool is_scalar() const { return kind == Kind::scalar; }
  bool is_list() const { return kind == Kind::list; }
  bool is_map() const { return kind == Kind::map; }
  /// The value of `key`, or nullptr. O(entries).
  const SpecNode* find(std::string_view key) const;
  SpecNode* find(std::string_view key);
};

struct SpecEntry {
  std::string key;
  Mark key_mark;
  SpecNode value;
};

inline const SpecNode* SpecNode::find(std::string_view key) const {
  for (const SpecEntry& e : entries)
    if (e.key == key) return &e.value;
  return nullptr;
}
inline SpecNode* SpecNode::find(std::string_view key) {
  return const_cast<SpecNode*>(static_cast<const SpecNode*>(this)->find(key));
}

}  // namespace rehearse
