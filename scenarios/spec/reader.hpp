#pragma once
/// Reads scenario files into one SpecNode tree: YAML 1.2 core as yaml-cpp reads it, made strict
/// (duplicate keys, anchors that expand without bound, documents beyond the first, tabs and odd
/// encodings are reported), then `extends:`, overlays and `--set`.
///
/// Merging (extends, overlays): maps merge by key, deeply; anything else is replaced; `null`
/// removes. `extends:` takes a path or a list of paths, relative to the file that names them, a
/// later one wins; cycles and depth above 16 are errors. A later overlay wins over an earlier one,
/// `--set` over all. Marks point to the text that wrote a value; options of `--set` are the lines
/// of a file that is called "--set". Limits, each an error and not a crash: 8 MiB of text per file,
/// 64 files, 64 levels, 1,000,000 nodes, 64 KiB a scalar, 256 bytes a key.

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
  std::vector<std::string> sets;      ///< "path.to.key=value"; value is YAML; list items by index;
                                      ///< names that contain a point in quotes: a."b.c".d=1
};

/// The merged tree, without `extends`. Errors go to `out`; what could be read is returned all the
/// same, so that later checks can report in the same pass. A null node means that there is nothing
/// left to check: some file could not be read (error id "unreadable-file") or is no YAML, and every
/// further complaint would be about what that file may well say.
SpecNode read_scenario(const std::string& path, const ReadOptions& options, const FileSource& files,
                       Diagnostics& out);

/// One text, no extends: for tests, overlays given as text, and fuzzing.
SpecNode read_text(const std::string& name, const std::string& text, Diagnostics& out);

/// The tree as YAML again ("the resolved scenario"): stable, and a tree that the reader made reads
/// back the same. Scalars marked `quoted` are written in quotes, others where they have to be.
std::string write_yaml(const SpecNode& node);

/// `path` as written at `where` ("trace: day.csv"), relative to the file that wrote it; relative to
/// the current folder where that was --set. Absolute paths stay as they are.
std::string path_beside(Mark where, const std::string& path, const Diagnostics& out);

}  // namespace rehearse::spec
