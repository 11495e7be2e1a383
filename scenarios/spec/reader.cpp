#include "scenarios/spec/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <system_error>

#include "base/fields.hpp"
#include "base/text.hpp"
#include "scenarios/spec/merge.hpp"
#include "scenarios/spec/yaml_parse.hpp"

namespace rehearse::spec {
namespace {

constexpr size_t kMaxExtendsDepth = 16;
constexpr int kMaxFiles = 64;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string without_byte_order_mark(std::string text) {
  if (std::string_view(text).substr(0, 3) == kByteOrderMark) text.erase(0, 3);
  return text;
}

std::string normal(const std::string& path) {
  return std::filesystem::path(path).lexically_normal().generic_string();
}

std::string beside(const std::string& file, const std::string& path) {
  return normal((std::filesystem::path(file).parent_path() / path).generic_string());
}

FileText problem_from_errno() {
  return {std::nullopt, std::generic_category().message(errno)};
}

FileText read_file(const std::string& path) {
  struct Close {
    void operator()(std::FILE* f) const { std::fclose(f); }
  };
  errno = 0;
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rb"));
  if (!file) return problem_from_errno();
  std::string text;
  std::vector<char> buffer(size_t{64} << 10);
  // One byte more than allowed is enough to know, also where the file has no end (a device).
  while (text.size() <= kMaxFileBytes) {
    const size_t n = std::fread(buffer.data(), 1, buffer.size(), file.get());
    if (n == 0 && std::ferror(file.get()) != 0) return problem_from_errno();
    if (n == 0) break;
    text.append(buffer.data(), n);
  }
  return {std::move(text), {}};
}

/// Reads files with what they extend. Every file is read and resolved once, so that a diamond of
/// files costs what it weighs and its mistakes are reported once.
class Loader {
 public:
  Loader(const FileSource& files, Diagnostics& out) : files_(files), out_(out) {}

  /// A null node where the file is broken.
  SpecNode load(const std::string& path, Mark named_at);
  bool broken() const { return broken_; }
  void set_broken() { broken_ = true; }

 private:
  SpecNode read(const std::string& path, Mark named_at);
  SpecNode with_extends(SpecNode tree, const std::string& path);
  bool may_extend(const std::string& path, Mark named_at);

