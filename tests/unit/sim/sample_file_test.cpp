#include "sim/sample_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace rehearse::sim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(SampleFile, ReadsTheNamedColumn) {
  const SampleColumn c = read_sample_column("time,latency,host\n1,2.5,a\n2,1e1,b\n", "latency");
  EXPECT_EQ(c.problem, "");
  EXPECT_THAT(c.values, ElementsAre(2.5, 10));
}

TEST(SampleFile, TakesWhatSpreadsheetsWrite) {
  // Byte order mark, CRLF, quotes with commas inside, spaces, blank lines, no end of the last line.
  const SampleColumn c = read_sample_column(
      "\xEF\xBB\xBF\"where, what\", latency \r\n\"a, b\", 2 \r\n\r\n  \r\nc,\"3\"", "latency");
  EXPECT_EQ(c.problem, "");
  EXPECT_THAT(c.values, ElementsAre(2, 3));
  EXPECT_THAT(read_sample_column("\"a, b\",c\n1,2", "a, b").values, ElementsAre(1));
}

TEST(SampleFile, NamesTheRowOfABadCell) {
  EXPECT_EQ(read_sample_column("x,y\n1,2\n\n3,abc\n", "y").problem, "row 4: 'abc' is not a number");
  EXPECT_EQ(read_sample_column("x,y\n1\n", "y").problem, "row 2: has too few cells");
  EXPECT_EQ(read_sample_column("x\n-1\n", "x").problem, "row 2: '-1' is negative");
  EXPECT_EQ(read_sample_column("x\n1e999\n", "x").problem, "row 2: '1e999' is out of range");
  EXPECT_EQ(read_sample_column("x\ninf\n", "x").problem, "row 2: 'inf' is not finite");
  EXPECT_EQ(read_sample_column("x\nnan\n", "x").problem, "row 2: 'nan' is not finite");
  EXPECT_EQ(read_sample_column("x,y\n,1\n", "x").problem, "row 2: '' is not a number");
  EXPECT_EQ(read_sample_column("x\n1.5ms\n", "x").problem, "row 2: '1.5ms' is not a number");
  const std::string shown = read_sample_column("x\n" + std::string(1000, 'z'), "x").problem;
  EXPECT_LT(shown.size(), 100U);
  // Nothing that a terminal would obey.
  EXPECT_EQ(read_sample_column("x\n\x1b[2J\n", "x").problem.find('\x1b'), std::string::npos);
}

TEST(SampleFile, SuggestsAColumn) {
  const SampleColumn c = read_sample_column("time,latency\n1,2\n", "latencie");
  EXPECT_EQ(c.problem, "has no column 'latencie'");
  EXPECT_THAT(c.help, HasSubstr("did you mean 'latency'?"));
  EXPECT_THAT(c.help, HasSubstr("time, latency"));
}

TEST(SampleFile, WantsRowsAndNotTooMany) {
  EXPECT_EQ(read_sample_column("x\n\n", "x").problem, "has no rows below the header");
  EXPECT_EQ(read_sample_column("", "x").problem, "has no column 'x'");
  EXPECT_EQ(read_sample_column("x\n1\n2\n3\n", "x", 3).problem, "");
  EXPECT_EQ(read_sample_column("x\n1\n2\n3\n", "x", 2).problem, "has more than 2 rows");
}

}  // namespace
}  // namespace rehearse::sim
