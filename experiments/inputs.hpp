#pragma once
/// The files that a scenario reads beside itself (traces, samples), kept so that a result folder
/// holds all that it takes to repeat the run.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/diagnostics.hpp"
#include "base/spec_node.hpp"
#include "scenarios/spec/reader.hpp"

namespace rehearse::experiments {

/// A copy of an input: `name` is where it belongs, relative to the resolved scenario.
struct InputFile {
  std::string name;  ///< "inputs/day.csv"
  std::string text;
};

class Inputs {
 public:
  /// Largest file that is read, bytes.
  static constexpr std::size_t kMostBytes = std::size_t{256} << 20;

  /// Reads from the disk and remembers. REQUIRES: this outlives the source.
  spec::FileSource source();

  /// The tree as YAML in which every value that names a file that was read names its copy instead.
  /// `files` are those that the marks of `root` refer to.
  std::string resolve(SpecNode root, const Diagnostics& files);
  /// What resolve() refers to.
  const std::vector<InputFile>& copies() const { return copies_; }
  /// Of the resolved scenario and all that it reads; see text_hash(). The same wherever the files
  /// lie.
  std::uint64_t hash(const std::string& resolved) const;

 private:
  void redirect(SpecNode& node, const Diagnostics& files);
  std::string name_for(const std::string& path) const;

  std::map<std::string, std::string> read_;   // text by normal path
  std::map<std::string, std::string> names_;  // of copies by normal path
  std::vector<InputFile> copies_;
};

}  // namespace rehearse::experiments
