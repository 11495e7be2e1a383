#include "scenarios/spec/objective.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/unit/spec/sources.hpp"

namespace rehearse::spec {
namespace objective_test {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<Objective> read(const std::string& text, Diagnostics& out) {
  const SpecNode root = read_text("t", text, out);
  return read_objectives(&root, out);
}

/// The one objective of a line that parses.
Objective one(const std::string& line) {
  Diagnostics out;
  const std::vector<Objective> all = read("- " + line + "\n", out);
  EXPECT_TRUE(all.size() == 1 && out.all().empty()) << out.render();
  return all.empty() ? Objective{} : all.front();
}

/// "column id: message | help" of the one complaint about a line; columns count from the line
/// itself.
std::string complaint(const std::string& line) {
  Diagnostics out;
  read("- " + line + "\n", out);
  if (out.all().size() != 1) return "not one complaint: " + out.render();
  const Diagnostic& d = out.all().front();
  return std::to_string(d.where.column - 2) + "+" + std::to_string(d.where.length) + " " + d.id +
         ": " + d.message + " | " + d.help;
}

TEST(Objective, ReadsTheExamplesOfTheFormat) {
  Objective o = one("p95(gateway/fraud) < 200ms");
  EXPECT_EQ(o.metric, Metric::response_quantile);
  EXPECT_EQ(o.quantile, 0.95);
  EXPECT_EQ(o.target, "gateway/fraud");
  EXPECT_EQ(o.op, Comparison::less);
  EXPECT_EQ(o.bound, 0.2);
  EXPECT_EQ(o.id, "p95(gateway/fraud) < 200ms");
  EXPECT_EQ(o.target_mark.column, 7);
  EXPECT_EQ(o.target_mark.length, 13);

  o = one("error_rate(traders) < 1%");
  EXPECT_EQ(o.metric, Metric::error_rate);
  EXPECT_EQ(o.bound, 0.01);

  o = one("p99(gateway) <= 250ms in 99% of 1m windows");
  EXPECT_EQ(o.op, Comparison::less_equal);
  EXPECT_EQ(o.bound, 0.25);
  EXPECT_EQ(o.window, Duration::seconds(60));
  EXPECT_EQ(o.share, 0.99);
  EXPECT_EQ(o.share_op, Comparison::greater_equal);

  o = one("availability(gateway) >= 99.95%");
  EXPECT_EQ(o.bound, 0.9995);
  EXPECT_EQ(o.window, std::nullopt);

  o = one("availability(gateway) >= 99.95% of 1m windows");
  EXPECT_EQ(o.bound, 0.99);
  EXPECT_EQ(o.share, 0.9995);
  EXPECT_EQ(o.share_op, Comparison::greater_equal);
  EXPECT_EQ(o.window, Duration::seconds(60));

  o = one("throughput(gateway) >= 100rps during 40s..100s");
  EXPECT_EQ(o.bound, 100);
  ASSERT_TRUE(o.during.has_value());
  EXPECT_EQ(o.during->from, Duration::seconds(40));
  EXPECT_EQ(o.during->to, Duration::seconds(100));
}

TEST(Objective, IsGenerousWithSpacesAndOrder) {
  EXPECT_EQ(one("p95 ( gateway )<200 ms").bound, 0.2);
  const Objective o = one("p95(a) < 1s in 90% of 10 s windows during 1m..5m");
  EXPECT_EQ(o.window, Duration::seconds(10));
  ASSERT_TRUE(o.during.has_value());
  EXPECT_EQ(one("availability(a) >= 99% of 1m windows during 1m..5m").share, 0.99);
  EXPECT_EQ(one("queue_length(a) < 12.5").bound, 12.5);
  EXPECT_EQ(one("utilization(a) < 0.8").bound, 0.8);
}

TEST(Objective, KnowsEveryMetricAndQuantile) {
  for (const MetricDoc& doc : metric_docs()) {
    if (doc.name.front() == 'p') continue;
    const char* value = doc.unit == Unit::seconds      ? "5ms"
                        : doc.unit == Unit::ratio      ? "5%"
                        : doc.unit == Unit::per_second ? "5rps"
                                                       : "5";
    const Objective o = one(std::string(doc.name) + "(a) > " + value);
    EXPECT_EQ(metric_name(o.metric, o.quantile), doc.name);
    EXPECT_EQ(unit_of(o.metric), doc.unit);
  }
  for (const auto& [name, quantile] :
       std::vector<std::pair<std::string, double>>{{"p50", 0.5},
                                                   {"p95", 0.95},
                                                   {"p999", 0.999},
                                                   {"p9999", 0.9999},
                                                   {"p12.5", 0.125},
                                                   {"p5", 0.05},
                                                   {"p995", 0.995},
                                                   {"p99_wait", 0.99},
                                                   {"p999_wait", 0.999}}) {
    const Objective o = one(name + "(a) < 1s");
    EXPECT_EQ(o.quantile, quantile) << name;
    EXPECT_EQ(metric_name(o.metric, o.quantile), name);
  }
  EXPECT_EQ(one("p99.9(a) < 1s").quantile, 0.999);
}

TEST(Objective, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(complaint("p95(gateway) < 200"),
            "16+3 bad-quantity: p95 is a time: '200' has no unit | write 200ms, 200us or 200s");
  EXPECT_EQ(
      complaint("p95(gateway) < 5%"),
      "16+2 bad-quantity: p95 is a time: '5%' has the unknown unit '%' | units: ns us ms s m h "
      "d");
  EXPECT_THAT(complaint("avilability(gateway) >= 99%"),
              HasSubstr("1+11 unknown-metric: there is no metric 'avilability' | did you mean "
                        "'availability'? (metrics: "));
  EXPECT_THAT(complaint("latency(gateway) < 1s"), HasSubstr("did you mean 'mean_response'?"));
  EXPECT_THAT(complaint("p95_latency(gateway) < 1s"), HasSubstr("did you mean 'p95'?"));
  EXPECT_THAT(complaint("p100(gateway) < 1s"), HasSubstr("did you mean 'max_response'?"));
  EXPECT_THAT(complaint("p0(gateway) < 1s"), HasSubstr("unknown-metric"));
  EXPECT_THAT(complaint("p123(gateway) < 1s"), HasSubstr("unknown-metric"));
  EXPECT_EQ(complaint("p95 < 200ms"),
            "5+1 bad-objective: expected '(' and a target after 'p95', found '<' | write "
            "p95(TARGET)");
  EXPECT_EQ(complaint("p95(gateway < 200ms"),
            "20+1 bad-objective: expected ')' after the target, found the end | write p95(TARGET)");
  EXPECT_THAT(complaint("p95() < 200ms"), HasSubstr("4+2 bad-objective: the target is empty"));
  EXPECT_THAT(complaint("p95(a, b) < 200ms"), HasSubstr("5+4 bad-objective"));
  EXPECT_EQ(complaint("p95(a) == 200ms"),
            "8+2 bad-objective: expected <, <=, > or >=, found '==' | write <= or >=");
  EXPECT_EQ(complaint("p95(a) =< 200ms"),
            "8+2 bad-objective: expected <, <=, > or >=, found '=<' | write <=");
  EXPECT_EQ(complaint("p95(a) \xE2\x89\xA4 200ms"),
            "8+3 bad-objective: expected <, <=, > or >=, found '\xE2\x89\xA4' | write <=");
  EXPECT_THAT(complaint("p95(a)"), HasSubstr("expected <, <=, > or >=, found the end"));
  EXPECT_THAT(complaint("p95(a) <"),
              HasSubstr("expected a time to compare p95 with, found the end"));
  EXPECT_THAT(
      complaint("p95(a) < 1s durring 1s..2s"),
      HasSubstr("13+7 bad-objective: expected 'during', 'in' or the end, found 'durring' | did "
                "you mean 'during'?"));
  EXPECT_THAT(complaint("p95(a) < 1s during 1s..2s during 3s..4s"),
              HasSubstr("27+6 bad-objective"));
}

TEST(Objective, ChecksRanges) {
  EXPECT_EQ(complaint("availability(a) >= 99.95"),
            "20+5 out-of-range: '99.95' is more than 100% | did you mean 99.95%?");
  EXPECT_THAT(complaint("availability(a) >= 101%"), HasSubstr("20+4 out-of-range"));
  EXPECT_EQ(complaint("error_rate(a) < 1"),
            "17+1 bad-quantity: '1' could mean 1% or 100% | write 1% or 100%");
  EXPECT_THAT(complaint("queue_length(a) < -1"), HasSubstr("19+2 out-of-range"));
  EXPECT_THAT(complaint("p95(a) < 1s in 110% of 1m windows"), HasSubstr("16+4 out-of-range"));
  EXPECT_THAT(complaint("p95(a) < 1s in 99% of 0s windows"), HasSubstr("23+2 out-of-range"));
  EXPECT_THAT(complaint("p95(a) < 1s in 99% of 5 windows"),
              HasSubstr("23+1 bad-quantity: the length of windows: '5' has no unit"));
  EXPECT_THAT(complaint("p95(a) < 1s in 99% of 1m"), HasSubstr("expected the word 'windows'"));
  EXPECT_THAT(complaint("p95(a) < 1s in 99%"), HasSubstr("expected 'of'"));
  EXPECT_THAT(complaint("p95(a) < 1s during 2m..1m"), HasSubstr("20+6 out-of-range"));
  EXPECT_THAT(complaint("p95(a) < 1s during 2..10m"), HasSubstr("20+1 bad-quantity"));
  EXPECT_THAT(complaint("p95(a) < 1s during 2m..10"), HasSubstr("24+2 bad-quantity"));
  EXPECT_THAT(complaint("p95(a) < 1s during 2m"), HasSubstr("expected a range FROM..TO"));
  EXPECT_THAT(complaint("p95(a) < 1s during 1m..2m in 9% of 5m windows"),
              HasSubstr("does not fit"));
  EXPECT_EQ(complaint("error_rate(a) < 1% of 1m windows"),
            "20+2 bad-objective: only availability can be 'of' windows, not error_rate | write "
            "error_rate(a) < 1% in 99% of 1m windows");
}

TEST(Objective, WarnsOfForegoneConclusions) {
  EXPECT_THAT(complaint("availability(a) >= 0%"),
              HasSubstr("trivial-objective: this objective holds"));
  EXPECT_THAT(complaint("error_rate(a) <= 100%"), HasSubstr("this objective holds"));
  EXPECT_THAT(complaint("availability(a) > 100%"), HasSubstr("this objective fails"));
  EXPECT_THAT(complaint("p95(a) < 0s"), HasSubstr("this objective fails"));
  EXPECT_THAT(complaint("p95(a) < 1s in 0% of 1m windows"), HasSubstr("this objective holds"));
  EXPECT_THAT(complaint("p95(a) >= 0s in 99% of 1m windows"), HasSubstr("this objective holds"));
  EXPECT_EQ(one("availability(a) >= 100%").bound, 1);
  EXPECT_EQ(one("error_rate(a) <= 0%").bound, 0);
}

TEST(Objectives, ReadLongFormsAndQuotes) {
  Diagnostics out;
  const std::vector<Objective> all = read(
      "- {id: fast, objective: 'p95(a) < 1s'}\n- \"p99(a) < 2\"\n- >\n  p99(a)\n  < 3\n- id: "
      "slow\n  "
      "objective: p95(b) <\n    4\n",
      out);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].id, "fast");
  EXPECT_EQ(all[0].target_mark.column, 30);
  EXPECT_THAT(places(out),
              ElementsAre("t:2:13 bad-quantity", "t:3:3 bad-quantity", "t:7:14 bad-quantity"));
}

