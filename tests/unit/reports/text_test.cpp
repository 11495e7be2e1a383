#include "reports/text.hpp"

#include <gtest/gtest.h>

namespace rehearse::reports {
namespace {

TEST(Text, PlainTextStaysAsItIs) {
  EXPECT_EQ(visible("gateway/fraud p95 < 200ms"), "gateway/fraud p95 < 200ms");
  EXPECT_EQ(visible("Zahlungsübersicht 支払い"), "Zahlungsübersicht 支払い");
}

TEST(Text, ControlCharactersAreSpelledOut) {
  EXPECT_EQ(visible("a\nb\tc\rd"), "a\\nb\\tc\\rd");
  EXPECT_EQ(visible("\x1b[31mred\x07\x7f"), "\\x1b[31mred\\x07\\x7f");
  EXPECT_EQ(visible(std::string_view("nul\0!", 5)), "nul\\x00!");
  EXPECT_EQ(visible("csi\xC2\x9B"), "csi\\x9b");
}

TEST(Text, MarksThatReorderOrHideTextAreSpelledOut) {
  EXPECT_EQ(visible("pay\xE2\x80\xAEgnp"), "pay\\u{202e}gnp");
  EXPECT_EQ(visible("a\xE2\x80\x8B"
                    "b\xEF\xBB\xBF"),
            "a\\u{200b}b\\u{feff}");
  EXPECT_EQ(visible("a\xE2\x80\xA8z"), "a\\u{2028}z");
  EXPECT_EQ(visible("tag\xF3\xA0\x81\x81"), "tag\\u{e0041}");
}

TEST(Text, BytesThatAreNoUtf8BecomeReplacementCharacters) {
  const std::string r = "\xEF\xBF\xBD";
  EXPECT_EQ(visible("a\xFFz"), "a" + r + "z");
  EXPECT_EQ(visible("\xC0\xAF"), r + r);                  // overlong slash
  EXPECT_EQ(visible("\xED\xA0\x80"), r + r + r);          // surrogate
  EXPECT_EQ(visible("\xF4\x90\x80\x80"), r + r + r + r);  // beyond U+10FFFF
  EXPECT_EQ(visible("end\xE2\x82"), "end" + r + r);       // cut off
}

TEST(Text, VisibleTextIsAFixedPoint) {
  for (const char* text : {"a\nb", "pay\xE2\x80\xAEgnp", "\xFF\xC0\xAF", "ü支"})
    EXPECT_EQ(visible(visible(text)), visible(text)) << text;
}

TEST(Text, LinesStayWhereTheyAreWanted) {
  EXPECT_EQ(visible_lines("a\n\tb\x1b"), "a\n  b\\x1b");
}

TEST(Text, WidthsAreColumnsOfATerminal) {
  EXPECT_EQ(display_width("abc"), 3);
  EXPECT_EQ(display_width("±…µ"), 3);
  EXPECT_EQ(display_width("支払"), 4);
  EXPECT_EQ(display_width("e\xCC\x81"), 1);  // combining acute
  EXPECT_EQ(display_width("😀"), 2);
}

TEST(Text, LongNamesGiveWayInTheMiddle) {
  EXPECT_EQ(shorten_middle("gateway", 7), "gateway");
  EXPECT_EQ(shorten_middle("audit-log-writer", 9), "audi…iter");
  EXPECT_EQ(shorten_middle("audit-log-writer", 10, ".."), "audi..iter");
  EXPECT_EQ(shorten_middle("支払支払支払", 7), "支…払");  // a wide one does not fit half
  EXPECT_EQ(shorten_middle("abcdef", 2), "ab");
  EXPECT_EQ(shorten_middle("abcdef", 0), "");
}

TEST(Text, ShortenedTextNeverExceedsItsWidth) {
  const std::string text = "a支b払c😀d±e…f";
  for (int width = 0; width <= display_width(text); ++width)
    EXPECT_LE(display_width(shorten_middle(text, width)), width);
}

TEST(Text, PaddingCountsColumnsNotBytes) {
  EXPECT_EQ(pad_right("±", 3), "±  ");
  EXPECT_EQ(pad_left("支", 3), " 支");
  EXPECT_EQ(pad_right("long", 2), "long");
}

TEST(Text, WrapsAtSpacesAndInsideLongWords) {
  EXPECT_EQ(wrap("one two three", 9, 2), "one two\n  three");
  EXPECT_EQ(wrap("aaaaaaaaaaaaaaaaaaaa", 12, 2), "aaaaaaaaaaaa\n  aaaaaaaa");
  EXPECT_EQ(wrap("", 10, 2), "");
  const std::string wrapped = wrap("x " + std::string(500, 'y') + " 支払 z", 20, 4);
  for (size_t start = 0; start < wrapped.size();) {
    const size_t end = std::min(wrapped.find('\n', start), wrapped.size());
    EXPECT_LE(display_width(std::string_view(wrapped).substr(start, end - start)), 20);
    start = end + 1;
  }
}

}  // namespace
}  // namespace rehearse::reports
