#include "reports/html.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/html_series.hpp"
#include "reports/page_assets.hpp"
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
  RunResult hostile = hostile_result();
  hostile.faults = {{hostile.subjects[0].name, hostile.subjects[1].name, 40, 600, 900, 12, true}};
  hostile.timeline = {{600, hostile.subjects[0].name, hostile.subjects[1].name, 0, "</noscript>"}};
  EXPECT_EQ(run_python("check_page.py", to_html(hostile)), "");
  EXPECT_EQ(run_python("check_page.py", to_html(large_result(2000, 30))), "");
  EXPECT_EQ(run_python("check_page.py", to_html(RunResult{})), "");
}

/// Bytes beside the script and the licences, which are the same on every page.
size_t own_size(const std::string& page) {
  return page.size() - std::string(kPageScript).size() - std::string(kPageLicences).size();
}

TEST(Html, StaysBelowFiveMegabytes) {
  EXPECT_LT(to_html(large_result(20'000, 2)).size(), 5'000'000U);
  const std::string page = to_html(large_result(400, 100));
  EXPECT_LT(page.size(), 5'000'000U);
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
    r.faults.push_back({longest.name, longest.name, 1, 10, 20, 3, true});
    r.timeline.push_back({1.0 * i, longest.name, longest.name, 0, longest.name});
    r.time_spent.push_back(
        {longest.name, longest.name + ";" + longest.name, longest.name, "work", 1, 0.1, 0.1});
    r.topology.parts.push_back({longest.name, "service", {{longest.name, longest.name, 1}}});
  }
  EXPECT_LT(own_size(to_html(r)), 1'500'000U);
}

TEST(Html, LongSeriesAreMergedAndThePageSaysSo) {
  EXPECT_THAT(to_html(sample_result(300)), Not(HasSubstr("each point sums up")));
  EXPECT_THAT(to_html(sample_result(1000)), HasSubstr("each point sums up 3 windows"));
}

TEST(Html, MergedWindowsKeepTheWorstAndAverageRates) {
  RunResult r = sample_result(800);
  Series& s = r.series[0];
  s.p99[101] = 9.5;
  s.error_ratio[101] = 0.75;
  s.throughput[100] = 10;
  s.throughput[101] = 20;
  const Windows windows = merge_windows(r);
  ASSERT_EQ(windows.merged, 2U);
  for (const SeriesColumn& column : series_columns()) {
    const std::vector<double> merged = merge_column(s, column, windows);
    const std::string name = column.name;
    EXPECT_EQ(merged.empty(), name == "queue_length" || column.optional) << name;
    if (merged.empty()) continue;
    const double at_spike = merged[50];
    EXPECT_EQ(at_spike == 9.5, name == "p99") << name;
    EXPECT_EQ(at_spike == 0.75, name == "error_ratio") << name;
    EXPECT_EQ(at_spike == 15, name == "throughput") << name;
  }
}

TEST(Html, CellsHaveFourDigitsAndNoExponent) {
  EXPECT_EQ(cell_text(0), "0");
  EXPECT_EQ(cell_text(0.000123456), "0.0001235");
  EXPECT_EQ(cell_text(12.5), "12.5");
  EXPECT_EQ(cell_text(123456.7), "123457");
  EXPECT_EQ(cell_text(kNaN), "");
  EXPECT_EQ(clock_text(3930), "1:05:30");
  EXPECT_EQ(clock_text(0.25), "0:00:00.25");
}

TEST(Html, InstancesAreCountedByTheirFewestInEachWindow) {
  RunResult r = sample_result(6);  // windows of 5 min
  r.topology.parts = {{"ml", "service", {{"eu", "a", 2}, {"eu", "b", 1}}}};
  const Series& ml = *r.find_series("ml");
  EXPECT_TRUE(instances_up(r, ml, merge_windows(r)).empty());
  r.timeline = {
      {310, "instance.stopped", "ml", 0, ""},    {310, "instance.stopped", "ml", 0, "again"},
      {320, "instance.stopped", "rules", 1, ""}, {330, "instance.stopped", "ml", 2, ""},
      {340, "instance.started", "ml", 0, ""},    {950, "instance.started", "ml", 2, ""}};
  EXPECT_THAT(instances_up(r, ml, merge_windows(r)), testing::ElementsAre(3, 1, 2, 2, 3, 3));
  r.timeline_left_out = 1;  // what is not known is not drawn
  EXPECT_TRUE(instances_up(r, ml, merge_windows(r)).empty());
}

TEST(Html, AMissingSeriesOrDistributionIsNoTable) {
  RunResult r = sample_result(10);
  for (Series& s : r.series) {
    s.p50.assign(10, kNaN);
    s.p95.clear();
    s.p99.clear();
    s.error_ratio.assign(10, 0);
    s.heat.clear();
  }
  for (SubjectResult& s : r.subjects) s.distribution.clear();
  r.topology = {};
  r.time_spent.clear();
  const std::string page = to_html(r);
  EXPECT_THAT(page, Not(HasSubstr("data-column=p99 data-unit")));
  EXPECT_THAT(page, Not(HasSubstr("<table data-of=distribution")));
  EXPECT_THAT(page, Not(HasSubstr("<table data-of=heat")));
  EXPECT_THAT(page, Not(HasSubstr("id=topology")));
  EXPECT_THAT(page, Not(HasSubstr("id=spent")));
  EXPECT_THAT(page, HasSubstr("data-column=error_ratio"));
}

TEST(Html, ABoundIsGivenToTheChartsOfItsSubject) {
  RunResult r = sample_result(30);
  r.objectives = {sample_objective("availability(gateway)", ">= 99%", ">=", 0.99,
                                   sample_estimate(0.997, 0.001, "ratio"), Verdict::holds),
                  sample_objective("error_rate(gateway)", "< 1%", "<", 0.01,
                                   sample_estimate(0.03, 0.001, "ratio"), Verdict::fails)};
  r.objectives[1].during = std::pair{1350.0, 1800.0};
  const std::string page = to_html(r);
  EXPECT_THAT(page, HasSubstr("<tr class=holds data-subject=s-0 data-column=error_ratio "
                              "data-bound=0.01>"));
  EXPECT_THAT(page, HasSubstr("<tr class=fails data-subject=s-0 data-column=error_ratio "
                              "data-bound=0.01 data-at=1350 data-to=1800>"));
  EXPECT_THAT(page, HasSubstr("during 22m30s..30m is 3.0&nbsp;%"));
}

TEST(Html, TimeSpentIsAnIcicleWhoseBoxesNest) {
  RunResult r = sample_result(4);
  r.time_spent = {
      {"traders.gateway/fraud", "traders.gateway/fraud;gateway.fraud", "gateway.fraud", "work", 84,
       0.02, 0.25},
      {"traders.gateway/fraud", "traders.gateway/fraud;gateway.fraud;ml.predict", "ml.predict",
       "work", 84, 0.04, 0.5},
      {"traders.gateway/fraud", "traders.gateway/fraud;gateway.fraud;ml.predict;ml.predict queue",
       "ml.predict", "queue", 84, 0.02, 0.25}};
  const std::string page = to_html(r);
  EXPECT_THAT(page, HasSubstr("80 ms on average, of 84 requests that were followed"));
  EXPECT_THAT(page, HasSubstr("title=\"ml.predict: 75 %, 60 ms\""));
  EXPECT_THAT(page, HasSubstr("<li style=\"width:33.33%\"><span class=\"box queue\""));
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
  EXPECT_THAT(page.substr(0, page.find("<script>")), Not(HasSubstr("nan")));
  EXPECT_THAT(page.substr(0, page.find("<script>")), Not(HasSubstr(":inf")));
  EXPECT_LT(own_size(page), 400'000U);
}

TEST(Html, ABaselineHasItsSection) {
  RunResult r = sample_result(4);
  EXPECT_THAT(to_html(r), Not(HasSubstr("id=baseline")));
  r.baseline = Comparison{};
  r.baseline->before.source = "results/yesterday";
  r.baseline->objectives = {{"p95(gateway)",
                             "< 200ms",
                             "",
                             Verdict::holds,
                             Verdict::fails,
                             {sample_estimate(0.184, 0.002, "s"),
                              sample_estimate(0.231, 0.004, "s"), 1e-9, true, Trend::worse}}};
  const std::string page = to_html(r);
  EXPECT_THAT(page, HasSubstr("results/yesterday"));
  EXPECT_THAT(page, HasSubstr("184 ms <small>± 2</small>"));
  EXPECT_THAT(page, HasSubstr("holds → fails"));
}

TEST(Html, EqualResultsGiveEqualPages) {
  EXPECT_EQ(to_html(sample_result()), to_html(sample_result()));
}

}  // namespace
}  // namespace rehearse::reports
