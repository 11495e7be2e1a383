#include "policies/priority_load.hpp"

#include <algorithm>
#include <cstddef>

namespace rehearse::policies {
namespace {

constexpr double kRounding = 1e-9;

double healthy_share(const LevelHealth& level) {
  return level.backends == 0 ? 0 : static_cast<double>(level.healthy) / level.backends;
}

void split_by_numbers(std::span<const LevelHealth> levels, std::vector<LevelLoad>& loads) {
  double all = 0;
  for (const LevelHealth& level : levels) all += level.backends;
  for (std::size_t i = 0; i < levels.size(); ++i)
    loads[i].share = all > 0 ? levels[i].backends / all : 0;
}

}  // namespace

std::vector<LevelLoad> priority_loads(std::span<const LevelHealth> levels, double overprovisioning,
                                      double panic) {
  std::vector<LevelLoad> loads(levels.size());
  std::vector<double> health;
  double sum = 0;
  for (const LevelHealth& level : levels) {
    health.push_back(std::min(1.0, overprovisioning * healthy_share(level)));
    sum += health.back();
  }
  const double total = std::min(1.0, sum);
  const bool enough = total >= 1 - kRounding;
  bool all_panic = !enough;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    loads[i].panic = !enough && healthy_share(levels[i]) < panic;
    all_panic = all_panic && loads[i].panic;
  }
  if (all_panic) {
    split_by_numbers(levels, loads);
    return loads;
  }
  double left = 1;
  for (std::size_t i = 0; i < levels.size() && total > 0; ++i) {
    loads[i].share = std::min(left, health[i] / total);
    left -= loads[i].share;
    if (left < kRounding) left = 0;
  }
  return loads;
}

}  // namespace rehearse::policies
