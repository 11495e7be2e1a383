#pragma once
/// Expected texts in files beside the tests. REHEARSE_UPDATE_GOLDEN=1 writes them anew: look at the
/// difference before committing it.

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace rehearse::reports {

inline void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string(REHEARSE_SOURCE_DIR) + "/tests/unit/reports/golden/" + name;
  if (const char* update = std::getenv("REHEARSE_UPDATE_GOLDEN"); update && *update == '1') {
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file.good()) << "no such file: " << path;
  std::stringstream expected;
  expected << file.rdbuf();
  EXPECT_EQ(expected.str(), text) << "differs from " << path
                                  << "; REHEARSE_UPDATE_GOLDEN=1 accepts the new text";
}

}  // namespace rehearse::reports
