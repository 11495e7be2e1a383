#include "reports/sparkline.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace rehearse::reports {
namespace {

constexpr std::array<const char*, 8> kBars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::array<const char*, 8> kAscii = {".", ":", "-", "=", "+", "*", "#", "@"};

double median_of(std::span<const double> values) {
  std::vector<double> known;
  for (const double v : values)
    if (std::isfinite(v)) known.push_back(v);
  if (known.empty()) return 0;
  const auto middle = known.begin() + static_cast<std::ptrdiff_t>(known.size() / 2);
  std::nth_element(known.begin(), middle, known.end());
  return *middle;
}

}  // namespace

std::vector<double> extremes(std::span<const double> values, std::size_t cells) {
  cells = std::min(cells, values.size());
  const double median = median_of(values);
  std::vector<double> out(cells, std::numeric_limits<double>::quiet_NaN());
  for (std::size_t i = 0; i < values.size(); ++i) {
    double& kept = out[i * cells / values.size()];
    if (!std::isfinite(values[i])) continue;
    if (std::isnan(kept) || std::abs(values[i] - median) > std::abs(kept - median))
      kept = values[i];
  }
  return out;
}

std::vector<std::string> spark_cells(std::span<const double> values, double top, bool ascii) {
  std::vector<std::string> out;
  for (const double v : values) {
    if (!std::isfinite(v)) {
      out.emplace_back(" ");
      continue;
    }
    const double share = top > 0 ? std::clamp(v / top, 0.0, 1.0) : 0;
    const auto height = std::min<std::size_t>(7, static_cast<std::size_t>(share * 8));
    out.emplace_back(ascii ? kAscii[height] : kBars[height]);
  }
  return out;
}

}  // namespace rehearse::reports
