#include "reports/html.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/svg_chart.hpp"
#include "tests/unit/reports/python.hpp"
#include "tests/unit/reports/sample_result.hpp"

namespace rehearse::reports {
namespace {

using testing::HasSubstr;
using testing::Not;

/// A platform of `copies` times the sample's subjects.
RunResult large_result(size_t windows, int copies) {
  RunResult r = sample_result(windows);
  const auto subjects = r.subjects;
  const auto series = r.series;
  for (int i = 1; i < copies; ++i) {
    for (SubjectResult s : subjects) {
      s.name += "-" + std::to_string(i);
      r.subjects.push_back(std::move(s));
    }
    for (Series s : series) {
      s.subject += "-" + std::to_string(i);
      r.series.push_back(std::move(s));
    }
  }
  return r;
}

TEST(Html, SaysWhatFailedFirst) {
  const std::string page = to_html(sample_result());
  EXPECT_THAT(page, HasSubstr("<title>fails: soba-dex / evening peak</title>"));
  EXPECT_THAT(page,
              HasSubstr("p95(gateway/fraud) is 231&nbsp;ms&nbsp;±&nbsp;4, above 200&nbsp;ms"));
  EXPECT_LT(page.find("fails</span>"), page.find("holds</span></td>"));
}

TEST(Html, IsAPageThatLoadsAndRunsNothingForeign) {
  REHEARSE_NEEDS_PYTHON("html.parser");
  EXPECT_EQ(run_python("check_page.py", to_html(sample_result())), "");
  EXPECT_EQ(run_python("check_page.py", to_html(hostile_result())), "");
  EXPECT_EQ(run_python("check_page.py", to_html(large_result(2000, 30))), "");
  EXPECT_EQ(run_python("check_page.py", to_html(RunResult{})), "");
}

TEST(Html, StaysBelowAMegabyte) {
  EXPECT_LT(to_html(large_result(20'000, 2)).size(), 1'000'000U);
  const std::string page = to_html(large_result(400, 60));
  EXPECT_LT(page.size(), 1'000'000U);
  EXPECT_THAT(page, HasSubstr("more subjects have their series in series.csv only"));
}

TEST(Html, EvenTextWithoutEndLeavesThePageSmall) {
  RunResult r = hostile_result();
  const SubjectResult longest = r.subjects[3];
  for (int i = 0; i < 500; ++i) {
    r.objectives.push_back(r.objectives[2]);
    r.subjects.push_back(longest);
    r.warnings.push_back(r.warnings[4]);
    r.assumptions.push_back(r.warnings[4]);
    r.checks.push_back(r.checks[0]);
  }
  EXPECT_LT(to_html(r).size(), 1'000'000U);
}

TEST(Html, LongSeriesAreMergedAndThePageSaysSo) {
  EXPECT_THAT(to_html(sample_result(300)), Not(HasSubstr("each point sums up")));
  EXPECT_THAT(to_html(sample_result(1000)), HasSubstr("each point sums up 3 windows"));
}

TEST(Html, AMissingSeriesOrDistributionIsNoChart) {
  RunResult r = sample_result(10);
  for (Series& s : r.series) {
    s.p50.assign(10, kNaN);
    s.p95.clear();
    s.p99.clear();
    s.error_ratio.assign(10, 0);
  }
  for (SubjectResult& s : r.subjects) s.distribution.clear();
  const std::string page = to_html(r);
  EXPECT_THAT(page, Not(HasSubstr("Response time</b>")));
  EXPECT_THAT(page, Not(HasSubstr("Distribution of response times")));
  EXPECT_THAT(page, HasSubstr("Errors</b>"));
  EXPECT_THAT(page, Not(HasSubstr("nan")));
}

TEST(Html, ABoundIsDrawnOverThePartOfTheRunItIsAbout) {
  RunResult r = sample_result(30);
  r.objectives = {sample_objective("error_rate(gateway)", "< 1%", "<", 0.01,
                                   sample_estimate(0.003, 0.001, "ratio"), Verdict::holds),
                  sample_objective("error_rate(gateway)", "< 1%", "<", 0.01,
                                   sample_estimate(0.03, 0.001, "ratio"), Verdict::fails)};
  r.objectives[0].during = std::pair{0.0, 450.0};
  r.objectives[1].during = std::pair{1350.0, 1800.0};
  const std::string page = to_html(r);
  EXPECT_THAT(page, HasSubstr("<line class=\"bound holds\" x1=0 x2=250 "));
  EXPECT_THAT(page, HasSubstr("<line class=\"bound fails\" x1=750 x2=1000 "));
  EXPECT_THAT(page, HasSubstr("error_rate limit 1 %"));
  EXPECT_THAT(page, HasSubstr("during 22m30s..30m is 3.0&nbsp;%"));
}

TEST(Html, TheFastestFewDoNotStretchADistribution) {
  RunResult r = sample_result(4);
  r.subjects[0].distribution = {{1e-6, 1}, {0.1, 5000}, {0.125, 4000}};
  const std::string page = to_html(r);
  EXPECT_THAT(page, Not(HasSubstr(">1 µs</span>")));
  EXPECT_THAT(page, HasSubstr("Distribution of response times of 9,001 requests"));
}

TEST(Html, AbsurdFiguresDrawNoNonsense) {
  RunResult r = sample_result(6);
  r.series[0].p99 = {1e308, 0, -1e308, kInf, -kInf, 5e-324};
  r.series[1].throughput = {1e308, 1e308, 0, 0, 0, 0};
  r.objectives[0].estimate = {1e308, -kInf, kInf, "s"};
  r.objectives[1].bound = 0;
  r.subjects[0].distribution = {{1e-300, 5}, {1e300, 18446744073709551615ULL}};
  r.subjects[1].distribution = {{1, 0}};
  r.horizon = 1e300;
  r.warmup = kInf;
  const std::string page = to_html(r);
  EXPECT_THAT(page, Not(HasSubstr("nan")));
  EXPECT_THAT(page, Not(HasSubstr(":inf")));
  EXPECT_LT(page.size(), 400'000U);
}

TEST(Html, EqualResultsGiveEqualPages) {
  EXPECT_EQ(to_html(sample_result()), to_html(sample_result()));
}

TEST(SvgChart, LinearAxesEndAtARoundNumber) {
  const Axis axis = linear_axis(0.231, 4);
  EXPECT_DOUBLE_EQ(axis.high, 0.3);
  EXPECT_EQ(axis.ticks.size(), 4U);
  EXPECT_DOUBLE_EQ(axis.place(0.15), 0.5);
  EXPECT_DOUBLE_EQ(axis.place(7), 1);
  EXPECT_DOUBLE_EQ(axis.place(-7), 0);
  EXPECT_DOUBLE_EQ(linear_axis(0).high, 1);
  EXPECT_DOUBLE_EQ(linear_axis(1e308).high, 1);  // nothing to draw
}

TEST(SvgChart, LogAxesSpanTheirRange) {
  const Axis axis = log_axis(0.0031, 0.9);
  EXPECT_NEAR(axis.low, 0.002, 1e-12);
  EXPECT_NEAR(axis.high, 1, 1e-12);
  EXPECT_NEAR(axis.ticks.front(), 0.002, 1e-12);
  EXPECT_NEAR(axis.ticks.back(), 1, 1e-12);
  EXPECT_NEAR(axis.place(0.0447), 0.5, 0.001);
  EXPECT_EQ(axis.place(0), 0);
  EXPECT_LE(log_axis(1e-300, 1e300).ticks.size(), 12U);
  for (const double low : {1e-300, 1e-9, 3.0, 1e300}) {
    const Axis a = log_axis(low, low);
    EXPECT_LT(a.low, a.high) << low;
    EXPECT_LE(a.ticks.size(), 12U) << low;
  }
}

TEST(SvgChart, TimeAxesTickAtTimesOfTheClock) {
  EXPECT_THAT(time_axis(0, 1800).ticks, testing::ElementsAre(0, 300, 600, 900, 1200, 1500, 1800));
  EXPECT_THAT(time_axis(0, 86400).ticks, testing::ElementsAre(0, 21600, 43200, 64800, 86400));
  EXPECT_LE(time_axis(0, 86400 * 365).ticks.size(), 7U);
  EXPECT_LE(time_axis(0, 0.001).ticks.size(), 7U);
  EXPECT_EQ(time_label(0), "0");
  EXPECT_EQ(time_label(5400), "1 h 30 min");
}

TEST(SvgChart, LinesBreakAtGapsAndLonelyValuesAreDots) {
  const Axis axis = linear_axis(1, 1);
  EXPECT_EQ(line_path({0, 1}, axis), "M250 1000 750 0");
  EXPECT_EQ(line_path({0, kNaN, 1, kNaN}, axis), "M125 1000h0M625 0h0");
  EXPECT_EQ(line_path({kNaN, kInf}, axis), "");
  EXPECT_EQ(line_path({}, axis), "");
  EXPECT_EQ(area_path({0.5, 0.5}, axis), "M250 1000 250 500 750 500 750 1000z");
}

TEST(SvgChart, BarsStandOnTheAxisAndEmptyOnesAreLeftOut) {
  const Axis axis = linear_axis(1, 1);
  EXPECT_EQ(bars_path({0, 0.5}, {0.5, 1}, {1, 0}, axis), "M0 1000V0H500V1000z");
  EXPECT_EQ(percent(0.5725), "57.25%");
  EXPECT_EQ(percent(0.5), "50%");
  EXPECT_EQ(percent(kNaN), "0%");
}

}  // namespace
}  // namespace rehearse::reports
