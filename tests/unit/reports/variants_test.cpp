#include "reports/variants.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "reports/comparison_wording.hpp"
#include "reports/figures.hpp"
#include "reports/html.hpp"
#include "reports/json.hpp"
#include "reports/text.hpp"
#include "tests/unit/reports/python.hpp"
#include "tests/unit/reports/sample_comparison.hpp"

namespace rehearse::reports {
namespace variants_test {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

Difference paired(double before, double after, double half, const std::string& unit, Trend trend) {
  const double change = after - before;
  Difference d = sample_difference(sample_estimate(before, half, unit),
                                   sample_estimate(after, half, unit), 0.001, trend);
  d.paired =
      PairedDifference{{change, change - half, change + half, unit}, before, after, 10, 0.8, 0.25};
  return d;
}

/// By p95, errors and instance hours.
Comparison pair_of_variants(const std::string& before, const std::string& after,
                            const Difference& p95, const Difference& errors,
                            const Difference& hours) {
  Comparison c = sample_comparison();
  c.before.source = before;
  c.after.source = after;
  c.figures.clear();
  c.objectives.resize(1);
  c.objectives[0].name = "error_rate(clients)";
  c.objectives[0].figure = errors;
  Difference availability = errors;
  availability.trend = Trend::none;
  c.headline = {{"workload", "clients", "p95", p95},
                {"workload", "clients", "error_ratio", errors},
                {"workload", "clients", "availability", availability},
                {"service", "api", "p95", p95},
                {"service", "api", "instance_hours", hours}};
  return c;
}

const Difference kSameHours = paired(60, 60.1, 0.3, "1", Trend::none);

Comparison better() {
  return pair_of_variants("hpa", "predictive", paired(0.3, 0.259, 0.011, "s", Trend::better),
                          paired(0.012, 0.010, 0.001, "ratio", Trend::better),
                          paired(60, 63.2, 0.3, "1", Trend::worse));
}

VariantComparison three() {
  VariantComparison all;
  const Difference slower = paired(0.2, 0.3, 0.01, "s", Trend::worse);
  const Difference same = paired(0.01, 0.01, 0.001, "ratio", Trend::none);
  all.comparisons = {
      pair_of_variants("steps", "hpa", slower, same, kSameHours),
      pair_of_variants("steps", "predictive", paired(0.2, 0.25, 0.01, "s", Trend::worse), same,
                       paired(60, 63.2, 0.3, "1", Trend::worse)),
      better()};
  all.comparisons[2].headline[1].figure = same;
  all.variants = {all.comparisons[0].before, all.comparisons[0].after, all.comparisons[1].after};
  all.trials = 10;
  all.trials_rule = "fixed";
  return all;
}

TEST(Variants, SaysWhoIsBetterAtWhatAndForHowMuch) {
  EXPECT_EQ(choice_sentence(better()),
            "predictive beats hpa on p95 (-41 ms [-52, -30]) and errors (-0.2 pp [-0.3, -0.1]) "
            "at 3.2 instance hours more [2.9, 3.5]");
  Comparison c = better();
  c.headline[0].figure = paired(0.259, 0.3, 0.011, "s", Trend::worse);
  EXPECT_EQ(choice_sentence(c),
            "predictive is better than hpa on errors (-0.2 pp [-0.3, -0.1]) and worse on p95 "
            "(+41 ms [30, 52]) at 3.2 instance hours more [2.9, 3.5]");
  c.headline[1].figure.trend = Trend::none;
  EXPECT_EQ(choice_sentence(c),
            "hpa beats predictive on p95 (-41 ms [-52, -30]) at 3.2 instance hours less [2.9, "
            "3.5]");
  c.headline[0].figure.trend = Trend::none;
  c.headline[4].figure = kSameHours;
  EXPECT_EQ(choice_sentence(c),
            "predictive and hpa are not told apart by p95 and errors; predictive runs at the same "
            "instance hours (+0.1 [-0.2, 0.4])");
  c.headline.pop_back();
  EXPECT_EQ(choice_sentence(c), "predictive and hpa are not told apart by p95 and errors");
  c.headline.erase(c.headline.begin(), c.headline.begin() + 2);
  EXPECT_EQ(choice_sentence(c), "predictive and hpa have no figure in common to choose by");
}

TEST(Variants, NamesWorkloadsWhereThereAreSeveral) {
  Comparison c = better();
  c.headline.insert(c.headline.begin(),
                    {"workload", "batch", "error_ratio", paired(0, 0, 0, "ratio", Trend::none)});
  EXPECT_THAT(choice_sentence(c), HasSubstr("on p95 of clients (-41 ms"));
}

TEST(Variants, OfSeveralTheBestByEachFigure) {
  EXPECT_EQ(variants_sentence(three()),
            "lowest p95: steps; fewest errors: not told apart; fewest instance hours: steps (not "
            "told from hpa)");
}

TEST(Variants, PairingHasItsPrice) {
  EXPECT_EQ(pairing_sentence(better()),
            "clients p95 of both goes together with r = 0.80: unpaired trials would have to be 4 "
            "times as many");
  Comparison c = better();
  for (FigureChange& f : c.headline) f.figure.paired->variance_ratio = 1.2;
  EXPECT_THAT(pairing_sentence(c), EndsWith("pairing gains nothing"));
  c.headline.clear();
  EXPECT_EQ(pairing_sentence(c), "");
}

TEST(Variants, DifferencesHaveSignsAndPoints) {
  const auto text = [](double value, double half, const char* unit) {
    return difference_figure(sample_estimate(value, half, unit)).text();
  };
  EXPECT_EQ(text(-0.041, 0.011, "s"), "-41 ms [-52, -30]");
  EXPECT_EQ(text(0.0002, 0.011, "s"), "0 ms [-11, 11]");
  EXPECT_EQ(text(0.002, 0.0004, "ratio"), "+0.20 pp [0.16, 0.24]");
  EXPECT_EQ(text(12000, 900, "1/s"), "+12.0k/s [11.1, 12.9]");
  EXPECT_EQ(difference_figure(sample_estimate(1e-6, 2e-6, "1/s"), 4.36).text(),
            "0.0000/s [0.0000, 0.0000]");
  EXPECT_EQ(text(0, 0, "s"), "0");
  EXPECT_EQ(text(0.5, 0, "1"), "+0.500 [0.500, 0.500]");
  EXPECT_EQ(difference_figure({1.5, -kInf, kInf, "s"}).text(), "+1.50 s");
  EXPECT_EQ(difference_figure({std::nullopt, 0, 0, "s"}).text(), "no data");
}

TEST(Variants, WhatAnObjectiveAsksForStandsOnce) {
  std::vector<std::string> names;
  for (const ComparedRow& row : compared_rows(better())) names.push_back(row.name);
  EXPECT_THAT(names, testing::ElementsAre("error_rate(clients)", "clients p95",
                                          "clients availability", "api instance_hours"));
  Comparison c = better();
  c.objectives[0].target = "< 1% during 0s..10s";
  EXPECT_EQ(compared_rows(c).size(), 5U);
}

TEST(Variants, WorsenedIsWhatFailsBesideTheBaseline) {
  VariantComparison all = three();
  EXPECT_FALSE(all.worsened());
  all.comparisons[2].objectives[0].after = Verdict::fails;
  EXPECT_FALSE(all.worsened());  // the baseline is not part of that pair
  all.comparisons[1].objectives[0].after = Verdict::fails;
  EXPECT_TRUE(all.worsened());
}

VariantComparison hostile() {
  VariantComparison all = three();
  for (Comparison& c : all.comparisons) {
    c.before.source = c.after.source = hostile_comparison().before.source;
    c.headline[0].subject = hostile_comparison().objectives[1].name;
    c.cautions = {hostile_comparison().test};
  }
  for (ComparedRun& run : all.variants) run.source = hostile_comparison().before.source;
  return all;
}

TEST(Variants, FitTheSchema) {
  REHEARSE_NEEDS_PYTHON("jsonschema");
  const std::string own = "reports/schema/result.schema.json variants";
  EXPECT_EQ(run_python("check_schema.py", to_json(three()), own), "");
  EXPECT_EQ(run_python("check_schema.py", to_json(hostile()), own), "");
  auto bad = nlohmann::ordered_json::parse(to_json(three()));
  bad["comparisons"][0]["headline"][0]["paired"].erase("pairs");
  EXPECT_NE(run_python("check_schema.py", bad.dump(), own), "");
}

TEST(Variants, APairIsPartOfAResultAndReadsBack) {
  RunResult r = sample_result(4);
  r.baseline = better();
  r.baseline->cautions = {"the workloads differ"};
  const std::string text = to_json(r);
  const ReadResult back = from_json(text);
  ASSERT_TRUE(back.result) << back.problem;
  EXPECT_EQ(to_json(*back.result), text);
  EXPECT_EQ(back.result->baseline->headline[0].figure.paired->pairs, 10U);
  EXPECT_THAT(to_html(*back.result), AllOf(HasSubstr("id=pairs"), HasSubstr("-41 ms [-52, -30]"),
                                           HasSubstr("The workloads differ.")));
  auto bad = nlohmann::ordered_json::parse(text);
  bad["baseline"]["headline"][0]["paired"]["pairs"] = "ten";
  EXPECT_THAT(from_json(bad.dump()).problem, HasSubstr("baseline.headline[0].paired.pairs"));
}

TEST(Variants, OnATerminalNothingIsTooWideOrObeyed) {
  for (const VariantComparison& all : {three(), hostile()}) {
    for (const int width : {40, 80}) {
      const std::string text = render_terminal(all, {width});
      std::istringstream lines(text);
      for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(display_width(line), width) << line;
        EXPECT_EQ(visible(line), line);
      }
    }
  }
  EXPECT_THAT(render_terminal(three(), {120}),
              AllOf(HasSubstr("steps (baseline)"), HasSubstr("10 paired trials of 30 min (fixed)"),
                    HasSubstr("+100 ms [90, 110]"), EndsWith("(not told from hpa)\n")));
}

TEST(Variants, InMarkdownNamesStayText) {
  EXPECT_THAT(to_markdown(hostile()), AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\xE2\x80\xAE")),
                                            HasSubstr("\\<script\\>")));
  EXPECT_THAT(to_markdown(three()),
              AllOf(HasSubstr("| figure | `steps` | `hpa` | difference | |"),
                    HasSubstr("| `clients p95` | 200 ms | 300 ms | +100 ms [90, 110] | 🔺 |")));
}

}  // namespace variants_test
}  // namespace rehearse::reports
