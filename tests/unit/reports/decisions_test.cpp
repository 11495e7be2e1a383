#include <gtest/gtest.h>

#include <limits>

#include "reports/csv.hpp"
#include "reports/instances.hpp"
#include "reports/json.hpp"
#include "tests/unit/reports/python.hpp"
#include "tests/unit/reports/sample_result.hpp"

/// What policies decided, in the formats of a result.

namespace rehearse::reports {
namespace decisions_test {

RunResult decided() {
  RunResult r = sample_result();
  r.decisions = {{20.5, "scale", "hpa", "gateway", 3, 5, "metric above target", "cpu", 0.91, 0.7,
                  "limited", 22.5, "only to 4: no more than 1 at once"},
                 {80, "scale", "hpa", "gateway", 5, 4, "more than, \"enough\"", "", 0, 0,
                  "under way", std::numeric_limits<double>::quiet_NaN()}};
  r.decisions_left_out = 7;
  return r;
}

TEST(Decisions, AreReadAsTheyWereWritten) {
  const std::string text = to_json(decided());
  const ReadResult read = from_json(text);
  ASSERT_TRUE(read.result.has_value()) << read.problem;
  EXPECT_EQ(read.result->decisions.size(), 2U);
  EXPECT_EQ(read.result->decisions_left_out, 7U);
  EXPECT_EQ(read.result->decisions[0].measured, 0.91);
  EXPECT_EQ(to_json(*read.result), text);
}

TEST(Decisions, FollowTheSchema) {
  EXPECT_EQ(run_python("check_schema.py", to_json(decided()), "reports/schema/result.schema.json"),
            "");
}

TEST(Decisions, AreARowEach) {
  EXPECT_EQ(decisions_csv(decided()),
            "at,policy,kind,subject,from,to,because,metric,measured,limit,outcome,settled,"
            "ruling\n"
            "20.5,scale,hpa,gateway,3,5,\"metric above target\",cpu,0.91,0.7,limited,22.5,"
            "\"only to 4: no more than 1 at once\"\n"
            "80,scale,hpa,gateway,5,4,\"more than, \"\"enough\"\"\",,,,\"under way\",,\n");
}

TEST(Instances, AreNotMissingWherePlacesAreFree) {
  RunResult r = sample_result();
  r.topology.parts = {{"gateway", "service", {{"eu", "a", 4}}}};
  r.timeline = {
      {0, "places.free", "gateway", 2, ""},       {10, "instance.started", "gateway", 2, ""},
      {12, "instance.ready", "gateway", 2, ""},   {30, "instance.draining", "gateway", 2, ""},
      {30, "instance.unready", "gateway", 2, ""}, {35, "instance.stopped", "gateway", 2, ""}};
  const std::vector<InstanceHistory> all = instance_histories(r);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_TRUE(all[0].scaled);
  EXPECT_EQ(all[0].fewest_up(0, 10), 2);
  EXPECT_EQ(all[0].available(11), 2);
  EXPECT_EQ(all[0].available(20), 3);
  EXPECT_EQ(all[0].available(31), 2);
  EXPECT_EQ(all[0].fewest_up(31, 34), 3);
  EXPECT_EQ(all[0].fewest_up(36, 40), 2);
}

TEST(Instances, ThatAreReplacedAtOnceAreNeverMissing) {
  RunResult r = sample_result();
  r.topology.parts = {{"gateway", "service", {{"eu", "a", 2}}}};
  r.timeline = {
      {10, "instance.stopped", "gateway", 0, ""}, {10, "instance.started", "gateway", 0, ""},
      {10, "instance.stopped", "gateway", 1, ""}, {10, "instance.started", "gateway", 1, ""},
      {20, "instance.stopped", "gateway", 0, ""}, {25, "instance.started", "gateway", 0, ""},
      {25, "instance.stopped", "gateway", 1, ""}, {30, "instance.started", "gateway", 1, ""}};
  const std::vector<InstanceHistory> all = instance_histories(r);
  EXPECT_EQ(all[0].fewest_up(0, 15), 2);
  EXPECT_EQ(all[0].fewest_up(15, 40), 1);
}

}  // namespace decisions_test
}  // namespace rehearse::reports
