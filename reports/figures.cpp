#include "reports/figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace rehearse::reports {
namespace {

struct Scale {
  double factor = 1;  // shown number = value / factor
  std::string unit;
};

Scale time_scale(double seconds) {
  if (seconds >= 7200) return {3600, " h"};
  if (seconds >= 120) return {60, " min"};
  if (seconds >= 0.9995 || seconds <= 0) return {1, " s"};
  if (seconds >= 0.9995e-3) return {1e-3, " ms"};
  if (seconds >= 0.9995e-6) return {1e-6, " µs"};
  return {1e-9, " ns"};
}

Scale metric_scale(double value, std::string_view suffix) {
  const std::string after(suffix);
  if (value >= 9.9995e9) return {1e9, "G" + after};
  if (value >= 9.9995e6) return {1e6, "M" + after};
  if (value >= 9999.5) return {1e3, "k" + after};
  return {1, after};
}

/// `size` is the magnitude that decides; the sign does not.
Scale scale_of(double size, std::string_view unit) {
  size = std::abs(size);
  if (unit == "s") return time_scale(size);
  if (unit == "ratio") return {0.01, " %"};
  if (unit == "1/s") return metric_scale(size, "/s");
  return metric_scale(size, "");
}

/// Decimals so that `digits` significant digits of `number` show; never negative.
int decimals_for(double number, int digits) {
  number = std::abs(number);
  if (!(number > 0) || !std::isfinite(number)) return 0;
  const int exponent =
      static_cast<int>(std::floor(std::log10(number * (1 + 1e-9))));  // 0.0999999999 is 0.1
  return std::clamp(digits - 1 - exponent, 0, 12);
}

std::string fixed(double number, int decimals) {
  if (std::abs(number) >= 1e15) return fmt::format("{:.4g}", number);  // absurd, yet short
  std::string text = fmt::format("{:.{}f}", number, decimals);
  if (text.front() == '-' && text.find_first_not_of("-0.") == std::string::npos) text.erase(0, 1);
  return text;
}

/// Digits of a percentage that lies closer to 100 than to 99: count them from its distance to 100.
int decimals_of_lone(double shown, std::string_view unit, int digits) {
  if (unit == "ratio" && shown > 99 && shown < 100)
    return std::max(decimals_for(100 - shown, std::min(digits, 2)), decimals_for(shown, digits));
  return decimals_for(shown, digits);
}

/// Half-width as it is shown, and its decimals: one digit, two where the first is a 1.
int decimals_of_half(double half) {
  const int one = decimals_for(half, 1);
  const double exact = half * std::pow(10.0, one);
  const bool leading_one = exact < 1.95 && std::abs(std::round(exact) - exact) > 0.05;
  return leading_one ? one + 1 : one;
}

Figure without_interval(double value, std::string_view unit) {
  const Scale scale = scale_of(value, unit);
  const double shown = value / scale.factor;
  return {fixed(shown, decimals_of_lone(shown, unit, 3)), scale.unit, ""};
}

/// 0 and 100 % are often exact: "0 % [0, 0.003]" rather than "0.000 % [0.000, 0.003]".
std::string end_of(double number, int decimals) {
  if (std::isinf(number)) return number > 0 ? "∞" : "-∞";
  return fixed(number, number == 0 || number == 100 ? 0 : decimals);
}

}  // namespace

std::string Figure::text() const {
  if (number.empty()) return "no data";
  return interval.empty() ? number + unit : number + unit + " " + interval;
}

Figure figure(const Estimate& e) {
  if (!e.value || !std::isfinite(*e.value)) return {};
  const double value = *e.value;
  const bool low = std::isfinite(e.low), high = std::isfinite(e.high);
  if (!low && !high) return without_interval(value, e.unit);
  const double below = low ? std::max(value - e.low, 0.0) : 0;
  const double above = high ? std::max(e.high - value, 0.0) : 0;
  const double half = std::max(below, above);
  const Scale scale = scale_of(std::max(std::abs(value), half), e.unit);
  if (half <= std::abs(value) * 1e-9) {  // every trial gave the same
    const double shown = value / scale.factor;
    return {fixed(shown, std::min(decimals_of_lone(shown, e.unit, 4), 6)), scale.unit, "± 0"};
  }
  const int most =
      std::max(decimals_of_lone(std::max(std::abs(value), half) / scale.factor, e.unit, 6), 2);
  const int decimals = std::min(decimals_of_half(half / scale.factor), most);
  const double shown = value / scale.factor;
  if (!low || !high || std::min(below, above) < 0.8 * half)
    return {end_of(shown, decimals), scale.unit,
            fmt::format("[{}, {}]", end_of(e.low / scale.factor, decimals),
                        end_of(e.high / scale.factor, decimals))};
  return {fixed(shown, decimals), scale.unit, "± " + fixed(half / scale.factor, decimals)};
}

