#pragma once
/// A quantile of latencies that follows slowly changing ones, in constant memory: counts in buckets
/// 5 % apart, halved whenever so many have been counted that older ones should fade.
/// From 10 us to 17 min; what is outside counts as the nearest. The value given is the upper end of
/// the bucket, so at most 5 % too much. O(1) to add; O(buckets) to ask. State 1.5 KiB.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "base/time.hpp"

namespace rehearse::policies {

class LatencyQuantile {
 public:
  /// Counts halve every so many.
  explicit LatencyQuantile(std::uint32_t fade_after = 1000) : fade_after_(fade_after) {}

  void add(Duration latency) noexcept {
    ++counts_[bucket_of(latency)];
    ++total_;
    if (++since_ < fade_after_) return;
    since_ = 0;
    total_ = 0;
    for (std::uint32_t& count : counts_) total_ += count /= 2;
  }
  std::uint32_t known() const { return total_; }
  /// Of `q` from 0 to 1; zero where nothing is known.
  Duration at(double q) const noexcept {
    if (total_ == 0) return Duration::zero();
    const double wanted = q * total_;
    double seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (seen >= wanted && counts_[i] > 0) return upper_end(i);
    }
    return upper_end(counts_.size() - 1);
  }
  bool operator==(const LatencyQuantile&) const = default;

 private:
  static constexpr std::size_t kBuckets = 378;
  static constexpr double kFirst = 10e3;  // ns
  static constexpr double kRatio = 1.05;

  static std::size_t bucket_of(Duration latency) {
    const double ns = std::max(1.0, static_cast<double>(latency.ns()));
    const double index = std::ceil(std::log(ns / kFirst) / std::log(kRatio) - 1e-9);
    return static_cast<std::size_t>(std::clamp(index, 0.0, static_cast<double>(kBuckets - 1)));
  }
  static Duration upper_end(std::size_t bucket) {
    return Duration::from_seconds(kFirst * 1e-9 * std::pow(kRatio, static_cast<double>(bucket)));
  }

  std::uint32_t fade_after_;
  std::uint32_t since_ = 0;
  std::uint32_t total_ = 0;
  std::array<std::uint32_t, kBuckets> counts_{};
};

}  // namespace rehearse::policies
