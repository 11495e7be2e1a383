/// Wrong files and what is said about each. A case is three files of this folder:
///   NAME.yaml      a scenario with one mistake (or a few that belong together)
///   NAME.expected  the diagnostics as rendered for people, and the summary line
///   NAME.args      optional: a line for each --set OPTION or --overlay FILE
/// Files that cases extend are in parts/. REHEARSE_UPDATE_GOLDEN=1 writes the expectations anew:
/// read the difference before it is committed, it is what users will see.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/negative/check.hpp"

namespace rehearse::negative {
namespace {

namespace fs = std::filesystem;

constexpr Check kCheck = check_scenario;
const fs::path kFolder = fs::path(REHEARSE_SOURCE_DIR) / "tests" / "negative";

std::vector<std::string> names_with(const std::string& extension) {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(kFolder))
    if (entry.path().extension() == extension) names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::string content(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

spec::ReadOptions options_of(const std::string& name) {
  spec::ReadOptions options;
  std::ifstream lines(kFolder / (name + ".args"));
  for (std::string line; std::getline(lines, line);) {
    const size_t space = line.find(' ');
    const std::string value = space == std::string::npos ? "" : line.substr(space + 1);
    if (line.substr(0, space) == "--set")
      options.sets.push_back(value);
    else if (line.substr(0, space) == "--overlay")
      options.overlays.push_back(value);
    else
      ADD_FAILURE() << name << ".args: '" << line << "' is neither --set nor --overlay";
  }
  return options;
}

class Negative : public testing::TestWithParam<std::string> {
 protected:
  // Diagnostics name files as they were given: relative to the folder, they are the same
  // everywhere.
  void SetUp() override { fs::current_path(kFolder); }
  void TearDown() override { fs::current_path(REHEARSE_SOURCE_DIR); }
};

TEST_P(Negative, IsReportedAsExpected) {
  Diagnostics out;
  kCheck(GetParam() + ".yaml", options_of(GetParam()), out);
  const std::string said = out.render() + out.summary() + "\n";
  EXPECT_GT(out.error_count() + out.warning_count(), 0) << "nothing is wrong with this file";

  const fs::path expected = kFolder / (GetParam() + ".expected");
  if (std::getenv("REHEARSE_UPDATE_GOLDEN") != nullptr)
    std::ofstream(expected, std::ios::binary) << said;
  ASSERT_TRUE(fs::exists(expected)) << "run with REHEARSE_UPDATE_GOLDEN=1 to write it:\n" << said;
  EXPECT_EQ(said, content(expected));
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Files, Negative, testing::ValuesIn(names_with(".yaml")), test_name);

TEST(NegativeCorpus, HasAFileForEveryExpectation) {
  const std::vector<std::string> files = names_with(".yaml");
  EXPECT_GE(files.size(), 60u);
  for (const char* extension : {".expected", ".args"})
    for (const std::string& name : names_with(extension))
      EXPECT_TRUE(std::binary_search(files.begin(), files.end(), name)) << name << extension;
}

TEST(NegativeCorpus, NeverSaysTheSameOfTwoFiles) {
  std::vector<std::string> seen;
  for (const std::string& name : names_with(".expected")) {
    std::string said = content(kFolder / (name + ".expected"));
    for (size_t at = said.find(name); at != std::string::npos; at = said.find(name, at))
      said.erase(at, name.size());
    EXPECT_EQ(std::count(seen.begin(), seen.end(), said), 0) << name;
    seen.push_back(said);
  }
}

}  // namespace
}  // namespace rehearse::negative
