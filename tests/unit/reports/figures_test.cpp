#include "reports/figures.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace rehearse::reports {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::string shown(double value, double half, const char* unit) {
  return figure({value, value - half, value + half, unit}).text();
}

TEST(Figures, TheIntervalDecidesTheDigits) {
  EXPECT_EQ(shown(0.0032, 0.0001, "s"), "3.2 ms ± 0.1");
  EXPECT_EQ(shown(0.2313, 0.0041, "s"), "231 ms ± 4");
  EXPECT_EQ(shown(0.2313, 0.014, "s"), "231 ms ± 14");
  EXPECT_EQ(shown(212.41, 0.93, "1/s"), "212.4/s ± 0.9");
  EXPECT_EQ(shown(10.8855, 0.2177, "1"), "10.9 ± 0.2");
}

TEST(Figures, BothFiguresOfAPairShareOneUnit) {
  EXPECT_EQ(shown(0.9, 0.2, "s"), "900 ms ± 200");
  EXPECT_EQ(shown(0.0001, 0.005, "s"), "0 ms ± 5");  // all that is known
  EXPECT_EQ(shown(12345.6, 321, "1/s"), "12.3k/s ± 0.3");
  EXPECT_EQ(shown(300, 12, "s"), "5.0 min ± 0.2");
  EXPECT_EQ(shown(0, 0.0002, "s"), "0 µs ± 200");
}

TEST(Figures, RatiosArePercentages) {
  EXPECT_EQ(shown(0.99953, 0.00012, "ratio"), "99.953 % ± 0.012");
  EXPECT_EQ(shown(0.0031, 0.00038, "ratio"), "0.31 % ± 0.04");
  EXPECT_EQ(format_figure(0.9995, "ratio", 6), "99.95 %");
  EXPECT_EQ(format_figure(0.99953, "ratio", 3), "99.953 %");  // not "100 %"
  EXPECT_EQ(format_figure(0.999999, "ratio", 3), "99.9999 %");
  EXPECT_EQ(format_figure(1, "ratio", 3), "100 %");
}

TEST(Figures, LopsidedIntervalsShowTheirEnds) {
  EXPECT_EQ(figure({0.9886, 0.9851, 0.9914, "ratio"}).text(), "98.9 % [98.5, 99.1]");
  EXPECT_EQ(figure({0.0, 0.0, 0.00003, "ratio"}).text(), "0 % [0, 0.003]");
  EXPECT_EQ(figure({1.0, 0.99995, 1.0, "ratio"}).text(), "100 % [99.995, 100]");
  EXPECT_EQ(figure({0.2, 0.15, kInf, "s"}).text(), "200 ms [150, ∞]");
}

TEST(Figures, MissingIntervalsAndFiguresAreNotInvented) {
  EXPECT_EQ(figure({0.2313, -kInf, kInf, "s"}).text(), "231 ms");
  EXPECT_EQ(figure({std::nullopt, 0, 0, "s"}).text(), "no data");
  EXPECT_EQ(figure({kNaN, 0, 0, "s"}).text(), "no data");
  EXPECT_EQ(shown(0.1, 0, "s"), "100.0 ms ± 0");
}

TEST(Figures, LoneNumbersHaveNoTrailingZeros) {
  EXPECT_EQ(format_figure(0.2, "s"), "200 ms");
  EXPECT_EQ(format_figure(0.0012256, "s"), "1.226 ms");
  EXPECT_EQ(format_figure(90, "s"), "90 s");
  EXPECT_EQ(format_figure(0, "s"), "0 s");
  EXPECT_EQ(format_figure(kInf, "s"), "∞");
  EXPECT_EQ(format_figure(kNaN, "s"), "no data");
}

TEST(Figures, AbsurdNumbersStayShort) {
  for (const double v : {1e308, -1e308, 1e-308, 5e-324, 1e15, -0.0})
    for (const char* unit : {"s", "ratio", "1/s", "1", "unknown"}) {
      EXPECT_LE(format_figure(v, unit).size(), 40U) << v << unit;
      EXPECT_LE(figure({v, v, v, unit}).text().size(), 60U) << v << unit;
      EXPECT_LE(figure({v, -1e308, 1e308, unit}).text().size(), 90U) << v << unit;
    }
}

TEST(Figures, SpansReadAsPeopleSayThem) {
  EXPECT_EQ(format_span(1800), "30 min");
  EXPECT_EQ(format_span(5400), "1 h 30 min");
  EXPECT_EQ(format_span(86400 * 2 + 3600 * 3 + 61), "2 d 3 h");
  EXPECT_EQ(format_span(0.25), "250 ms");
  EXPECT_EQ(format_span(61), "1 min 1 s");
  EXPECT_EQ(format_span(kInf), "unknown");
}

TEST(Figures, CountsHaveThousands) {
  EXPECT_EQ(format_count(7), "7");
  EXPECT_EQ(format_count(1234), "1,234");
  EXPECT_EQ(format_count(18446744073709551615ULL), "18,446,744,073,709,551,615");
  EXPECT_EQ(format_short(8.23e6), "8.23M");
  EXPECT_EQ(format_short(999'700), "1.00M");
  EXPECT_EQ(format_short(950), "950");
}

TEST(Figures, AsciiForTerminalsThatKnowNothingElse) {
  EXPECT_EQ(to_ascii("231 µs ± 4 … ∞"), "231 us +- 4 .. inf");
  EXPECT_EQ(to_ascii("ü支"), "??");
}

}  // namespace
}  // namespace rehearse::reports
