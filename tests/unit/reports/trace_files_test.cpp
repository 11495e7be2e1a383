/// OTLP JSON and Perfetto's format, checked by readers that share no code with the writers.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/otlp.hpp"
#include "reports/perfetto.hpp"
#include "tests/unit/reports/python.hpp"
#include "tests/unit/reports/sample_traces.hpp"

namespace rehearse::reports {
namespace {

using testing::HasSubstr;

std::string check_otlp(const TraceSet& set) {
  return run_python("check_otlp.py", to_otlp_json(set),
                    "tests/unit/reports/otlp_traces.schema.json");
}

/// What names may be made of: HTML, quotes, control characters, marks that reorder, no UTF-8.
TraceSet hostile_traces() {
  const std::string evil = "</script>\"\\\n\t\x01\x7f\xe2\x80\xae\xff\xc3";
  TraceBuilder b;
  const auto root = b.add(0, evil, SpanRole::request, 0, 50);
  const auto attempt = b.add(root, evil + ".x", SpanRole::attempt, 0, 50);
  const auto visit = b.add(attempt, evil, SpanRole::visit, 0, 50);
  b.span(visit).attributes = {{evil, evil},
                              {"number", std::int64_t{-9'223'372'036'854'775'807}},
                              {"real", 0.1},
                              {"endless", -1.0 / 0.0},
                              {"flag", true}};
  b.span(visit).events.push_back({7, evil, {{"rehearse.cache.hit", false}}});
  TraceSet set = set_of({b.trace()});
  set.version = evil;
  set.resources[0].attributes = {{"service.name", evil}};
  return set;
}

TEST(Otlp, KeepsToTheProtocol) {
  REHEARSE_NEEDS_PYTHON("jsonschema");
  EXPECT_EQ(check_otlp(set_of({retried_trace()})), "");
  EXPECT_EQ(check_otlp(hostile_traces()), "");
  EXPECT_EQ(check_otlp({}), "");
}

TEST(Otlp, CheckerSeesWhatIsWrong) {
  REHEARSE_NEEDS_PYTHON("jsonschema");
  TraceBuilder twice;
  const auto root = twice.add(0, "a", SpanRole::request, 5, 50);
  twice.add(root, "b", SpanRole::attempt, 0, 50);
  twice.add(77, "c", SpanRole::attempt, 10, 50);
  twice.span(2).attributes = {{"k", true}, {"k", false}};
  const std::string found = check_otlp(set_of({twice.trace()}));
  EXPECT_THAT(found, HasSubstr("b begins before its parent a"));
  EXPECT_THAT(found, HasSubstr("c has no parent"));
  EXPECT_THAT(found, HasSubstr("b has an attribute twice"));
  std::string text = to_otlp_json(set_of({retried_trace()}));
  text.replace(text.find("\"kind\":1"), 8, "\"kind\":9");
  EXPECT_NE(run_python("check_otlp.py", text, "tests/unit/reports/otlp_traces.schema.json"), "");
}

TEST(Otlp, WritesTimesIdsAndStatusAsAsked) {
  const std::string text = to_otlp_json(set_of({retried_trace()}));
  EXPECT_THAT(text, HasSubstr("\"traceId\":\"0123456789abcdef0000000000000001\","
                              "\"spanId\":\"0000000000000003\","
                              "\"parentSpanId\":\"0000000000000002\",\"name\":\"shop.order\","
                              "\"kind\":2,\"startTimeUnixNano\":\"946684800001000000\","
                              "\"endTimeUnixNano\":\"946684800099000000\""));
  EXPECT_THAT(text, HasSubstr("{\"key\":\"rehearse.attempt\",\"value\":{\"intValue\":\"2\"}}"));
  EXPECT_THAT(text, HasSubstr("\"status\":{\"code\":2}"));
}

TEST(Otlp, ReadsBackWhatItWrote) {
  for (const TraceSet& set : {set_of({retried_trace()}), TraceSet{}}) {
    const std::string text = to_otlp_json(set);
    const ReadTraces read = from_otlp_json(text);
    ASSERT_TRUE(read.set) << read.problem;
    EXPECT_EQ(to_otlp_json(*read.set), text);
  }
  // What is no UTF-8 is so only once.
  const ReadTraces once = from_otlp_json(to_otlp_json(hostile_traces()));
  ASSERT_TRUE(once.set) << once.problem;
  const std::string text = to_otlp_json(*once.set);
  const ReadTraces again = from_otlp_json(text);
  ASSERT_TRUE(again.set) << again.problem;
  EXPECT_EQ(to_otlp_json(*again.set), text);
}

TEST(Otlp, ReadsFilesFromElsewhere) {
  // Pretty-printed, numbers as numbers, ids in capitals, unknown keys, a line per document.
  const ReadTraces pretty = from_otlp_json(R"({"resourceSpans": [{"scopeSpans": [{"spans": [
    {"traceId": "5B8EFFF798038103D269B633813FC60C", "spanId": "EEE19B7EC3C1B174", "name": "a",
     "kind": 2, "startTimeUnixNano": 1544712660000000000, "endTimeUnixNano": "1544712661000000000",
     "links": [], "flags": 256}]}]}]})");
  ASSERT_TRUE(pretty.set) << pretty.problem;
  ASSERT_EQ(pretty.set->traces.size(), 1U);
  const Span& span = pretty.set->traces[0].spans[0];
  EXPECT_EQ(span.start_ns, 1'544'712'660'000'000'000);
  EXPECT_EQ(span.kind, SpanKind::server);
  EXPECT_EQ(span.role, SpanRole::other);
  EXPECT_EQ(hex_of(pretty.set->traces[0].id), "5b8efff798038103d269b633813fc60c");
  const std::string line = to_otlp_json(set_of({retried_trace()}));
  const ReadTraces lines = from_otlp_json(line + "\n" + line);
  ASSERT_TRUE(lines.set) << lines.problem;
  EXPECT_EQ(lines.set->traces[0].spans.size(), 2 * retried_trace().spans.size());
}

