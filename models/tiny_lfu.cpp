#include "models/tiny_lfu.hpp"

#include <algorithm>
#include <bit>

namespace rehearse::models {
namespace {

constexpr std::uint64_t kMostCount = 15;
constexpr std::uint64_t kUsesPerEntry = 10;  // between two halvings
constexpr std::uint64_t kHalfMask = 0x7777777777777777;
constexpr double kWindowShare = 0.01;
constexpr double kProtectedShare = 0.8;  // of the main part

// The finisher of SplitMix64 (G. Steele, D. Lea, C. Flood 2014): spreads keys, which are ranks,
// over all bits.
std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

}  // namespace

FrequencySketch::FrequencySketch(std::uint64_t entries)
    : table_(std::bit_ceil(std::max<std::uint64_t>(entries, 8)), 0),
      mask_(table_.size() - 1),
      period_(kUsesPerEntry * std::max<std::uint64_t>(entries, 1)) {}

// A row is a quarter of each word: four counters, of which the hash picks one.
std::array<FrequencySketch::Place, FrequencySketch::kRows> FrequencySketch::places_of(
    std::uint32_t key) const {
  std::array<Place, kRows> places{};
  for (std::uint32_t row = 0; row < kRows; ++row) {
    const std::uint64_t hash = mix((std::uint64_t{row} + 1) * 0x9e3779b97f4a7c15ULL + key);
    places[row] = {(hash >> 8) & mask_, (row * 4 + static_cast<std::uint32_t>(hash & 3)) * 4};
  }
  return places;
}

void FrequencySketch::add(std::uint32_t key) {
  bool grown = false;
  for (const Place& place : places_of(key)) {
    if (((table_[place.word] >> place.shift) & kMostCount) == kMostCount) continue;
    table_[place.word] += std::uint64_t{1} << place.shift;
    grown = true;
  }
  if (grown && ++added_ >= period_) age();
}

std::uint32_t FrequencySketch::estimate(std::uint32_t key) const {
  std::uint64_t least = kMostCount;
  for (const Place& place : places_of(key))
    least = std::min(least, (table_[place.word] >> place.shift) & kMostCount);
  return static_cast<std::uint32_t>(least);
}

void FrequencySketch::age() {
  for (std::uint64_t& word : table_) word = (word >> 1) & kHalfMask;
  added_ /= 2;
}

TinyLfuOrder::TinyLfuOrder(std::uint64_t keys, std::uint64_t entries)
    : lists_(keys, kLists), list_of_(keys, window), sketch_(entries) {
  const auto share = [](std::uint64_t n, double of) {
    return static_cast<std::uint64_t>(static_cast<double>(n) * of);
  };
  limits_[window] = std::max<std::uint64_t>(1, share(entries, kWindowShare));
  limits_[protection] = share(entries - std::min(entries, limits_[window]), kProtectedShare);
}

void TinyLfuOrder::insert(std::uint32_t key) {
  sketch_.add(key);
  list_of_[key] = window;
  lists_.push_front(window, key);
  ++sizes_[window];
  candidate_ = KeyLists::kAbsent;
  if (sizes_[window] <= limits_[window]) return;
  candidate_ = lists_.last(window);
  move(candidate_, probation);
}

void TinyLfuOrder::hit(std::uint32_t key) {
  sketch_.add(key);
  if (list_of_[key] != probation) return move(key, static_cast<List>(list_of_[key]));
  if (key == candidate_) candidate_ = KeyLists::kAbsent;
  move(key, protection);
  if (sizes_[protection] > limits_[protection]) move(lists_.last(protection), probation);
}

void TinyLfuOrder::erase(std::uint32_t key) {
  lists_.unlink(key);
  --sizes_[list_of_[key]];
  if (key == candidate_) candidate_ = KeyLists::kAbsent;
}

std::uint32_t TinyLfuOrder::victim(std::uint32_t newest) const {
  std::uint32_t settled = lists_.last(probation);
  if (settled == candidate_) settled = lists_.last(protection);
  if (candidate_ != KeyLists::kAbsent) {
    if (settled == KeyLists::kAbsent) return candidate_;
    return sketch_.estimate(candidate_) > sketch_.estimate(settled) ? settled : candidate_;
  }
  if (settled != KeyLists::kAbsent) return settled;
  const std::uint32_t last = lists_.last(window);
  return last != KeyLists::kAbsent ? last : newest;
}

void TinyLfuOrder::move(std::uint32_t key, List to) {
  lists_.unlink(key);
  --sizes_[list_of_[key]];
  list_of_[key] = to;
  lists_.push_front(to, key);
  ++sizes_[to];
}

}  // namespace rehearse::models
