#include "reports/sparkline.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace rehearse::reports {
namespace {

using testing::ElementsAre;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(Extremes, KeepAPeakAndADip) {
  std::vector<double> values(1000, 10);
  values[123] = 50;
  values[777] = 1;
  const std::vector<double> kept = extremes(values, 10);
  EXPECT_THAT(kept, ElementsAre(10, 50, 10, 10, 10, 10, 10, 1, 10, 10));
  EXPECT_THAT(extremes(values, 1), ElementsAre(50));
}

TEST(Extremes, AreNoMoreThanThereAreValues) {
  EXPECT_THAT(extremes(std::vector<double>{1, 2, 3}, 60), ElementsAre(1, 2, 3));
  EXPECT_TRUE(extremes(std::vector<double>{}, 60).empty());
  const std::vector<double> gap = extremes(std::vector<double>{1, kNaN, kNaN, 4}, 2);
  EXPECT_THAT(gap, ElementsAre(1, 4));
  EXPECT_TRUE(std::isnan(extremes(std::vector<double>{kNaN, 1}, 2).front()));
}

TEST(SparkCells, RiseFromZeroToTheTop) {
  const std::vector<double> values = {0, 1, 4, 8, 9, kNaN, -1};
  EXPECT_THAT(spark_cells(values, 8, false), ElementsAre("▁", "▂", "▅", "█", "█", " ", "▁"));
  EXPECT_THAT(spark_cells(values, 8, true), ElementsAre(".", ":", "+", "@", "@", " ", "."));
  EXPECT_THAT(spark_cells(std::vector<double>{0}, 0, false), ElementsAre("▁"));
}

}  // namespace
}  // namespace rehearse::reports
