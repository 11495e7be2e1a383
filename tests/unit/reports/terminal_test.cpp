#include "reports/terminal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/text.hpp"
#include "tests/unit/reports/golden.hpp"
#include "tests/unit/reports/sample_result.hpp"

namespace rehearse::reports {
namespace terminal_test {

using testing::HasSubstr;
using testing::Not;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t start = 0; start < text.size();) {
    const size_t end = text.find('\n', start);
    lines.push_back(text.substr(start, end - start));
    start = end == text.npos ? text.size() : end + 1;
  }
  return lines;
}

TEST(Terminal, EightyColumns) {
  expect_golden("terminal-80.txt", render_terminal(sample_result(4)));
}

TEST(Terminal, OverTime) {
  expect_golden("terminal-over-time.txt", render_terminal(sample_result()));
  expect_golden("terminal-over-time-ascii.txt",
                render_terminal(sample_result(), {.width = 60, .ascii = true}));
}

TEST(Terminal, WhatIsBeyondTheBoundIsRed) {
  const std::string colored = render_terminal(sample_result(), {.color = true});
  EXPECT_THAT(colored, testing::ContainsRegex("gateway/fraud p95  .*\x1b\\[31m[▁▂▃▄▅▆▇█]+\x1b"));
}

TEST(Terminal, FewWindowsAreNoSeries) {
  EXPECT_THAT(render_terminal(sample_result(7)), Not(HasSubstr("▃")));
}

TEST(Terminal, NarrowColumnsStackObjectives) {
  expect_golden("terminal-50.txt", render_terminal(sample_result(4), {.width = 50}));
}

TEST(Terminal, HostileNamesInAscii) {
  expect_golden("terminal-hostile.txt",
                render_terminal(hostile_result(), {.width = 80, .ascii = true}));
}

TEST(Terminal, NoLineIsWiderThanTheTerminalOrEndsInBlanks) {
  for (const RunResult& r : {sample_result(4), sample_result(), hostile_result(), RunResult{}})
    for (int width = 40; width <= 130; ++width) {
      const std::string text = render_terminal(r, {.width = width});
      EXPECT_EQ(text.back(), '\n');
      for (const std::string& line : lines_of(text)) {
        EXPECT_LE(display_width(line), std::min(width, 120)) << line;
        EXPECT_FALSE(line.ends_with(' ')) << line;
      }
    }
}

TEST(Terminal, ColourIsOnlyWhereItWasAskedFor) {
  for (const RunResult& r : {sample_result(4), sample_result(), hostile_result()}) {
    EXPECT_THAT(render_terminal(r), Not(HasSubstr("\x1b")));
    EXPECT_THAT(render_terminal(r, {.ascii = true}), Not(HasSubstr("\x1b")));
  }
  const std::string colored = render_terminal(sample_result(), {.color = true});
  EXPECT_THAT(colored, HasSubstr("\x1b[31mfails\x1b[0m"));
  std::string stripped = colored;
  for (size_t at = 0; (at = stripped.find('\x1b')) != stripped.npos;)
    stripped.erase(at, stripped.find('m', at) - at + 1);
  EXPECT_EQ(stripped, render_terminal(sample_result()));  // colour changes nothing else
}

TEST(Terminal, AsciiIsAscii) {
  for (const char c : render_terminal(hostile_result(), {.ascii = true}))
    EXPECT_TRUE(c == '\n' || (c >= ' ' && c < 0x7f));
}

TEST(Terminal, TheLastLineIsTheSentenceThatMatters) {
  EXPECT_EQ(lines_of(render_terminal(sample_result(4))).back(),
            "fails: p95(gateway/fraud) is 231 ms ± 4, above 200 ms");
}

TEST(Terminal, ALongPlatformIsCutShort) {
  RunResult r = sample_result(4);
  for (int i = 0; i < 200; ++i)
    r.subjects.push_back(sample_subject("s" + std::to_string(i), "service", {1, 0.1, 0.1, 0}));
  for (int i = 0; i < 20; ++i) r.warnings.push_back("w");
  const std::string text = render_terminal(r);
  EXPECT_THAT(text, HasSubstr("and 165 more in result.json"));
  EXPECT_THAT(text, HasSubstr("and 17 more warnings"));
  EXPECT_LT(lines_of(text).size(), 80U);
}

TEST(Progress, ShowsWhereARunStands) {
  const Progress p{"trial", 12, 40, 8.23e6, 14, "3 of 5 decided"};
  EXPECT_EQ(render_progress(p, {.width = 100}),
            "trial 12/40  ██████░░░░░░░░░░░░░░   30 %  8.23M events/s  14 s left  3 of 5 decided");
  EXPECT_EQ(render_progress(p, {.width = 20}), "trial 12/40   30 %");
  EXPECT_EQ(render_progress(p, {.width = 80, .ascii = true}),
            "trial 12/40  ######..............   30 %  8.23M events/s  14 s left");
}

TEST(Progress, WithoutATotalThereIsNoShare) {
  EXPECT_EQ(render_progress({"trial", 12, 0, 0, -1, ""}), "trial 12");
  EXPECT_EQ(render_progress({"trial", 50, 40, 0, 0, ""}, {.width = 40}),
            "trial 50/40  100 %  0 s left");
}

TEST(Progress, NeverExceedsItsWidth) {
  for (int width = 8; width < 120; ++width)
    EXPECT_LE(display_width(render_progress({"a long label\n", 123456, 999999, 1e12, 1e9, "a note"},
                                            {.width = width})),
              width);
}

}  // namespace terminal_test
}  // namespace rehearse::reports
