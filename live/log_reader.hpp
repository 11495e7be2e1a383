#pragma once
/// Reads a log of a live run line by line and follows its chain. Any bytes will do as input: what
/// is no log has a problem, with the number of the line. Memory: one line, of 16 MiB at most.

#include <cstdint>
#include <istream>
#include <optional>
#include <string>

#include "live/chain.hpp"
#include "live/log_entry.hpp"

namespace rehearse::live {

class LogReader {
 public:
  enum class End : std::uint8_t {
    none,      ///< there may be more
    whole,     ///< the text ends with the end of a line
    torn,      ///< it ends in the middle of one: whoever wrote it was stopped
    tampered,  ///< a line is not the next link of the chain
    wrong      ///< a line is no entry
  };
  static constexpr std::size_t kLongestLine = std::size_t{16} << 20;

  /// REQUIRES: `in` outlives the reader.
  explicit LogReader(std::istream& in) : in_(in) {}

  /// The next entry; nothing at the end, of whatever kind.
  std::optional<LogEntry> next();
  /// The entry that next() gave, as it stands in the log.
  const std::string& text() const { return text_; }
  std::uint64_t line() const { return line_; }  ///< from 1; of the last that was begun
  End end() const { return end_; }
  const std::string& problem() const { return problem_; }
  const std::string& last_link() const { return chain_.last(); }

 private:
  std::optional<std::string> read_line();
  std::nullopt_t stop(End end, std::string problem);

  std::istream& in_;
  Chain chain_;
  std::string text_;
  std::string problem_;
  Instant latest_;
  std::uint64_t line_ = 0;
  End end_ = End::none;
};

}  // namespace rehearse::live
