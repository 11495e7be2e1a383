#pragma once
/// Counter-based random streams: Philox4x64-10 (J. Salmon et al., "Parallel random numbers: as easy
/// as 1, 2, 3", SC 2011; the Random123 library). One stream per (seed, trial, entity, purpose): the
/// key is a hash of names, so that a new entity or an extra draw disturbs nobody, and variants of a
/// scenario can be compared on common random numbers.
/// State: 72 bytes. Cost: a block of four 64-bit draws at a time.

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string_view>

namespace rehearse::sim {

/// Stable 64-bit hash of a name (FNV-1a, finished by a mixer); equal on every machine.
std::uint64_t name_hash(std::string_view name);

/// Identity of a trial: what every stream of it is derived from.
struct StreamSeed {
  std::uint64_t seed = 1;
  std::uint64_t trial = 0;
};

class Stream {
 public:
  Stream() : Stream(StreamSeed{}, "", "") {}
  Stream(StreamSeed seed, std::string_view entity, std::string_view purpose);

  std::uint64_t bits() {
    if (next_ == 4) [[unlikely]]
      refill();
    return block_[next_++];
  }
  /// In (0, 1], 53 bits: never zero, so that a logarithm is finite.
  double uniform() { return static_cast<double>((bits() >> 11) + 1) * 0x1.0p-53; }
  /// Mean 1.
  double exponential() { return -std::log(uniform()); }
  /// 0 .. n-1, n >= 1 (D. Lemire, "Fast random integer generation in an interval", 2019; the bias of
  /// the multiply without rejection is below n / 2^64 and is accepted).
  std::uint64_t below(std::uint64_t n) {
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(bits()) * n) >> 64);
  }
  bool chance(double probability) { return uniform() <= probability; }

 private:
  void refill();
  std::array<std::uint64_t, 4> block_{};
  std::uint32_t next_ = 4;
  std::uint64_t counter_ = 0;
  std::array<std::uint64_t, 2> key_{};
};

}  // namespace rehearse::sim