  const FileSource& files_;
  Diagnostics& out_;
  std::map<std::string, SpecNode> resolved_;
  std::vector<std::string> chain_;  // files that are being resolved, outermost first
  int read_ = 0;
  bool broken_ = false;
};

SpecNode Loader::read(const std::string& path, Mark named_at) {
  if (++read_ > kMaxFiles) {
    out_.error("too-many-files", named_at, fmt::format("more than {} files take part", kMaxFiles));
    return {};
  }
  FileText file = files_(path);
  if (!file.text) {
    const bool named = named_at.file >= 0;
    const Mark where = named ? named_at : Mark{out_.add_file(path, ""), 0, 0, 1};
    out_.error("unreadable-file", where,
               fmt::format("cannot read '{}': {}", shortened(path, 200), file.problem),
               named ? "a path is relative to the file that names it" : "");
    return {};
  }
  const std::string text = without_byte_order_mark(std::move(*file.text));
  const int index = out_.add_file(path, text);
  std::optional<SpecNode> tree = parse_yaml(text, {index, 1, 1}, out_);
  if (!tree) return {};
  const Mark whole{index, 0, 0, 1};
  if (tree->is_null()) {
    out_.error("empty-file", whole, "the file is empty", "a scenario begins with 'rehearse: 1'");
    return {};
  }
  if (!tree->is_map()) {
    out_.error("wrong-type", whole,
               fmt::format("the file must be a map of blocks, not {}", kind_phrase(*tree)),
               "a scenario begins with 'rehearse: 1'");
    return {};
  }
  return std::move(*tree);
}

SpecNode Loader::load(const std::string& path, Mark named_at) {
  const std::string key = normal(path);
  const auto found = resolved_.find(key);
  if (found != resolved_.end()) return found->second;
  SpecNode tree = read(path, named_at);
  if (tree.is_null()) {
    broken_ = true;
  } else {
    chain_.push_back(key);
    tree = with_extends(std::move(tree), path);
    chain_.pop_back();
  }
  resolved_[key] = tree;
  return tree;
}

bool Loader::may_extend(const std::string& path, Mark named_at) {
  if (std::find(chain_.begin(), chain_.end(), normal(path)) != chain_.end()) {
    out_.error("extends-cycle", named_at, fmt::format("'{}' extends itself", shortened(path, 200)),
               fmt::format("the way here: {}", fmt::join(chain_, " -> ")));
    return false;
  }
  if (chain_.size() <= kMaxExtendsDepth) return true;
  out_.error("extends-too-deep", named_at,
             fmt::format("files extend one another more than {} deep", kMaxExtendsDepth));
  return false;
}

SpecNode Loader::with_extends(SpecNode tree, const std::string& path) {
  const auto at = std::find_if(tree.entries.begin(), tree.entries.end(),
                               [](const SpecEntry& e) { return e.key == "extends"; });
  if (at == tree.entries.end()) return tree;
  const SpecNode value = std::move(at->value);
  tree.entries.erase(at);
  std::vector<SpecNode> names = value.is_list() ? value.items : std::vector<SpecNode>{value};
  SpecNode base;
  for (const SpecNode& name : names) {
    if (!name.is_scalar() || name.text.empty()) {
      out_.error("wrong-type", name.mark, "'extends' must be a path or a list of paths",
                 "write extends: FILE, relative to this file");
      broken_ = true;
      continue;
    }
    const std::string other = beside(path, name.text);
    if (!may_extend(other, name.mark)) {
      broken_ = true;
      continue;
    }
    SpecNode below = load(other, name.mark);
    if (base.entries.empty())
      base = std::move(below);
    else if (below.is_map())
      merge_over(base, std::move(below), out_);
  }
  if (base.entries.empty()) return tree;
  merge_over(base, std::move(tree), out_);
  return base;
}

void apply_sets(SpecNode& tree, const std::vector<std::string>& sets, Loader& loader,
                Diagnostics& out) {
  if (sets.empty()) return;
  std::string text;
  for (std::string option : sets) {
    std::replace(option.begin(), option.end(), '\n', ' ');  // an option is one line of "--set"
    text += option + "\n";
  }
  const int file = out.add_file("--set", text);
  int line = 0;
  for (std::string option : sets) {
    std::replace(option.begin(), option.end(), '\n', ' ');
    if (!apply_set(tree, option, file, ++line, out)) loader.set_broken();
  }
}

}  // namespace

FileSource disk() {
  return read_file;
}

SpecNode read_scenario(const std::string& path, const ReadOptions& options, const FileSource& files,
                       Diagnostics& out) {
  Loader loader(files, out);
  SpecNode tree = loader.load(path, {});
  for (const std::string& overlay : options.overlays)
    if (SpecNode over = loader.load(overlay, {}); over.is_map() && tree.is_map())
      merge_over(tree, std::move(over), out);
  if (tree.is_map()) apply_sets(tree, options.sets, loader, out);
  return loader.broken() ? SpecNode{} : tree;
}

SpecNode read_text(const std::string& name, const std::string& raw, Diagnostics& out) {
  const std::string text = without_byte_order_mark(raw);
  const int file = out.add_file(name, text);
  return parse_yaml(text, {file, 1, 1}, out).value_or(SpecNode{.mark = {file, 0, 0, 1}});
}

std::string path_beside(Mark where, const std::string& path, const Diagnostics& out) {
  if (where.file < 0 || where.file >= out.file_count()) return normal(path);
  return beside(out.file_name(where.file), path);
}

}  // namespace rehearse::spec
