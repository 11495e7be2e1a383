#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "experiments/difference.hpp"
#include "scenarios/spec/reader.hpp"

/// Two resolved scenarios, value by value.

namespace rehearse::experiments {
namespace {

struct Leaf {
  std::string path;
  std::string text;
};

bool is_plain_list(const SpecNode& node) {
  return std::all_of(node.items.begin(), node.items.end(),
                     [](const SpecNode& item) { return item.is_scalar(); });
}

std::string text_of(const SpecNode& node) {
  switch (node.kind) {
    case SpecNode::Kind::null:
      return "null";
    case SpecNode::Kind::scalar:
      return node.text;
    case SpecNode::Kind::list: {
      std::string out;
      for (const SpecNode& item : node.items) out += (out.empty() ? "" : ", ") + item.text;
      return "[" + out + "]";
    }
    case SpecNode::Kind::map:
      return "{}";
  }
  return "";
}

std::string join(const std::string& path, const std::string& key) {
  const std::string name =
      key.find_first_of(".\"") == std::string::npos ? key : fmt::format("\"{}\"", key);
  return path.empty() ? name : path + "." + name;
}

void flatten(const SpecNode& node, const std::string& path, std::vector<Leaf>& out) {
  if (node.is_map() && !node.entries.empty()) {
    for (const SpecEntry& entry : node.entries) flatten(entry.value, join(path, entry.key), out);
  } else if (node.is_list() && !is_plain_list(node)) {
    for (std::size_t i = 0; i < node.items.size(); ++i)
      flatten(node.items[i], join(path, std::to_string(i)), out);
  } else {
    out.push_back({path, text_of(node)});
  }
}

bool read(const char* name, const std::string& text, std::vector<Leaf>& out) {
  Diagnostics problems;
  const SpecNode root = spec::read_text(name, text, problems);
  if (problems.has_errors()) return false;
  flatten(root, "", out);
  return true;
}

}  // namespace

bool compare_settings(const std::string& before, const std::string& after,
                      std::vector<reports::SettingChange>& out) {
  std::vector<Leaf> old, now;
  if (!read("before", before, old) || !read("after", after, now)) return false;
  std::map<std::string, std::string> left;
  for (const Leaf& leaf : old) left.emplace(leaf.path, leaf.text);
  for (const Leaf& leaf : now) {
    const auto found = left.find(leaf.path);
    if (found == left.end()) {
      out.push_back({leaf.path, std::nullopt, leaf.text});
      continue;
    }
    if (found->second != leaf.text) out.push_back({leaf.path, found->second, leaf.text});
    left.erase(found);
  }
  for (const Leaf& leaf : old)
    if (left.contains(leaf.path)) out.push_back({leaf.path, leaf.text, std::nullopt});
  return true;
}

}  // namespace rehearse::experiments
