#include "models/count_law.hpp"

#include <algorithm>
#include <cmath>

#include "base/assert.hpp"

namespace rehearse::models {
namespace {

constexpr double kTail = 1e-15;

}  // namespace

CountLaw::CountLaw(std::uint32_t least, std::vector<double> chances) : least_(least) {
  REHEARSE_ASSERT(!chances.empty());
  double sum = 0;
  for (const double chance : chances) upto_.push_back(sum += chance);
  for (double& upto : upto_) upto = std::min(1.0, upto / sum);
  upto_.back() = 1;
  REHEARSE_ASSERT(most() <= kMost);
}

CountLaw CountLaw::uniform(std::uint32_t low, std::uint32_t high) {
  return {low, std::vector<double>(high - low + 1, 1.0)};
}

CountLaw CountLaw::geometric(double mean) {
  const double again = 1 - 1 / mean;
  std::vector<double> chances;
  double left = 1;
  for (; left > kTail && chances.size() < kMost; left *= again) chances.push_back(left / mean);
  return {1, std::move(chances)};
}

CountLaw CountLaw::poisson(double mean) {
  // From the mode outwards, so that nothing is too small to be represented before it matters.
  const auto mode = static_cast<std::size_t>(mean);
  std::vector<double> chances(mode + 1, 1.0);
  for (std::size_t n = mode; n > 0; --n)
    chances[n - 1] = chances[n] * static_cast<double>(n) / mean;
  while (chances.back() > kTail)
    chances.push_back(chances.back() * mean / static_cast<double>(chances.size()));
  return {0, std::move(chances)};
}

CountLaw CountLaw::weighted(std::vector<std::pair<std::uint32_t, double>> weights) {
  std::sort(weights.begin(), weights.end());
  const std::uint32_t least = weights.front().first;
  std::vector<double> chances(weights.back().first - least + 1, 0.0);
  for (const auto& [n, weight] : weights) chances[n - least] += weight;
  return {least, std::move(chances)};
}

std::uint32_t CountLaw::search(double share) const {
  // The first whose distribution function exceeds the share, so that what has no chance is not
  // drawn.
  const auto found = std::upper_bound(upto_.begin(), upto_.end() - 1, share);
  return least_ + static_cast<std::uint32_t>(found - upto_.begin());
}

double CountLaw::mean() const {
  double sum = least_;
  for (std::size_t i = 1; i < upto_.size(); ++i) sum += static_cast<double>(i) * chance(i);
  return sum;
}

double CountLaw::generating(double z) const {
  double sum = 0;
  for (std::size_t i = upto_.size(); i-- > 0;) sum = sum * z + chance(i);
  return sum * std::pow(z, least_);
}

}  // namespace rehearse::models
