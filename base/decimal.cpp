#include "base/decimal.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>

#include "base/assert.hpp"
#include "base/text.hpp"

namespace rehearse {
namespace {

__extension__ using Wide = unsigned __int128;

}  // namespace

Decimal read_decimal(std::string_view text) {
  Decimal d;
  size_t at = 0;
  while (at < text.size() && is_digit(text[at])) ++at;
  if (at == 0) return d;
  d.digits = text.substr(0, at);
  if (at + 1 < text.size() && text[at] == '.' && is_digit(text[at + 1])) {
    const size_t begin = ++at;
    while (at < text.size() && is_digit(text[at])) ++at;
    d.digits += text.substr(begin, at - begin);
    d.fraction = static_cast<int>(at - begin);
  }
  d.length = at;
  return d;
}

Decimal::Fit Decimal::times(std::int64_t scale, std::int64_t& out) const {
  REHEARSE_ASSERT(scale >= 1 && scale < (std::int64_t{1} << 50));
  std::string_view left = digits;
  int after_point = fraction;
  while (after_point > 0 && left.back() == '0') {
    left.remove_suffix(1);
    --after_point;
  }
  while (!left.empty() && left.front() == '0') left.remove_prefix(1);
  // No scale has more than 49 factors of two or 21 of five to give away, and none of ours has 18 of
  // both: with more decimals than that the product cannot be whole.
  if (after_point > 18) return Fit::too_fine;
  constexpr auto kMost = static_cast<Wide>(std::numeric_limits<std::int64_t>::max());
  Wide divisor = 1;
  for (int i = 0; i < after_point; ++i) divisor *= 10;
  Wide value = 0;
  for (const char c : left) {
    value = value * 10 + static_cast<Wide>(c - '0');
    if (value > kMost * divisor) return Fit::too_large;  // below 2^63 * 10^18 < 2^123
  }
  const auto wide_scale = static_cast<Wide>(scale);
  if (value > kMost * divisor / wide_scale + 1) return Fit::too_large;
  // value * scale < 2^123 + 2^50, so it does not wrap.
  const Wide product = value * wide_scale;
  if (product % divisor != 0) return Fit::too_fine;
  if (product / divisor > kMost) return Fit::too_large;
  out = static_cast<std::int64_t>(product / divisor);
  return Fit::exact;
}

double Decimal::shifted(int shift) const {
  const size_t first = digits.find_first_not_of('0');
  if (first == std::string::npos) return 0;
  const std::string text = fmt::format("{}e{}", digits, shift - fraction);
  double value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc::result_out_of_range) return value;
  const bool large = static_cast<long>(digits.size() - first) - fraction + shift > 0;
  return large ? std::numeric_limits<double>::infinity() : 0.0;
}

std::string plain_decimal(double value, int digits, int exponent) {
  std::array<char, 64> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                 std::chars_format::scientific, digits - 1);
  std::string_view text(buffer.data(), static_cast<size_t>(end.ptr - buffer.data()));
  const bool negative = text.front() == '-';
  if (negative) text.remove_prefix(1);
  const size_t e = text.find('e');
  std::string mantissa(text.substr(0, 1));
  if (e > 2) mantissa += text.substr(2, e - 2);
  std::string_view power_text = text.substr(e + 1);
  if (power_text.front() == '+') power_text.remove_prefix(1);
  int power = 0;
  std::from_chars(power_text.data(), power_text.data() + power_text.size(), power);
  while (mantissa.size() > 1 && mantissa.back() == '0') mantissa.pop_back();
  if (mantissa == "0") return "0";

  const int point = power - exponent + 1;  // digits before the decimal point
  const auto length = static_cast<int>(mantissa.size());
  std::string out = negative ? "-" : "";
  if (point <= 0) return out + "0." + std::string(static_cast<size_t>(-point), '0') + mantissa;
  if (point >= length)
    return out + mantissa + std::string(static_cast<size_t>(point - length), '0');
  const auto split = static_cast<size_t>(point);
  return out + mantissa.substr(0, split) + "." + mantissa.substr(split);
}

double rounded_to_digits(double value, int digits) {
  std::array<char, 64> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                 std::chars_format::scientific, digits - 1);
  double rounded = value;
  std::from_chars(buffer.data(), end.ptr, rounded);
  return rounded;
}

}  // namespace rehearse
