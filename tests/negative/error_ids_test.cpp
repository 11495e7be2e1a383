/// docs/errors.md explains every id that the sources report, and no other.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

namespace rehearse {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = REHEARSE_SOURCE_DIR;
constexpr const char* kFolders[] = {"base",   "sim",         "policies", "reports", "scenarios",
                                    "models", "experiments", "live",     "cli"};

std::string content(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

bool is_id_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

/// The literal that begins at `at`, after spaces; empty where there is none or it is no id.
std::string literal_at(const std::string& text, size_t at) {
  at = text.find_first_not_of(" \n", at);
  if (at == std::string::npos || text[at] != '"') return {};
  const size_t end = text.find('"', at + 1);
  if (end == std::string::npos) return {};
  const std::string literal = text.substr(at + 1, end - at - 1);
  if (literal.empty() || !std::all_of(literal.begin(), literal.end(), is_id_character)) return {};
  return literal;
}

/// Ids passed to error(), warning() and the add() of lints.
std::set<std::string> ids_in(const std::string& text) {
  std::set<std::string> ids;
  for (const std::string call : {"error(", "warning(", "context.add("})
    for (size_t at = text.find(call); at != std::string::npos; at = text.find(call, at + 1)) {
      const std::string id = literal_at(text, at + call.size());
      if (!id.empty()) ids.insert(id);
    }
  return ids;
}

std::string all_sources() {
  std::string all;
  for (const char* folder : kFolders) {
    if (!fs::exists(kRoot / folder)) continue;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(kRoot / folder))
      if (entry.path().extension() == ".cpp" || entry.path().extension() == ".hpp")
        all += content(entry.path());
  }
  return all;
}

std::set<std::string> documented() {
  std::set<std::string> ids;
  std::ifstream page(kRoot / "docs" / "errors.md");
  for (std::string line; std::getline(page, line);)
    if (line.rfind("### ", 0) == 0) {
      EXPECT_TRUE(ids.insert(line.substr(4)).second) << "explained twice: " << line;
    }
  return ids;
}

TEST(ErrorPage, ExplainsEveryIdOfTheSources) {
  const std::set<std::string> known = documented();
  const std::set<std::string> used = ids_in(all_sources());
  EXPECT_GT(used.size(), 40u);
  for (const std::string& id : used)
    EXPECT_TRUE(known.contains(id)) << "docs/errors.md has no '### " << id << "'";
}

TEST(ErrorPage, ExplainsNothingElse) {
  const std::string sources = all_sources();
  for (const std::string& id : documented())
    EXPECT_NE(sources.find('"' + id + '"'), std::string::npos)
        << "no source reports '" << id << "' any more";
}

TEST(ErrorPage, GivesEveryIdAMeaningAndARemedy) {
  const std::string page = content(kRoot / "docs" / "errors.md");
  for (const std::string& id : documented()) {
    const std::string heading = "### " + id + "\n\n";
    const size_t begin = page.find(heading);
    ASSERT_NE(begin, std::string::npos) << id;
    const size_t meaning = begin + heading.size();
    const size_t remedy = page.find("\n\nRemedy: ", meaning);
    const size_t next = std::min(page.find("\n#", meaning), page.size());
    EXPECT_TRUE(remedy != std::string::npos && remedy < next && remedy > meaning + 20) << id;
  }
}

TEST(ErrorPage, IsWhatItReads) {
  EXPECT_EQ(ids_in("out.error(\n    \"some-id\", mark);").count("some-id"), 1u);
  EXPECT_EQ(ids_in("out.warning(\"other\", mark);").count("other"), 1u);
  EXPECT_TRUE(ids_in("out.error(id, mark); error(\"Not an id\")").empty());
}

}  // namespace
}  // namespace rehearse
