#include "experiments/inputs.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "experiments/text_hash.hpp"

namespace rehearse::experiments {
namespace {

using testing::HasSubstr;

TEST(TextHash, OfKnownTexts) {
  // The published vectors of FNV-1a.
  EXPECT_EQ(text_hash(""), 0xcbf29ce484222325ULL);
  EXPECT_EQ(text_hash("a"), 0xaf63dc4c8601ec8cULL);
  EXPECT_EQ(text_hash("foobar"), 0x85944171f73967e8ULL);
}

class InputsTest : public testing::Test {
 protected:
  InputsTest() : root_(testing::TempDir() + "rehearse-inputs-" + std::to_string(::getpid())) {}
  ~InputsTest() override { std::filesystem::remove_all(root_); }

  std::string put(const std::string& name, const std::string& text) {
    const std::filesystem::path file = root_ + "/" + name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
    return file;
  }
  SpecNode read(const std::string& name, const std::string& text) {
    return spec::read_scenario(put(name, text), {}, spec::disk(), files_);
  }

  std::string root_;
  Diagnostics files_;
};

TEST_F(InputsTest, WhatWasReadIsNamedByItsCopy) {
  Inputs inputs;
  const SpecNode root = read("s.yaml", "a: {trace: day.csv, other: {file: sub/day.csv}}\nb: day\n");
  ASSERT_TRUE(inputs.source()(put("day.csv", "1")).text);
  ASSERT_TRUE(inputs.source()(put("sub/day.csv", "2")).text);
  const std::string resolved = inputs.resolve(root, files_);
  EXPECT_THAT(resolved, HasSubstr("trace: inputs/day.csv"));
  EXPECT_THAT(resolved, HasSubstr("file: inputs/day-2.csv"));
  EXPECT_THAT(resolved, HasSubstr("b: day\n"));
  ASSERT_EQ(inputs.copies().size(), 2U);
  EXPECT_EQ(inputs.copies()[0].text, "1");
  EXPECT_EQ(inputs.copies()[1].name, "inputs/day-2.csv");
}

TEST_F(InputsTest, WhatWasNotReadStays) {
  Inputs inputs;
  put("day.csv", "1");
  const SpecNode root = read("s.yaml", "trace: day.csv\n");
  EXPECT_THAT(inputs.resolve(root, files_), HasSubstr("trace: day.csv"));
  EXPECT_THAT(inputs.copies(), testing::IsEmpty());
}

TEST_F(InputsTest, HashFollowsContentsAndNotPlaces) {
  const auto hash_at = [&](const std::string& folder, const std::string& text) {
    Inputs inputs;
    const SpecNode root = read(folder + "/s.yaml", "trace: day.csv\n");
    EXPECT_TRUE(inputs.source()(put(folder + "/day.csv", text)).text);
    return inputs.hash(inputs.resolve(root, files_));
  };
  EXPECT_EQ(hash_at("here", "1"), hash_at("there", "1"));
  EXPECT_NE(hash_at("here", "1"), hash_at("here", "2"));
}

TEST_F(InputsTest, UnreadableFiles) {
  Inputs inputs;
  EXPECT_THAT(inputs.source()(root_ + "/nothing").problem, HasSubstr("No such file"));
  put("x/y", "");
  EXPECT_THAT(inputs.source()(root_ + "/x").problem, HasSubstr("directory"));
  EXPECT_THAT(inputs.source()("/dev/zero").problem, HasSubstr("larger than"));
}

}  // namespace
}  // namespace rehearse::experiments
