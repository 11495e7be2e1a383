#include "base/quantity.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>
#include <limits>

namespace rehearse {
namespace {

std::int64_t ns(std::string_view text) {
  const Parsed<Duration> parsed = parse_duration(text);
  EXPECT_TRUE(parsed.value.has_value()) << text << ": " << parsed.problem;
  return parsed.value ? parsed.value->ns() : -1;
}

template <class T>
std::string why(const Parsed<T>& parsed) {
  EXPECT_FALSE(parsed.value.has_value());
  return parsed.problem + " | " + parsed.help;
}

TEST(ParseDuration, ReadsEveryUnitExactly) {
  EXPECT_EQ(ns("250ms"), 250'000'000);
  EXPECT_EQ(ns("1ns"), 1);
  EXPECT_EQ(ns("3us"), 3'000);
  EXPECT_EQ(ns("1.5s"), 1'500'000'000);
  EXPECT_EQ(ns("2m"), 120'000'000'000);
  EXPECT_EQ(ns("1h"), 3'600'000'000'000);
  EXPECT_EQ(ns("1d"), 86'400'000'000'000);
  EXPECT_EQ(ns("0s"), 0);
  EXPECT_EQ(ns("250 ms"), 250'000'000);
  EXPECT_EQ(ns("  7s "), 7'000'000'000);
}

TEST(ParseDuration, IsExactWhereDoublesAreNot) {
  EXPECT_EQ(ns("0.1s"), 100'000'000);
  EXPECT_EQ(ns("1.000000001s"), 1'000'000'001);
  EXPECT_EQ(ns("0.0000000010s"), 1);
  EXPECT_EQ(ns("9007199254.740993s"), 9'007'199'254'740'993'000);
  EXPECT_EQ(ns("106751.991167300d"), 9'223'372'036'854'720'000);
  EXPECT_EQ(ns("9223372036854775807ns"), std::numeric_limits<std::int64_t>::max());
}

TEST(ParseDuration, JoinsDescendingParts) {
  EXPECT_EQ(ns("2h30m"), 9'000'000'000'000);
  EXPECT_EQ(ns("1d2h3m4s5ms6us7ns"), 93'784'005'006'007);
  EXPECT_EQ(ns("1m1.5s"), 61'500'000'000);
  EXPECT_EQ(why(parse_duration("30m2h")),
            "'30m2h' joins parts that do not descend | join whole parts from large to small, as in "
            "2h30m or 1m1.5s");
  EXPECT_FALSE(parse_duration("1.5h30m").value);
  EXPECT_FALSE(parse_duration("1s1s").value);
  EXPECT_EQ(why(parse_duration("2h30")),
            "'2h30' ends without a unit | every number needs one, as in 2h30m");
}

TEST(ParseDuration, SaysWhichUnitIsMissingOrMeant) {
  EXPECT_EQ(why(parse_duration("250")), "'250' has no unit | write 250ms, 250us or 250s");
  EXPECT_EQ(why(parse_duration("1.5")), "'1.5' has no unit | write 1.5ms, 1.5us or 1.5s");
  EXPECT_EQ(why(parse_duration("0")), "'0' has no unit | write 0ms, 0us or 0s");
  EXPECT_EQ(why(parse_duration("250 sec")),
            "'250 sec' has the unknown unit 'sec' | did you mean s? units: ns us ms s m h d");
  EXPECT_EQ(why(parse_duration("5min")),
            "'5min' has the unknown unit 'min' | did you mean m? units: ns us ms s m h d");
  EXPECT_EQ(why(parse_duration("5parsecs")),
            "'5parsecs' has the unknown unit 'parsecs' | units: ns us ms s m h d");
  EXPECT_EQ(why(parse_duration("3\xC2\xB5s")),
            "'3\xC2\xB5s' has the unknown unit '\xC2\xB5s' | did you mean us? units: ns us ms s m "
            "h d");
}

TEST(ParseDuration, RejectsWhatIsNoPlainDecimal) {
  for (const char* text :
       {"",     " ",    "s",    "-5s",  "+5s",    ".5s",   "5.s",    "1e3s", "1e3",  "0x10s",
        "nan",  "inf",  "infs", "1,5s", "1_000s", "1..5s", "1.5.5s", "5s!",  "5s 3", "5s,",
        "--5s", "5 5s", "s5",   "5s\n", "\0",     "5\0s",  "\xff",   "1\xff"})
    EXPECT_FALSE(parse_duration(text).value) << text;
  EXPECT_EQ(why(parse_duration("-5s")), "'-5s' is negative | a duration is zero or more");
  EXPECT_EQ(why(parse_duration("1e3s")).substr(0, 23), "'1e3s' has an exponent ");
  EXPECT_EQ(why(parse_duration(".5s")), "'.5s' is not a duration | write 0.5s");
  EXPECT_EQ(why(parse_duration("1,5s")),
            "'1,5s' is not a duration | decimals stand after a point, and thousands are not set "
            "apart");
  EXPECT_EQ(why(parse_duration("soon")),
            "'soon' is not a duration | write a duration such as 250ms, 1.5s or 2h30m");
}

TEST(ParseDuration, KnowsItsEnds) {
  EXPECT_EQ(why(parse_duration("0.1ns")),
            "'0.1ns' is finer than a nanosecond | time goes in whole nanoseconds");
  EXPECT_FALSE(parse_duration("1.0000000001s").value);
  EXPECT_FALSE(parse_duration("9223372036854775808ns").value);
  EXPECT_FALSE(parse_duration("106752d").value);
  EXPECT_FALSE(parse_duration("106751d24h").value);
  EXPECT_FALSE(parse_duration(std::string(400, '9') + "s").value);
  EXPECT_FALSE(parse_duration("0." + std::string(400, '0') + "1s").value);
  EXPECT_EQ(ns(std::string(400, '0') + "1s"), 1'000'000'000);
  EXPECT_EQ(ns("1." + std::string(400, '0') + "s"), 1'000'000'000);
}

TEST(ParseRate, ReadsPerSecondMinuteAndHour) {
  EXPECT_EQ(parse_rate("1200rps").value, 1200);
  EXPECT_EQ(parse_rate("1200/s").value, 1200);
  EXPECT_EQ(parse_rate("90/min").value, 1.5);
  EXPECT_EQ(parse_rate("90/m").value, 1.5);
  EXPECT_EQ(parse_rate("90rpm").value, 1.5);
  EXPECT_EQ(parse_rate("1800/h").value, 0.5);
  EXPECT_EQ(parse_rate("0.5 rps").value, 0.5);
  EXPECT_EQ(why(parse_rate("80")), "'80' has no unit | write 80rps, 80/min or 80/h");
  EXPECT_EQ(
      why(parse_rate("80 req/s")),
      "'80 req/s' has the unknown unit 'req/s' | did you mean rps? units: rps /s rpm /min /h");
  EXPECT_FALSE(parse_rate("80ms").value);
  EXPECT_FALSE(parse_rate("-1rps").value);
  EXPECT_FALSE(parse_rate(std::string(400, '9') + "rps").value);
}

TEST(ParseRatio, RoundsAPercentageOnce) {
  EXPECT_EQ(parse_ratio("99.95%").value, 0.9995);  // not 99.95 / 100, which may be one bit off
  EXPECT_EQ(parse_ratio("0.1%").value, 0.001);
  EXPECT_EQ(parse_ratio("0.9995").value, 0.9995);
  EXPECT_EQ(parse_ratio("1").value, 1);
  EXPECT_EQ(parse_ratio("150%").value, 1.5);
  EXPECT_FALSE(parse_ratio("5%%").value);
  EXPECT_FALSE(parse_ratio("-1%").value);
  EXPECT_FALSE(parse_ratio("%").value);
  EXPECT_EQ(why(parse_ratio("5 percent")),
            "'5 percent' has the unknown unit 'percent' | did you mean %? units: %, or none");
}

TEST(ParseBytes, TellsThousandFrom1024) {
  EXPECT_EQ(parse_bytes("256Mi").value, 268'435'456);
  EXPECT_EQ(parse_bytes("256MiB").value, 268'435'456);
  EXPECT_EQ(parse_bytes("256M").value, 256'000'000);
  EXPECT_EQ(parse_bytes("1.5Gi").value, 1'610'612'736);
  EXPECT_EQ(parse_bytes("12B").value, 12);
  EXPECT_EQ(parse_bytes("1TB").value, 1'000'000'000'000);
  EXPECT_EQ(why(parse_bytes("256")), "'256' has no unit | write 256Mi, 256K or 256B");
  EXPECT_EQ(why(parse_bytes("0.3Ki")),
            "'0.3Ki' is not a whole number of bytes | write an amount of bytes such as 256Mi, 1.5G "
            "or 512B");
  EXPECT_EQ(why(parse_bytes("5mb")).substr(0, 48),
            "'5mb' has the unknown unit 'mb' | did you mean M");
  EXPECT_FALSE(parse_bytes("8388608Ti").value);
  EXPECT_TRUE(parse_bytes("8388607Ti").value);
}

TEST(ParseCpu, ReadsCoresAndThousandths) {
  EXPECT_EQ(parse_cpu("2").value, 2);
  EXPECT_EQ(parse_cpu("0.5").value, 0.5);
  EXPECT_EQ(parse_cpu("500m").value, 0.5);
  EXPECT_EQ(parse_cpu("1m").value, 0.001);
  EXPECT_FALSE(parse_cpu("2 cores").value);
  EXPECT_FALSE(parse_cpu("-1").value);
}

TEST(ParseCount, ReadsWholeNumbers) {
  EXPECT_EQ(parse_count("3").value, 3);
  EXPECT_EQ(parse_count("10k").value, 10'000);
  EXPECT_EQ(parse_count("1.5M").value, 1'500'000);
  EXPECT_EQ(parse_count("2G").value, 2'000'000'000);
  EXPECT_EQ(parse_count("3.0").value, 3);
  EXPECT_EQ(parse_count("9223372036854775807").value, std::numeric_limits<std::int64_t>::max());
  EXPECT_FALSE(parse_count("9223372036854775808").value);
  EXPECT_EQ(why(parse_count("2.5")),
            "'2.5' is not a whole number | write a count such as 3, 500 or 10k");
  EXPECT_EQ(why(parse_count("10K")),
            "'10K' has the unknown unit 'K' | did you mean k? units: k M G, or none");
  EXPECT_FALSE(parse_count("1e6").value);
  EXPECT_FALSE(parse_count("three").value);
}

TEST(ParseNumber, ReadsFiniteRealNumbers) {
  EXPECT_EQ(parse_number("0.9").value, 0.9);
  EXPECT_EQ(parse_number("-2").value, -2);
  EXPECT_EQ(parse_number("1e-3").value, 0.001);
  for (const char* text : {"", "-", "nan", "inf", "-inf", "0x10", "1e999", "1e-999", "1 2", "1.5s",
                           "1,5", "+1", "e5", "-.5", "."})
    EXPECT_FALSE(parse_number(text).value) << text;
}

TEST(FormatDuration, ReadsWell) {
  EXPECT_EQ(format_duration(0.0012345), "1.234ms");
  EXPECT_EQ(format_duration(9000), "2h30m");
  EXPECT_EQ(format_duration(0), "0s");
  EXPECT_EQ(format_duration(0.25), "250ms");
  EXPECT_EQ(format_duration(1.5), "1.5s");
  EXPECT_EQ(format_duration(59.994), "59.99s");
  EXPECT_EQ(format_duration(60), "1m");
  EXPECT_EQ(format_duration(90.5), "1m30.5s");
  EXPECT_EQ(format_duration(86400), "1d");
  EXPECT_EQ(format_duration(3e-9), "3ns");
  EXPECT_EQ(format_duration(4.5e-6), "4.5us");
  EXPECT_EQ(format_duration(0.00099999), "1ms");
  EXPECT_EQ(format_duration(0.99999), "1s");
  EXPECT_EQ(format_duration(59.9999), "1m");
  EXPECT_EQ(format_duration(-0.25), "-250ms");
  EXPECT_EQ(format_duration(std::nan("")), "nan");
  EXPECT_EQ(format_duration(HUGE_VAL), "inf");
  EXPECT_EQ(format_duration(-HUGE_VAL), "-inf");
  EXPECT_EQ(format_duration(0.123456789, 9), "123.456789ms");
}

TEST(FormatDuration, IsReadBack) {
  EXPECT_TRUE(rc::check("format then parse keeps six digits", [] {
    const auto raw = *rc::gen::inRange<std::int64_t>(1'000'000, 9'000'000'000'000'000'000);
    const int shift = *rc::gen::inRange(0, 43);
    const double seconds = static_cast<double>(raw >> shift) * 1e-9;
    if (seconds < 1e-3) return;  // six digits of less are finer than a nanosecond
    const Parsed<Duration> back = parse_duration(format_duration(seconds, 6));
    RC_ASSERT(back.value.has_value());
    RC_ASSERT(std::fabs(back.value->to_seconds() - seconds) <= 5.1e-6 * seconds);
  }));
  EXPECT_TRUE(rc::check("an exact duration reads back as itself", [] {
    const auto any = Duration::nanoseconds(
        *rc::gen::inRange<std::int64_t>(0, std::numeric_limits<std::int64_t>::max()) >>
        *rc::gen::inRange(0, 60));
    RC_ASSERT(parse_duration(exact_duration(any)).value == any);
  }));
}

TEST(ParseQuantity, SurvivesAnyText) {
  EXPECT_TRUE(rc::check("a value or a problem, never both and never neither", [] {
    const auto text = *rc::gen::container<std::string>(
        rc::gen::elementOf(std::string("0123456789.-+eE smhdunkMGTiB%/rp,_x\x80\xff")));
    const auto consistent = [](const auto& p) { return p.value.has_value() == p.problem.empty(); };
    RC_ASSERT(consistent(parse_duration(text)));
    RC_ASSERT(consistent(parse_rate(text)));
    RC_ASSERT(consistent(parse_ratio(text)));
    RC_ASSERT(consistent(parse_bytes(text)));
    RC_ASSERT(consistent(parse_cpu(text)));
    RC_ASSERT(consistent(parse_count(text)));
    RC_ASSERT(consistent(parse_number(text)));
  }));
}

TEST(FormatRatio, NeverRoundsUpToCertainty) {
  EXPECT_EQ(format_ratio(0.9995), "99.95%");
  EXPECT_EQ(format_ratio(0.99999), "99.999%");
  EXPECT_EQ(format_ratio(0.999999876), "99.999988%");
  EXPECT_EQ(format_ratio(1), "100%");
  EXPECT_EQ(format_ratio(0), "0%");
  EXPECT_EQ(format_ratio(0.05), "5%");
  EXPECT_EQ(format_ratio(0.123456), "12.35%");
  EXPECT_EQ(format_ratio(1.5), "150%");
  EXPECT_EQ(format_ratio(std::nan("")), "nan");
}

TEST(FormatOthers, ChooseTheUnitThatReadsWell) {
  EXPECT_EQ(format_rate(80), "80rps");
  EXPECT_EQ(format_rate(0), "0rps");
  EXPECT_EQ(format_rate(0.05), "3/min");
  EXPECT_EQ(format_rate(1.0 / 3600), "1/h");
  EXPECT_EQ(format_rate(123456), "123500rps");
  EXPECT_EQ(format_bytes(256.0 * 1024 * 1024), "256MiB");
  EXPECT_EQ(format_bytes(1536), "1.5KiB");
  EXPECT_EQ(format_bytes(12), "12B");
  EXPECT_EQ(format_bytes(1023.99999), "1KiB");
  EXPECT_EQ(format_number(1234), "1234");
  EXPECT_EQ(format_number(0.05), "0.05");
  EXPECT_EQ(format_number(-12346), "-12350");
  EXPECT_EQ(format_number(1.234e21), "1.234e+21");
  EXPECT_EQ(exact_duration(Duration::nanoseconds(1500)), "1500ns");
  EXPECT_EQ(exact_duration(Duration::seconds(9000)), "2h30m");
}

}  // namespace
}  // namespace rehearse
