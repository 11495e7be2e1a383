#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "scenarios/spec/reader.hpp"
#include "tests/unit/spec/sources.hpp"

namespace rehearse::spec {
namespace parse_test {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

SpecNode read(const std::string& text, Diagnostics& out) {
  return read_text("t", text, out);
}

/// What reading `text` reports.
std::vector<std::string> said(const std::string& text) {
  Diagnostics out;
  read(text, out);
  return places(out);
}

TEST(ReadText, KeepsOrderTextAndQuotes) {
  Diagnostics out;
  const SpecNode root = read("b: 1\na: [x, 'y z', \"\\t\"]\nc: {k: null, l: ~, m: }\n", out);
  ASSERT_THAT(places(out), IsEmpty());
  ASSERT_TRUE(root.is_map());
  EXPECT_EQ(root.entries[0].key, "b");
  EXPECT_EQ(root.entries[1].key, "a");
  EXPECT_FALSE(at(root, {"a", "0"}).quoted);
  EXPECT_TRUE(at(root, {"a", "1"}).quoted);
  EXPECT_EQ(at(root, {"a", "1"}).text, "y z");
  EXPECT_EQ(at(root, {"a", "2"}).text, "\t");
  EXPECT_TRUE(at(root, {"c", "k"}).is_null());
  EXPECT_EQ(at(root, {"c", "k"}).text, "null");
  EXPECT_EQ(at(root, {"c", "l"}).text, "~");
  EXPECT_EQ(at(root, {"c", "m"}).text, "");
  EXPECT_EQ(at(root, {"b"}).text, "1");
}

TEST(ReadText, MarksEveryKeyAndValue) {
  Diagnostics out;
  const SpecNode root =
      read("a:\n  key: value # note\n  list:\n    - 'one two'\n    - &x three\n", out);
  const auto mark = [&](const std::vector<std::string>& path) {
    const Mark& m = at(root, path).mark;
    return std::vector<int>{m.line, m.column, m.length};
  };
  EXPECT_THAT(mark({"a", "key"}), ElementsAre(2, 8, 5));
  EXPECT_THAT(mark({"a", "list", "0"}), ElementsAre(4, 7, 9));
  EXPECT_THAT(mark({"a", "list", "1"}), ElementsAre(5, 10, 5));
  EXPECT_EQ(at(root, {"a"}).entries[0].key_mark.column, 3);
  EXPECT_EQ(at(root, {"a"}).entries[0].key_mark.length, 3);
}

TEST(ReadText, PutsTheMarkOfAMissingValueOnItsKey) {
  Diagnostics out;
  const SpecNode root = read("a:\n\nb: 1\n", out);
  EXPECT_EQ(at(root, {"a"}).mark.line, 1);
  EXPECT_EQ(at(root, {"a"}).mark.column, 1);
}

TEST(ReadText, TellsNullFromTheStartOfTheNextKey) {
  Diagnostics out;
  const SpecNode root =
      read("a:\n~b: 1\nc:\nnullable: 2\nd: null # yes\ne: {f: ~}\ng:\n  ~\nh:\n~ ,i: 1\n", out);
  EXPECT_EQ(at(root, {"a"}).text, "");
  EXPECT_EQ(at(root, {"c"}).text, "");
  EXPECT_EQ(at(root, {"d"}).text, "null");
  EXPECT_EQ(at(root, {"e", "f"}).text, "~");
  EXPECT_EQ(at(root, {"g"}).text, "~");
  EXPECT_EQ(at(root, {"h"}).text, "");
}

TEST(ReadText, ExpandsAnchors) {
  Diagnostics out;
  const SpecNode root = read("a: &x {k: [1, 2]}\nb: *x\n", out);
  ASSERT_THAT(places(out), IsEmpty());
  EXPECT_EQ(at(root, {"b", "k", "1"}).text, "2");
  EXPECT_EQ(at(root, {"b", "k", "1"}).mark.line, 1);  // where it was written
}

TEST(ReadText, AcceptsAByteOrderMarkAndBothLineEnds) {
  Diagnostics out;
  const SpecNode root = read(
      "\xEF\xBB\xBF"
      "a: 1\r\nb: 2\r\n",
      out);
  EXPECT_THAT(places(out), IsEmpty());
  EXPECT_EQ(root.entries[0].key_mark.column, 1);
  EXPECT_EQ(at(root, {"b"}).text, "2");
}

TEST(ReadText, ReportsKeysThatCannotBe) {
  EXPECT_THAT(said("a: 1\nb: 2\na: 3\n"), ElementsAre("t:3:1 duplicate-key"));
  EXPECT_THAT(said("x: {a: 1, a: 2}\n"), ElementsAre("t:1:11 duplicate-key"));
  EXPECT_THAT(said("? [a, b]\n: 1\nc: 2\n"), ElementsAre("t:1:3 bad-key"));
  EXPECT_THAT(said("? {a: b}\n: 1\n"), ElementsAre("t:1:3 bad-key"));
  EXPECT_THAT(said("~: 1\n"), ElementsAre("t:1:1 bad-key"));
  EXPECT_THAT(said("'': 1\n"), ElementsAre("t:1:1 bad-key"));
  EXPECT_THAT(said("base: &b {k: 1}\nother:\n  <<: *b\n"), ElementsAre("t:3:3 merge-key"));
  EXPECT_THAT(said(std::string(300, 'k') + ": 1\n"), ElementsAre("t:1:1 bad-key"));
}

TEST(ReadText, KeepsTheFirstOfDuplicateKeys) {
  Diagnostics out;
  const SpecNode root = read("a: 1\na: {b: [2]}\nc: 3\n", out);
  EXPECT_EQ(at(root, {"a"}).text, "1");
  EXPECT_EQ(at(root, {"c"}).text, "3");
}

TEST(ReadText, ReportsWhatIsNoOneDocument) {
  EXPECT_THAT(said("a: 1\n---\nb: 2\n"), ElementsAre("t:2:1 second-document"));
  EXPECT_THAT(said("--- \na: 1\n...\n"), IsEmpty());
  EXPECT_THAT(said("a: !!int 5\n"), ElementsAre("t:1:4 yaml-tag"));
  EXPECT_THAT(said("a: !mine {b: 1}\n"), ElementsAre("t:1:4 yaml-tag"));
}

TEST(ReadText, ReportsEncodings) {
  EXPECT_THAT(said(std::string("a\0:\0 \0001\0", 8)), ElementsAre("t bad-encoding"));
  EXPECT_THAT(said("\xFF\xFE"
                   "a"),
              ElementsAre("t bad-encoding"));
  EXPECT_THAT(said("a: 1\nb: \xE9t\xE9\n"), ElementsAre("t:2:4 bad-encoding"));
  EXPECT_THAT(said(std::string("abc: x\0y\n", 9)), ElementsAre("t:1:7 control-character"));
  EXPECT_THAT(said("a: \x1b[31m\n"), ElementsAre("t:1:4 control-character"));
  EXPECT_THAT(said("a: 1\rb: 2\n"), ElementsAre("t:1:5 control-character"));
  EXPECT_THAT(said("a: \xE2\x80\x8B"
                   "1\n"),
              ElementsAre("t:1:4 control-character"));
  EXPECT_THAT(said("a: \"\\e[31m\"\n"), ElementsAre("t:1:4 control-character"));
  EXPECT_THAT(said("a: \"x\\Ny\"\n\"\\0\": 1\n"),
              ElementsAre("t:1:4 control-character", "t:2:1 control-character"));
  EXPECT_THAT(said("a: \"tab\\tand\\nline\"\n"), IsEmpty());
  EXPECT_THAT(said("a:\n\tb: 1\n"), ElementsAre("t:2:1 tab-indentation"));
  EXPECT_THAT(said("a: 1\n\t# note\n"), ElementsAre("t:2:1 tab-indentation"));
  EXPECT_THAT(said("a:\n  \tb: 1\n"), ElementsAre("t:2:3 tab-indentation"));
  EXPECT_THAT(said("a: 1\n\nb: 2\t# fine\n"), IsEmpty());
  EXPECT_THAT(said("a:\n\xC2\xA0 b: 1\n"), ElementsAre("t:2:1 odd-space"));
}

TEST(ReadText, SaysWhatIsWrongWithTheSyntax) {
  const auto message = [](const std::string& text) {
    Diagnostics out;
    const SpecNode root = read(text, out);
    EXPECT_TRUE(root.is_null()) << text;
    EXPECT_EQ(out.all().size(), 1u) << text;
    EXPECT_EQ(out.all()[0].id, "yaml-syntax") << text;
    return out.render();
  };
  EXPECT_THAT(message("a: {b: 1\nc: 2\n"),
              HasSubstr("t:1:4: error[yaml-syntax]: this '{' is not closed"));
  EXPECT_THAT(message("a: [1, 2\n"), HasSubstr("expected ',' or ']' before t:2:1"));
  EXPECT_THAT(message("a: b: c\n"), HasSubstr("a ':' makes no sense here"));
  EXPECT_THAT(message("a: 1\n  b: 2\n"), HasSubstr("a ':' makes no sense here"));
  EXPECT_THAT(message("a:\n  b: 1\n c: 2\n"), HasSubstr("does not continue the map"));
  EXPECT_THAT(message("- a\nb: 1\n"), HasSubstr("does not continue what stands above"));
  EXPECT_THAT(message("- 'a'\n  'b'\n"), HasSubstr("does not continue the list"));
  EXPECT_THAT(message("a: 'b\nc: 1\n"), HasSubstr("a quoted text does not end"));
  EXPECT_THAT(message("a: \"b\n"), HasSubstr("a quoted text does not end"));
  EXPECT_THAT(message("a: @b\n"), HasSubstr("no value starts with this character"));
  EXPECT_THAT(message("a: *b\n"), HasSubstr("no '&' anchor"));
  EXPECT_THAT(message("a: ]\n"), HasSubstr("closes nothing"));
  EXPECT_THAT(message("a: \"\\q\"\n"), HasSubstr("a backslash"));
}

std::string repeated(const std::string& text, size_t n) {
  std::string all;
  for (size_t i = 0; i < n; ++i) all += text;
  return all;
}

TEST(ReadText, BoundsDepth) {
  EXPECT_THAT(said(repeated("[", 64) + repeated("]", 64)), IsEmpty());
  EXPECT_THAT(said(repeated("[", 65) + repeated("]", 65)), ElementsAre("t:1:65 too-deep"));
  EXPECT_THAT(said(repeated("[", 5'000'000)), ElementsAre("t:1:65 too-deep"));
  EXPECT_THAT(said(repeated("{a: ", 100'000)), ElementsAre("t:1:257 too-deep"));
  EXPECT_THAT(said(repeated("- ", 100'000) + "a"), ElementsAre("t:1:129 too-deep"));
  EXPECT_THAT(said(repeated("? ", 100'000) + "a"), ElementsAre("t:1:129 too-deep"));
  // Brackets hidden from the guard by quotes in a comment-like place are caught by the level count.
  EXPECT_THAT(said("a: |\n  \"\nb: " + repeated("[", 1000)), ElementsAre(HasSubstr("too-deep")));
  // Brackets that open nothing do not count.
  EXPECT_THAT(said("a: '" + repeated("[", 1000) + "'\n# " + repeated("[", 1000) + "\nb: x" +
                   repeated("[", 1000) + "\n"),
              IsEmpty());
}

TEST(ReadText, BoundsAliases) {
  // Every line is nine times as large as the one before: nine lines are 387 million nodes.
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before +
            repeated(", " + before, 8) + "]\n";
  }
  const std::vector<std::string> reported = said(bomb);
  ASSERT_EQ(reported.size(), 1u);
  EXPECT_THAT(reported[0], HasSubstr("too-large"));
  EXPECT_THAT(said("a: &a [*a]\n"), ElementsAre("t:1:8 bad-alias"));
  std::string deep = "a0: &a0 [x]\n";  // depth grows by one a line although no line is deep
  for (int i = 1; i < 80; ++i)
    deep += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) +
            "]\n";
  EXPECT_THAT(said(deep)[0], HasSubstr("too-deep"));
}

TEST(ReadText, BoundsSize) {
  EXPECT_THAT(said(std::string((8u << 20) + 1, '#')), ElementsAre("t too-large"));
  EXPECT_THAT(said("a: " + std::string(70'000, 'x') + "\n"), ElementsAre("t:1:4 too-large"));
  EXPECT_THAT(said("a: [" + repeated("1,", 1'000'100) + "]"), ElementsAre("t:1:2000003 too-large"));
}

}  // namespace parse_test
}  // namespace rehearse::spec
