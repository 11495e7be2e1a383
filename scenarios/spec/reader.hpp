#pragma once
/// Reads scenario files into one SpecNode tree: YAML 1.2 core as yaml-cpp reads it, made strict
/// (duplicate keys, anchors that expand without bound, documents beyond the first, tabs and odd
/// encodings are reported), then `extends:`, overlays and `--set`.
///
/// Merging (extends, overlays): maps merge by key, deeply; anything else is replaced; `null` removes.
/// `extends:` takes a path or a list of paths, relative to the file that names them; cycles and depth
/// above 16 are errors. A later overlay wins over an earlier one, `--set` over all.
/// Limits, each an error and not a crash: 8 MiB of text per file, 64 levels, 1,000,000 nodes.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostics.hpp"
#include "base/spec_node.hpp"

namespace rehearse::spec {

/// Text of the file at `path`, or the reason why it cannot be read. Injected, so that tests and
/// fuzzing touch no disk.
struct FileText {
  std::optional<std::string> text;
  std::string problem;
};
using FileSource = std::function<FileText(const std::string& path)>;
FileSource disk();

struct ReadOptions {
  std::vector<std::string> overlays;  ///< paths
  std::vector<std::string> sets;      ///< "path.to.key=value"; value is YAML; list items by index
};

/// The merged tree. Errors go to `out`; what could be read is returned all the same, so that later
/// checks can report in the same pass. A file that cannot be read is error id "unreadable-file".
SpecNode read_scenario(const std::string& path, const ReadOptions& options,
                       const FileSource& files, Diagnostics& out);

/// One text, no extends: for tests, overlays given as text, and fuzzing.
SpecNode read_text(const std::string& name, const std::string& text, Diagnostics& out);

/// The tree as YAML again ("the resolved scenario"): stable, reads back to the same tree.
std::string write_yaml(const SpecNode& node);

}  // namespace rehearse::spec
