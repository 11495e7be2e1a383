#include "scenarios/spec/tree_assembler.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/fields.hpp"
#include "base/text.hpp"
#include "scenarios/spec/yaml_parse.hpp"

namespace rehearse::spec {

std::optional<Mark> TreeAssembler::innermost() const {
  if (frames_.empty()) return std::nullopt;
  return frames_.back().node.mark;
}

std::optional<Mark> TreeAssembler::pending_key() const {
  if (frames_.empty() || !frames_.back().has_key) return std::nullopt;
  return frames_.back().key_mark;
}

TreeAssembler::Extent TreeAssembler::extent_of(const SpecNode& node) {
  Extent all{1, node.text.size(), 1};
  const auto add = [&all](const SpecNode& child) {
    const Extent e = extent_of(child);
    all.nodes += e.nodes;
    all.bytes += e.bytes;
    all.levels = std::max(all.levels, e.levels + 1);
  };
  for (const SpecNode& item : node.items) add(item);
  for (const SpecEntry& entry : node.entries) {
    all.bytes += entry.key.size();
    add(entry.value);
  }
  return all;
}

void TreeAssembler::count(const Extent& extent, Mark where, bool alias) {
  nodes_ += extent.nodes;
  bytes_ += extent.bytes;
  if (static_cast<int>(frames_.size()) + extent.levels > kMaxLevels + 1) {
    out_.error("too-deep", where, fmt::format("nested more than {} levels deep", kMaxLevels));
    throw Stop{};
  }
  if (nodes_ <= kMaxNodes && bytes_ <= kMaxTreeBytes) return;
  out_.error(
      "too-large", where,
      nodes_ > kMaxNodes
          ? fmt::format("there are more than {} values up to here, aliases expanded", kMaxNodes)
          : "the values up to here take more than 64 MiB, aliases expanded",
      alias ? "an alias copies its whole block each time"
            : "name large tables by file, as in arrivals: {trace: FILE}");
  throw Stop{};
}

void TreeAssembler::open(SpecNode::Kind kind, Mark where, Anchor anchor) {
  if (static_cast<int>(frames_.size()) >= kMaxLevels) count({0, 0, 2}, where);
  Frame frame;
  frame.node.kind = kind;
  frame.node.mark = where;
  frame.anchor = anchor;
  frames_.push_back(std::move(frame));
}

void TreeAssembler::add_alias(Anchor anchor, Mark where) {
  const auto found = anchors_.find(anchor);
  if (found == anchors_.end()) {
    out_.error("bad-alias", where, "an alias stands inside the block that it names",
               "a block cannot contain itself");
    throw Stop{};
  }
  const Extent extent = extent_of(found->second);
  count({extent.nodes - 1, extent.bytes, extent.levels}, where, true);  // add() counts the node
  add(SpecNode(found->second), 0);
}

void TreeAssembler::close() {
  SpecNode node = std::move(frames_.back().node);
  const Anchor anchor = frames_.back().anchor;
  frames_.pop_back();
  add(std::move(node), anchor);
}

void TreeAssembler::add(SpecNode node, Anchor anchor) {
  count({1, node.text.size(), 1}, node.mark);
  if (anchor != 0) {
    const Extent extent = extent_of(node);
    count({extent.nodes, extent.bytes, 1}, node.mark);
    anchors_[anchor] = node;
  }
  if (frames_.empty()) {
    root_ = std::move(node);
    return;
  }
  Frame& frame = frames_.back();
  if (frame.node.is_list()) {
    frame.node.items.push_back(std::move(node));
  } else if (!frame.has_key) {
    add_key(frame, node);
  } else {
    frame.has_key = false;
    if (frame.skip) return;
    frame.node.entries.push_back({std::move(frame.key), frame.key_mark, std::move(node)});
  }
}

void TreeAssembler::add_key(Frame& frame, const SpecNode& node) {
  frame.has_key = true;
  frame.key = node.text;
  frame.key_mark = node.mark;
  frame.skip = !good_key(frame, node);
  if (!frame.skip) frame.seen.emplace(node.text, node.mark);
}

bool TreeAssembler::good_key(const Frame& frame, const SpecNode& node) {
  if (!node.is_scalar() || node.text.empty()) {
    out_.error("bad-key", node.mark,
               node.is_scalar()
                   ? "a key is empty"
                   : fmt::format("a key must be a text, not {}", node.is_map()    ? "a map"
                                                                 : node.is_list() ? "a list"
                                                                                  : "null"),
               "write KEY: VALUE");
    return false;
  }
  if (node.text.size() > kMaxKeyBytes) {
    out_.error("bad-key", node.mark, fmt::format("a key is longer than {} bytes", kMaxKeyBytes));
    return false;
  }
  if (node.text == "<<" && !node.quoted) {
    out_.error("merge-key", node.mark, "the merge key '<<' is not part of the format",
               "share blocks with 'extends:', or repeat the keys");
    return false;
  }
  const auto first = frame.seen.find(node.text);
  if (first == frame.seen.end()) return true;
  out_.error("duplicate-key", node.mark,
             fmt::format("the key '{}' is written twice", shortened(node.text)),
             fmt::format("the first is at {}", out_.place(first->second)));
  return false;
}

}  // namespace rehearse::spec
