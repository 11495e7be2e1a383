#include "scenarios/spec/schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/unit/spec/sample_tables.hpp"

namespace rehearse::spec {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const FieldTable* const kLaws = &sample::kDistribution;

TEST(JsonSchema, IsJsonThatNamesEveryTable) {
  const auto schema = nlohmann::json::parse(json_schema(sample::kRoot, kLaws));
  EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
  for (const FieldTable* table : all_tables(sample::kRoot)) {
    std::string name(table->name);
    EXPECT_TRUE(schema["$defs"].contains(name)) << name;
    EXPECT_EQ(schema["$defs"][name]["additionalProperties"], false) << name;
    for (const Field& field : table->fields)
      EXPECT_THAT(schema["$defs"][name]["properties"][std::string(field.name)]["description"]
                      .get<std::string>(),
                  HasSubstr(std::string(field.doc)));
  }
  EXPECT_EQ(schema["$defs"]["queue"]["properties"]["limit"]["default"], "500");
  EXPECT_EQ(json_schema(sample::kRoot, kLaws), json_schema(sample::kRoot, kLaws));
}

/// Every "$ref" in a schema.
void collect_references(const nlohmann::json& node, std::vector<std::string>& all) {
  if (node.is_object() && node.contains("$ref")) all.push_back(node["$ref"].get<std::string>());
  for (const auto& child : node)
    if (child.is_structured()) collect_references(child, all);
}

TEST(JsonSchema, RefersOnlyToWhatItDefines) {
  const auto schema = nlohmann::json::parse(json_schema(sample::kRoot, kLaws));
  std::vector<std::string> references;
  collect_references(schema, references);
  EXPECT_GT(references.size(), 20u);
  for (const std::string& reference : references)
    EXPECT_TRUE(schema.contains(nlohmann::json::json_pointer(reference.substr(1)))) << reference;
}

TEST(JsonSchema, IsJsonWithoutDistributionsToo) {
  EXPECT_TRUE(nlohmann::json::accept(json_schema(sample::kRoot)));
}

/// Validates documents against the schema with python3-jsonschema, an implementation that is not
/// ours. Prints one line per document: "ok" or the first error.
const char* const kValidator = R"(
import json, sys
import jsonschema, yaml
schema = json.load(open(sys.argv[1]))
validator = jsonschema.Draft202012Validator(schema)
validator.check_schema(schema)
for document in open(sys.argv[2]).read().split("\n---\n"):
    print("bad" if list(validator.iter_errors(yaml.safe_load(document))) else "ok")
)";

const std::vector<std::string> kGood{
    "{rehearse: 1, system: {services: {a: {steps: []}}}}",
    "{rehearse: 1, name: 5, system: {services: {a: {instances: 10k, cpu: 500m, memory: 256Mi, "
    "queue: "
    "{limit: 3, discipline: lifo}, steps: [{cpu: 2ms}, {cpu: {exponential: 1ms}}, {call: b}, "
    "{call: "
    "{to: b, timeout: 1.5s}}, {parallel: [{call: c}, {parallel: [{cpu: 1h30m}]}]}]}}}}",
    "{rehearse: 1, system: {services: {a: {queue: , steps: [{cpu: {lognormal: {median: 1ms, p99: "
    "2ms}}}]}}, alpha: 0.5, loss: 1%, mix: {a: 40%, b: 0.6}, pair: [x, y]}}",
    "{rehearse: 1, system: {services: {}, pair: {to: x}}, experiment: {horizon: 0.5h, warmup: "
    "auto, "
    "trials: 5, confidence: 95%, drain: true}, objectives: ['p95(a) < 1s', 'p99.9_wait ( a/b )>=1s "
    "in 9% of 1m windows', {id: x, objective: y}]}",
    "{rehearse: 1, system: {services: {a: {steps: [{cpu: {mixture: [{weight: 10%, of: 1ms}, "
    "{weight: "
    "0.9, of: {exponential: 1ms}}]}}]}}}}",
    "{extends: base.yaml}",
    "{extends: [a.yaml, b.yaml], system: {services: {a: {instances: 5}, b: null}, loss: null}}",
};

