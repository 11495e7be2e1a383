#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sim/distribution.hpp"

namespace rehearse::sim {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;
using Kind = Distribution::Kind;

SpecNode text(std::string value) {
  SpecNode node;
  node.kind = SpecNode::Kind::scalar;
  node.text = std::move(value);
  return node;
}
SpecNode list(std::vector<SpecNode> items) {
  SpecNode node;
  node.kind = SpecNode::Kind::list;
  node.items = std::move(items);
  return node;
}
SpecNode map(std::vector<std::pair<std::string, SpecNode>> entries) {
  SpecNode node;
  node.kind = SpecNode::Kind::map;
  for (auto& [key, value] : entries) node.entries.push_back({key, {}, std::move(value)});
  return node;
}
/// {key: {a: b, ...}}, all values scalars.
SpecNode law(std::string key, std::vector<std::pair<std::string, std::string>> fields) {
  std::vector<std::pair<std::string, SpecNode>> entries;
  for (auto& [name, value] : fields) entries.emplace_back(name, text(value));
  return map({{std::move(key), map(std::move(entries))}});
}

Distribution good(const SpecNode& node, const SampleFiles& files = {}) {
  Diagnostics out;
  Distribution result = read_distribution(node, "service 'x': time", out, files);
  EXPECT_FALSE(out.has_errors()) << out.render();
  return result;
}

/// "id: message | help" of the one error that the node gives.
std::string complaint(const SpecNode& node, const SampleFiles& files = {}) {
  Diagnostics out;
  const Distribution result = read_distribution(node, "service 'x': time", out, files);
  EXPECT_TRUE(result.is_zero());
  EXPECT_THAT(out.all(), SizeIs(1)) << out.render();
  if (out.all().empty()) return {};
  const Diagnostic& d = out.all()[0];
  return d.id + ": " + d.message + " | " + d.help;
}

TEST(ReadDistribution, TakesADurationAsConstant) {
  EXPECT_EQ(good(text("250ms")).describe(), "constant 250ms");
  EXPECT_TRUE(good(text("0s")).is_zero());
}

TEST(ReadDistribution, TakesEveryKind) {
  EXPECT_EQ(good(map({{"exponential", text("100ms")}})).describe(), "exponential, mean 100ms");
  EXPECT_EQ(good(map({{"uniform", list({text("1ms"), text("3ms")})}})).describe(),
            "uniform, 1ms to 3ms");
  EXPECT_EQ(good(law("normal", {{"mean", "5ms"}, {"deviation", "1ms"}})).describe(),
            "normal above zero, mean 5ms, deviation 1ms");
  EXPECT_EQ(good(law("lognormal", {{"median", "2ms"}, {"p99", "8ms"}})).describe(),
            "log-normal, median 2ms, p99 8ms");
  const Distribution by_mean = good(law("lognormal", {{"mean", "2ms"}, {"cv", "1.5"}}));
  EXPECT_NEAR(by_mean.mean(), 0.002, 1e-15);
  EXPECT_NEAR(by_mean.scv(), 2.25, 1e-12);
  EXPECT_EQ(good(law("gamma", {{"shape", "4"}, {"mean", "1s"}})).describe(),
            "gamma, shape 4, mean 1s");
  EXPECT_EQ(good(law("weibull", {{"shape", "0.5"}, {"scale", "1s"}})).describe(),
            "Weibull, shape 0.5, scale 1s");
  EXPECT_EQ(good(law("pareto", {{"shape", "2.5"}, {"scale", "1ms"}})).describe(),
            "Pareto, shape 2.5, scale 1ms");
  EXPECT_EQ(good(law("hyperexponential", {{"mean", "1s"}, {"scv", "4"}})).describe(),
            "hyper-exponential, mean 1s, scv 4");
  EXPECT_EQ(good(map({{"empirical", list({text("1ms"), text("3ms")})}})).describe(),
            "empirical, 2 values, mean 2ms");
}

SpecNode part(std::string weight, SpecNode of) {
  return map({{"weight", text(std::move(weight))}, {"of", std::move(of)}});
}

TEST(ReadDistribution, TakesMixturesOfAnything) {
  const Distribution mixed =
      good(map({{"mixture", list({part("99.9%", map({{"exponential", text("0.1ms")}})),
                                  part("0.1%", map({{"exponential", text("10ms")}}))})}}));
  EXPECT_EQ(mixed.kind(), Kind::mixture);
  EXPECT_NEAR(mixed.mean(), 0.1099e-3, 1e-16);
  const SpecNode inner =
      map({{"mixture", list({part("0.5", text("1ms")), part("0.5", text("3ms"))})}});
  EXPECT_NEAR(good(map({{"mixture", list({part("50%", inner), part("50%", text("4ms"))})}})).mean(),
              0.003, 1e-15);
  // A third thrice, as people write it.
  const SpecNode third = part("33.33333%", text("3ms"));
  EXPECT_NEAR(good(map({{"mixture", list({third, third, third})}})).mean(), 0.003, 1e-15);
}

TEST(ReadDistribution, SaysWhatAValueIsMissing) {
  EXPECT_THAT(complaint(text("250")),
              AllOf(HasSubstr("bad-quantity: service 'x': time"), HasSubstr("250")));
  EXPECT_THAT(complaint(text("-1ms")), HasSubstr("'-1ms' is negative"));
  EXPECT_THAT(complaint(list({})), HasSubstr("bad-distribution: service 'x': time is neither"));
  EXPECT_THAT(complaint(SpecNode()), HasSubstr("bad-distribution: service 'x': time is neither"));
  EXPECT_THAT(complaint(map({})), HasSubstr("bad-distribution: service 'x': time names no"));
  EXPECT_THAT(complaint(map({{"normal", SpecNode()}})), HasSubstr("names no distribution"));
}

TEST(ReadDistribution, SuggestsAKind) {
  EXPECT_THAT(complaint(map({{"exponental", text("1ms")}})),
              AllOf(HasSubstr("unknown-field: service 'x': time has no field 'exponental'"),
                    HasSubstr("did you mean 'exponential'?")));
}

TEST(ReadDistribution, WantsOneKindOnly) {
  EXPECT_THAT(complaint(map({{"exponential", text("1ms")}, {"empirical", list({text("1ms")})}})),
              HasSubstr("given as 'exponential' and as 'empirical'"));
}

TEST(ReadDistribution, ChecksParameters) {
  EXPECT_THAT(complaint(map({{"exponential", text("-5ms")}})), HasSubstr("'-5ms' is negative"));
  EXPECT_THAT(complaint(map({{"uniform", list({text("3ms"), text("1ms")})}})),
              HasSubstr("runs from 3ms down to 1ms"));
  EXPECT_THAT(complaint(map({{"uniform", text("1ms")}})), HasSubstr("least and the greatest"));
  EXPECT_THAT(complaint(map({{"uniform", list({text("1ms"), list({})})}})),
              HasSubstr("must be a duration here"));
  EXPECT_THAT(complaint(law("normal", {{"mean", "5ms"}})), HasSubstr("needs 'deviation'"));
  EXPECT_THAT(complaint(law("lognormal", {{"median", "5ms"}, {"p99", "1ms"}})),
              HasSubstr("the p99 lies below the median"));
  EXPECT_THAT(complaint(law("lognormal", {{"median", "0ms"}, {"p99", "1ms"}})),
              HasSubstr("out-of-range"));
  EXPECT_THAT(complaint(law("lognormal", {{"median", "5ms"}, {"cv", "1"}})),
              HasSubstr("either median and p99, or mean and cv"));
  EXPECT_THAT(complaint(law("gamma", {{"shape", "0"}, {"mean", "1s"}})), HasSubstr("out-of-range"));
  EXPECT_THAT(complaint(law("hyperexponential", {{"mean", "1s"}, {"scv", "0.5"}})),
              HasSubstr("out-of-range"));
  EXPECT_THAT(complaint(map({{"empirical", list({})}})), HasSubstr("a list of values or a file"));
  EXPECT_THAT(complaint(map({{"empirical", list({text("1ms"), text("2")})}})),
              HasSubstr("bad-quantity"));
}

TEST(ReadDistribution, ChecksWeights) {
  EXPECT_THAT(
      complaint(map({{"mixture", list({part("50%", text("1ms")), part("40%", text("1ms"))})}})),
      HasSubstr("the weights add up to 90%"));
  EXPECT_THAT(complaint(map({{"mixture", text("1ms")}})), HasSubstr("wants a list of parts"));
  EXPECT_THAT(complaint(map({{"mixture", list({map({{"weight", text("100%")}})})}})),
              HasSubstr("needs 'of'"));
  EXPECT_THAT(complaint(map({{"mixture", list({part("100%", text("7"))})}})),
              HasSubstr("bad-quantity"));
}

TEST(ReadDistribution, ReportsAllMistakesOfOneValue) {
  Diagnostics out;
  (void)read_distribution(map({{"mixture", list({part("120%", text("7")), part("x", map({}))})}}),
                          "x", out);
  EXPECT_EQ(out.error_count(), 4) << out.render();
}

SampleFiles files(std::map<std::string, std::string> texts) {
  return [texts = std::move(texts)](const std::string& path) -> SampleText {
    const auto at = texts.find(path);
    if (at == texts.end()) return {std::nullopt, "no such file"};
    return {at->second, {}};
  };
}

TEST(ReadDistribution, ReadsSampleFilesBesideTheScenario) {
  Diagnostics out;
  const int scenario = out.add_file("scenarios/shop/base.yaml", "");
  SpecNode node = law("empirical", {{"file", "data/x.csv"}, {"column", "latency"}, {"unit", "ms"}});
  SpecNode& path = *node.entries[0].value.find("file");
  path.mark.file = scenario;
  const auto loaded = read_distribution(node, "time", out,
                                        files({{"scenarios/shop/data/x.csv", "latency\n1\n3\n"}}));
  EXPECT_FALSE(out.has_errors()) << out.render();
  EXPECT_EQ(loaded.describe(), "empirical, 2 values, mean 2ms");
  path.text = "/data/x.csv";
  EXPECT_NEAR(read_distribution(node, "time", out, files({{"/data/x.csv", "latency\n1\n"}})).mean(),
              0.001, 1e-15);
}

TEST(ReadDistribution, ExplainsWhatIsWrongWithASampleFile) {
  const auto source = files({{"bad.csv", "latency\n1\nx\n"}, {"far.csv", "latency\n1e12\n"}});
  const auto with = [](const char* file, const char* column, const char* unit) {
    return law("empirical", {{"file", file}, {"column", column}, {"unit", unit}});
  };
  EXPECT_THAT(
      complaint(with("no.csv", "latency", "ms"), source),
      HasSubstr(
          "unreadable-file: service 'x': time: empirical: no.csv cannot be read: no such file"));
  EXPECT_THAT(
      complaint(with("bad.csv", "latency", "ms"), source),
      HasSubstr(
          "bad-sample-file: service 'x': time: empirical: bad.csv row 3: 'x' is not a number"));
  EXPECT_THAT(complaint(with("bad.csv", "latenzy", "ms"), source),
              HasSubstr("has no column 'latenzy'"));
  EXPECT_THAT(complaint(with("far.csv", "latency", "s"), source), HasSubstr("beyond 292 years"));
  EXPECT_THAT(complaint(with("bad.csv", "latency", "sec"), source), HasSubstr("unknown-choice"));
  EXPECT_THAT(complaint(with("bad.csv", "latency", "ms")), HasSubstr("not available here"));
  EXPECT_THAT(complaint(law("empirical", {{"file", "bad.csv"}, {"column", "latency"}}), source),
              HasSubstr("needs 'unit'"));
}

TEST(DistributionFields, DocumentEveryKey) {
  for (const Field& field : kDistributionFields.fields) {
    EXPECT_FALSE(field.doc.empty()) << field.name;
    const bool described =
        field.type == FieldType::duration || field.child != nullptr || !field.schema.empty();
    EXPECT_TRUE(described) << field.name;
    if (field.child == nullptr) continue;
    for (const Field& inner : field.child->fields) EXPECT_FALSE(inner.doc.empty()) << inner.name;
  }
}

}  // namespace
}  // namespace rehearse::sim