TEST(Otlp, SaysWhatIsWrongWithAFile) {
  const auto problem = [](const std::string& text) { return from_otlp_json(text).problem; };
  EXPECT_EQ(problem("{"), "line 1 is no JSON");
  EXPECT_EQ(problem("[]"), "the document: expected an object");
  EXPECT_EQ(problem("{}"), "resourceSpans: is missing; is this OTLP JSON?");
  EXPECT_EQ(problem(std::string(100, '[')), "nested too deep to be OTLP JSON");
  const std::string span = R"({"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"%"}]}]}]})";
  EXPECT_EQ(problem(span),
            "resourceSpans[0].scopeSpans[0].spans[0].traceId: expected 32 hexadecimal digits");
  std::string late = to_otlp_json(set_of({retried_trace()}));
  late.replace(late.find("946684800100000000"), 18, "18446744073709551615");
  EXPECT_THAT(problem(late), HasSubstr("endTimeUnixNano: expected nanoseconds since 1970"));
}

std::string check_perfetto(const TraceSet& set) {
  return run_python("check_perfetto.py", to_perfetto_json(set));
}

TEST(Perfetto, NestsOnEachTrackAndNeverGoesBack) {
  REHEARSE_NEEDS_PYTHON("json");
  EXPECT_EQ(check_perfetto(set_of({retried_trace()})), "");
  EXPECT_EQ(check_perfetto(hostile_traces()), "");
  EXPECT_EQ(check_perfetto({}), "");
  // Requests that overlap at one instance, by parts and as a whole.
  std::vector<Trace> crowd;
  for (std::int64_t i = 0; i < 20; ++i) {
    TraceBuilder b(static_cast<std::uint64_t>(10 * i + 1));
    const auto root = b.add(0, "c", SpanRole::request, 3 * i, 3 * i + 20 + i % 7);
    const auto attempt = b.add(root, "shop", SpanRole::attempt, 3 * i, 3 * i + 20 + i % 7);
    b.add(attempt, "shop", SpanRole::visit, 3 * i + 1, 3 * i + 50 - 3 * (i % 5));
    crowd.push_back(b.trace(static_cast<std::uint64_t>(i) + 1));
  }
  EXPECT_EQ(check_perfetto(set_of(crowd)), "");
}

TEST(Perfetto, WritesExactMicroseconds) {
  TraceBuilder b;
  b.add(0, "c", SpanRole::request, 0, 1);
  b.span(1).start_ns = 1'234'567'890'123'456'789;
  b.span(1).end_ns = 1'234'567'890'123'457'790;
  EXPECT_THAT(to_perfetto_json(set_of({b.trace()})),
              HasSubstr(R"("ts":1234567890123456.789,"dur":1.001,)"));
}

}  // namespace
}  // namespace rehearse::reports