TEST(Objectives, ReportShapes) {
  const auto said = [](const std::string& text) {
    Diagnostics out;
    read(text, out);
    return places(out);
  };
  EXPECT_THAT(said("a: p95(a) < 1s\n"), ElementsAre("t:1:1 wrong-type"));
  EXPECT_THAT(said("- [p95(a) < 1s]\n"), ElementsAre("t:1:3 wrong-type"));
  EXPECT_THAT(said("- p95(a): < 1s\n"), ElementsAre("t:1:3 bad-objective"));
  EXPECT_THAT(said("- {id: x}\n"), ElementsAre("t:1:3 missing-field"));
  EXPECT_THAT(said("- {id: x, objective: [a]}\n"), ElementsAre("t:1:22 wrong-type"));
  EXPECT_THAT(said("- {objectiv: p95(a) < 1s}\n"), ElementsAre("t:1:4 unknown-field"));
  EXPECT_THAT(said("- p95(a) < 1s\n- p99(a) < 1s\n- p95(a) < 1s\n"),
              ElementsAre("t:3:3 duplicate-objective"));
  EXPECT_THAT(said("- {id: x, objective: p95(a) < 1s}\n- {id: x, objective: p99(a) < 1s}\n"),
              ElementsAre("t:2:22 duplicate-objective"));
  EXPECT_THAT(said("- \n"), ElementsAre("t:1:1 wrong-type"));
  EXPECT_THAT(said("- ''\n"), ElementsAre("t:1:4 bad-objective"));
  Diagnostics out;
  EXPECT_THAT(read_objectives(nullptr, out), IsEmpty());
}

