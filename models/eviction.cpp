#include "models/eviction.hpp"

namespace rehearse::models {

// There are never more levels than keys held, the newest beyond the limit included, and one more
// while a key moves from one to the next.
FrequencyOrder::FrequencyOrder(std::uint64_t keys, std::uint64_t entries) : items_(keys) {
  levels_.reserve(entries + 2);
}

void FrequencyOrder::insert(std::uint32_t key) {
  if (lowest_ == kAbsent || levels_[lowest_].uses > 1) lowest_ = add_level(1, kAbsent, lowest_);
  join(lowest_, key);
}

void FrequencyOrder::hit(std::uint32_t key) {
  const std::uint32_t level = items_[key].level;
  const std::uint64_t uses = levels_[level].uses + 1;
  std::uint32_t higher = levels_[level].higher;
  if (higher == kAbsent || levels_[higher].uses > uses) higher = add_level(uses, level, higher);
  leave(key);
  join(higher, key);
}

void FrequencyOrder::erase(std::uint32_t key) {
  leave(key);
}

std::uint32_t FrequencyOrder::victim(std::uint32_t newest) const {
  // The newest is the most recent of those used once: alone there, it makes way for nobody.
  const std::uint32_t last = levels_[lowest_].last;
  return last != newest ? last : levels_[levels_[lowest_].higher].last;
}

std::uint32_t FrequencyOrder::add_level(std::uint64_t uses, std::uint32_t lower,
                                        std::uint32_t higher) {
  std::uint32_t level = free_;
  if (level == kAbsent) {
    level = static_cast<std::uint32_t>(levels_.size());
    levels_.emplace_back();
  } else {
    free_ = levels_[level].higher;
  }
  levels_[level] = {uses, kAbsent, kAbsent, lower, higher};
  if (lower != kAbsent) levels_[lower].higher = level;
  if (higher != kAbsent) levels_[higher].lower = level;
  return level;
}

void FrequencyOrder::join(std::uint32_t number, std::uint32_t key) {
  Level& level = levels_[number];
  items_[key] = {kAbsent, level.first, number};
  (level.first != kAbsent ? items_[level.first].prev : level.last) = key;
  level.first = key;
}

// An empty level goes back to the free ones.
void FrequencyOrder::leave(std::uint32_t key) {
  const Item item = items_[key];
  Level& level = levels_[item.level];
  (item.prev != kAbsent ? items_[item.prev].next : level.first) = item.next;
  (item.next != kAbsent ? items_[item.next].prev : level.last) = item.prev;
  items_[key] = Item{};
  if (level.first != kAbsent) return;
  (level.lower != kAbsent ? levels_[level.lower].higher : lowest_) = level.higher;
  if (level.higher != kAbsent) levels_[level.higher].lower = level.lower;
  level.higher = free_;
  free_ = item.level;
}

}  // namespace rehearse::models
