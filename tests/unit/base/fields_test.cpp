#include "base/fields.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rehearse {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const FieldTable kItem{"item", "An item.", {{.name = "size", .type = FieldType::count}}};
const FieldTable kSample{
    "sample",
    "A sample.",
    {
        {.name = "timeout",
         .type = FieldType::duration,
         .fallback = "250ms",
         .min = 0.001,
         .max = 60},
        {.name = "warmup", .type = FieldType::duration, .fallback = "auto", .words = {"auto"}},
        {.name = "rate", .type = FieldType::rate, .required = true},
        {.name = "loss", .type = FieldType::ratio, .fallback = "0%", .min = 0, .max = 1},
        {.name = "memory", .type = FieldType::bytes},
        {.name = "cores", .type = FieldType::cpu, .min = 0, .above_min = true},
        {.name = "instances", .type = FieldType::count, .fallback = "1", .min = 1},
        {.name = "alpha", .type = FieldType::number, .fallback = "0.9"},
        {.name = "drain", .type = FieldType::flag, .fallback = "true"},
        {.name = "title", .type = FieldType::text},
        {.name = "discipline",
         .type = FieldType::choice,
         .fallback = "lifo",
         .choices = {"fifo", "lifo", "priority"}},
        {.name = "items", .type = FieldType::list, .child = &kItem},
        {.name = "parts", .type = FieldType::named, .child = &kItem},
        {.name = "zones", .type = FieldType::list},
    }};

SpecNode scalar(std::string text, bool quoted = false) {
  SpecNode node;
  node.kind = SpecNode::Kind::scalar;
  node.text = std::move(text);
  node.quoted = quoted;
  return node;
}

SpecNode map(std::vector<std::pair<std::string, SpecNode>> entries) {
  SpecNode node;
  node.kind = SpecNode::Kind::map;
  for (auto& [key, value] : entries) node.entries.push_back({key, {}, std::move(value)});
  return node;
}

SpecNode list(std::vector<SpecNode> items) {
  SpecNode node;
  node.kind = SpecNode::Kind::list;
  node.items = std::move(items);
  return node;
}

/// "id: message | help" of everything reported.
std::vector<std::string> said(const Diagnostics& out) {
  std::vector<std::string> all;
  for (const Diagnostic& d : out.all()) all.push_back(d.id + ": " + d.message + " | " + d.help);
  return all;
}

