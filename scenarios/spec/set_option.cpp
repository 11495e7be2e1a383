#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <vector>

#include "base/text.hpp"
#include "scenarios/spec/merge.hpp"
#include "scenarios/spec/yaml_parse.hpp"

namespace rehearse::spec {
namespace {

/// One name of the path, and its column in the option.
struct Segment {
  std::string name;
  Mark mark;
};

/// `option` cut into the path before the first '=' outside quotes, and the value behind it.
struct SetOption {
  std::vector<Segment> path;
  std::string_view value;
  int value_column = 0;
};

constexpr std::string_view kSetForm = "write --set path.to.key=value";

std::optional<SetOption> split_option(std::string_view option, int file, int line,
                                      Diagnostics& out) {
  SetOption result;
  Segment segment{{}, {file, line, 1, 1}};
  const Mark whole{file, line, 1, static_cast<int>(std::max<size_t>(option.size(), 1))};
  char quote = 0;
  for (size_t i = 0; i < option.size(); ++i) {
    const char c = option[i];
    if (quote != 0 ? c == quote : c == '"' || c == '\'') {
      quote = quote != 0 ? '\0' : c;
    } else if (quote != 0 || (c != '.' && c != '=')) {
      segment.name += c;
    } else {
      segment.mark.length = static_cast<int>(i) + 1 - segment.mark.column;
      if (segment.name.empty() || segment.name.size() > kMaxKeyBytes) {
        segment.mark.length = std::max(segment.mark.length, 1);
        out.error("bad-set", segment.mark,
                  segment.name.empty() ? "a name is missing here" : "a name is too long",
                  std::string(kSetForm));
        return std::nullopt;
      }
      result.path.push_back(segment);
      if (c == '=') {
        result.value = option.substr(i + 1);
        result.value_column = static_cast<int>(i) + 2;
        return result;
      }
      segment = {{}, {file, line, static_cast<int>(i) + 2, 1}};
    }
  }
  out.error("bad-set", whole, "there is no '=' in the option", std::string(kSetForm));
  return std::nullopt;
}

std::optional<size_t> index_in(const std::string& name) {
  size_t index = 0;
  const char* end = name.data() + name.size();
  const auto result = std::from_chars(name.data(), end, index);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return index;
}

/// Applies `value` below `node`, from the `depth`-th name of the path on.
class Setter {
 public:
  Setter(const std::vector<Segment>& path, SpecNode value, Diagnostics& out)
      : path_(path), value_(std::move(value)), out_(out) {}

  void apply(SpecNode& node, size_t depth) {
    const Segment& name = path_[depth];
    if (node.is_null()) {
      node = SpecNode{.kind = SpecNode::Kind::map, .mark = name.mark};
    }
    if (node.is_map())
      apply_to_map(node, name, depth);
    else if (node.is_list())
      apply_to_list(node, name, depth);
    else
      out_.error("bad-set", name.mark,
                 fmt::format("'{}' is a single value and has no '{}'",
                             depth == 0 ? "the file" : shortened(path_[depth - 1].name),
                             shortened(name.name)),
                 "end the path before it");
  }

 private:
  bool is_last(size_t depth) const { return depth + 1 == path_.size(); }

  void apply_to_map(SpecNode& node, const Segment& name, size_t depth) {
    size_t i = 0;
    while (i < node.entries.size() && node.entries[i].key != name.name) ++i;
    if (is_last(depth) && value_.is_null()) {
      if (i < node.entries.size())
        node.entries.erase(node.entries.begin() + static_cast<std::ptrdiff_t>(i));
      else
        out_.warning(
            "nothing-to-remove", name.mark,
            fmt::format("there is no '{}', so null removes nothing", shortened(name.name)));
      return;
    }
    if (i == node.entries.size()) node.entries.push_back({name.name, name.mark, {}});
    SpecEntry& entry = node.entries[i];
    entry.key_mark = name.mark;
    if (is_last(depth))
      entry.value = std::move(value_);
    else
      apply(entry.value, depth + 1);
  }

  void apply_to_list(SpecNode& node, const Segment& name, size_t depth) {
    const std::optional<size_t> index = index_in(name.name);
    const size_t size = node.items.size();
    if (!index || *index > size) {
      out_.error("bad-set", name.mark,
                 fmt::format("'{}' is no place in a list of {}", shortened(name.name), size),
                 fmt::format("places count from 0; {} appends", size));
      return;
    }
    if (is_last(depth) && value_.is_null()) {
      if (*index < size) node.items.erase(node.items.begin() + static_cast<std::ptrdiff_t>(*index));
      return;
    }
    if (*index == size) node.items.emplace_back();
    if (is_last(depth))
      node.items[*index] = std::move(value_);
    else
      apply(node.items[*index], depth + 1);
  }

  const std::vector<Segment>& path_;
  SpecNode value_;
  Diagnostics& out_;
};

}  // namespace

bool apply_set(SpecNode& root, const std::string& option, int file, int line, Diagnostics& out) {
  if (!guard_text(option, {file, line, 1}, out)) return false;
  const std::optional<SetOption> set = split_option(option, file, line, out);
  if (!set) return true;
  const Mark whole{file, line, 1, static_cast<int>(option.size())};
  if (set->path.size() > static_cast<size_t>(kMaxLevels) / 2) {
    out.error("bad-set", whole, "the path has too many names");
    return true;
  }
  if (set->path.front().name == "extends") {
    out.error("bad-set", set->path.front().mark, "'extends' works inside a file only",
              "use --overlay FILE");
    return true;
  }
  std::optional<SpecNode> value = parse_yaml(set->value, {file, line, set->value_column}, out);
  if (!value) return false;
  if (value->is_null() && value->text.empty()) {
    out.error("bad-set", whole, "there is no value behind '='", "write null to remove a key");
    return true;
  }
  Setter(set->path, std::move(*value), out).apply(root, 0);
  return true;
}

}  // namespace rehearse::spec
