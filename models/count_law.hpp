#pragma once
/// Laws of small whole numbers: how often a loop goes round. Every law is kept as the table of its
/// distribution function, so that one draw and a binary search sample any of them, and its
/// generating function is exact. Samples fall as the draw rises, as those of sim::Distribution do.
/// A tail below 1e-15, and what lies beyond kMost, is added to the last entry.

#include <cstdint>
#include <utility>
#include <vector>

#include "sim/random.hpp"

namespace rehearse::models {

class CountLaw {
 public:
  static constexpr std::uint32_t kMost = 65535;

  CountLaw() : CountLaw(0, {1.0}) {}
  /// REQUIRES of all: results are at most kMost.
  static CountLaw constant(std::uint32_t n) { return {n, {1.0}}; }
  static CountLaw uniform(std::uint32_t low, std::uint32_t high);  ///< both included
  /// 1, 2, 3 ...: goes on after each turn with probability 1 - 1 / mean. REQUIRES: 1 <= mean <=
  /// 1000.
  static CountLaw geometric(double mean);
  /// 0, 1, 2 ... REQUIRES: 0 <= mean <= 500.
  static CountLaw poisson(double mean);
  /// REQUIRES: one number or more; weights are positive and in any scale.
  static CountLaw weighted(std::vector<std::pair<std::uint32_t, double>> weights);

  std::uint32_t sample(sim::Stream& stream) const {
    return upto_.size() == 1 ? least_ : search(1 - stream.uniform());
  }
  double mean() const;
  /// E[z^N], z in [0, 1]: with z the chance that a turn succeeds, that of all turns.
  double generating(double z) const;
  std::uint32_t most() const { return least_ + static_cast<std::uint32_t>(upto_.size()) - 1; }

 private:
  CountLaw(std::uint32_t least, std::vector<double> chances);
  std::uint32_t search(double share) const;
  double chance(std::size_t i) const { return i == 0 ? upto_[0] : upto_[i] - upto_[i - 1]; }

  std::uint32_t least_ = 0;
  std::vector<double> upto_;  // P(N <= least + i); ends with 1
};

}  // namespace rehearse::models
