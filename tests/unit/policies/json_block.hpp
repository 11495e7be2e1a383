#pragma once
/// Blocks of a scenario written as JSON, for tests that read parameters.

#include <nlohmann/json.hpp>

#include "base/spec_node.hpp"

namespace rehearse::tests {

inline SpecNode block_of(const nlohmann::json& value) {
  SpecNode node;
  if (value.is_object()) {
    node.kind = SpecNode::Kind::map;
    for (const auto& [key, each] : value.items()) node.entries.push_back({key, {}, block_of(each)});
  } else if (value.is_array()) {
    node.kind = SpecNode::Kind::list;
    for (const auto& each : value) node.items.push_back(block_of(each));
  } else if (!value.is_null()) {
    node.kind = SpecNode::Kind::scalar;
    node.text = value.is_string() ? value.get<std::string>() : value.dump();
  }
  return node;
}

}  // namespace rehearse::tests