TEST(FieldReader, ReadsEveryType) {
  Diagnostics out;
  const SpecNode node = map({{"timeout", scalar("1.5s")},
                             {"warmup", scalar("2m")},
                             {"rate", scalar("80rps")},
                             {"loss", scalar("1%")},
                             {"memory", scalar("256Mi")},
                             {"cores", scalar("500m")},
                             {"instances", scalar("10k")},
                             {"alpha", scalar("-1.5")},
                             {"drain", scalar("false")},
                             {"title", scalar("hello", true)},
                             {"discipline", scalar("priority")},
                             {"zones", list({scalar("a"), scalar("b")})}});
  FieldReader reader(node, kSample, out, "sample 'x'");
  EXPECT_EQ(reader.duration("timeout"), Duration::milliseconds(1500));
  EXPECT_FALSE(reader.is_word("warmup", "auto"));
  EXPECT_EQ(reader.optional_duration("warmup"), Duration::seconds(120));
  EXPECT_EQ(reader.rate("rate"), 80);
  EXPECT_EQ(reader.ratio("loss"), 0.01);
  EXPECT_EQ(reader.bytes("memory"), 268'435'456);
  EXPECT_EQ(reader.cpu("cores"), 0.5);
  EXPECT_EQ(reader.count("instances"), 10'000);
  EXPECT_EQ(reader.number("alpha"), -1.5);
  EXPECT_FALSE(reader.flag("drain"));
  EXPECT_EQ(reader.text("title"), "hello");
  EXPECT_EQ(reader.choice("discipline"), 2);
  EXPECT_THAT(reader.texts("zones"), ElementsAre("a", "b"));
  EXPECT_THAT(said(out), IsEmpty());
}

TEST(FieldReader, FallsBackToDefaultsAndZero) {
  Diagnostics out;
  const SpecNode node = map({{"rate", scalar("1rps")}, {"memory", SpecNode{.text = "null"}}});
  FieldReader reader(node, kSample, out, "sample");
  EXPECT_EQ(reader.duration("timeout"), Duration::milliseconds(250));
  EXPECT_TRUE(reader.is_word("warmup", "auto"));
  EXPECT_EQ(reader.optional_duration("warmup"), std::nullopt);
  EXPECT_EQ(reader.bytes("memory"), 0);
  EXPECT_EQ(reader.optional_bytes("memory"), std::nullopt);
  EXPECT_EQ(reader.count("instances"), 1);
  EXPECT_TRUE(reader.flag("drain"));
  EXPECT_EQ(reader.text("title"), "");
  EXPECT_EQ(reader.optional_text("title"), std::nullopt);
  EXPECT_EQ(reader.choice("discipline"), 1);
  EXPECT_EQ(reader.node("items"), nullptr);
  EXPECT_THAT(reader.items("items"), IsEmpty());
  EXPECT_THAT(reader.entries("parts"), IsEmpty());
  EXPECT_FALSE(reader.has("memory"));
  EXPECT_THAT(said(out), IsEmpty());
}

TEST(FieldReader, ReportsAllMistakesInOnePass) {
  Diagnostics out;
  const SpecNode node = map({{"timeuot", scalar("1s")},
                             {"timeout", scalar("90s")},
                             {"loss", scalar("50")},
                             {"cores", scalar("0")},
                             {"instances", scalar("0")},
                             {"memory", scalar("256")},
                             {"discipline", scalar("fiffo")},
                             {"drain", scalar("yes")},
                             {"title", list({})},
                             {"parts", scalar("x")}});
  FieldReader reader(node, kSample, out, "sample 'x'");
  EXPECT_EQ(reader.duration("timeout"), Duration::milliseconds(250));
  EXPECT_EQ(reader.ratio("loss"), 0);
  EXPECT_EQ(reader.cpu("cores"), 0);
  EXPECT_EQ(reader.count("instances"), 1);
  EXPECT_EQ(reader.bytes("memory"), 0);
  EXPECT_EQ(reader.choice("discipline"), 1);
  EXPECT_TRUE(reader.flag("drain"));
  EXPECT_EQ(reader.text("title"), "");
  EXPECT_THAT(reader.entries("parts"), IsEmpty());
  EXPECT_THAT(
      said(out),
      ElementsAre(
          "unknown-field: sample 'x' has no field 'timeuot' | did you mean 'timeout'? (fields: "
          "alpha, cores, discipline, drain, instances, items, loss, memory, parts, rate, timeout, "
          "title, warmup, zones)",
          "missing-field: sample 'x' needs 'rate' | rate: a rate such as 100rps",
          "out-of-range: sample 'x': 'timeout' is 90s, which is too large | it must be from 1ms to "
          "1m",
          "out-of-range: sample 'x': 'loss' is 50, which is too large | did you mean 50%? it must "
          "be from 0% to 100%",
          "out-of-range: sample 'x': 'cores' is 0, which is too small | it must be more than 0",
          "out-of-range: sample 'x': 'instances' is 0, which is too small | it must be at least 1",
          "bad-quantity: sample 'x': 'memory': '256' has no unit | write 256Mi, 256K or 256B",
          "unknown-choice: sample 'x': 'discipline' cannot be 'fiffo' | did you mean 'fifo'? (one "
          "of: fifo, lifo, priority)",
          "wrong-type: sample 'x': 'drain' must be true or false, not 'yes' | write true",
          "wrong-type: sample 'x': 'title' must be a text, not a list | write a text",
          "wrong-type: sample 'x': 'parts' must be a map from names to item blocks, not a single "
          "value | write a map from names to item blocks"));
}

TEST(FieldReader, TakesQuotesForTextUnlessTheUnitSaysMore) {
  Diagnostics out;
  const SpecNode node = map({{"rate", scalar("80rps", true)},
                             {"instances", scalar("3", true)},
                             {"drain", scalar("true", true)},
                             {"title", scalar("3", true)}});
  FieldReader reader(node, kSample, out, "sample");
  EXPECT_EQ(reader.rate("rate"), 80);
  EXPECT_EQ(reader.count("instances"), 1);
  EXPECT_TRUE(reader.flag("drain"));
  EXPECT_EQ(reader.text("title"), "3");
  EXPECT_THAT(said(out),
              ElementsAre("wrong-type: sample: 'instances' must be a whole number, not a text in "
                          "quotes | write it without quotes",
                          "wrong-type: sample: 'drain' must be true or false, not 'true' | write "
                          "true or false, without quotes"));
}

TEST(FieldReader, ReportsKeysWithNothingBehindThem) {
  Diagnostics out;
  const SpecNode node = map({{"rate", {}}, {"timeout", {}}, {"items", {}}});
  FieldReader reader(node, kSample, out, "sample");
  EXPECT_THAT(
      said(out),
      ElementsAre("missing-value: sample: 'timeout' has no value | write a duration such as "
                  "250ms, or leave the key out",
                  "missing-value: sample: 'rate' has no value | write a rate such as "
                  "100rps"));
}

TEST(FieldReader, ReportsABlockThatIsNoMapOnce) {
  Diagnostics out;
  const SpecNode node = list({scalar("x")});
  FieldReader reader(node, kItem, out, "item");
  EXPECT_EQ(reader.count("size"), 0);
  EXPECT_THAT(said(out), ElementsAre("wrong-type: item must be a map, not a list | fields: size"));
}

TEST(FieldReader, MentionsTheWordsOfAField) {
  Diagnostics out;
  const SpecNode node = map({{"rate", scalar("1rps")}, {"warmup", scalar("automatic")}});
  FieldReader reader(node, kSample, out, "sample");
  EXPECT_EQ(reader.optional_duration("warmup"), std::nullopt);
  EXPECT_THAT(said(out),
              ElementsAre("bad-quantity: sample: 'warmup': 'automatic' is not a duration "
                          "| write a duration such as 250ms, 1.5s or 2h30m; or auto"));
}

TEST(FieldReaderDeathTest, AssertsOnNamesThatAreNotInTheTable) {
  Diagnostics out;
  const SpecNode node = map({});
  FieldReader reader(node, kItem, out, "item");
  EXPECT_DEATH(reader.count("weight"), "internal error");
  EXPECT_DEATH(reader.duration("size"), "internal error");
}

TEST(FieldWords, SayWhatAFieldTakes) {
  EXPECT_EQ(type_phrase(*kSample.find("discipline")), "one of fifo, lifo, priority");
  EXPECT_EQ(type_phrase(*kSample.find("warmup")), "a duration, or auto");
  EXPECT_EQ(type_phrase(*kSample.find("items")), "a list of item blocks");
  EXPECT_EQ(type_phrase(*kSample.find("zones")), "a list of texts");
  EXPECT_EQ(range_phrase(*kSample.find("timeout")), "from 1ms to 1m");
  EXPECT_EQ(range_phrase(*kSample.find("alpha")), "");
}

}  // namespace
}  // namespace rehearse
