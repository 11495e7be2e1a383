#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/decimal.hpp"
#include "base/quantity.hpp"

namespace rehearse {
namespace {

std::string not_finite(double value) {
  if (std::isnan(value)) return "nan";
  return value < 0 ? "-inf" : "inf";
}

/// Whole seconds as 1d2h3m4s without the parts that are zero; `fraction` is ".5" or empty.
std::string clock_text(std::int64_t seconds, std::string_view fraction) {
  const std::int64_t days = seconds / 86400, hours = seconds / 3600 % 24;
  const std::int64_t minutes = seconds / 60 % 60, rest = seconds % 60;
  std::string out;
  if (days > 0) out += fmt::format("{}d", days);
  if (hours > 0) out += fmt::format("{}h", hours);
  if (minutes > 0) out += fmt::format("{}m", minutes);
  if (rest > 0 || !fraction.empty() || out.empty()) out += fmt::format("{}{}s", rest, fraction);
  return out;
}

/// From a minute on; beyond 2^53 seconds plain seconds have to do.
std::string long_duration(double seconds, int digits) {
  const std::string text = plain_decimal(seconds, digits);
  if (seconds >= 9e15) return text + "s";
  const size_t point = std::min(text.find('.'), text.size());
  std::int64_t whole = 0;
  for (const char c : text.substr(0, point)) whole = whole * 10 + (c - '0');
  return clock_text(whole, std::string_view(text).substr(point));
}

}  // namespace

std::string format_number(double number, int digits) {
  if (!std::isfinite(number)) return not_finite(number);
  digits = std::clamp(digits, 1, 15);
  const double size = std::fabs(rounded_to_digits(number, digits));
  if (size != 0 && (size < 1e-5 || size >= 1e15)) return fmt::format("{:.{}g}", number, digits);
  return plain_decimal(number, digits);
}

std::string format_duration(double seconds, int digits) {
  if (!std::isfinite(seconds)) return not_finite(seconds);
  if (seconds < 0) return "-" + format_duration(-seconds, digits);
  digits = std::clamp(digits, 1, 15);
  const double size = rounded_to_digits(seconds, digits);  // decides the unit: 999.99us is 1ms
  if (size == 0) return "0s";
  if (size >= 60) return long_duration(size, digits);
  if (size >= 1) return plain_decimal(seconds, digits) + "s";
  if (size >= 1e-3) return plain_decimal(seconds, digits, -3) + "ms";
  if (size >= 1e-6) return plain_decimal(seconds, digits, -6) + "us";
  if (size >= 1e-12) return plain_decimal(seconds, digits, -9) + "ns";
  return fmt::format("{:.{}g}ns", seconds * 1e9, digits);
}

std::string format_rate(double per_second, int digits) {
  if (!std::isfinite(per_second)) return not_finite(per_second);
  const double size = std::fabs(per_second);
  if (size == 0 || size >= 0.1) return format_number(per_second, digits) + "rps";
  if (size * 60 >= 0.1) return format_number(per_second * 60, digits) + "/min";
  return format_number(per_second * 3600, digits) + "/h";
}

std::string format_ratio(double ratio, int digits) {
  if (!std::isfinite(ratio)) return not_finite(ratio);
  digits = std::clamp(digits, 1, 15);
  // The first two digits of what is missing to 100 % are what a reader of "99.99x%" looks for.
  const double missing = 1 - ratio;
  if (ratio > 0.5 && missing > 1e-15) {
    const int nines = static_cast<int>(std::floor(-std::log10(missing)));
    digits = std::clamp(std::max(digits, nines + 2), 1, 17);
  }
  const std::string text = ratio != 0 && std::fabs(ratio) < 1e-7
                               ? fmt::format("{:.{}g}", ratio * 100, digits)
                               : plain_decimal(ratio, digits, -2);
  return text + "%";
}

std::string format_bytes(double bytes, int digits) {
  if (!std::isfinite(bytes)) return not_finite(bytes);
  constexpr std::array<const char*, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
  size_t unit = 0;
  while (unit + 1 < kUnits.size() &&
         std::fabs(rounded_to_digits(bytes, std::clamp(digits, 4, 15))) >= 1024) {
    bytes /= 1024;
    ++unit;
  }
  return format_number(bytes, digits) + kUnits[unit];
}

std::string exact_duration(Duration duration) {
  const std::int64_t ns = duration.ns();
  if (ns == 0) return "0s";
  if (ns < 0) return fmt::format("{}ns", ns);
  if (ns % 1'000'000'000 == 0) return clock_text(ns / 1'000'000'000, "");
  if (ns % 1'000'000 == 0) return fmt::format("{}ms", ns / 1'000'000);
  if (ns % 1'000 == 0) return fmt::format("{}us", ns / 1'000);
  return fmt::format("{}ns", ns);
}

}  // namespace rehearse
