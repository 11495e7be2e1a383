#pragma once
/// The log of a live run, written as it happens: entries (log_entry.hpp) in a chain (chain.hpp),
/// JSON lines in a file that is only ever added to. append() keeps an entry in memory; flush()
/// hands all of them to the operating system, sync() has them on the disk before it returns.
/// Whoever acts calls sync() first, and leaves the act undone where it fails. After a failure
/// nothing more is written, for ever: the file ends with what went well, perhaps in the middle of a
/// line. Size: a fact takes about 250 bytes; nothing is ever taken away. Not thread-safe.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "live/chain.hpp"

namespace rehearse::live {

class Journal {
 public:
  /// Keeps nothing: for a dry run without a file. sync() fails.
  Journal() = default;
  /// Writes to an open file, which it then owns.
  explicit Journal(int file) : file_(file) {}
  Journal(Journal&& other) noexcept;
  Journal& operator=(Journal&&) = delete;
  ~Journal();

  /// Creates the file and the folders above it; one that exists is left alone and is a problem.
  static std::optional<Journal> create(const std::string& path, std::string& problem);

  void append(const std::string& entry);
  bool flush();
  [[nodiscard]] bool sync();

  bool is_kept() const { return file_ >= 0; }
  /// What went wrong, for ever; empty: nothing.
  const std::string& problem() const { return problem_; }
  std::uint64_t entries() const { return entries_; }
  const std::string& last_link() const { return chain_.last(); }
  /// Called with each line as it is appended, without its end.
  std::function<void(std::string_view line)> listener;

 private:
  bool fail(const char* what, int error);

  int file_ = -1;
  Chain chain_;
  std::string pending_;
  std::string problem_;
  std::uint64_t entries_ = 0;
};

}  // namespace rehearse::live
