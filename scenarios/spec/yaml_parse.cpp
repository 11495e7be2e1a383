#include "scenarios/spec/yaml_parse.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <istream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "base/text.hpp"

namespace rehearse::spec {
namespace {

/// Leaves the parser after an error that has been reported.
struct Stop {};

/// Size of a tree that an alias would copy.
struct Extent {
  size_t nodes = 1;
  size_t bytes = 0;
  int levels = 1;
};

Extent extent_of(const SpecNode& node) {
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

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

std::string_view without_blanks_at_end(std::string_view text) {
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// Bytes of the quoted text at the start of `text`, quotes included; 0 where it does not end.
size_t quoted_length(std::string_view text) {
  const char quote = text.front();
  for (size_t i = 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      if (quote == '"' || text.substr(i + 1, 1) != "'") return i + 1;
      ++i;
    }
  }
  return 0;
}

/// Builds the tree from the parser's events and keeps the limits.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, Origin origin, Diagnostics& out)
      : text_(text), origin_(origin), out_(out) {}

  SpecNode take() { return std::move(root_); }
  bool saw_second_document() const { return second_document_; }
  Mark mark_of(const YAML::Mark& mark) const;
  /// Place of the innermost collection that is still open.
  std::optional<Mark> innermost() const {
    if (frames_.empty()) return std::nullopt;
    return frames_.back().node.mark;
  }

  void OnDocumentStart(const YAML::Mark& mark) override;
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(SpecNode::Kind::list, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(SpecNode::Kind::map, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  /// A collection that is being read.
  struct Frame {
    SpecNode node;
    YAML::anchor_t anchor = 0;
    bool has_key = false;  ///< map: the next node is the value of `key`
    bool skip = false;     ///< map: ... and is dropped, as the key is wrong
    std::string key = {};
    Mark key_mark = {};
    std::map<std::string, Mark> seen = {};
  };

  void open(SpecNode::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor);
  void close();
  void add(SpecNode node, YAML::anchor_t anchor);
  void add_key(Frame& frame, const SpecNode& node);
  bool good_key(const Frame& frame, const SpecNode& node);
  void count(const Extent& extent, Mark where);
  void check_tag(const std::string& tag, Mark where);
  void locate(SpecNode& node, const YAML::Mark& mark) const;
  Mark before(const YAML::Mark& mark) const;

  std::string_view text_;
  Origin origin_;
  Diagnostics& out_;
  SpecNode root_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, SpecNode> anchors_;
  size_t nodes_ = 0;
  size_t bytes_ = 0;
  int documents_ = 0;
  bool second_document_ = false;
};

Mark TreeBuilder::mark_of(const YAML::Mark& mark) const {
  if (mark.line < 0) return {origin_.file, 0, 0, 1};
  const int column = mark.column + (mark.line == 0 ? origin_.column : 1);
  return {origin_.file, origin_.line + mark.line, column, 1};
}

void TreeBuilder::OnDocumentStart(const YAML::Mark& mark) {
  if (++documents_ < 2) return;
  const Mark where = mark_of(mark);
  if (out_.line_text(where.file, where.line).substr(0, 3) == "---") {
    second_document_ = true;
    out_.error("second-document", where, "a second document starts here",
               "a scenario is one document; put others in files of their own");
    throw Stop{};
  }
  // The parser takes what does not fit behind the first value for a document of its own.
  out_.error("yaml-syntax", where, "this does not continue what stands above",
             "check the indentation: a file is one map of KEY: VALUE");
  throw Stop{};
}

/// Place of the last character before `mark` that is no space, where that is on another line; on
/// the same line `mark` will do, and looking for its start there would be quadratic.
Mark TreeBuilder::before(const YAML::Mark& mark) const {
  const std::string_view text = text_.substr(0, static_cast<size_t>(std::max(mark.pos, 0)));
  const size_t at = std::min(text.find_last_not_of(" \t\r\n"), text.size());
  const auto lines = std::count(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), '\n');
  if (lines == 0) return mark_of(mark);
  YAML::Mark found = mark;
  found.line -= static_cast<int>(lines);
  const size_t newline = text.rfind('\n', at);
  found.column = static_cast<int>(newline == std::string_view::npos ? at : at - newline - 1);
  return mark_of(found);
}

/// Moves the mark of a scalar past its anchor and tag, and finds how far it reaches on its line.
/// Also finds quotes that the parser would let run on to the end of the file.
void TreeBuilder::locate(SpecNode& node, const YAML::Mark& mark) const {
  const std::string_view whole = out_.line_text(node.mark.file, node.mark.line);
  const auto begin = static_cast<size_t>(node.mark.column - 1);
  size_t at = std::min(begin, whole.size());
  while (at < whole.size() && (whole[at] == '&' || whole[at] == '!')) {
    size_t next = at;
    while (next < whole.size() && !is_blank(whole[next])) ++next;
    while (next < whole.size() && is_blank(whole[next])) ++next;
    if (next == whole.size()) break;
    at = next;
  }
  const std::string_view line = whole.substr(at);
  node.mark.column = static_cast<int>(at) + 1;
  size_t length = without_blanks_at_end(line).size();
  if (!line.empty() && (line.front() == '"' || line.front() == '\'')) {
    const size_t offset = static_cast<size_t>(mark.pos) + at - begin;
    const size_t quoted = offset < text_.size() ? quoted_length(text_.substr(offset)) : 0;
    if (quoted == 0) {
      node.mark.length = static_cast<int>(length);
      out_.error("yaml-syntax", node.mark, "a quoted text does not end", "close the quote");
      throw Stop{};
    }
    length = std::min(length, quoted);
  } else if (line.substr(0, node.text.size()) == node.text) {
    length = node.text.size();
  }
  node.mark.length = std::max(1, static_cast<int>(length));
}

void TreeBuilder::count(const Extent& extent, Mark where) {
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
      "name large tables by file, as in arrivals: {trace: FILE}");
  throw Stop{};
}

void TreeBuilder::check_tag(const std::string& tag, Mark where) {
  if (tag.empty() || tag == "?" || tag == "!") return;
  out_.error("yaml-tag", where, fmt::format("the tag '{}' has no meaning here", shortened(tag)),
             "leave the tag out: every key knows the type of its value");
}

void TreeBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  SpecNode node;
  node.mark = mark_of(mark);
  const std::string_view whole = out_.line_text(node.mark.file, node.mark.line);
  const std::string_view line =
      whole.substr(std::min(static_cast<size_t>(node.mark.column - 1), whole.size()));
  for (const std::string_view word : {"null", "Null", "NULL", "~"})
    if (line.substr(0, word.size()) == word) {
      node.text = word;
      node.mark.length = static_cast<int>(word.size());
    }
  // Nothing is written: the parser's mark is that of whatever comes next. The key is a better
  // place, and in a list the dash or comma before it.
  const bool is_value = !frames_.empty() && frames_.back().has_key;
  const bool is_item = !frames_.empty() && frames_.back().node.is_list();
  if (node.text.empty() && is_value) node.mark = frames_.back().key_mark;
  if (node.text.empty() && is_item) node.mark = before(mark);
  add(std::move(node), anchor);
}

void TreeBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  const Mark where = mark_of(mark);
  const auto found = anchors_.find(anchor);
  if (found == anchors_.end()) {
    out_.error("bad-alias", where, "an alias stands inside the block that it names",
               "a block cannot contain itself");
    throw Stop{};
  }
  const Extent extent = extent_of(found->second);
  count({extent.nodes - 1, extent.bytes, extent.levels}, where);  // add() counts the node itself
  add(SpecNode(found->second), 0);
}

void TreeBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                           const std::string& value) {
  SpecNode node;
  node.kind = SpecNode::Kind::scalar;
  node.mark = mark_of(mark);
  check_tag(tag, node.mark);
  // A plain text over several lines is as little a number as one in quotes.
  node.quoted = tag == "!" || value.find('\n') != std::string::npos;
  node.text = value;
  locate(node, mark);
  if (value.size() > kMaxScalarBytes) {
    out_.error("too-large", node.mark, "a value is larger than 64 KiB", "is a quote not closed?");
    throw Stop{};
  }
  add(std::move(node), anchor);
}

void TreeBuilder::open(SpecNode::Kind kind, const YAML::Mark& mark, const std::string& tag,
                       YAML::anchor_t anchor) {
  Frame frame;
  frame.node.kind = kind;
  frame.node.mark = mark_of(mark);
  frame.anchor = anchor;
  check_tag(tag, frame.node.mark);
  if (static_cast<int>(frames_.size()) >= kMaxLevels) count({0, 0, 2}, frame.node.mark);
  frames_.push_back(std::move(frame));
}

void TreeBuilder::close() {
  SpecNode node = std::move(frames_.back().node);
  const YAML::anchor_t anchor = frames_.back().anchor;
  frames_.pop_back();
  add(std::move(node), anchor);
}

