/// result.json against its published schema, checked by another implementation
/// (python3-jsonschema).

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "reports/json.hpp"
#include "tests/unit/reports/python.hpp"
#include "tests/unit/reports/sample_result.hpp"

namespace rehearse::reports {
namespace schema_test {

std::string check(const std::string& document) {
  return run_python("check_schema.py", document, "reports/schema/result.schema.json");
}

TEST(Schema, AcceptsWhatIsWritten) {
  REHEARSE_NEEDS_PYTHON("jsonschema");
  EXPECT_EQ(check(to_json(sample_result())), "");
  EXPECT_EQ(check(to_json(hostile_result())), "");
  RunResult open = sample_result(3);
  open.objectives[0].estimate.low = -kInf;
  EXPECT_EQ(check(to_json(open)), "");
}

TEST(Schema, RefusesWhatIsDamaged) {
  REHEARSE_NEEDS_PYTHON("jsonschema");
  const nlohmann::ordered_json good = nlohmann::ordered_json::parse(to_json(sample_result(3)));
  nlohmann::ordered_json bad = good;
  bad["verdict"] = "maybe";
  EXPECT_NE(check(bad.dump()), "");
  bad = good;
  bad["services"]["ml"].erase("p999");
  EXPECT_NE(check(bad.dump()), "");
  bad = good;
  bad["objectives"][0]["ci"] = {1};
  EXPECT_NE(check(bad.dump()), "");
  bad = good;
  bad["services"]["ml"]["p95"]["unit"] = "ratio";
  EXPECT_NE(check(bad.dump()), "");
  bad = good;
  bad["format"] = 2;
  EXPECT_NE(check(bad.dump()), "");
}

TEST(Schema, DescribesEveryKeyThatIsWritten) {
  std::ifstream file(std::string(REHEARSE_SOURCE_DIR) + "/reports/schema/result.schema.json");
  const auto schema = nlohmann::ordered_json::parse(file);
  const auto document = nlohmann::ordered_json::parse(to_json(sample_result(3)));
  for (const auto& item : document.items())
    EXPECT_TRUE(schema["properties"].contains(item.key())) << item.key();
  for (const auto& item : document["objectives"][0].items())
    EXPECT_TRUE(schema["$defs"]["objective"]["properties"].contains(item.key())) << item.key();
  for (const auto& item : document["services"]["ml"].items())
    EXPECT_TRUE(schema["$defs"]["subject"]["properties"].contains(item.key())) << item.key();
}

}  // namespace schema_test
}  // namespace rehearse::reports
