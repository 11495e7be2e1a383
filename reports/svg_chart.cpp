#include "reports/svg_chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "reports/figures.hpp"

namespace rehearse::reports {
namespace {

constexpr double kSize = 1000;  // of the view box, both ways

int x_of(double place) {
  return static_cast<int>(std::lround(std::clamp(place, 0.0, 1.0) * kSize));
}
int y_of(double place) {
  return x_of(1 - place);
}

/// Smallest of 1, 2, 2.5, 5 times a power of ten that is at least `rough`.
double round_step(double rough) {
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 2.5, 5.0})
    if (rough <= factor * power * (1 + 1e-9)) return factor * power;
  return 10 * power;
}

void add_ticks(Axis& axis, double step) {
  const double first = std::ceil(axis.low / step - 1e-9);
  for (double k = first; k * step <= axis.high * (1 + 1e-9) && axis.ticks.size() < 50; ++k)
    axis.ticks.push_back(k * step);
}

/// Calls `run` for every stretch [first, last) of finite values.
template <class Run>
void for_each_run(const std::vector<double>& values, const Run& run) {
  size_t first = 0;
  while (first < values.size()) {
    if (!std::isfinite(values[first])) {
      ++first;
      continue;
    }
    size_t last = first;
    while (last < values.size() && std::isfinite(values[last])) ++last;
    run(first, last);
    first = last;
  }
}

void append_points(std::string& out, const std::vector<double>& values, const Axis& axis,
                   size_t first, size_t last) {
  const double n = static_cast<double>(values.size());
  for (size_t i = first; i < last; ++i)
    fmt::format_to(std::back_inserter(out), "{}{} {}", out.empty() || out.back() == 'M' ? "" : " ",
                   x_of((static_cast<double>(i) + 0.5) / n), y_of(axis.place(values[i])));
}

}  // namespace

double Axis::place(double value) const {
  if (std::isnan(value)) return value;
  if (log && value <= 0) return 0;
  const double at = log ? (std::log(value) - std::log(low)) / (std::log(high) - std::log(low))
                        : (value - low) / (high - low);
  return std::clamp(at, 0.0, 1.0);
}

Axis linear_axis(double high, int most_ticks) {
  Axis axis;
  if (!std::isfinite(high) || high <= 1e-300 || high > 1e300) high = 1;
  const double step = round_step(high / most_ticks);
  axis.high = std::ceil(high / step - 1e-9) * step;
  add_ticks(axis, step);
  return axis;
}

Axis log_axis(double low, double high) {
  Axis axis;
  axis.log = true;
  constexpr double kSmallest = 1e-30, kLargest = 1e30;  // beyond, values sit on the edge
  low = std::clamp(low, kSmallest, kLargest);
  high = std::clamp(high, low * 1.01, kLargest * 2);
  const auto power_below = [](double v) {
    return std::pow(10.0, std::floor(std::log10(v) + 1e-9));
  };
  axis.low = power_below(low);
  for (const double factor : {2.0, 5.0})
    if (factor * power_below(low) <= low * (1 + 1e-9)) axis.low = factor * power_below(low);
  for (const double factor : {10.0, 5.0, 2.0})
    if (factor * power_below(high) >= high * (1 - 1e-9)) axis.high = factor * power_below(high);
  const double decades = std::log10(axis.high / axis.low);
  const std::vector<double> factors =
      decades <= 3.2 ? std::vector{1.0, 2.0, 5.0} : std::vector{1.0};
  const int skip = std::max(1, static_cast<int>(std::ceil(decades / 8)));
  const int first = static_cast<int>(std::floor(std::log10(axis.low)));
  for (int k = first; k <= first + static_cast<int>(decades) + 2; k += skip)
    for (const double factor : factors) {
      const double tick = factor * std::pow(10.0, k);
      if (tick >= axis.low * (1 - 1e-9) && tick <= axis.high * (1 + 1e-9))
        axis.ticks.push_back(tick);
    }
  return axis;
}

Axis time_axis(double from, double to, int most_ticks) {
  constexpr std::array<double, 24> kSteps = {
      1,    2,    5,     10,    15,    30,    60,     120,    300,    600,     900,     1800,
      3600, 7200, 10800, 21600, 43200, 86400, 172800, 345600, 604800, 1209600, 2592000, 7776000};
  Axis axis;
  axis.low = from;
  axis.high = to > from ? to : from + 1;
  const double rough = (axis.high - axis.low) / most_ticks;
  const auto* step = std::find_if(kSteps.begin(), kSteps.end(),
                                  [rough](double s) { return s >= rough * (1 - 1e-9); });
  add_ticks(axis, rough < 0.5 || step == kSteps.end() ? round_step(rough) : *step);
  return axis;
}

std::string time_label(double seconds) {
  return seconds == 0 ? "0" : format_span(seconds);
}

std::string line_path(const std::vector<double>& values, const Axis& axis) {
  std::string out;
  for_each_run(values, [&](size_t first, size_t last) {
    out += 'M';
    append_points(out, values, axis, first, last);
    if (last == first + 1) out += "h0";  // round caps make a dot of it
  });
  return out;
}

std::string area_path(const std::vector<double>& values, const Axis& axis) {
  std::string out;
  const double n = static_cast<double>(values.size());
  for_each_run(values, [&](size_t first, size_t last) {
    fmt::format_to(std::back_inserter(out), "M{} {:.0f}",
                   x_of((static_cast<double>(first) + 0.5) / n), kSize);
    append_points(out, values, axis, first, last);
    fmt::format_to(std::back_inserter(out), " {} {:.0f}z",
                   x_of((static_cast<double>(last) - 0.5) / n), kSize);
  });
  return out;
}

std::string bars_path(const std::vector<double>& left, const std::vector<double>& right,
                      const std::vector<double>& heights, const Axis& axis) {
  std::string out;
  for (size_t i = 0; i < heights.size(); ++i) {
    const int top = y_of(axis.place(heights[i]));
    if (heights[i] <= 0) continue;
    fmt::format_to(std::back_inserter(out), "M{} {:.0f}V{}H{}V{:.0f}z", x_of(left[i]), kSize,
                   std::min(top, static_cast<int>(kSize) - 4), x_of(right[i]), kSize);
  }
  return out;
}

std::string percent(double place) {
  std::string text = fmt::format("{:.2f}", std::isfinite(place) ? place * 100 : 0.0);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text + "%";
}

}  // namespace rehearse::reports