void TreeBuilder::add(SpecNode node, YAML::anchor_t anchor) {
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

void TreeBuilder::add_key(Frame& frame, const SpecNode& node) {
  frame.has_key = true;
  frame.key = node.text;
  frame.key_mark = node.mark;
  frame.skip = !good_key(frame, node);
  if (!frame.skip) frame.seen.emplace(node.text, node.mark);
}

bool TreeBuilder::good_key(const Frame& frame, const SpecNode& node) {
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

/// What the parser says, and how we say it.
struct Translation {
  std::string_view theirs, message, help;
};
const std::array<Translation, 19> kTranslations{{
    {YAML::ErrorMsg::END_OF_MAP_FLOW, "expected ',' or '}'", "is a '}' missing?"},
    {YAML::ErrorMsg::END_OF_SEQ_FLOW, "expected ',' or ']'", "is a ']' missing?"},
    {YAML::ErrorMsg::END_OF_MAP, "this does not continue the map above",
     "keys of one map start in the same column, each as KEY: VALUE"},
    {YAML::ErrorMsg::END_OF_SEQ, "this does not continue the list above",
     "items of one list start in the same column, each with '- '"},
    {YAML::ErrorMsg::MAP_VALUE, "a ':' makes no sense here",
     "check the indentation; a text that contains ': ' needs quotes"},
    {YAML::ErrorMsg::MAP_KEY, "a key cannot stand here", "check the indentation"},
    {YAML::ErrorMsg::BLOCK_ENTRY, "a list item cannot stand here",
     "put the list on a line of its own below its key"},
    {YAML::ErrorMsg::FLOW_END, "this bracket closes nothing", "delete it, or open it before"},
    {YAML::ErrorMsg::EOF_IN_SCALAR, "a quoted text does not end", "close the quote"},
    {YAML::ErrorMsg::DOC_IN_SCALAR, "a quoted text does not end before the document does",
     "close the quote"},
    {YAML::ErrorMsg::TAB_IN_INDENTATION, "a tab cannot indent a line", "use spaces"},
    {YAML::ErrorMsg::UNKNOWN_TOKEN, "no value starts with this character", "put it in quotes"},
    {YAML::ErrorMsg::CHAR_IN_SCALAR, "this character cannot stand here", "put the text in quotes"},
    {YAML::ErrorMsg::UNKNOWN_ANCHOR, "there is no '&' anchor of this name above",
     "a text that starts with '*' needs quotes"},
    {YAML::ErrorMsg::ALIAS_NOT_FOUND, "a name must follow '*'",
     "a text that starts with '*' needs quotes"},
    {YAML::ErrorMsg::ANCHOR_NOT_FOUND, "a name must follow '&'",
     "a text that starts with '&' needs quotes"},
    {YAML::ErrorMsg::INVALID_ESCAPE, "a backslash must be followed by a known letter",
     "write two for a backslash itself, or use single quotes"},
    {YAML::ErrorMsg::INVALID_UNICODE, "this is no character of Unicode", "check the digits"},
    {YAML::ErrorMsg::INVALID_HEX, "hexadecimal digits must follow", "check the digits"},
}};

void report(const YAML::Exception& e, const TreeBuilder& tree, Diagnostics& out) {
  std::string message = e.msg;
  std::string help;
  for (const Translation& t : kTranslations)
    if (e.msg.substr(0, t.theirs.size()) == t.theirs) {
      message = t.message;
      help = t.help;
      break;
    }
  const bool unclosed =
      e.msg == YAML::ErrorMsg::END_OF_MAP_FLOW || e.msg == YAML::ErrorMsg::END_OF_SEQ_FLOW;
  if (const std::optional<Mark> begin = tree.innermost(); unclosed && begin)
    help += fmt::format(" The bracket was opened at {}.", out.place(*begin));
  out.error("yaml-syntax", tree.mark_of(e.mark), message, help);
}

}  // namespace

std::optional<SpecNode> parse_yaml(std::string_view text, Origin origin, Diagnostics& out) {
  if (!guard_text(text, origin, out)) return std::nullopt;
  TreeBuilder tree(text, origin, out);
  std::optional<SpecNode> document;
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(tree)) return SpecNode{.mark = {origin.file, 0, 0, 1}};
    document = tree.take();
    parser.HandleNextDocument(tree);  // stops where there is one
    return document;
  } catch (const Stop&) {
    if (tree.saw_second_document()) return document;
  } catch (const YAML::Exception& e) {
    report(e, tree, out);
  } catch (const std::exception& e) {
    out.error("yaml-syntax", {origin.file, 0, 0, 1}, fmt::format("cannot be read: {}", e.what()));
  }
  return std::nullopt;
}

}  // namespace rehearse::spec
