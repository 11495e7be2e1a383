#include "reports/result.hpp"

#include <gtest/gtest.h>

#include "tests/unit/reports/sample_result.hpp"

namespace rehearse::reports {
namespace {

TEST(Result, VerdictsHaveNamesAndExitCodes) {
  for (const Verdict v :
       {Verdict::holds, Verdict::fails, Verdict::undecided, Verdict::inconclusive})
    EXPECT_EQ(verdict_of(verdict_name(v)), v);
  EXPECT_EQ(verdict_of("maybe"), std::nullopt);
  EXPECT_EQ(exit_code(Verdict::holds), 0);
  EXPECT_EQ(exit_code(Verdict::fails), 1);
  EXPECT_EQ(exit_code(Verdict::undecided), 3);
  EXPECT_EQ(exit_code(Verdict::inconclusive), 3);
}

TEST(Result, FindsSubjectsByNameAndKind) {
  RunResult r = sample_result(4);
  r.subjects.push_back(sample_subject("gateway", "region", {1, 0.1, 0.1, 0}));
  EXPECT_EQ(r.find("gateway")->kind, "service");
  EXPECT_EQ(r.find("gateway", "region")->kind, "region");
  EXPECT_EQ(r.find("gateway", "cache"), nullptr);
  EXPECT_EQ(r.find_series("ml", "service")->subject, "ml");
  EXPECT_EQ(r.find_series("ml", "region"), nullptr);
  EXPECT_EQ(r.count(Verdict::holds), 4);
}

TEST(Result, AnEstimateWithoutAValueIsNotFound) {
  const RunResult r = sample_result(4);
  const SubjectResult* cache = r.find("sessions");
  ASSERT_NE(cache, nullptr);
  EXPECT_NE(cache->find("hit_ratio"), nullptr);
  EXPECT_EQ(cache->find("throughput"), nullptr);  // present, but nothing was observed
  EXPECT_EQ(cache->find("p95"), nullptr);
  EXPECT_EQ(r.find("rules")->closed_form("mean_wait")->model, "M/M/c");
  EXPECT_EQ(r.find("rules")->closed_form("p95"), nullptr);
}

}  // namespace
}  // namespace rehearse::reports
