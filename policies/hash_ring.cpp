#include "policies/hash_ring.hpp"

#include <cmath>

namespace rehearse::policies {

std::uint64_t HashRing::mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

HashRing::HashRing(std::span<const double> weights, std::uint64_t salt) : salt_(salt) {
  double all = 0;
  for (const double weight : weights) all += weight * kPointsPerWeight;
  const double scale = kPointsPerWeight * std::min(1.0, kMostPoints / std::max(all, 1.0));
  for (std::uint32_t backend = 0; backend < weights.size(); ++backend) {
    const auto own =
        static_cast<std::uint64_t>(std::max(1.0, std::round(weights[backend] * scale)));
    for (std::uint64_t point = 0; point < own; ++point)
      points_.push_back({mix(mix((std::uint64_t{backend} << 32) | point) ^ salt), backend});
  }
  std::sort(points_.begin(), points_.end());
}

}  // namespace rehearse::policies