TEST(Objective, SurvivesAnyLine) {
  EXPECT_TRUE(rc::check("parses or complains", [] {
    const auto words = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
        "p95", "p", "availability", "(", ")", "a", "<", ">=", "=", "99%", "1", "200ms", "1s..2s",
        "..", "during", "in", "of", "windows", "1m", " ", "\n", "\xff", ","));
    SpecNode line;
    line.kind = SpecNode::Kind::scalar;
    for (const std::string& word : words)
      line.text += word + (*rc::gen::arbitrary<bool>() ? " " : "");
    SpecNode list;
    list.kind = SpecNode::Kind::list;
    list.items.push_back(line);
    Diagnostics out;
    const size_t read = read_objectives(&list, out).size();
    RC_ASSERT(read + static_cast<size_t>(out.error_count()) == 1);
  }));
}

TEST(Comparison, ComparesAndPrints) {
  EXPECT_TRUE(satisfies(1, Comparison::less_equal, 1));
  EXPECT_FALSE(satisfies(1, Comparison::less, 1));
  EXPECT_TRUE(satisfies(2, Comparison::greater, 1));
  EXPECT_TRUE(satisfies(1, Comparison::greater_equal, 1));
  EXPECT_EQ(comparison_text(Comparison::greater_equal), ">=");
  EXPECT_EQ(format_bound(Unit::seconds, 0.2), "200ms");
  EXPECT_EQ(format_bound(Unit::ratio, 0.9995), "99.95%");
  EXPECT_EQ(format_bound(Unit::per_second, 100), "100rps");
  EXPECT_EQ(format_bound(Unit::number, 12.5), "12.5");
}

}  // namespace objective_test
}  // namespace rehearse::spec