const std::vector<std::string> kBad{
    "{}",
    "[]",
    "{rehearse: 2, system: {services: {}}}",
    "{rehearse: 1, system: {}}",
    "{rehearse: 1, system: {services: {}}, sytem: 1}",
    "{rehearse: 1, system: {services: {a: {}}}}",
    "{rehearse: 1, system: {services: {a: {steps: [{cpu: 250}]}}}}",
    "{rehearse: 1, system: {services: {a: {steps: [{cpu: {exponentail: 1ms}}]}}}}",
    "{rehearse: 1, system: {services: {a: {steps: [{cpu: {}}]}}}}",
    "{rehearse: 1, system: {services: {a: {steps: [{cpu: {exponential: 1ms, lognormal: {}}}]}}}}",
    "{rehearse: 1, system: {services: {a: {steps: [{call: {timeout: 1s}}]}}}}",
    "{rehearse: 1, system: {services: {a: {steps: [{parallel: [{cpu: 5}]}]}}}}",
    "{rehearse: 1, system: {services: {a: {steps: {cpu: 1ms}}}}}",
    "{rehearse: 1, system: {services: {a: {instances: 0, steps: []}}}}",
    "{rehearse: 1, system: {services: {a: {instances: 2.5, steps: []}}}}",
    "{rehearse: 1, system: {services: {a: {instances: 10x, steps: []}}}}",
    "{rehearse: 1, system: {services: {a: {cpu: 0, steps: []}}}}",
    "{rehearse: 1, system: {services: {a: {memory: 256, steps: []}}}}",
    "{rehearse: 1, system: {services: {a: {queue: {discipline: random}, steps: []}}}}",
    "{rehearse: 1, system: {services: {}, alpha: 3}}",
    "{rehearse: 1, system: {services: {}, loss: 5}}",
    "{rehearse: 1, system: {services: {}, mix: {a: x}}}",
    "{rehearse: 1, system: {services: {}, pair: 5}}",
    "{rehearse: 1, system: {services: {}}, experiment: {horizon: soon}}",
    "{rehearse: 1, system: {services: {}}, experiment: {drain: 'yes'}}",
    "{rehearse: 1, system: {services: {}}, experiment: {horizon: 0s}}",
    "{rehearse: 1, system: {services: {}}, experiment: {precision: 0.0%}}",
    "{rehearse: 1, system: {services: {}}, experiment: {precision: 0}}",
    "{rehearse: 1, system: {services: {}}, objectives: ['p95 < 1s']}",
    "{rehearse: 1, system: {services: {}}, objectives: ['p95(a) == 1s']}",
    "{rehearse: 1, system: {services: {}}, objectives: [{id: x}]}",
    "{extends: base.yaml, system: {services: {a: {instancs: 5}}}}",
    "{extends: base.yaml, system: {services: {a: {steps: [{call: {timeout: 1s}}]}}}}",
};

TEST(JsonSchema, AcceptsGoodFilesAndRejectsBadOnes) {
  if (std::system("/usr/bin/python3 -c 'import jsonschema, yaml' 2>/dev/null") != 0)
    GTEST_SKIP() << "needs python3-jsonschema and python3-yaml";
  const std::filesystem::path folder =
      std::filesystem::path(testing::TempDir()) / "rehearse_schema_test";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "validate.py") << kValidator;
  std::ofstream(folder / "schema.json") << json_schema(sample::kRoot, kLaws);
  std::ofstream documents(folder / "documents.yaml");
  const char* separator = "";
  for (const auto* list : {&kGood, &kBad})
    for (const std::string& text : *list) {
      documents << separator << text;
      separator = "\n---\n";
    }
  documents.close();
  const std::string command =
      "cd '" + folder.string() +
      "' && /usr/bin/python3 validate.py schema.json documents.yaml > answers";
  ASSERT_EQ(std::system(command.c_str()), 0);
  std::ifstream answers(folder / "answers");
  std::string answer;
  for (const std::string& text : kGood) {
    ASSERT_TRUE(std::getline(answers, answer));
    EXPECT_EQ(answer, "ok") << text;
  }
  for (const std::string& text : kBad) {
    ASSERT_TRUE(std::getline(answers, answer));
    EXPECT_EQ(answer, "bad") << text;
  }
  std::filesystem::remove_all(folder);
}

TEST(ReferencePage, HasARowPerFieldAndAHeadingPerTable) {
  const std::string page = reference_page(sample::kRoot, kLaws);
  for (const FieldTable* table : all_tables(sample::kRoot, kLaws)) {
    const std::string heading = "\n## " + std::string(table->name) + "\n";
    const size_t at = page.find(heading);
    ASSERT_NE(at, std::string::npos) << heading;
    EXPECT_EQ(page.find(heading, at + 1), std::string::npos) << "twice: " << heading;
  }
  EXPECT_THAT(page, HasSubstr("| `queue` | a map of [queue](#queue) fields |  | Queue. |"));
  EXPECT_THAT(page,
              HasSubstr("| `limit` | a whole number | `500` | Most. Range: from 0 to 1000000. |"));
  EXPECT_THAT(page, HasSubstr("**required** | Steps \\| all. |"));
  EXPECT_THAT(page, HasSubstr("| `of` | a duration or a distribution | **required** | Law. |"));
  EXPECT_THAT(page, HasSubstr("(#mixture-part)"));
  EXPECT_THAT(page, HasSubstr("| `availability` | a ratio |"));
}

TEST(ExplainKey, FollowsPathsWithAndWithoutNames) {
  const std::string queue = explain_key(sample::kRoot, "system.services.queue");
  EXPECT_THAT(queue, HasSubstr("Where requests wait."));
  EXPECT_THAT(queue, HasSubstr("limit       a whole number (default 500)"));
  EXPECT_EQ(
      explain_key(sample::kRoot, "system.services.gateway.queue.limit"),
      "system.services.gateway.queue.limit: a whole number\nMost.\nDefault: 500\nRange: from 0 to "
      "1000000\nExample: limit: 3\n");
  EXPECT_THAT(explain_key(sample::kRoot, "service"), HasSubstr("instances  a whole number"));
  EXPECT_THAT(explain_key(sample::kRoot, "limit"), HasSubstr("limit of queue"));
  EXPECT_THAT(explain_key(sample::kRoot, "lognormal", kLaws), HasSubstr("Log-normal."));
  EXPECT_THAT(explain_key(sample::kRoot, "p95"), HasSubstr("Quantile"));
  EXPECT_THAT(explain_key(sample::kRoot, "hit_ratio"), HasSubstr("cache"));
  EXPECT_THAT(explain_key(sample::kRoot, "system.services.a.b.queue"), IsEmpty());
  EXPECT_THAT(explain_key(sample::kRoot, "nonsense"), IsEmpty());
  EXPECT_THAT(explain_key(sample::kRoot, ""), IsEmpty());
}

}  // namespace
}  // namespace rehearse::spec
