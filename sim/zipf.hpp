#pragma once
/// Popularity of keys by rank. Value type, immutable after construction, safe to share between
/// threads.

#include <cstddef>
#include <cstdint>
#include <memory>

#include "sim/random.hpp"

namespace rehearse::sim {

/// Ranks 0 .. n-1 with probability proportional to 1 / (rank + 1)^alpha; alpha >= 0; n <= 2^32 - 1.
/// O(1) per draw: A. Walker's alias method (1977) up to kAliasLimit ranks, 8 bytes each and one
/// draw; rejection-inversion beyond (W. Hoermann, G. Derflinger, "Rejection-inversion to generate
/// variates from monotone discrete distributions", 1996), so that memory stays bounded.
/// Probabilities of the alias table are off by at most 2^-32 / n.
class Zipf {
 public:
  static constexpr std::uint64_t kAliasLimit = std::uint64_t{1} << 20;

  Zipf() = default;  ///< always rank 0
  Zipf(std::uint64_t n, double alpha);
  std::uint64_t sample(Stream& stream) const;
  std::uint64_t size() const { return n_; }
  double alpha() const { return alpha_; }
  double probability(std::uint64_t rank) const;
  std::size_t memory_bytes() const;

 private:
  std::uint64_t sample_by_rejection(Stream& stream) const;
  double area(double x) const;          // integral of t^-alpha from 1 to x
  double inverse_area(double y) const;  // and its inverse
  double height(double x) const;        // x^-alpha

  std::uint64_t n_ = 1;
  double alpha_ = 0;
  struct Alias;
  std::shared_ptr<const Alias> alias_;
  double norm_ = 1;  // sum of 1 / k^alpha
  // Of rejection-inversion: the range of areas, and the width below which no test is needed.
  double area_low_ = 0;
  double area_high_ = 0;
  double squeeze_ = 0;
};

}  // namespace rehearse::sim
