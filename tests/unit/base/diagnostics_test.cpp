#include "base/diagnostics.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "base/text.hpp"

namespace rehearse {
namespace {

TEST(Diagnostics, RendersLineCaretAndHelp) {
  Diagnostics out;
  std::string text;
  for (int i = 1; i < 41; ++i) text += "x: 1\n";
  text += "        cooldown_upp: 300s\n";
  const int file = out.add_file("scenarios/soba.yaml", text);
  out.error("unknown-field", {file, 41, 9, 12}, "autoscaler 'signer' has no field 'cooldown_upp'",
            suggestion("cooldown_upp", "fields", {"min", "max", "cooldown_up", "cooldown_down"}));
  EXPECT_EQ(out.render(),
            "scenarios/soba.yaml:41:9: error[unknown-field]: autoscaler 'signer' has no field "
            "'cooldown_upp'\n"
            "   41 |         cooldown_upp: 300s\n"
            "      |         ^~~~~~~~~~~~  did you mean 'cooldown_up'? (fields: cooldown_down, "
            "cooldown_up, max, min)\n");
}

TEST(Diagnostics, PutsLongHelpOnLinesOfItsOwn) {
  Diagnostics out;
  const int file = out.add_file("a.yaml", "key: value\n");
  out.error("some-id", {file, 1, 6, 5}, "wrong",
            "a help that is far too long to stand behind the caret on the same line of a terminal "
            "of one hundred columns");
  EXPECT_EQ(out.render(),
            "a.yaml:1:6: error[some-id]: wrong\n"
            "    1 | key: value\n"
            "      |      ^~~~~\n"
            "      = a help that is far too long to stand behind the caret on the same line of a "
            "terminal of one\n"
            "        hundred columns\n");
}

TEST(Diagnostics, RendersMarksWithoutLineAndWithoutFile) {
  Diagnostics out;
  const int file = out.add_file("gone.yaml", "");
  out.error("unreadable-file", {file, 0, 0, 1}, "no such file", "give the path of a scenario");
  out.warning("odd-option", {}, "nothing to do");
  EXPECT_EQ(out.render(),
            "warning[odd-option]: nothing to do\n"
            "gone.yaml: error[unreadable-file]: no such file\n"
            "      = give the path of a scenario\n");
  EXPECT_EQ(out.error_count(), 1);
  EXPECT_EQ(out.warning_count(), 1);
  EXPECT_EQ(out.summary(), "1 error, 1 warning");
}

TEST(Diagnostics, SortsByFileLineColumnThenOrder) {
  Diagnostics out;
  const int a = out.add_file("a", "1\n2\n");
  const int b = out.add_file("b", "1\n2\n");
  out.error("e", {b, 1, 1, 1}, "fifth");
  out.error("e", {a, 2, 1, 1}, "third");
  out.error("e", {a, 2, 1, 1}, "fourth");
  out.error("e", {a, 1, 1, 1}, "first");
  out.error("e", {a, 1, 2, 1}, "second");
  const std::string text = out.render();
  size_t last = 0;
  for (const char* word : {"first", "second", "third", "fourth", "fifth"}) {
    const size_t at = text.find(word);
    ASSERT_NE(at, std::string::npos) << word;
    EXPECT_GE(at, last) << word;
    last = at;
  }
}

TEST(Diagnostics, CutsLongLinesAroundTheCaret) {
  Diagnostics out;
  const std::string line = std::string(500, 'a') + "HERE" + std::string(500, 'b');
  const int file = out.add_file("long", line);
  out.error("e", {file, 1, 501, 4}, "wrong", "help");
  const std::string text = out.render();
  EXPECT_NE(text.find("HERE"), std::string::npos);
  EXPECT_NE(text.find("^~~~  help"), std::string::npos);
  EXPECT_NE(text.find("| ...aaa"), std::string::npos);
  EXPECT_NE(text.find("bbb...\n"), std::string::npos);
  EXPECT_NE(text.find("long:1:501:"), std::string::npos);
  const size_t caret = text.find("^~~~") - text.rfind('\n', text.find("^~~~"));
  const size_t here = text.find("HERE") - text.rfind('\n', text.find("HERE"));
  EXPECT_EQ(caret, here);
}

TEST(Diagnostics, CountsCharactersAndColumnsNotBytes) {
  Diagnostics out;
  // Two wide characters take six bytes and four columns.
  const int file = out.add_file("wide", "\xE8\x95\x8E\xE9\xBA\xA6: 5\n");
  out.error("e", {file, 1, 9, 1}, "wrong");
  EXPECT_EQ(out.render(),
            "wide:1:5: error[e]: wrong\n"
            "    1 | \xE8\x95\x8E\xE9\xBA\xA6: 5\n"
            "      |       ^\n");
}

TEST(Diagnostics, TabsAndCarriageReturnsKeepTheCaretInPlace) {
  Diagnostics out;
  const int file = out.add_file("tabs", "\ta: 1\r\nb\r\n");
  out.error("e", {file, 1, 2, 1}, "wrong");
  EXPECT_EQ(out.render(), "tabs:1:2: error[e]: wrong\n    1 |  a: 1\n      |  ^\n");
}

TEST(Diagnostics, ShowsMarksBeyondTheEnd) {
  Diagnostics out;
  const int file = out.add_file("short", "ab");
  out.error("e", {file, 1, 99, 7}, "far right");
  out.error("e", {file, 99, 1, 1}, "far below");
  EXPECT_NE(out.render().find("far below"), std::string::npos);
}

TEST(Diagnostics, LeavesOutWhatNobodyReads) {
  Diagnostics out;
  const int file = out.add_file("many", "x\n");
  for (int i = 0; i < 20'000; ++i) out.error("e", {file, 1, 1, 1}, "wrong");
  EXPECT_EQ(out.error_count(), 20'000);
  EXPECT_EQ(out.all().size(), 10'000u);
  EXPECT_NE(out.render().find("... and 19900 more\n"), std::string::npos);
}

TEST(Diagnostics, ColoursOnlyWhenAsked) {
  Diagnostics out;
  const int file = out.add_file("a", "x\n");
  out.error("e", {file, 1, 1, 1}, "wrong");
  EXPECT_EQ(out.render(false).find('\x1b'), std::string::npos);
  EXPECT_NE(out.render(true).find("\x1b[1;31merror[e]:\x1b[0m"), std::string::npos);
}

TEST(Diagnostics, NeverCorruptsATerminal) {
  EXPECT_TRUE(rc::check("rendered text is well-formed and free of controls", [] {
    const auto bytes = rc::gen::container<std::string>(rc::gen::arbitrary<char>());
    const std::string text = *bytes;
    Diagnostics out;
    const int file = out.add_file(*bytes, text);
    const Mark where{file, *rc::gen::inRange(-1, 5), *rc::gen::inRange(-1, 300),
                     *rc::gen::inRange(-1, 300)};
    out.error("id", where, *bytes, *bytes);
    const std::string shown = out.render();
    RC_ASSERT(first_invalid_utf8(shown) == std::string_view::npos);
    for (size_t at = 0; at < shown.size();) {
      const CodePoint c = decode_utf8(shown, at);
      RC_ASSERT(c.value == '\n' || !is_unprintable(c.value));
      at += static_cast<size_t>(c.bytes);
    }
  }));
}

TEST(Closest, FollowsRustcsRule) {
  EXPECT_EQ(closest("instnaces", {"instances", "inst"}), "instances");
  EXPECT_EQ(closest("abc", {"xyz"}), "");
  EXPECT_EQ(closest("ab", {"ac"}), "ac");        // max(2, 3) / 3 = 1
  EXPECT_EQ(closest("abcdef", {"abcxyz"}), "");  // 3 > 6 / 3
  EXPECT_EQ(closest("abcdef", {"abcdxy"}), "abcdxy");
  EXPECT_EQ(closest("recieve", {"receive"}), "receive");  // a swap is one edit
  EXPECT_EQ(closest("cat", {"bat", "hat"}), "bat");       // a tie goes to the first
  EXPECT_EQ(closest("CPU", {"cpx", "cpu"}), "cpu");
  EXPECT_EQ(closest("", {"a"}), "");
  EXPECT_EQ(closest(std::string(5000, 'a'), {"a"}), "");
}

TEST(Suggestion, ListsNamesInAlphabeticalOrder) {
  EXPECT_EQ(suggestion("zzz", "one of", {"fifo", "lifo", "bifo"}), "one of: bifo, fifo, lifo");
  EXPECT_EQ(suggestion("zzz", "one of", {}), "");
}

}  // namespace
}  // namespace rehearse
