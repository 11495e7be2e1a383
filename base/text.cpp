#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace rehearse {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

struct Interval {
  char32_t first, last;
};

template <size_t N>
bool in_any(const std::array<Interval, N>& intervals, char32_t c) {
  return std::any_of(intervals.begin(), intervals.end(),
                     [c](const Interval& i) { return c >= i.first && c <= i.last; });
}

// The blocks that matter for names in scenario files, not the whole of Unicode's width table: a
// caret one column off under a rare script costs less than a table of a thousand rows.
constexpr std::array<Interval, 9> kWide{{{0x1100, 0x115F},
                                         {0x2E80, 0x303E},
                                         {0x3041, 0xA4CF},
                                         {0xAC00, 0xD7A3},
                                         {0xF900, 0xFAFF},
                                         {0xFE30, 0xFE6F},
                                         {0xFF00, 0xFF60},
                                         {0x1F300, 0x1FAFF},
                                         {0x20000, 0x3FFFD}}};
constexpr std::array<Interval, 4> kCombining{
    {{0x0300, 0x036F}, {0x0483, 0x0489}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}}};
constexpr std::array<Interval, 7> kUnprintable{{{0x00, 0x1F},
                                                {0x7F, 0x9F},
                                                {0x200B, 0x200F},
                                                {0x2028, 0x202E},
                                                {0x2060, 0x206F},
                                                {0xFEFF, 0xFEFF},
                                                {0xFFF9, 0xFFFB}}};

bool is_continuation(std::string_view text, size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0u) == 0x80u;
}

}  // namespace

CodePoint decode_utf8(std::string_view text, size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  if (lead < 0x80) return {lead, 1, true};
  const int length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4) return {};
  char32_t value = lead & (0x7Fu >> length);
  for (int i = 1; i < length; ++i) {
    const size_t next = at + static_cast<size_t>(i);
    if (!is_continuation(text, next)) return {};
    value = (value << 6) | (static_cast<unsigned char>(text[next]) & 0x3Fu);
  }
  const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (overlong || surrogate || value > 0x10FFFF) return {};
  return {value, length, true};
}

size_t first_invalid_utf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = decode_utf8(text, at);
    if (!c.valid) return at;
    at += static_cast<size_t>(c.bytes);
  }
  return std::string_view::npos;
}

int display_width(char32_t c) {
  if (c < 0x300) return 1;
  if (in_any(kCombining, c)) return 0;
  return in_any(kWide, c) ? 2 : 1;
}

bool is_unprintable(char32_t c) {
  return in_any(kUnprintable, c);
}

namespace {

/// Calls `put(shown, width)` for each character of printable(text); stops where it returns false.
template <class Put>
void for_each_printable(std::string_view text, Put put) {
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = decode_utf8(text, at);
    const auto bytes = static_cast<size_t>(c.bytes);
    bool go_on = true;
    if (c.value == '\t' && c.valid)
      go_on = put(std::string_view(" "), 1);
    else if (!c.valid || is_unprintable(c.value))
      go_on = put(kReplacement, 1);
    else
      go_on = put(text.substr(at, bytes), display_width(c.value));
    if (!go_on) return;
    at += bytes;
  }
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for_each_printable(text, [&](std::string_view shown, int) {
    out += shown;
    return true;
  });
  return out;
}

int printable_width(std::string_view text) {
  int columns = 0;
  for_each_printable(text, [&](std::string_view, int width) {
    columns += width;
    return true;
  });
  return columns;
}

std::string shortened(std::string_view text, int columns) {
  std::string out;
  int used = 0;
  bool cut = false;
  for_each_printable(text, [&](std::string_view shown, int width) {
    cut = used + width > columns;
    if (!cut) out += shown;
    used += width;
    return !cut;
  });
  return cut ? out + "..." : out;
}

}  // namespace rehearse
