#include "base/text.hpp"

#include <gtest/gtest.h>

namespace rehearse {
namespace {

constexpr std::string_view kInstead = "\xEF\xBF\xBD";

TEST(Utf8, TellsWellFormedFromMalformed) {
  EXPECT_EQ(first_invalid_utf8("plain"), std::string_view::npos);
  EXPECT_EQ(first_invalid_utf8("sob\xC3\xA0 \xE8\x95\x8E\xE9\xBA\xA6 \xF0\x9F\x8D\x9C"),
            std::string_view::npos);
  EXPECT_EQ(first_invalid_utf8("ab\xFF"), 2u);
  EXPECT_EQ(first_invalid_utf8("\xC0\xAF"), 0u);          // overlong
  EXPECT_EQ(first_invalid_utf8("\xE0\x80\xAF"), 0u);      // overlong
  EXPECT_EQ(first_invalid_utf8("\xED\xA0\x80"), 0u);      // surrogate
  EXPECT_EQ(first_invalid_utf8("\xF4\x90\x80\x80"), 0u);  // above U+10FFFF
  EXPECT_EQ(first_invalid_utf8("a\xE8\x95"), 1u);         // cut short
  EXPECT_EQ(first_invalid_utf8("\x80"), 0u);
}

TEST(Printable, ReplacesWhatATerminalWouldObey) {
  const std::string instead(kInstead);
  EXPECT_EQ(printable("a\x1b[31mb"), "a" + instead + "[31mb");
  EXPECT_EQ(printable("a\r\n"), "a" + instead + instead);
  EXPECT_EQ(printable("\xC2\x9B"), instead);  // C1: CSI in one character
  EXPECT_EQ(printable("\xE2\x80\xAE"
                      "abc"),
            instead + "abc");  // right-to-left override
  EXPECT_EQ(printable("\xFF\xFE"), instead + instead);
  EXPECT_EQ(printable("a\tb"), "a b");
  EXPECT_EQ(printable("\x7F"), instead);
}

TEST(Printable, CountsColumnsAsATerminalDoes) {
  EXPECT_EQ(printable_width("soba"), 4);
  EXPECT_EQ(printable_width("\xE8\x95\x8E\xE9\xBA\xA6"), 4);  // two wide characters
  EXPECT_EQ(printable_width("e\xCC\x81"), 1);                 // combining accent
  EXPECT_EQ(printable_width("a\x1b"), 2);
}

TEST(Shortened, CutsAtColumns) {
  EXPECT_EQ(shortened("abcdef", 6), "abcdef");
  EXPECT_EQ(shortened("abcdefg", 6), "abcdef...");
  EXPECT_EQ(shortened("\xE8\x95\x8E\xE9\xBA\xA6", 3), "\xE8\x95\x8E...");
  EXPECT_EQ(shortened("", 6), "");
}

}  // namespace
}  // namespace rehearse
