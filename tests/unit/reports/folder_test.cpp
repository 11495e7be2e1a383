#include "reports/folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "tests/unit/reports/sample_result.hpp"

namespace rehearse::reports {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class Folder : public testing::Test {
 protected:
  Folder() {
    std::string name = testing::TempDir() + "rehearse-folder-XXXXXX";
    root_ = ::mkdtemp(name.data());
  }
  ~Folder() override { fs::remove_all(root_); }

  std::string path(const std::string& name) const { return root_ + "/" + name; }
  std::set<std::string> entries(const std::string& name) const {
    std::set<std::string> out;
    for (const auto& entry : fs::directory_iterator(path(name)))
      out.insert(entry.path().filename().string());
    return out;
  }
  std::string text_of(const std::string& name) const {
    std::stringstream out;
    out << std::ifstream(path(name), std::ios::binary).rdbuf();
    return out.str();
  }
  void put(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
  }

  std::string root_;
};

TEST_F(Folder, HoldsEverythingAndReadsBack) {
  const RunResult r = sample_result(10);
  ASSERT_EQ(write_folder(r, path("a/b/run")), "");
  EXPECT_THAT(entries("a/b/run"),
              ElementsAre("junit.xml", "report.html", "report.md", "result.json",
                          "scenario.resolved.yaml", "series.csv", "summary.csv"));
  EXPECT_THAT(entries("a/b"), ElementsAre("run"));  // nothing temporary is left
  for (const FormatName& f : formats()) {
    if (!f.usual) continue;
    EXPECT_EQ(text_of(std::string("a/b/run/") + f.file), render(r, f.format)) << f.name;
  }
  EXPECT_EQ(text_of("a/b/run/scenario.resolved.yaml"), r.resolved_scenario);
  for (const std::string& where :
       {path("a/b/run"), path("a/b/run/"), path("a/b/run/result.json")}) {
    const ReadResult read = read_result(where);
    ASSERT_TRUE(read.result) << read.problem;
    EXPECT_EQ(to_json(*read.result), to_json(r));
    EXPECT_EQ(read.result->resolved_scenario, r.resolved_scenario);
  }
}

TEST_F(Folder, OnlyTheFormatsAskedFor) {
  ASSERT_EQ(write_folder(sample_result(4), path("run"), {Format::junit}), "");
  EXPECT_THAT(entries("run"), ElementsAre("junit.xml", "result.json", "scenario.resolved.yaml"));
  EXPECT_EQ(format_of("html"), Format::html);
  EXPECT_EQ(format_of("pdf"), std::nullopt);
}

TEST_F(Folder, NeverMixesTwoRuns) {
  ASSERT_EQ(write_folder(sample_result(4), path("run")), "");
  put("run/notes.txt", "mine");
  RunResult other = sample_result(4);
  other.seed = 8;
  ASSERT_EQ(write_folder(other, path("run"), {Format::html}), "");
  EXPECT_THAT(entries("run"),
              ElementsAre("notes.txt", "report.html", "result.json", "scenario.resolved.yaml"));
  EXPECT_EQ(text_of("run/result.json"), to_json(other));
}

TEST_F(Folder, RenderingTheSameResultAgainKeepsTheOtherFiles) {
  ASSERT_EQ(write_folder(sample_result(4), path("run")), "");
  ASSERT_EQ(write_folder(sample_result(4), path("run"), {Format::html}), "");
  EXPECT_EQ(entries("run").size(), 7U);
}

TEST_F(Folder, KeepsFilesOfOthersInAFolderThatWasThere) {
  fs::create_directory(path("run"));
  put("run/junit.xml", "of another tool");
  ASSERT_EQ(write_folder(sample_result(4), path("run"), {}), "");
  EXPECT_EQ(text_of("run/junit.xml"), "of another tool");
}

TEST_F(Folder, SaysWhyItCannotBeWritten) {
  put("file", "x");
  EXPECT_EQ(write_folder(sample_result(4), path("file")),
            "cannot write folder '" + path("file") + "': there is a file of that name");
  EXPECT_EQ(write_folder(sample_result(4), path("file/below/run")),
            "cannot create folder '" + path("file/below") + "': Not a directory");
  EXPECT_THAT(write_folder(sample_result(4), "/proc/rehearse/run"),
              HasSubstr("cannot create folder '/proc/rehearse': "));
  EXPECT_THAT(write_file("/proc/rehearse.json", "x"),
              HasSubstr("cannot write '/proc/rehearse.json': "));
}

TEST_F(Folder, AFileThatCannotBeReplacedLeavesTheOldResult) {
  ASSERT_EQ(write_folder(sample_result(4), path("run"), {}), "");
  fs::create_directories(path("run/report.html/in the way"));
  RunResult other = sample_result(4);
  other.seed = 8;
  EXPECT_EQ(write_folder(other, path("run"), {Format::html}),
            "cannot write '" + path("run/report.html") + "': Is a directory");
  EXPECT_EQ(text_of("run/result.json"), to_json(sample_result(4)));  // it comes last
  EXPECT_THAT(entries("run"), ElementsAre("report.html", "result.json", "scenario.resolved.yaml"));
}

TEST_F(Folder, FilesAreReplacedAtOnce) {
  EXPECT_EQ(write_file(path("out.json"), "one"), "");
  EXPECT_EQ(write_file(path("out.json"), "two"), "");
  EXPECT_EQ(text_of("out.json"), "two");
  EXPECT_THAT(entries(""), ElementsAre("out.json"));
  EXPECT_EQ(write_file(path("none/out.json"), "x"),
            "cannot write '" + path("none/out.json") + "': No such file or directory");
}

TEST_F(Folder, ReadingSaysWhatIsWrong) {
  EXPECT_EQ(read_result(path("none")).problem, "cannot read '" + path("none") + "': no such file");
  EXPECT_EQ(read_result(root_).problem, "cannot read '" + path("result.json") + "': no such file");
  put("result.json", "{\"format\": 1}");
  EXPECT_EQ(read_result(root_).problem,
            path("result.json") + ": version: expected a value, found nothing");
  EXPECT_EQ(read_result("/dev/zero").problem, "cannot read '/dev/zero': not a file");
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  EXPECT_EQ(read_result(path("pipe")).problem, "cannot read '" + path("pipe") + "': not a file");
}

}  // namespace
}  // namespace rehearse::reports
