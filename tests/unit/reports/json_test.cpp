#include "reports/json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/reports/sample_result.hpp"

namespace rehearse::reports {
namespace {

using nlohmann::ordered_json;
using testing::HasSubstr;
using testing::StartsWith;

/// The sample's document after `change`, read back: what a damaged file would give.
template <class Change>
std::string problem_after(const Change& change) {
  ordered_json document = ordered_json::parse(to_json(sample_result(4)));
  change(document);
  const ReadResult read = from_json(document.dump());
  EXPECT_EQ(read.result.has_value(), read.problem.empty());
  return read.problem;
}

TEST(Json, HasThePromisedShape) {
  const ordered_json j = ordered_json::parse(to_json(sample_result()));
  EXPECT_EQ(j["verdict"], "fails");
  EXPECT_EQ(j["fingerprint"], "b1946ac92492d234");
  EXPECT_EQ(j["seed"], 7);
  EXPECT_EQ(j["trials"], 40);
  const ordered_json& o = j["objectives"][0];
  EXPECT_EQ(o["id"], "p95(gateway/fraud) < 200ms");
  EXPECT_EQ(o["metric"], "p95(gateway/fraud)");
  EXPECT_EQ(o["target"], "< 200ms");
  EXPECT_EQ(o["estimate"], 0.2313);
  EXPECT_EQ(o["ci"], ordered_json::array({0.2313 - 0.0041, 0.2313 + 0.0041}));
  EXPECT_EQ(o["unit"], "s");
  EXPECT_EQ(o["verdict"], "fails");
  for (const char* metric :
       {"arrival_rate", "throughput", "utilization", "mean_wait", "mean_response", "p50", "p90",
        "p95", "p99", "p999", "in_system", "error_ratio"}) {
    const ordered_json& m = j["services"]["ml"][metric];
    EXPECT_TRUE(m["estimate"].is_number()) << metric;
    EXPECT_EQ(m["ci"].size(), 2U) << metric;
    EXPECT_TRUE(m["unit"].is_string()) << metric;
  }
  EXPECT_EQ(j["services"].size(), 4U);
  EXPECT_EQ(j["caches"]["sessions"]["hit_ratio"]["estimate"], 0.632);
}

TEST(Json, MetricsThatAKindLacksAreNullWithTheirUnit) {
  const ordered_json j = ordered_json::parse(to_json(sample_result(4)));
  const ordered_json& used = j["endpoints"]["gateway/fraud"]["utilization"];
  EXPECT_TRUE(used["estimate"].is_null());
  EXPECT_EQ(used["ci"], ordered_json::array({nullptr, nullptr}));
  EXPECT_EQ(used["unit"], "ratio");
}

TEST(Json, InfiniteAndMissingNumbersAreNull) {
  RunResult r = sample_result(4);
  r.objectives[0].estimate.low = -kInf;
  r.objectives[1].estimate = {kNaN, kNaN, kInf, "ratio"};
  r.series[0].p95 = {kNaN, 1, kInf, 2};
  const std::string text = to_json(r);
  const ordered_json j = ordered_json::parse(text);
  EXPECT_TRUE(j["objectives"][0]["ci"][0].is_null());
  EXPECT_TRUE(j["objectives"][0]["ci"][1].is_number());
  EXPECT_TRUE(j["objectives"][1]["estimate"].is_null());
  EXPECT_EQ(j["series"]["subjects"][0]["p95"], ordered_json::array({nullptr, 1.0, nullptr, 2.0}));
  const ReadResult back = from_json(text);
  ASSERT_TRUE(back.result) << back.problem;
  EXPECT_EQ(back.result->objectives[0].estimate.low, -kInf);
  EXPECT_FALSE(back.result->objectives[1].estimate.value);
}

TEST(Json, ReadsBackToTheSameBytes) {
  for (const RunResult& r : {sample_result(), sample_result(0), RunResult{}}) {
    const std::string text = to_json(r);
    const ReadResult back = from_json(text);
    ASSERT_TRUE(back.result) << back.problem;
    EXPECT_EQ(to_json(*back.result), text);
  }
}

TEST(Json, BytesThatAreNoUtf8AreReplacedOnceAndForAll) {
  const std::string text = to_json(hostile_result());
  const ReadResult back = from_json(text);
  ASSERT_TRUE(back.result) << back.problem;
  EXPECT_EQ(to_json(*back.result), text);
  EXPECT_EQ(
      back.result->find_series("<script>alert('x')</script><img src=x onerror=alert(1)>")->kind,
      "service");
}

TEST(Json, SeedsKeepAllTheirBits) {
  RunResult r = sample_result(4);
  r.seed = 18446744073709551615ULL;
  const ReadResult back = from_json(to_json(r));
  ASSERT_TRUE(back.result) << back.problem;
  EXPECT_EQ(back.result->seed, r.seed);
}

TEST(Json, WhatDiffersBetweenEqualRunsIsUnderTimingOnly) {
  RunResult a = sample_result(), b = sample_result();
  b.timing = {99, 1, 16, "2030-01-01T00:00:00Z"};
  ordered_json x = ordered_json::parse(to_json(a)), y = ordered_json::parse(to_json(b));
  EXPECT_NE(x["timing"], y["timing"]);
  x.erase("timing");
  y.erase("timing");
  EXPECT_EQ(x.dump(), y.dump());
}

TEST(Json, ProblemsNameThePlaceAndWhatWasExpected) {
  EXPECT_EQ(problem_after([](auto& j) { j["objectives"][2]["verdict"] = "maybe"; }),
            "objectives[2].verdict: expected holds, fails, undecided or inconclusive, found "
            "\"maybe\"");
  EXPECT_EQ(problem_after([](auto& j) { j.erase("seed"); }),
            "seed: expected a value, found nothing");
  EXPECT_EQ(problem_after([](auto& j) { j["trials"] = -1; }),
            "trials: expected a whole number from 0 to 2147483647, found -1");
  EXPECT_EQ(problem_after([](auto& j) { j["format"] = 2; }),
            "format: expected 1, the only one this version reads, found 2");
  EXPECT_EQ(problem_after([](auto& j) {
              j["services"]["ml"]["p95"]["ci"] = {3, 1};
            }),
            "services.ml.p95.ci: expected low <= high, found a list");
  EXPECT_EQ(problem_after([](auto& j) { j["services"]["ml"]["distribution"][1][0] = 0; }),
            "services.ml.distribution: expected bounds above zero that rise, found a list");
  EXPECT_EQ(problem_after([](auto& j) { j["series"]["subjects"][1]["p50"].push_back(1); }),
            "series.subjects[1].p50: expected 4 values, one per window, found a list");
  EXPECT_EQ(problem_after([](auto& j) { j["warnings"] = "none"; }),
            "warnings: expected a list, found \"none\"");
  EXPECT_EQ(problem_after([](auto& j) { j["services"]["ml"] = 7; }),
            "services.ml: expected an object, found 7");
  EXPECT_EQ(problem_after([](auto& j) { j["topology"]["calls"][1]["to"] = 5; }),
            "topology.calls[1].to: expected a whole number from 0 to 4, found 5");
  EXPECT_EQ(problem_after([](auto& j) { j["topology"]["parts"].clear(); }),
            "topology.calls[0].to: expected a whole number from 0 to 0, found 1");
  EXPECT_EQ(problem_after([](auto& j) { j["topology"]["parts"][1]["places"][0] = "eu"; }),
            "topology.parts[1].places: expected lists of region, zone and instances, found "
            "\"eu\"");
  EXPECT_EQ(problem_after([](auto& j) { j["series"]["subjects"][0]["heat"][0][1].push_back(1); }),
            "series.subjects[0].heat: expected 4 counts, one per entry of heat_at, found a list");
  EXPECT_EQ(problem_after([](auto& j) { j["time_spent"][0].erase("stack"); }),
            "time_spent[0].stack: expected a value, found nothing");
}

TEST(Json, ResultsOfBeforeThePlatformWasDrawnAreRead) {
  ordered_json j = ordered_json::parse(to_json(sample_result(4)));
  j.erase("topology");
  j.erase("time_spent");
  j["series"].erase("heat_at");
  for (auto& one : j["series"]["subjects"]) {
    one.erase("heat");
    one.erase("queue_length");
  }
  const ReadResult back = from_json(j.dump());
  ASSERT_TRUE(back.result) << back.problem;
  EXPECT_TRUE(back.result->topology.parts.empty());
  EXPECT_TRUE(back.result->series[0].queue_length.empty());
}

TEST(Json, UnknownKeysAreForLaterVersions) {
  EXPECT_EQ(problem_after([](auto& j) {
              j["later"] = {{"a", 1}};
              j["objectives"][0]["later"] = "x";
              j["services"]["ml"]["later"] = {{"b", 2}};
            }),
            "");
}

TEST(Json, AnyKindOfWrongValueAnywhereIsAProblemOrHarmless) {
  RunResult r = sample_result(2);
  r.objectives.resize(2);
  r.subjects.resize(1);
  r.subjects[0].distribution.resize(2);
  r.series.resize(1);
  r.checks.resize(1);
  const ordered_json flat = ordered_json::parse(to_json(r)).flatten();
  const ordered_json document = flat.unflatten();
  int refused = 0;
  for (const auto& item : flat.items()) {
    for (const ordered_json& wrong :
         {ordered_json(nullptr), ordered_json("text"), ordered_json(-1e300), ordered_json(true),
          ordered_json::array({1, "a"}), ordered_json::object({{"estimate", 1}})}) {
      ordered_json damaged = document;
      damaged[ordered_json::json_pointer(item.key())] = wrong;
      const ReadResult read = from_json(damaged.dump());
      EXPECT_EQ(read.result.has_value(), read.problem.empty()) << item.key();
      refused += read.result ? 0 : 1;
    }
  }
  EXPECT_GT(refused, 300);
}

TEST(Json, TextThatIsNoJsonIsAProblem) {
  EXPECT_THAT(from_json("").problem, StartsWith("not valid JSON: parse error at line 1"));
  EXPECT_THAT(from_json("{\"a\":").problem, HasSubstr("unexpected end of input"));
  EXPECT_EQ(from_json("[]").problem, "the document: expected an object, found a list");
  EXPECT_EQ(from_json("3").problem, "the document: expected an object, found 3");
  EXPECT_FALSE(from_json("{\"\\ud800\":1}").result);
  EXPECT_FALSE(from_json("\xFF\xFE\x00").result);
}

TEST(Json, APrefixOfADocumentIsRefused) {
  const std::string text = to_json(sample_result(2));
  for (size_t n = 0; n + 2 < text.size(); n += 101)
    EXPECT_FALSE(from_json(std::string_view(text).substr(0, n)).result) << n;
}

TEST(Json, BombsAreRefusedBeforeTheyAreParsed) {
  EXPECT_EQ(from_json(std::string(1'000'000, '[')).problem, "nested deeper than 32 levels");
  std::string keys = "{";
  for (int i = 0; i < 30'000; ++i) keys += "\"" + std::to_string(i) + "\":0,";
  EXPECT_EQ(from_json(keys + "\"z\":0}").problem, "an object of more than 20000 keys");
  EXPECT_NE(from_json("{\"a\":\"" + std::string(100, '[') + "\"}").problem,
            "nested deeper than 32 levels");  // inside a string they are text
}

}  // namespace
}  // namespace rehearse::reports
