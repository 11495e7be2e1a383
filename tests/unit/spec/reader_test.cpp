#include "scenarios/spec/reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/spec/sources.hpp"

namespace rehearse::spec {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(ReadScenario, MergesExtendsOverlaysAndSets) {
  Diagnostics out;
  const SpecNode root = read_scenario(
      "soba/evening.yaml",
      {.overlays = {"big.yaml"}, .sets = {"system.a.cores=9", "list.1=z", "list.2=w", "new.x=[1]"}},
      memory(
          {{"soba/evening.yaml", "extends: ../base.yaml\nname: evening\nsystem: {b: null}\n"},
           {"base.yaml", "name: base\nsystem:\n  a: {cores: 1, zone: x}\n  b: 2\nlist: [x, y]\n"},
           {"big.yaml", "system: {a: {cores: 8}}\n"}}),
      out);
  EXPECT_THAT(places(out), IsEmpty());
  EXPECT_EQ(write_yaml(root),
            "name: evening\n"
            "system:\n"
            "  a:\n"
            "    cores: 9\n"
            "    zone: x\n"
            "list:\n"
            "  - x\n"
            "  - z\n"
            "  - w\n"
            "new:\n"
            "  x:\n"
            "    - 1\n");
  EXPECT_EQ(out.place(at(root, {"system", "a", "cores"}).mark), "--set:1:16");
  EXPECT_EQ(out.place(at(root, {"system", "a", "zone"}).mark), "base.yaml:3:23");
  EXPECT_EQ(out.place(at(root, {"name"}).mark), "soba/evening.yaml:2:7");
}

TEST(ReadScenario, ReadsADiamondOnceAndLaterFilesWin) {
  Diagnostics out;
  int reads = 0;
  const FileSource files = memory({{"top", "extends: [left, right]\n"},
                                   {"left", "extends: root\nv: left\n"},
                                   {"right", "extends: root\nv: right\n"},
                                   {"root", "v: root\nw: 1\nw: 2\n"}});
  const SpecNode root = read_scenario(
      "top", {},
      [&](const std::string& path) {
        ++reads;
        return files(path);
      },
      out);
  EXPECT_EQ(reads, 4);
  EXPECT_EQ(at(root, {"v"}).text, "right");
  EXPECT_THAT(places(out), ElementsAre("root:3:1 duplicate-key"));
}

TEST(ReadScenario, ReportsCyclesDepthAndMissingFiles) {
  Diagnostics cycle;
  EXPECT_TRUE(
      read_scenario("a", {}, memory({{"a", "extends: b\n"}, {"b", "extends: ./a\n"}}), cycle)
          .is_null());
  EXPECT_THAT(places(cycle), ElementsAre("b:1:10 extends-cycle"));

  std::map<std::string, std::string> chain;
  for (int i = 0; i < 20; ++i)
    chain["f" + std::to_string(i)] = "extends: f" + std::to_string(i + 1) + "\n";
  Diagnostics deep;
  read_scenario("f0", {}, memory(chain), deep);
  EXPECT_THAT(places(deep), ElementsAre("f16:1:10 extends-too-deep"));

  Diagnostics missing;
  EXPECT_TRUE(read_scenario("d/a.yaml", {.overlays = {"no.yaml"}},
                            memory({{"d/a.yaml", "x: 1\nextends: b\n"}}), missing)
                  .is_null());
  EXPECT_THAT(places(missing),
              ElementsAre("d/a.yaml:2:10 unreadable-file", "no.yaml unreadable-file"));
  EXPECT_THAT(missing.render(), HasSubstr("cannot read 'd/b': No such file or directory"));
}

TEST(ReadScenario, BoundsTheNumberOfFiles) {
  std::map<std::string, std::string> files;
  std::string top = "extends: [";
  for (int i = 0; i < 70; ++i) {
    files["f" + std::to_string(i)] = "a: 1\n";
    top += "f" + std::to_string(i) + ", ";
  }
  files["top"] = top + "]\n";
  Diagnostics out;
  read_scenario("top", {}, memory(files), out);
  ASSERT_FALSE(out.all().empty());
  EXPECT_EQ(out.all()[0].id, "too-many-files");
}

TEST(ReadScenario, ReportsFilesThatHoldNoMap) {
  for (const auto& [text, id] :
       std::map<std::string, std::string>{{"", "empty-file"},
                                          {"# only a comment\n", "empty-file"},
                                          {"- a\n", "wrong-type"},
                                          {"hello\n", "wrong-type"},
                                          {"extends: [[a]]\n", "wrong-type"},
                                          {"extends:\n", "wrong-type"}}) {
    Diagnostics out;
    read_scenario("f", {}, memory({{"f", text}}), out);
    ASSERT_EQ(out.all().size(), 1u) << text;
    EXPECT_EQ(out.all()[0].id, id) << text;
  }
}

TEST(ReadScenario, TellsKeepingFromRemoving) {
  Diagnostics out;
  const SpecNode root = read_scenario(
      "a", {}, memory({{"a", "extends: b\nx:\ny: null\nz: null\nnew:\n"}, {"b", "x: 1\ny: 2\n"}}),
      out);
  EXPECT_THAT(places(out), ElementsAre("a:2:1 empty-override", "a:4:1 nothing-to-remove"));
  EXPECT_EQ(at(root, {"x"}).text, "1");
  EXPECT_EQ(root.find("y"), nullptr);
  EXPECT_EQ(root.find("z"), nullptr);
  EXPECT_NE(root.find("new"), nullptr);
}

TEST(SetOption, ReportsWhatCannotBeSet) {
  const auto said = [](const std::string& option) {
    Diagnostics out;
    read_scenario("f", {.sets = {option}}, memory({{"f", "a: {b: 1}\nl: [1, 2]\n"}}), out);
    return places(out);
  };
  EXPECT_THAT(said("a.b"), ElementsAre("--set:1:1 bad-set"));
  EXPECT_THAT(said("=1"), ElementsAre("--set:1:1 bad-set"));
  EXPECT_THAT(said("a..b=1"), ElementsAre("--set:1:3 bad-set"));
  EXPECT_THAT(said("a.b.c=1"), ElementsAre("--set:1:5 bad-set"));
  EXPECT_THAT(said("l.x=1"), ElementsAre("--set:1:3 bad-set"));
  EXPECT_THAT(said("l.3=1"), ElementsAre("--set:1:3 bad-set"));
  EXPECT_THAT(said("l.-1=1"), ElementsAre("--set:1:3 bad-set"));
  EXPECT_THAT(said("a.b="), ElementsAre("--set:1:1 bad-set"));
  EXPECT_THAT(said("extends=x"), ElementsAre("--set:1:1 bad-set"));
  EXPECT_THAT(said("a.b=[1"), ElementsAre("--set:1:5 yaml-syntax"));
  EXPECT_THAT(said("a.b={c: 1, c: 2}"), ElementsAre("--set:1:12 duplicate-key"));
  EXPECT_THAT(said("a.\xff=1"), ElementsAre("--set:1:3 bad-encoding"));
  EXPECT_THAT(said("a.\x1b=1"), ElementsAre("--set:1:3 control-character"));
  EXPECT_THAT(said("q=null"), ElementsAre("--set:1:1 nothing-to-remove"));
}

TEST(SetOption, SetsRemovesAndQuotes) {
  Diagnostics out;
  const SpecNode root = read_scenario(
      "f", {.sets = {"a.b=null", "l.0=null", "\"x.y\".z={k: v}", "m=p95(a) < 1s", "n=a=b"}},
      memory({{"f", "a: {b: 1}\nl: [1, 2]\n"}}), out);
  EXPECT_THAT(places(out), IsEmpty());
  EXPECT_TRUE(at(root, {"a"}).entries.empty());
  EXPECT_EQ(at(root, {"l", "0"}).text, "2");
  EXPECT_EQ(at(root, {"x.y", "z", "k"}).text, "v");
  EXPECT_EQ(at(root, {"m"}).text, "p95(a) < 1s");
  EXPECT_EQ(at(root, {"n"}).text, "a=b");
  EXPECT_EQ(out.place(at(root, {"n"}).mark), "--set:5:3");
}

TEST(PathBeside, IsRelativeToTheFileThatWroteIt) {
  Diagnostics out;
  const int file = out.add_file("scenarios/soba/a.yaml", "");
  const int set = out.add_file("--set", "");
  EXPECT_EQ(path_beside({file, 1, 1, 1}, "day.csv", out), "scenarios/soba/day.csv");
  EXPECT_EQ(path_beside({file, 1, 1, 1}, "../day.csv", out), "scenarios/day.csv");
  EXPECT_EQ(path_beside({file, 1, 1, 1}, "/data/day.csv", out), "/data/day.csv");
  EXPECT_EQ(path_beside({set, 1, 1, 1}, "day.csv", out), "day.csv");
  EXPECT_EQ(path_beside({}, "day.csv", out), "day.csv");
}

TEST(Disk, ReadsFilesAndSaysWhyNot) {
  const std::string path = testing::TempDir() + "reader_test.yaml";
  std::ofstream(path) << "a: 1\n";
  EXPECT_EQ(disk()(path).text, "a: 1\n");
  std::filesystem::remove(path);
  EXPECT_EQ(disk()(path).problem, "No such file or directory");
  EXPECT_EQ(disk()(testing::TempDir()).problem, "Is a directory");
  const FileText endless = disk()("/dev/zero");
  ASSERT_TRUE(endless.text.has_value());
  EXPECT_LT(endless.text->size(), size_t{9} << 20);
}

}  // namespace
}  // namespace rehearse::spec
