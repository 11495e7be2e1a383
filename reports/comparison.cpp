#include "reports/comparison.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace rehearse::reports {
namespace {

constexpr std::array<const char*, 4> kTrendNames = {"none", "better", "worse", "other"};

}  // namespace

const char* trend_name(Trend trend) {
  return kTrendNames[static_cast<size_t>(trend)];
}

std::optional<Trend> trend_of(std::string_view name) {
  for (size_t i = 0; i < kTrendNames.size(); ++i)
    if (name == kTrendNames[i]) return static_cast<Trend>(i);
  return std::nullopt;
}

double Difference::size() const {
  return std::max(std::abs(shown_before().value_or(0)), std::abs(shown_after().value_or(0)));
}

int Comparison::verdicts_changed() const {
  return static_cast<int>(std::count_if(objectives.begin(), objectives.end(),
                                        [](const auto& o) { return o.verdict_changed(); }));
}

bool Comparison::worsened() const {
  return std::any_of(objectives.begin(), objectives.end(), [](const auto& o) { return o.broke(); });
}

}  // namespace rehearse::reports
