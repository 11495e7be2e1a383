#pragma once
/// Quantities as people write them: a number with its unit. Units are never optional where one
/// exists: "250" is not a duration, nor is "0". Case-sensitive; one space between number and unit
/// is allowed.
///
///   duration  ns us ms s m h d          250ms, 1.5s, 2h30m (descending parts may be joined)
///   rate      per second: rps, /s, per minute: rpm, /m, /min, per hour: /h   1200rps, 90/min
///   ratio     99.95%  or a plain number from 0 to 1: 0.9995
///   bytes     B K M G T (powers of 1000), Ki Mi Gi Ti (powers of 1024), with or without B
///   cpu       cores: 2, 0.5; thousandths: 500m   (Kubernetes notation)
///   count     whole number, k / M / G for thousands, millions, billions: 10k
///
/// Numbers are decimal digits with an optional point: no sign, no exponent, no separators; only
/// parse_number takes a sign and an exponent as well. Nothing here depends on the locale or throws.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace rehearse {

/// A value or the reason why there is none: `problem` says what is wrong ("'250' has no unit"),
/// `help` what is right ("write 250ms, 250us or 250s"); both are empty where there is a value.
template <class T>
struct Parsed {
  std::optional<T> value;
  std::string problem;
  std::string help;
};

/// Exact: decimal text is turned into nanoseconds by integer arithmetic; what is finer than a
/// nanosecond or longer than 292 years is a problem, not a rounding. Never negative.
Parsed<Duration> parse_duration(std::string_view text);
Parsed<double> parse_rate(std::string_view text);         ///< per second; never negative
Parsed<double> parse_ratio(std::string_view text);        ///< 0.9995; may exceed 1, callers check
Parsed<std::int64_t> parse_bytes(std::string_view text);  ///< exact; a whole number of bytes
Parsed<double> parse_cpu(std::string_view text);          ///< cores; never negative
Parsed<std::int64_t> parse_count(std::string_view text);  ///< exact; never negative
Parsed<double> parse_number(std::string_view text);       ///< plain finite real number, no unit

/// Shortest text that reads well: "1.234ms", "2h30m", with at most `digits` significant digits
/// (clamped to 1..15); read back by the parser above wherever the value is finite, not negative and
/// not below a nanosecond. "nan" and "inf" where it is not finite.
std::string format_duration(double seconds, int digits = 4);
std::string format_rate(double per_second, int digits = 4);  ///< "80rps", "3/min", "1.5/h"
/// As a percentage: "99.95%". Close to one, as many digits as the distance from one needs: 0.99999
/// is "99.999%" with any `digits`, and "100%" is said of 1 only.
std::string format_ratio(double ratio, int digits = 4);
std::string format_number(double number, int digits = 4);  ///< "1234", "0.05", "1.2e+21"
std::string format_bytes(double bytes, int digits = 4);    ///< "256MiB", "1.5KiB", "12B"
/// The same duration for a machine to read: "1500ns" exact to the nanosecond, "2h30m".
std::string exact_duration(Duration duration);

}  // namespace rehearse
