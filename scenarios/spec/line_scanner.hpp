#pragma once
/// Cuts the line of an objective into pieces that know where they stand, and complains about them.

#include <string>
#include <string_view>

#include "base/spec_node.hpp"

namespace rehearse::spec {

/// A piece of the line and where it starts.
struct Piece {
  std::string_view text;
  size_t at = 0;
};

/// "during", "in", "of": what may follow a value.
bool is_clause_word(std::string_view word);

class LineScanner {
 public:
  /// REQUIRES: `line` is a scalar and outlives the scanner.
  LineScanner(const SpecNode& line, Diagnostics& out) : line_(line), text_(line.text), out_(out) {}

  std::string_view text() const { return text_; }
  Piece whole() const { return {text_, 0}; }
  Piece end() const { return {text_.substr(text_.size()), text_.size()}; }

  void skip_spaces();
  /// Everything up to one of `stops` or a space; empty at the end.
  Piece word(std::string_view stops = {});
  Piece peek_word();
  /// A quantity: one word, or a bare number and its unit, as in "200 ms".
  Piece quantity();
  /// Whether `token` comes next; if so it is taken.
  bool take(std::string_view token);
  /// The piece up to `stop`, which is taken too; without spaces around it. False: no such
  /// character.
  bool take_until(char stop, Piece& piece);
  /// What comes next has these first characters.
  bool starts_with(std::string_view token);
  Piece next(size_t length) const { return {text_.substr(at_, length), at_}; }

  /// Place of a piece. Exact where the line stands in the file as it was read; where it was folded
  /// or has escapes, the whole scalar.
  Mark mark_of(Piece piece) const;
  /// Reports an error at a piece; always false.
  bool error(std::string_view id, Piece piece, std::string message, std::string help);
  bool expected(std::string_view what, Piece found, std::string help);

 private:
  const SpecNode& line_;
  std::string_view text_;
  Diagnostics& out_;
  size_t at_ = 0;
};

}  // namespace rehearse::spec
