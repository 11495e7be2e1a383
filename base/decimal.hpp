#pragma once
/// Decimal numbers kept as digits until it is known what they count, so that "0.1s" is a hundred
/// million nanoseconds and not the nearest double's worth. No locale, no exceptions.

#include <cstdint>
#include <string>
#include <string_view>

namespace rehearse {

/// A number in the manner of 12 or 12.5: no sign, no exponent.
struct Decimal {
  std::string digits;  ///< without the point
  int fraction = 0;    ///< how many of them stand after it
  size_t length = 0;   ///< characters read; 0: there is no number

  enum class Fit { exact, too_fine, too_large };
  /// `out` = value * scale where that is a whole number below 2^63. REQUIRES: 1 <= scale < 2^50.
  Fit times(std::int64_t scale, std::int64_t& out) const;
  /// value * 10^shift as the nearest double; infinite where it is too large.
  double shifted(int shift) const;
};

/// The number at the start of `text`.
Decimal read_decimal(std::string_view text);

/// `value` with at most `digits` significant digits in plain notation, divided by 10^exponent:
/// plain_decimal(0.0012346, 4, -3) is "1.235". No trailing zeros. REQUIRES: finite, 1 <= digits
/// <= 17.
std::string plain_decimal(double value, int digits, int exponent = 0);

/// `value` rounded to `digits` significant digits.
double rounded_to_digits(double value, int digits);

}  // namespace rehearse
