#include "sim/random.hpp"

#include <Random123/philox.h>

namespace rehearse::sim {
namespace {

using Philox = r123::Philox4x64;  // ten rounds

/// The finalizer of MurmurHash3 (A. Appleby): every bit of the input reaches every bit of the
/// output.
std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 33)) * 0xff51'afd7'ed55'8ccd;
  x = (x ^ (x >> 33)) * 0xc4ce'b9fe'1a85'ec53;
  return x ^ (x >> 33);
}

/// Key of the block that derives keys: the first digits of pi, as good as any constant.
constexpr std::array<std::uint64_t, 2> kDerivation = {0x243f'6a88'85a3'08d3, 0x1319'8a2e'0370'7344};

}  // namespace

std::uint64_t name_hash(std::string_view name) {
  std::uint64_t hash = 0xcbf2'9ce4'8422'2325;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100'0000'01b3;
  return mix(hash);
}

std::array<std::uint64_t, 4> philox_block(const std::array<std::uint64_t, 4>& counter,
                                          const std::array<std::uint64_t, 2>& key) {
  const Philox::ctr_type in = {{counter[0], counter[1], counter[2], counter[3]}};
  const Philox::ctr_type out = Philox{}(in, {{key[0], key[1]}});
  return {out.v[0], out.v[1], out.v[2], out.v[3]};
}

Stream::Stream(StreamSeed seed, std::string_view entity, std::string_view purpose) {
  const auto derived =
      philox_block({seed.seed, seed.trial, name_hash(entity), name_hash(purpose)}, kDerivation);
  key_ = {derived[0], derived[1]};
}

void Stream::refill() {
  const Philox::key_type key = {{key_[0], key_[1]}};
  const Philox::ctr_type first = Philox{}({{counter_, 0, 0, 0}}, key);
  const Philox::ctr_type second = Philox{}({{counter_ + 1, 0, 0, 0}}, key);
  counter_ += 2;
  for (std::size_t i = 0; i < 4; ++i) {
    block_[i] = first.v[i];
    block_[i + 4] = second.v[i];
  }
  next_ = 0;
}

void Stream::refill_exponentials() {
  for (double& value : exponentials_) value = -portable_log(uniform());
  next_exponential_ = 0;
}

}  // namespace rehearse::sim
