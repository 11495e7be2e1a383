#pragma once
/// Text of unknown origin made safe and measurable: UTF-8 decoding, columns on a terminal, and
/// replacement of whatever could corrupt one. No locale.

#include <cstdint>
#include <string>
#include <string_view>

namespace rehearse {

/// Of ASCII, whatever the locale.
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// One decoded character. `bytes` is at least 1; `valid` is false for a byte that starts no
/// well-formed UTF-8 sequence (overlong forms, surrogates and values above U+10FFFF included).
struct CodePoint {
  char32_t value = 0;
  int bytes = 1;
  bool valid = false;
};
/// REQUIRES: at < text.size().
CodePoint decode_utf8(std::string_view text, size_t at);

/// Position of the first byte that is not well-formed UTF-8, or npos.
size_t first_invalid_utf8(std::string_view text);

/// Columns that a character takes on a terminal: 0 (combining), 1 or 2 (East Asian wide).
int display_width(char32_t c);

/// True for characters that a terminal obeys instead of showing, or that reorder or hide text:
/// C0 and C1 controls, DEL, bidirectional overrides, zero-width and line separators.
bool is_unprintable(char32_t c);

/// `text` with each unprintable or malformed character replaced by U+FFFD and each tab by a space.
std::string printable(std::string_view text);

/// Columns of printable(text).
int printable_width(std::string_view text);

/// printable(text), cut after `columns` columns with "..." where it is longer. For names in
/// messages, which may be as long as an input likes.
std::string shortened(std::string_view text, int columns = 60);

}  // namespace rehearse
