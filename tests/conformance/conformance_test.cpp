/// Every vector is a test; and all of a folder are one test, which says how many there were. With
/// REHEARSE_VECTORS=DIR those of another folder: a case it does not have is skipped, and cases
/// beyond the shipped ones run in the test of the whole folder.

#include <gtest/gtest.h>

#include <iostream>
#include <map>

#include "tests/conformance/vectors.hpp"

namespace rehearse::conformance {
namespace {

// Cases that cannot pass, with the reason. None.
const std::map<std::string, std::string>& excused() {
  static const std::map<std::string, std::string> kExcused;
  return kExcused;
}

struct Place {
  std::string file;
  std::size_t index = 0;
};

std::vector<Place> places() {
  std::vector<Place> all;
  for (const std::string& name : vector_files()) {
    const json file = load(name);
    for (std::size_t i = 0; i < get(file, "cases").size(); ++i) all.push_back({name, i});
  }
  return all;
}

class Vectors : public testing::TestWithParam<Place> {};

TEST_P(Vectors, Passes) {
  const json file = load(GetParam().file);
  const json& cases = get(file, "cases");
  if (GetParam().index >= cases.size()) GTEST_SKIP() << "there is no such case";
  const json& given = cases[GetParam().index];
  const std::string id = get(given, "id");
  if (const auto found = excused().find(id); found != excused().end())
    GTEST_SKIP() << found->second;
  const std::string found = differences(file, given);
  EXPECT_TRUE(found.empty()) << id << "\n" << found;
}

INSTANTIATE_TEST_SUITE_P(All, Vectors, testing::ValuesIn(places()), [](const auto& of) {
  return of.param.file + "_" + std::to_string(of.param.index);
});

TEST(VectorFolder, EveryCaseOfEveryFilePasses) {
  std::size_t total = 0;
  std::size_t failed = 0;
  for (const std::string& name : vector_files()) {
    const json file = load(name);
    if (file.is_null()) continue;
    ASSERT_FALSE(file.is_discarded()) << name << " is no JSON";
    const json& cases = get(file, "cases");
    std::size_t wrong = 0;
    for (const json& given : cases) {
      const std::string id = get(given, "id");
      if (excused().contains(id)) continue;
      const std::string found = differences(file, given);
      if (found.empty()) continue;
      ++wrong;
      ADD_FAILURE() << name << ": " << id << "\n" << found;
    }
    if (const json& count = get(file, "case_count"); !count.is_null()) {
      EXPECT_EQ(cases.size(), count) << name;
    }
    std::cout << name << ": " << cases.size() - wrong << " of " << cases.size() << " pass\n";
    total += cases.size();
    failed += wrong;
  }
  std::cout << "vectors in " << vectors_folder() << ": " << total << ", failed " << failed
            << ", excused " << excused().size() << "\n";
  EXPECT_GT(total, 0U) << "no vectors in " << vectors_folder();
}

}  // namespace
}  // namespace rehearse::conformance
