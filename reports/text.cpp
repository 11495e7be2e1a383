#include "reports/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace rehearse::reports {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

struct Decoded {
  char32_t code = kReplacement;
  size_t length = 1;  // bytes consumed, at least 1
};

/// One code point of text that may be anything; overlong forms, surrogates and stray bytes decode
/// to the replacement character and consume a single byte.
Decoded decode(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1};
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return {};
  char32_t code = first & (0xFFU >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    code = (code << 6) | (byte(i) & 0x3FU);
  }
  constexpr std::array<char32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kSmallest[length] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {};
  return {code, length};
}

struct Range {
  char32_t first, last;
};

template <size_t n>
bool inside(const std::array<Range, n>& ranges, char32_t code) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [code](Range r) { return r.first <= code && code <= r.last; });
}

/// Characters that steer text instead of being text (Unicode: Bidi_Control, line separators, and
/// Default_Ignorable ones that people use to hide names in names).
bool steers(char32_t code) {
  static constexpr std::array<Range, 11> kSteering = {{{0x00AD, 0x00AD},
                                                       {0x061C, 0x061C},
                                                       {0x180E, 0x180E},
                                                       {0x200B, 0x200F},
                                                       {0x2028, 0x202E},
                                                       {0x2060, 0x206F},
                                                       {0xFEFF, 0xFEFF},
                                                       {0xFFF9, 0xFFFB},
                                                       {0xFFFE, 0xFFFF},
                                                       {0xE0000, 0xE0FFF},
                                                       {0x1D173, 0x1D17A}}};
  return inside(kSteering, code);
}

int width_of(char32_t code) {
  static constexpr std::array<Range, 5> kCombining = {
      {{0x0300, 0x036F}, {0x1AB0, 0x1AFF}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}}};
  static constexpr std::array<Range, 10> kWide = {{{0x1100, 0x115F},
                                                   {0x2E80, 0xA4CF},
                                                   {0xAC00, 0xD7A3},
                                                   {0xF900, 0xFAFF},
                                                   {0xFE30, 0xFE6F},
                                                   {0xFF00, 0xFF60},
                                                   {0xFFE0, 0xFFE6},
                                                   {0x1F300, 0x1F64F},
                                                   {0x1F680, 0x1FAFF},
                                                   {0x20000, 0x3FFFD}}};
  if (code < 0x300) return 1;
  if (inside(kCombining, code)) return 0;
  return inside(kWide, code) ? 2 : 1;
}

void append_visible(std::string& out, char32_t code, std::string_view bytes) {
  if (code == '\n') {
    out += "\\n";
  } else if (code == '\t') {
    out += "\\t";
  } else if (code == '\r') {
    out += "\\r";
  } else if (code < 0x20 || (code >= 0x7F && code < 0xA0)) {
    fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<std::uint32_t>(code));
  } else if (code == kReplacement) {
    out += "\xEF\xBF\xBD";
  } else if (steers(code)) {
    fmt::format_to(std::back_inserter(out), "\\u{{{:x}}}", static_cast<std::uint32_t>(code));
  } else {
    out += bytes;
  }
}

std::string made_visible(std::string_view text, bool keep_lines) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Decoded d = decode(text);
    if (keep_lines && d.code == '\n') {
      out += '\n';
    } else if (keep_lines && d.code == '\t') {
      out += "  ";
    } else {
      append_visible(out, d.code, text.substr(0, d.length));
    }
    text.remove_prefix(d.length);
  }
  return out;
}

/// Bytes of the longest prefix of at most `width` columns.
size_t prefix_bytes(std::string_view text, int width) {
  size_t at = 0;
  while (at < text.size()) {
    const Decoded d = decode(text.substr(at));
    width -= width_of(d.code);
    if (width < 0) break;
    at += d.length;
  }
  return at;
}

/// First byte of the longest suffix of at most `width` columns.
size_t suffix_start(std::string_view text, int width) {
  const int skip = display_width(text) - width;
  int seen = 0;
  size_t at = 0;
  while (at < text.size() && seen < skip) {
    const Decoded d = decode(text.substr(at));
    seen += width_of(d.code);
    at += d.length;
  }
  return at;
}

}  // namespace

std::string visible(std::string_view text) {
  return made_visible(text, false);
}
std::string visible_lines(std::string_view text) {
  return made_visible(text, true);
}

int display_width(std::string_view text) {
  int width = 0;
  while (!text.empty()) {
    const Decoded d = decode(text);
    width += width_of(d.code);
    text.remove_prefix(d.length);
  }
  return width;
}

std::string shorten_middle(std::string_view text, int width, std::string_view mark) {
  if (display_width(text) <= width) return std::string(text);
  const int room = width - display_width(mark);
  if (room < 2) return std::string(text.substr(0, prefix_bytes(text, std::max(width, 0))));
  const int tail = room / 2;  // the head gets the odd column
  std::string out(text.substr(0, prefix_bytes(text, room - tail)));
  out += mark;
  out += text.substr(suffix_start(text, tail));
  return out;
}

std::string pad_right(std::string text, int width) {
  const int missing = width - display_width(text);
  if (missing > 0) text.append(static_cast<size_t>(missing), ' ');
  return text;
}

std::string pad_left(std::string text, int width) {
  const int missing = width - display_width(text);
  if (missing > 0) text.insert(0, static_cast<size_t>(missing), ' ');
  return text;
}

std::string wrap(std::string_view text, int width, int indent) {
  width = std::max(width, indent + 8);
  std::string out;
  int column = 0;
  const auto new_line = [&] {
    out += '\n';
    out.append(static_cast<size_t>(indent), ' ');
    column = indent;
  };
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const bool fresh = column == 0 || (column == indent && !out.empty() && out.back() == ' ');
    if (!fresh && column + 1 + display_width(word) > width) {
      new_line();
    } else if (!fresh) {
      out += ' ';
      ++column;
    }
    while (column + display_width(word) > width) {
      const size_t part = std::max<size_t>(prefix_bytes(word, width - column), 1);
      out += word.substr(0, part);
      word.remove_prefix(part);
      new_line();
    }
    out += word;
    column += display_width(word);
  }
  return out;
}

}  // namespace rehearse::reports
