#pragma once
/// Consistent hashing on a ring, in the manner of Ketama: each backend owns 160 points of a circle
/// of hashes for each unit of its weight, and a key belongs to the owner of the next point. Adding
/// one backend to n moves 1 / (n + 1) of the keys, all of them to the new one; of a backend that is
/// not eligible the keys go to the next points' owners, and come back with it.
/// Shares vary about their mean with a coefficient of variation of some 1 / sqrt(160) = 8 %.
///
/// State: 16 bytes a point; where all weights would make more than 2^20 points, each gets fewer in
/// proportion. Look-up: O(log points), and a step per point of somebody who is not eligible.
/// Source: D. Karger et al., "Consistent Hashing and Random Trees", STOC 1997; libketama; nginx
/// 1.24 `hash ... consistent`, which has the same 160 points. Hashes are 64 bits of a mixer
/// (splitmix64, G. Steele et al. 2014) in place of MD5 or CRC-32.
/// Leaves out: bounded loads (V. Mirrokni et al. 2018).

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace rehearse::policies {

class HashRing {
 public:
  static constexpr std::uint32_t kNobody = 0xffffffff;
  static constexpr double kPointsPerWeight = 160;
  static constexpr double kMostPoints = 1 << 20;

  /// Points of a backend depend on its number and on `salt` alone, not on the others.
  HashRing(std::span<const double> weights, std::uint64_t salt);

  /// Place of a key on the ring.
  std::uint64_t place_of(std::uint64_t key) const { return mix(mix(key) ^ ~salt_); }

  /// The first backend from this place on that is eligible; kNobody where none is.
  template <class Eligible>
  std::uint32_t owner(std::uint64_t place, Eligible eligible) const {
    auto at = std::lower_bound(points_.begin(), points_.end(), Point{place, 0});
    for (std::size_t n = 0; n < points_.size(); ++n, ++at) {
      if (at == points_.end()) at = points_.begin();
      if (eligible(at->backend)) return at->backend;
    }
    return kNobody;
  }
  std::size_t points() const { return points_.size(); }

 private:
  struct Point {
    std::uint64_t place;
    std::uint32_t backend;
    bool operator<(const Point& other) const {
      return place != other.place ? place < other.place : backend < other.backend;
    }
  };
  static std::uint64_t mix(std::uint64_t x);

  std::uint64_t salt_;
  std::vector<Point> points_;
};

}  // namespace rehearse::policies
