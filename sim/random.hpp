#pragma once
/// Counter-based random streams: Philox4x64-10 (J. Salmon et al., "Parallel random numbers: as easy
/// as 1, 2, 3", SC 2011; the Random123 library). One stream per (seed, trial, entity, purpose): the
/// key is a hash of names, so that a new entity or an extra draw disturbs nobody, and variants of a
/// scenario can be compared on common random numbers.
/// State: 168 bytes. Two blocks of four draws are made at a time, as their ten dependent rounds
/// overlap in the processor. Draws are equal on every machine (bench/rng.cpp has the cost).

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sim/elementary.hpp"
#include "sim/wide.hpp"

namespace rehearse::sim {

/// Stable 64-bit hash of a name (FNV-1a, finished by a mixer); equal on every machine.
std::uint64_t name_hash(std::string_view name);

/// One block of Philox4x64-10: a bijection of counters for every key.
std::array<std::uint64_t, 4> philox_block(const std::array<std::uint64_t, 4>& counter,
                                          const std::array<std::uint64_t, 2>& key);

/// Identity of a trial: what every stream of it is derived from.
struct StreamSeed {
  std::uint64_t seed = 1;
  std::uint64_t trial = 0;
};

class Stream {
 public:
  Stream() : Stream(StreamSeed{}, "", "") {}
  /// The key is half of a Philox block over (seed, trial, hash of entity, hash of purpose): 128
  /// bits, so that no two streams of a run share a key but by an accident of probability 2^-100.
  Stream(StreamSeed seed, std::string_view entity, std::string_view purpose);

  std::uint64_t bits() {
    if (next_ == block_.size()) [[unlikely]]
      refill();
    return block_[next_++];
  }
  /// In (0, 1], 53 bits: never zero, so that a logarithm is finite.
  double uniform() { return static_cast<double>((bits() >> 11) + 1) * 0x1.0p-53; }
  /// Mean 1; from 0 to 36.7. Made eight at a time: eight logarithms in a row overlap in the
  /// processor, and none of them is on the critical path of the event that needs one.
  double exponential() {
    if (next_exponential_ == exponentials_.size()) [[unlikely]]
      refill_exponentials();
    return exponentials_[next_exponential_++];
  }
  /// 0 .. n-1, n >= 1 (D. Lemire, "Fast random integer generation in an interval", 2019; the bias
  /// of the multiply without rejection is below n / 2^64 and is accepted).
  std::uint64_t below(std::uint64_t n) {
    return static_cast<std::uint64_t>((static_cast<UInt128>(bits()) * n) >> 64);
  }
  /// True with the probability given; never for 0, always for 1.
  bool chance(double probability) { return uniform() <= probability; }

  const std::array<std::uint64_t, 2>& key() const { return key_; }

 private:
  void refill();
  void refill_exponentials();
  std::array<std::uint64_t, 8> block_{};
  std::array<double, 8> exponentials_{};
  std::uint64_t next_exponential_ = 8;
  std::uint64_t next_ = 8;
  std::uint64_t counter_ = 0;
  std::array<std::uint64_t, 2> key_{};
};

}  // namespace rehearse::sim