Figure difference_figure(const Estimate& e, double size) {
  if (!e.value || !std::isfinite(*e.value)) return {};
  const double value = *e.value;
  const double half = std::isfinite(e.high) ? std::max(e.high - value, 0.0) : 0;
  if (value == 0 && half == 0 && std::isfinite(e.high)) return {"0", "", ""};
  const double span = std::max(std::abs(value), half);
  Scale scale = scale_of(span, e.unit);
  if (e.unit == "ratio") scale.unit = " pp";
  const double shown = value / scale.factor;
  const int needed = half > span * 1e-9 ? decimals_of_half(half / scale.factor)  //
                                        : decimals_for(shown, 3);
  const int most = size > 0 ? std::max(decimals_for(size / scale.factor, 5), 0) : 6;
  const int decimals = std::min({needed, most, 6});
  std::string number = fixed(shown, decimals);
  if (value > 0 && number.find_first_of("123456789") != std::string::npos) number = "+" + number;
  if (!std::isfinite(e.high)) return {number, scale.unit, ""};
  return {number, scale.unit,
          fmt::format("[{}, {}]", end_of(e.low / scale.factor, decimals),
                      end_of(e.high / scale.factor, decimals))};
}

std::string format_figure(double value, std::string_view unit, int digits) {
  if (std::isnan(value)) return "no data";
  if (std::isinf(value)) return value > 0 ? "∞" : "-∞";
  const Scale scale = scale_of(value, unit);
  const double shown = value / scale.factor;
  std::string text = fixed(shown, decimals_of_lone(shown, unit, digits));
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  return text + scale.unit;
}

std::string format_span(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return "unknown";
  if (seconds < 60) return format_figure(seconds, "s", 3);
  constexpr std::array<std::pair<double, const char*>, 4> kParts = {
      {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}}};
  std::string out;
  double rest = std::round(seconds);
  for (size_t i = 0; i < kParts.size(); ++i) {
    const auto [size, name] = kParts[i];
    const double whole = std::floor(rest / size);
    if (whole < 1) continue;
    out += fmt::format("{}{:.0f} {}", out.empty() ? "" : " ", whole, name);
    rest -= whole * size;
    // Two parts are as exact as anyone reads them.
    if (i + 1 < kParts.size() && out.find(' ') != out.rfind(' ')) break;
  }
  return out;
}

std::string format_count(std::uint64_t count) {
  std::string digits = fmt::format("{}", count);
  for (size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string format_short(double number) {
  if (!std::isfinite(number)) return "?";
  constexpr std::array<std::pair<double, const char*>, 3> kSizes = {
      {{1e9, "G"}, {1e6, "M"}, {1e3, "k"}}};
  for (const auto& [size, name] : kSizes)
    if (std::abs(number) >= size * 0.9995)
      return fixed(number / size, std::min(decimals_for(number / size, 3), 2)) + name;
  return fixed(number, std::min(decimals_for(number, 3), 2));
}

std::string to_ascii(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 15> kPlain = {{{"±", "+-"},
                                                                                     {"µ", "u"},
                                                                                     {"…", ".."},
                                                                                     {"∞", "inf"},
                                                                                     {"→", "->"},
                                                                                     {"–", "-"},
                                                                                     {"—", "-"},
                                                                                     {"·", "-"},
                                                                                     {"─", "-"},
                                                                                     {"█", "#"},
                                                                                     {"░", "."},
                                                                                     {"✓", "+"},
                                                                                     {"✗", "x"},
                                                                                     {"≈", "~"},
                                                                                     {"≠", "!="}}};
  std::string out;
  while (!text.empty()) {
    const auto* hit = std::find_if(kPlain.begin(), kPlain.end(),
                                   [&](const auto& pair) { return text.starts_with(pair.first); });
    if (hit != kPlain.end()) {
      out += hit->second;
      text.remove_prefix(hit->first.size());
      continue;
    }
    const auto first = static_cast<unsigned char>(text.front());
    if (first < 0x80) {
      out += text.front();
    } else if (first >= 0xC0) {
      out += '?';  // one per character, its continuation bytes vanish
    }
    text.remove_prefix(1);
  }
  return out;
}

}  // namespace rehearse::reports
