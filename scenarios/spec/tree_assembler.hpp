#pragma once
/// Puts a tree together from the events of a parser, and keeps its limits: levels, nodes, bytes,
/// and keys that are texts and differ. Knows no parser.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/spec_node.hpp"

namespace rehearse::spec {

/// Leaves the parser after an error that has been reported. Caught where the parser is called.
struct Stop {};

class TreeAssembler {
 public:
  using Anchor = size_t;  ///< 0: none

  explicit TreeAssembler(Diagnostics& out) : out_(out) {}

  /// Begins a map or a list. In a map, scalars, nulls and collections alternate as keys and values.
  void open(SpecNode::Kind kind, Mark where, Anchor anchor);
  void close();
  /// A scalar or null.
  void add(SpecNode node, Anchor anchor);
  /// A copy of what has that anchor.
  void add_alias(Anchor anchor, Mark where);

  /// Place of the innermost collection that is still open.
  std::optional<Mark> innermost() const;
  bool in_list() const { return !frames_.empty() && frames_.back().node.is_list(); }
  /// Place of the key whose value comes next.
  std::optional<Mark> pending_key() const;

  SpecNode take() { return std::move(root_); }

 private:
  /// A collection that is being read.
  struct Frame {
    SpecNode node;
    Anchor anchor = 0;
    bool has_key = false;  ///< map: the next node is the value of `key`
    bool skip = false;     ///< map: ... and is dropped, as the key is wrong
    std::string key = {};
    Mark key_mark = {};
    std::map<std::string, Mark> seen = {};
  };
  /// Size of a tree that an alias would copy.
  struct Extent {
    size_t nodes = 1;
    size_t bytes = 0;
    int levels = 1;
  };

  static Extent extent_of(const SpecNode& node);
  void count(const Extent& extent, Mark where, bool alias = false);
  void add_key(Frame& frame, const SpecNode& node);
  bool good_key(const Frame& frame, const SpecNode& node);

  Diagnostics& out_;
  SpecNode root_;
  std::vector<Frame> frames_;
  std::map<Anchor, SpecNode> anchors_;
  size_t nodes_ = 0;
  size_t bytes_ = 0;
};

}  // namespace rehearse::spec
