#pragma once
/// Quantities as people write them: a number with its unit. Units are never optional where one
/// exists: "250" is not a duration. Case-sensitive, no space needed between number and unit.
///
///   duration  ns us ms s m h d          250ms, 1.5s, 2h30m (descending parts may be joined)
///   rate      per second: rps, /s, per minute: rpm, /m, /min, per hour: /h   1200rps, 90/min
///   ratio     99.95%  or a plain number from 0 to 1: 0.9995
///   bytes     B K M G T (powers of 1000), Ki Mi Gi Ti (powers of 1024), with or without B
///   cpu       cores: 2, 0.5; thousandths: 500m   (Kubernetes notation)
///   count     whole number, k / M / G for thousands, millions, billions: 10k

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace rehearse {

/// A value or the reason why there is none: `problem` says what is wrong, `help` what is right.
template <class T>
struct Parsed {
  std::optional<T> value;
  std::string problem;
  std::string help;
};

Parsed<Duration> parse_duration(std::string_view text);
Parsed<double> parse_rate(std::string_view text);   ///< per second
Parsed<double> parse_ratio(std::string_view text);  ///< 0.9995; may exceed 1, callers check
Parsed<std::int64_t> parse_bytes(std::string_view text);
Parsed<double> parse_cpu(std::string_view text);  ///< cores
Parsed<std::int64_t> parse_count(std::string_view text);
Parsed<double> parse_number(std::string_view text);  ///< plain finite real number, no unit

/// Shortest text that reads well: "1.234ms", "2h30m", with at most `digits` significant digits.
std::string format_duration(double seconds, int digits = 4);
std::string format_rate(double per_second, int digits = 4);
std::string format_ratio(double ratio, int digits = 4);  ///< as a percentage: "99.95%"

}  // namespace rehearse
