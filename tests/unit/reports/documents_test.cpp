/// JUnit, Markdown and CSV.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/csv.hpp"
#include "reports/junit.hpp"
#include "reports/markdown.hpp"
#include "tests/unit/reports/golden.hpp"
#include "tests/unit/reports/python.hpp"
#include "tests/unit/reports/sample_result.hpp"

namespace rehearse::reports {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(Junit, MatchesTheExpectedDocument) {
  expect_golden("junit.xml", to_junit(sample_result(4)));
}

TEST(Junit, IsWellFormedWhateverTheNamesAre) {
  REHEARSE_NEEDS_PYTHON("xml.dom.minidom");
  EXPECT_EQ(run_python("check_junit.py", to_junit(sample_result(4))),
            "7 cases, 1 failures, 2 errors\n");
  EXPECT_EQ(run_python("check_junit.py", to_junit(hostile_result())),
            "7 cases, 1 failures, 2 errors\n");
  EXPECT_EQ(run_python("check_junit.py", to_junit(RunResult{})), "0 cases, 0 failures, 0 errors\n");
}

TEST(Markdown, MatchesTheExpectedComment) {
  expect_golden("comment.md", to_markdown(sample_result(4)));
  expect_golden("comment-hostile.md", to_markdown(hostile_result()));
}

TEST(Markdown, NamesAreNeitherMarkupNorMentions) {
  EXPECT_EQ(markdown_code("a|b"), "`a\\|b`");
  EXPECT_EQ(markdown_code("a`b``c"), "```a`b``c```");
  EXPECT_EQ(markdown_code("`x`"), "`` `x` ``");
  EXPECT_EQ(markdown_code("a\nb"), "`a\\nb`");
  EXPECT_EQ(markdown_text("<b> *x* _y_ [z](u) # | `c`"),
            "\\<b\\> \\*x\\* \\_y\\_ \\[z\\](u) \\# \\| \\`c\\`");
  EXPECT_THAT(markdown_text("@team"), Not(HasSubstr("@team")));
}

TEST(Markdown, FitsIntoAComment) {
  RunResult r = hostile_result();
  for (int i = 0; i < 1000; ++i) {
    r.objectives.push_back(r.objectives[2]);
    r.subjects.push_back(r.subjects[3]);
    r.warnings.push_back(r.warnings[4]);
  }
  EXPECT_LT(to_markdown(r).size(), 65'536U);
}

TEST(Csv, TextStaysText) {
  EXPECT_EQ(csv_text("gateway/fraud"), "gateway/fraud");
  EXPECT_EQ(csv_text("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_text("say \"hi\""), "\"say \"\"hi\"\"\"");
  EXPECT_EQ(csv_text("two\nlines"), "two\\nlines");
  EXPECT_EQ(csv_text(""), "");
}

TEST(Csv, NoFieldBeginsLikeAFormula) {
  for (const char* text : {"=1+1", "+cmd|' /C calc'!A0", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1"})
    EXPECT_THAT(csv_text(text), StartsWith("\"'")) << text;
}

TEST(Csv, SummaryHasARowPerFigure) {
  const std::string text = summary_csv(sample_result(4));
  EXPECT_THAT(text, StartsWith("kind,subject,metric,estimate,low,high,unit\n"
                               "objective,\"p95(gateway/fraud) < 200ms\",p95(gateway/fraud),0.2313,"
                               "0.2272,0.2354,s\n"));
  EXPECT_THAT(text, HasSubstr("\nobjective,session-cache,hit_ratio(sessions),,,,ratio\n"));
  EXPECT_THAT(text, HasSubstr("\ncache,sessions,hit_ratio,0.632,,,ratio\n"));  // no interval
}

TEST(Csv, SeriesHaveARowPerWindowAndNothingWhereNothingWasSeen) {
  RunResult r = sample_result(2);
  r.series.resize(1);
  r.series[0].p95 = {0.25, kNaN};
  const std::string text = series_csv(r);
  EXPECT_THAT(text, StartsWith("kind,subject,metric,unit,at,value\n"));
  EXPECT_THAT(text, HasSubstr("service,gateway,p95,s,0,0.25\nservice,gateway,p95,s,900,\n"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1 + 9 * 2);
}

TEST(Csv, AnotherReaderSeesTheSameTable) {
  REHEARSE_NEEDS_PYTHON("csv");
  EXPECT_EQ(run_python("check_csv.py", summary_csv(hostile_result())), "");
  EXPECT_EQ(run_python("check_csv.py", series_csv(hostile_result())), "");
}

}  // namespace
}  // namespace rehearse::reports
