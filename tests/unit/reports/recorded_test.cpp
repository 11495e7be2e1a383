#include "reports/recorded.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "reports/instant.hpp"
#include "reports/recorded_read.hpp"
#include "tests/unit/reports/python.hpp"
#include "tests/unit/reports/sample_result.hpp"

namespace rehearse::reports {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

/// Four windows of ten seconds, the first of them warm-up.
RunResult result() {
  RunResult r;
  r.horizon = 40;
  r.warmup = 10;
  r.series_interval = 10;
  r.series_at = {0, 10, 20, 30};
  Series clients;
  clients.subject = "clients";
  clients.kind = "workload";
  clients.p95 = {9, 0.1, 0.2, 0.3};
  clients.throughput = {0, 10, 20, kNaN};
  r.series = {clients};
  return r;
}

ReadRecorded read(const std::string& text, const std::string& name = "",
                  std::optional<double> start = std::nullopt) {
  return read_recorded(text, name.empty() ? std::nullopt : std::optional(recorded_name(name)),
                       start);
}

TEST(Recorded, ErrorsAreOverWindowsThatHaveBothAfterTheWarmUp) {
  std::string problem;
  // Two samples of the third window count as their mean; one lies beyond the horizon.
  const auto c = compare_recorded(
      result(), {"clients", "p95", {{5, 1}, {15, 0.2}, {20, 0.1}, {29.9, 0.3}, {41, 7}}}, problem);
  ASSERT_TRUE(c) << problem;
  EXPECT_EQ(c->unit, "s");
  EXPECT_DOUBLE_EQ(c->recorded[0], 1);
  EXPECT_DOUBLE_EQ(c->recorded[1], 0.2);
  EXPECT_DOUBLE_EQ(c->recorded[2], 0.2);
  EXPECT_TRUE(std::isnan(c->recorded[3]));
  EXPECT_EQ(c->error.windows, 2U);
  EXPECT_NEAR(*c->error.mape, 0.25, 1e-12);  // 50 % and 0 %
  EXPECT_NEAR(*c->error.bias, -0.25, 1e-12);
  EXPECT_NEAR(*c->error.rmse, std::sqrt(0.01 / 2), 1e-12);
  EXPECT_FALSE(c->error.correlation);  // of two
  EXPECT_EQ(recorded_sentence(*c),
            "clients p95: off by 25 % on average (MAPE), 25 % too low in all, over 2 windows");
}

TEST(Recorded, CorrelationIsPearsons) {
  std::string problem;
  const auto c =
      compare_recorded(result(), {"clients", "p95", {{10, 1}, {20, 2}, {30, 3}}}, problem);
  ASSERT_TRUE(c);
  EXPECT_NEAR(*c->error.correlation, 1, 1e-12);
  const auto flat =
      compare_recorded(result(), {"clients", "p95", {{10, 0}, {20, 0}, {30, 0}}}, problem);
  ASSERT_TRUE(flat);
  EXPECT_FALSE(flat->error.correlation || flat->error.mape || flat->error.bias);
}

TEST(Recorded, SaysWhatCannotBeCompared) {
  std::string problem;
  EXPECT_FALSE(compare_recorded(result(), {"client", "p95", {{15, 1}}}, problem));
  EXPECT_THAT(problem, HasSubstr("did you mean 'clients'?"));
  EXPECT_FALSE(compare_recorded(result(), {"clients", "p94", {{15, 1}}}, problem));
  EXPECT_THAT(problem, HasSubstr("'p94' is no time series: did you mean 'p95'?"));
  EXPECT_FALSE(compare_recorded(result(), {"clients", "p95", {{5, 1}, {99, 1}}}, problem));
  EXPECT_THAT(problem, HasSubstr("nothing to compare"));
}

TEST(RecordedCsv, ColumnsAreNamedByTheirHeader) {
  const ReadRecorded r = read(
      "\xEF\xBB\xBF# of Tuesday\r\ntime,\"clients:p95 [ms]\",clients:throughput\r\n"
      "10, 200 ,8\r\n20,,1e1\r\n");
  ASSERT_EQ(r.problem, "");
  ASSERT_EQ(r.series.size(), 2U);
  EXPECT_EQ(r.series[0].subject, "clients");
  EXPECT_EQ(r.series[0].metric, "p95");
  EXPECT_THAT(r.series[0].samples, ElementsAre(Pair(10, 0.2)));
  EXPECT_THAT(r.series[1].samples, ElementsAre(Pair(10, 8), Pair(20, 10)));
}

TEST(RecordedCsv, OneSeriesIsNamedByTheCaller) {
  for (const char* text : {"10,1\n20,2\n", "time,value\n10,1\n20,2\n"})
    EXPECT_THAT(read(text, "clients:p95").series.at(0).samples,
                ElementsAre(Pair(10, 1), Pair(20, 2)));
  EXPECT_THAT(read("10,1\n").problem, HasSubstr("NAME=FILE"));
  EXPECT_THAT(read("time,a,b\n1,2,3\n", "clients:p95").problem, HasSubstr("column 2 has no name"));
}

TEST(RecordedCsv, RealTimeBeginsAtTheFirstSampleOrWhereItIsTold) {
  const std::string text = "2026-03-01T12:00:10Z,1\n2026-03-01T12:00:20.5Z,2\n";
  EXPECT_THAT(read(text, "c:p95").series.at(0).samples, ElementsAre(Pair(0, 1), Pair(10.5, 2)));
  EXPECT_THAT(read(text, "c:p95", parse_utc("2026-03-01T12:00:00Z")).series.at(0).samples,
              ElementsAre(Pair(10, 1), Pair(20.5, 2)));
  EXPECT_THAT(read("1772366400,1\n", "c:p95").series.at(0).samples, ElementsAre(Pair(0, 1)));
  EXPECT_THAT(read("30,1\n", "c:p95").series.at(0).samples, ElementsAre(Pair(30, 1)));
}

TEST(RecordedCsv, MistakesHaveTheirLine) {
  EXPECT_THAT(read("time,c:p95\n1,2\nx,3\n").problem, HasSubstr("line 3: 'x' is no time"));
  EXPECT_THAT(read("time,c:p95\n1,2,3\n").problem, HasSubstr("line 2: 3 cells, expected 2"));
  EXPECT_THAT(read("time,c:p95\n1,=1+1\n").problem, HasSubstr("line 2: '=1+1' is no number"));
  EXPECT_THAT(read("time,c:p95[rps]\n1,1\n").problem, HasSubstr("'p95' is not measured in 'rps'"));
  EXPECT_THAT(read("time\n").problem, HasSubstr("expected a time and a value"));
  EXPECT_EQ(read("").problem, "there is nothing in it");
}

constexpr const char* kAnswer =
    R"({"status":"success","data":{"resultType":"matrix","result":[
      {"metric":{"job":"gateway","handler":"fraud"},
       "values":[[1772366400,"0.2"],[1772366410.5,"NaN"]]},
      {"metric":{"queue":"orders"},"values":[[1772366420,"3"]]}]}})";

