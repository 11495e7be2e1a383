#include "reports/comparison.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "reports/comparison_json.hpp"
#include "reports/comparison_markdown.hpp"
#include "reports/comparison_terminal.hpp"
#include "reports/comparison_wording.hpp"
#include "reports/json.hpp"
#include "reports/markdown.hpp"
#include "reports/text.hpp"
#include "tests/unit/reports/python.hpp"
#include "tests/unit/reports/sample_comparison.hpp"

namespace rehearse::reports {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(Comparison, SaysInOneSentenceWhatMatters) {
  EXPECT_EQ(comparison_sentence(sample_comparison()),
            "p95(gateway/fraud) 184 ms → 231 ms (+26 %), holds → fails; 4 verdicts changed");
  Comparison c = sample_comparison();
  c.objectives.resize(1);
  EXPECT_EQ(comparison_sentence(c), "ml p99 210 ms → 290 ms (+38 %); no verdict changed");
  c.figures.clear();
  EXPECT_EQ(comparison_sentence(c),
            "3 figures differ, none of them by 1 % or more; no verdict changed");
  c.figures_left_out = 0;
  EXPECT_EQ(comparison_sentence(c), "no figure differs beyond chance; no verdict changed");
  c.before.fingerprint = c.after.fingerprint;
  EXPECT_EQ(comparison_sentence(c), "the same run: equal fingerprints");
}

TEST(Comparison, ASentencePerChange) {
  const Comparison c = sample_comparison();
  const auto sentence = [&](size_t i) { return change_sentence(c.objectives[i]); };
  EXPECT_EQ(sentence(0), "error_rate(traders) 0.32 %, as before");
  EXPECT_EQ(sentence(2),
            "mean_wait(rules) 1.2 ms → 1.2 ms (0 %), fails → holds, though the figures do not "
            "differ beyond chance; the target was < 1ms, is < 5ms");
  EXPECT_EQ(sentence(3), "hit_ratio(sessions) no figure, new: inconclusive");
  EXPECT_EQ(sentence(4), "p50(gateway): no longer asked for, was holds");
  EXPECT_EQ(change_sentence(c.figures[1]), "ml utilization 81 % → 93.8 %");
  EXPECT_EQ(change_sentence(c.settings[0]), "system.services.ml.servers: 4 → 3");
  EXPECT_EQ(change_sentence(c.settings[1]), "system.services.ml.queue: 100, new");
  EXPECT_EQ(change_sentence(c.settings[2]), "policies.breaker: on, gone");
  EXPECT_THAT(run_differences(c), ElementsAre("trials 40 → 20"));
}

TEST(Comparison, FailuresComeFirst) {
  const std::vector<const ObjectiveChange*> changed = changed_objectives(sample_comparison());
  EXPECT_EQ(changed.size(), 4U);
  EXPECT_TRUE(sample_comparison().worsened());
  Comparison c = sample_comparison();
  c.objectives[1].before = Verdict::fails;  // as bad as before is no worsening
  EXPECT_FALSE(c.worsened());
  EXPECT_EQ(c.verdicts_changed(), 3);
}

TEST(Comparison, IsPartOfTheResultAndReadsBack) {
  for (const Comparison& c : {sample_comparison(), hostile_comparison(), Comparison{}}) {
    RunResult r = sample_result(4);
    r.baseline = c;
    const std::string text = to_json(r);
    const ReadResult back = from_json(text);
    ASSERT_TRUE(back.result) << back.problem;
    ASSERT_TRUE(back.result->baseline);
    EXPECT_EQ(to_json(*back.result), text);
  }
  const auto without = nlohmann::ordered_json::parse(to_json(sample_result(4)));
  EXPECT_FALSE(without.contains("baseline"));
}

TEST(Comparison, DamagedOnesAreRefused) {
  RunResult r = sample_result(4);
  r.baseline = sample_comparison();
  const auto good = nlohmann::ordered_json::parse(to_json(r));
  const auto problem = [](const nlohmann::ordered_json& document) {
    return from_json(document.dump()).problem;
  };
  auto bad = good;
  bad["baseline"]["objectives"][1]["after"] = "maybe";
  EXPECT_THAT(problem(bad), HasSubstr("baseline.objectives[1].after: expected holds, fails"));
  bad = good;
  bad["baseline"]["figures"][0]["trend"] = 3;
  EXPECT_THAT(problem(bad), HasSubstr("baseline.figures[0].trend: expected text"));
  bad = good;
  bad["baseline"] = nullptr;
  EXPECT_THAT(problem(bad), HasSubstr("baseline: expected an object"));
  bad = good;
  bad["baseline"]["before"].erase("seed");
  EXPECT_THAT(problem(bad), HasSubstr("baseline.before.seed: expected a value"));
}

TEST(Comparison, FitsTheSchema) {
  REHEARSE_NEEDS_PYTHON("jsonschema");
  RunResult r = sample_result(3);
  r.baseline = sample_comparison();
  EXPECT_EQ(run_python("check_schema.py", to_json(r), "reports/schema/result.schema.json"), "");
  const std::string own = "reports/schema/result.schema.json comparison";
  EXPECT_EQ(run_python("check_schema.py", to_json(sample_comparison()), own), "");
  EXPECT_EQ(run_python("check_schema.py", to_json(hostile_comparison()), own), "");
  auto bad = nlohmann::ordered_json::parse(to_json(sample_comparison()));
  bad["objectives"][0].erase("sentence");
  EXPECT_NE(run_python("check_schema.py", bad.dump(), own), "");
}

TEST(Comparison, OnATerminalNothingIsTooWideOrObeyed) {
  for (const Comparison& c : {sample_comparison(), hostile_comparison()}) {
    for (const int width : {40, 80}) {
      const std::string text = render_terminal(c, {width});
      std::istringstream lines(text);
      for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(display_width(line), width) << line;
        EXPECT_EQ(visible(line), line);
      }
    }
  }
  const std::string text = render_terminal(sample_comparison());
  EXPECT_THAT(text, AllOf(HasSubstr("A: results/main"), HasSubstr("B: this run"),
                          HasSubstr("not alike: trials 40 → 20"), HasSubstr("and 3 more"),
                          HasSubstr("1 objective as before")));
  EXPECT_THAT(text, testing::EndsWith("4 verdicts changed\n"));
}

TEST(Comparison, InMarkdownNamesStayText) {
  const std::string text = to_markdown(hostile_comparison());
  EXPECT_THAT(text, AllOf(Not(HasSubstr("\n\x1b")), Not(HasSubstr("\xE2\x80\xAE")),
                          Not(HasSubstr("# <script>")), HasSubstr("\\<script\\>")));
  EXPECT_LT(text.size(), 10'000U);
  RunResult r = sample_result(4);
  r.baseline = sample_comparison();
  EXPECT_THAT(to_markdown(r),
              AllOf(HasSubstr("#### Since `results/main`"), HasSubstr("❌ holds → fails"),
                    HasSubstr("<summary>5 figures changed</summary>")));
}

}  // namespace
}  // namespace rehearse::reports
