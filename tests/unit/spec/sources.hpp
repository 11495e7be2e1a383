#pragma once
/// Files that exist in a test only, and short forms of what was said about them.

#include <map>
#include <string>
#include <vector>

#include "scenarios/spec/reader.hpp"

namespace rehearse::spec {

inline FileSource memory(std::map<std::string, std::string> files) {
  return [files = std::move(files)](const std::string& path) -> FileText {
    const auto found = files.find(path);
    if (found == files.end()) return {std::nullopt, "No such file or directory"};
    return {found->second, {}};
  };
}

/// "file:line:column id" of everything reported, in the order of reporting.
inline std::vector<std::string> places(const Diagnostics& out) {
  std::vector<std::string> all;
  for (const Diagnostic& d : out.all()) all.push_back(out.place(d.where) + " " + d.id);
  return all;
}

/// Follows keys and indices; a node that asserts in a test where the path leads nowhere.
inline const SpecNode& at(const SpecNode& root, const std::vector<std::string>& path) {
  static const SpecNode kNowhere;
  const SpecNode* node = &root;
  for (const std::string& name : path) {
    if (node->is_list()) {
      const size_t index = std::stoul(name);
      if (index >= node->items.size()) return kNowhere;
      node = &node->items[index];
    } else {
      node = node->find(name);
      if (node == nullptr) return kNowhere;
    }
  }
  return *node;
}

}  // namespace rehearse::spec
