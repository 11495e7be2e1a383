#include <gmock/gmock.h>

#include "cli/describe.hpp"
#include "cli/exit_code.hpp"
#include "cli/help.hpp"
#include "cli/output_folder.hpp"
#include "cli/topics.hpp"

namespace rehearse::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(ExitCode, WhatMattersMostWins) {
  constexpr ExitCode kOrder[] = {ExitCode::holds,     ExitCode::undecided,   ExitCode::fails,
                                 ExitCode::bad_input, ExitCode::environment, ExitCode::interrupted};
  for (std::size_t a = 0; a < std::size(kOrder); ++a)
    for (std::size_t b = 0; b < std::size(kOrder); ++b)
      EXPECT_EQ(worse(kOrder[a], kOrder[b]), kOrder[std::max(a, b)]);
}

TEST(ExitCode, OfVerdicts) {
  using reports::Verdict;
  EXPECT_EQ(exit_code_of(Verdict::holds), ExitCode::holds);
  EXPECT_EQ(exit_code_of(Verdict::fails), ExitCode::fails);
  EXPECT_EQ(exit_code_of(Verdict::undecided), ExitCode::undecided);
  EXPECT_EQ(exit_code_of(Verdict::inconclusive), ExitCode::undecided);
}

TEST(OptionView, ChoicesAreWordsInSmallLetters) {
  EXPECT_THAT((OptionView{.value = "a|b|c"}.choices()), ElementsAre("a", "b", "c"));
  EXPECT_THAT((OptionView{.value = "N|auto"}.choices()), ElementsAre("auto"));
  EXPECT_THAT((OptionView{.value = "FILE"}.choices()), IsEmpty());
  EXPECT_THAT((OptionView{}.choices()), IsEmpty());
}

TEST(OutputFolders, OneForEachFile) {
  EXPECT_THAT(output_folders({"a/x.yaml"}, ""), ElementsAre("results/x"));
  EXPECT_THAT(output_folders({"a/x.yaml"}, "out"), ElementsAre("out"));
  EXPECT_THAT(output_folders({"a/x.yaml", "y.v2.yaml"}, "out"), ElementsAre("out/x", "out/y.v2"));
  EXPECT_THAT(output_folders({"x.yaml", "b/x.yml", "x-2.yaml", "c/x"}, ""),
              ElementsAre("results/x", "results/x-2", "results/x-2-2", "results/x-3"));
}

TEST(FolderProblem, FilesInTheWay) {
  EXPECT_EQ(folder_problem(testing::TempDir() + "is/not/there/yet"), "");
  EXPECT_THAT(folder_problem("/dev/null"), HasSubstr("Not a directory"));
  EXPECT_THAT(folder_problem("/dev/null/a/b"), HasSubstr("Not a directory"));
}

TEST(Topics, AreHeadingsOfOneSmallWord) {
  const std::vector<Topic> topics = topics_of(
      "# Page\nintro\n## Reading files\nnot this\n### bad-key\none\n\ntwo\n## `130`\nthree\n"
      "## Rest\nnot this\n");
  ASSERT_EQ(topics.size(), 2U);
  EXPECT_EQ(topics[0].name, "bad-key");
  EXPECT_EQ(topics[0].text, "one\n\ntwo\n");
  EXPECT_EQ(topics[1].name, "130");
  EXPECT_EQ(topics[1].text, "three\n");
}

TEST(PlainText, JoinsParagraphsAndKeepsCode) {
  EXPECT_EQ(plain_text("\nOne `key`\nand [a page](page.md).\n\n- first\n- second\n  line\n"),
            "One key and a page.\n\n- first\n\n- second line");
  EXPECT_EQ(plain_text("See:\n\n```yaml\na: `1`\n\nb: 2\n```\n\nDone.\n"),
            "See:\n\n  a: `1`\n\n  b: 2\n\nDone.");
  EXPECT_EQ(plain_text(""), "");
  EXPECT_EQ(plain_text("[odd"), "odd");
  EXPECT_EQ(plain_text("[odd](never closed"), "odd");
}

TEST(Help, BreaksLinesAndKeepsExamples) {
  const CommandView command{.name = "x",
                            .path = "rehearse x",
                            .summary = "does something that takes quite a few words to say",
                            .options = {{.names = {"-o", "--option"},
                                         .value = "VALUE",
                                         .doc = "Explained at some length, so that it has to go "
                                                "on in another line."},
                                        {.names = {"--long-option-with-a-name"}, .doc = "Short."}},
                            .examples = {"rehearse x --option 1  # comment"}};
  EXPECT_EQ(help_text(command, 64),
            "rehearse x - does something that takes quite a few words to say\n"
            "\nUsage: rehearse x [OPTIONS]\n"
            "\nOptions:\n"
            "  -o, --option VALUE      Explained at some length, so that it\n"
            "                          has to go on in another line.\n"
            "  --long-option-with-a-name\n"
            "                          Short.\n"
            "\nExamples:\n"
            "  rehearse x --option 1  # comment\n");
}

}  // namespace
}  // namespace rehearse::cli
