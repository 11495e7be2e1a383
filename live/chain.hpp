#pragma once
/// The chain that makes a log tamper-evident: each line ends with the SHA-256 of the link before it
/// (64 hexadecimal digits; of the first line: zeros) followed by the line's entry,
///
///   {"at":...,...}                      the entry
///   {"at":...,...,"chain":"9f2c..."}    the line: link = sha256(previous link + entry)
///
/// so that a line that was changed, left out, moved or put in breaks it there. Whoever rewrites all
/// lines after it can make a new chain: the last link is shown at the end of a run, to be kept
/// elsewhere. Source: FIPS 180-4, by OpenSSL.

#include <optional>
#include <string>
#include <string_view>

namespace rehearse::live {

/// 64 hexadecimal digits.
std::string sha256(std::string_view text);

class Chain {
 public:
  /// The entry (an object, not empty) as a line, without its end.
  std::string link(std::string_view entry);
  /// The entry of a line; nothing where the line is no link of this chain.
  std::optional<std::string> unlink(std::string_view line);

  const std::string& last() const { return last_; }

 private:
  std::string last_ = std::string(64, '0');
};

}  // namespace rehearse::live