TEST(RecordedPrometheus, LabelsNameTheSubject) {
  const ReadRecorded r = read(kAnswer, "p95");
  ASSERT_EQ(r.problem, "");
  ASSERT_EQ(r.series.size(), 2U);
  EXPECT_EQ(r.series[0].subject, "gateway/fraud");
  EXPECT_THAT(r.series[0].samples, ElementsAre(Pair(0, 0.2)));
  EXPECT_EQ(r.series[1].subject, "orders");
  EXPECT_THAT(r.series[1].samples, ElementsAre(Pair(20, 3)));
  EXPECT_EQ(read(kAnswer, "clients:p95").series.at(0).subject, "clients");
}

TEST(RecordedPrometheus, OtherAnswersAreRefused) {
  EXPECT_THAT(read(kAnswer).problem, HasSubstr("NAME=FILE"));
  EXPECT_THAT(read("{", "p95").problem, HasSubstr("not valid JSON"));
  EXPECT_THAT(read(R"({"status":"error","error":"bad"})", "p95").problem, HasSubstr("'bad'"));
  EXPECT_THAT(read(R"({"status":3})", "p95").problem, HasSubstr("not an answer"));
  EXPECT_THAT(
      read(R"({"status":"success","data":{"resultType":"vector","result":[]}})", "p95").problem,
      HasSubstr("a matrix"));
  const std::string odd =
      R"({"status":"success","data":{"resultType":"matrix",
          "result":[{"metric":{},"values":[[1]]}]}})";
  EXPECT_THAT(read(odd, "p95").problem, HasSubstr("expected [seconds"));
}

TEST(Recorded, DataForMachines) {
  std::string problem;
  const auto c = compare_recorded(result(), {"clients", "p95", {{15, 0.2}}}, problem);
  ASSERT_TRUE(c);
  EXPECT_EQ(recorded_csv({*c}),
            "kind,subject,metric,unit,at,simulated,recorded\n"
            "workload,clients,p95,s,0,9,\nworkload,clients,p95,s,10,0.1,0.2\n"
            "workload,clients,p95,s,20,0.2,\nworkload,clients,p95,s,30,0.3,\n");
  REHEARSE_NEEDS_PYTHON("jsonschema");
  EXPECT_EQ(
      run_python("check_schema.py", recorded_json({*c}), "reports/schema/recorded.schema.json"),
      "");
}

TEST(Instant, IsUtcAndNothingElse) {
  EXPECT_EQ(parse_utc("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(parse_utc("2026-03-01T12:00:00Z"), 1772366400);
  EXPECT_EQ(parse_utc("2026-03-01T12:00:00.25Z"), 1772366400.25);
  for (const char* text :
       {"", "2026-02-30T12:00:00Z", "2026-03-01 12:00:00Z", "2026-03-01T25:00:00Z",
        "2026-03-01T12:00:00+01:00", "2026-03-01T12:00:00.Z", "2026-03-01T12:00:00.5.5Z",
        "2026-03-01T-1:00:00Z"})
    EXPECT_FALSE(parse_utc(text)) << text;
}

TEST(Recorded, ReadsBackBesideItsResult) {
  std::string problem;
  const auto c =
      compare_recorded(result(), {"clients", "p95", {{5, 1}, {15, 0.2}, {25, 0.1}}}, problem);
  ASSERT_TRUE(c) << problem;
  const std::string text = recorded_json({*c});
  const ReadBeside back = read_beside(result(), text);
  ASSERT_EQ(back.problem, "");
  EXPECT_EQ(recorded_json(back.all), text);
  RunResult shorter = result();
  shorter.series_at.pop_back();
  EXPECT_THAT(read_beside(shorter, text).problem, HasSubstr("series[0]: expected a series"));
  EXPECT_TRUE(read_beside(shorter, text).all.empty());
  EXPECT_EQ(read_beside(result(), "{").problem, "not valid JSON");
  EXPECT_THAT(read_beside(result(), "[]").problem, HasSubstr("expected"));
  EXPECT_THAT(read_beside(result(), R"({"series": [{"subject": 1}]})").problem,
              HasSubstr("series[0].subject: expected text"));
}

}  // namespace
}  // namespace rehearse::reports
